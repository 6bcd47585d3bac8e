// SPDX-License-Identifier: GPL-2.0

//! What the positions of the sender are at the receiver, while messages on the way have other lengths.
//!
//! Of a message that has grown or shrunk the last byte carries the difference: up to there the receiver's
//! positions run beside the sender's, behind it they have moved. It does not matter which byte of the
//! sender has become which of the receiver. What matters is that a position which is reported to the
//! sender as acknowledged is never beyond what the receiver has, and that what the sender repeats from
//! there is repeated from the same place or before; both hold as the one map is the inverse of the other.
//!
//! The kernel's own record of that (`struct nf_ct_seqadj`) knows the last message alone. Here every one
//! is known until it is acknowledged. Two that follow one another may be taken for one, whose last byte
//! carries the difference of both, so that a bounded list is enough.

use super::Position;

/// Messages of another length that may be told apart at a time.
const MARKS: usize = 32;

/// The end of a message that has another length at the receiver.
#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    /// The sender's position behind it.
    end: Position,
    /// By how much it has grown.
    growth: i32,
}

/// The map from the first position that is not acknowledged on.
#[derive(Debug)]
pub(super) struct Window {
    /// What the sender knows to be acknowledged.
    start: Position,
    /// By how much the receiver's position there is beyond it.
    offset: i32,
    marks: [Mark; MARKS],
    len: usize,
}

impl Window {
    pub(super) const fn new(start: Position) -> Self {
        const NONE: Mark = Mark {
            end: Position(0),
            growth: 0,
        };
        Self {
            start,
            offset: 0,
            marks: [NONE; MARKS],
            len: 0,
        }
    }

    fn marks(&self) -> &[Mark] {
        self.marks.get(..self.len).unwrap_or(&[])
    }

    /// A message that ends there, behind all others, has grown.
    pub(super) fn grow(&mut self, end: Position, growth: i32) {
        if growth == 0 {
            return;
        }
        let mark = Mark { end, growth };
        if let Some(free) = self.marks.get_mut(self.len) {
            *free = mark;
            self.len = self.len.wrapping_add(1);
        } else if let Some(last) = self.marks.last_mut() {
            last.end = end;
            last.growth = last.growth.wrapping_add(growth);
        }
    }

    /// The first position that is not acknowledged, at the sender and at the receiver.
    pub(super) const fn start(&self) -> (Position, Position) {
        (self.start, self.start.shifted(self.offset))
    }

    /// Whether both sides have the same positions.
    pub(super) const fn is_identity(&self) -> bool {
        self.offset == 0 && self.len == 0
    }

    /// By how much the positions behind all messages have moved.
    pub(super) fn total(&self) -> i32 {
        let marks = self.marks().iter();
        marks.fold(self.offset, |sum, mark| sum.wrapping_add(mark.growth))
    }

    /// The receiver's position for one of the sender's.
    pub(super) fn at_receiver(&self, at: Position) -> Position {
        let mut offset = self.offset;
        for mark in self.marks() {
            let moved = offset.wrapping_add(mark.growth);
            if at.is_before(mark.end) {
                return at.shifted(offset).min(mark.end.shifted(moved));
            }
            offset = moved;
        }
        at.shifted(offset)
    }

    /// The last of the sender's positions that is not beyond one of the receiver's.
    ///
    /// What was acknowledged long ago has none any more; it is what is acknowledged now.
    pub(super) fn at_sender(&self, at: Position) -> Position {
        let at = at.max(self.start().1);
        let mut offset = self.offset;
        for mark in self.marks() {
            let moved = offset.wrapping_add(mark.growth);
            if at.is_before(mark.end.shifted(moved)) {
                return at.shifted(offset.wrapping_neg()).min(mark.end.shifted(-1));
            }
            offset = moved;
        }
        at.shifted(offset.wrapping_neg())
    }

