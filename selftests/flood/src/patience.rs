// SPDX-License-Identifier: GPL-2.0

//! How long is waited for what ought to happen at once.

use std::thread;
use std::time::{
    Duration,
    Instant, //
};

/// Looks behind the end before anything is taken for lost.
const LEAST: u32 = 10_000;

/// So much time, and then so many looks: the clock of a guest goes on while the machine that it runs on stands
/// still, and all that was on its way comes behind the end.
pub struct Patience {
    end: Instant,
    late: u32,
}

impl Patience {
    pub fn new(time: Duration) -> Self {
        Self {
            end: Instant::now() + time,
            late: 0,
        }
    }

    /// Whether it is over after another look in vain; others have their turn before the next one.
    pub fn is_over(&mut self) -> bool {
        thread::yield_now();
        if Instant::now() > self.end {
            self.late += 1;
        }
        self.late > LEAST
    }
}
