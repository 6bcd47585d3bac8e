// SPDX-License-Identifier: GPL-2.0

//! Positions in a stream: sequence numbers (RFC 9293 3.4), which wrap.

/// A sequence number. Two of one stream are never half the space apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position(pub u32);

impl Position {
    /// So many bytes further on.
    pub const fn plus(self, bytes: usize) -> Self {
        // CAST: Positions wrap at 32 bits.
        Self(self.0.wrapping_add(bytes as u32))
    }

    /// Moved on by what messages have grown, or back.
    pub const fn shifted(self, growth: i32) -> Self {
        Self(self.0.wrapping_add_signed(growth))
    }

    /// By how much it lies beyond another one; negative before it.
    pub const fn beyond(self, other: Self) -> i32 {
        // CAST: The upper half of the space is what lies before.
        self.0.wrapping_sub(other.0) as i32
    }

    /// How many bytes it lies behind another one; none before it.
    pub fn since(self, other: Self) -> usize {
        usize::try_from(self.beyond(other)).unwrap_or(0)
    }

    /// Whether it lies before another one.
    pub const fn is_before(self, other: Self) -> bool {
        self.beyond(other) < 0
    }

    /// The earlier one of two.
    pub const fn min(self, other: Self) -> Self {
        if other.is_before(self) {
            other
        } else {
            self
        }
    }

    /// The later one of two.
    pub const fn max(self, other: Self) -> Self {
        if self.is_before(other) {
            other
        } else {
            self
        }
    }
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_position))]
mod tests {
    use super::*;

    #[test]
    fn positions_wrap() {
        let last = Position(u32::MAX);
        let first = last.plus(1);
        assert_eq!(first, Position(0));
        assert!(last.is_before(first) && !first.is_before(last));
        assert_eq!((first.beyond(last), last.beyond(first)), (1, -1));
        assert_eq!((first.since(last), last.since(first)), (1, 0));
        assert_eq!((last.min(first), last.max(first)), (last, first));
        assert_eq!(first.shifted(-1), last);
    }
}