    /// The first of the sender's positions that is not before one of the receiver's.
    pub(super) fn at_sender_or_beyond(&self, at: Position) -> Position {
        let at = at.max(self.start().1);
        let below = self.at_sender(at);
        if self.at_receiver(below).is_before(at) {
            below.plus(1)
        } else {
            below
        }
    }

    /// The receiver has everything before that position of its own.
    pub(super) fn acknowledge(&mut self, at: Position) {
        let start = self.at_sender(at);
        if !self.start.is_before(start) {
            return;
        }
        self.start = start;
        let over = self.marks().iter();
        let over = over.take_while(|mark| !start.is_before(mark.end));
        let (count, growth) = over.fold((0usize, 0i32), |(count, growth), mark| {
            (count.wrapping_add(1), growth.wrapping_add(mark.growth))
        });
        self.offset = self.offset.wrapping_add(growth);
        self.len = self.len.saturating_sub(count);
        if self.len > 0 {
            self.marks.rotate_left(count.min(MARKS));
        }
    }
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_window))]
mod tests {
    use super::*;

    const AT: fn(u32) -> Position = Position;

    #[test]
    fn last_byte_of_a_message_carries_its_growth() {
        let mut window = Window::new(AT(100));
        window.grow(AT(200), 7);
        let there = |at| window.at_receiver(AT(at)).0;
        assert_eq!([100, 199, 200, 300].map(there), [100, 199, 207, 307]);
        let back = |at| window.at_sender(AT(at)).0;
        assert_eq!(
            [100, 199, 203, 206, 207, 307].map(back),
            [100, 199, 199, 199, 200, 300]
        );
        let up = |at| window.at_sender_or_beyond(AT(at)).0;
        assert_eq!([100, 199, 203, 206, 207].map(up), [100, 199, 200, 200, 200]);
    }

    #[test]
    fn last_bytes_of_one_that_shrank_lie_where_it_ends() {
        let mut window = Window::new(AT(100));
        window.grow(AT(200), -10);
        let there = |at| window.at_receiver(AT(at)).0;
        assert_eq!(
            [100, 189, 190, 195, 199, 200, 250].map(there),
            [100, 189, 190, 190, 190, 190, 240]
        );
        let back = |at| window.at_sender(AT(at)).0;
        assert_eq!([100, 189, 190, 240].map(back), [100, 189, 200, 250]);
    }

    #[test]
    fn what_is_acknowledged_is_forgotten() {
        let mut window = Window::new(AT(u32::MAX - 49));
        window.grow(AT(50), 5);
        window.grow(AT(150), -3);
        window.acknowledge(AT(20));
        assert_eq!(window.start(), (AT(20), AT(20)));
        assert_eq!(window.at_receiver(AT(150)), AT(152));
        window.acknowledge(AT(55));
        assert_eq!((window.start(), window.len), ((AT(50), AT(55)), 1));
        // An old one comes late.
        window.acknowledge(AT(30));
        assert_eq!(window.start(), (AT(50), AT(55)));
        window.acknowledge(AT(152));
        assert_eq!((window.start(), window.len), ((AT(150), AT(152)), 0));
        assert_eq!(window.total(), 2);
    }

    #[test]
    fn maps_stay_inverse_when_messages_are_taken_together() {
        let mut window = Window::new(AT(0));
        for end in (50..=5000).step_by(50) {
            window.grow(AT(end), if end % 150 == 0 { -7 } else { 11 });
        }
        let total = window.total();
        assert_eq!(total, 506);
        let end = AT(5000).shifted(total);
        assert_eq!(
            (window.at_receiver(AT(5000)), window.at_sender(end)),
            (end, AT(5000))
        );
        for at in 0..end.0 {
            let back = window.at_sender(AT(at));
            assert!(!AT(at).is_before(window.at_receiver(back)));
            assert!(!window
                .at_receiver(window.at_sender_or_beyond(AT(at)))
                .is_before(AT(at)));
        }
    }
}
