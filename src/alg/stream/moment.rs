// SPDX-License-Identifier: GPL-2.0

//! When something happens.

/// A time, and for how long anything may be held then.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Milliseconds of any clock.
    pub now: u32,
    /// How many of them anything may be held.
    pub longest: u32,
}

impl Moment {
    /// How long ago something was, in milliseconds.
    pub(super) const fn since(self, began: u32) -> u32 {
        self.now.wrapping_sub(began)
    }

    /// Whether so little of the time is left that what waits has to go on with whatever comes.
    pub(super) const fn is_late(self, began: u32) -> bool {
        self.since(began) >= self.longest / 2
    }
}
