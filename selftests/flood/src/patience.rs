// SPDX-License-Identifier: GPL-2.0

//! How long is waited for what ought to happen at once.

use std::thread;
use std::time::{
    Duration,
    Instant, //
};

/// Looks before anything is taken for lost.
const LEAST: u32 = 10_000;

/// So much time, and so many looks: the clock of a guest goes on while the machine that it runs on stands
/// still, and then all that was on its way is late.
pub struct Patience {
    end: Instant,
    looks: u32,
}

impl Patience {
    pub fn new(time: Duration) -> Self {
        Self {
            end: Instant::now() + time,
            looks: 0,
        }
    }

    /// Whether it is over after another look in vain; others have their turn before the next one.
    pub fn is_over(&mut self) -> bool {
        self.looks += 1;
        thread::yield_now();
        self.looks > LEAST && Instant::now() > self.end
    }
}
