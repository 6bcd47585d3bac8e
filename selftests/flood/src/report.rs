// SPDX-License-Identifier: GPL-2.0

//! What was sent and what came of it.

/// Findings after which a run ends: more say nothing new.
const ENOUGH: usize = 5;

#[derive(Default)]
pub struct Report {
    pub datagrams: u64,
    pub arrived: u64,
    pub changed: u64,
    pub streams: u64,
    pub messages: u64,
    pub bytes: u64,
    wrong: usize,
}

impl Report {
    /// Something is not as it has to be.
    pub fn wrong(&mut self, round: u64, text: String) {
        self.wrong += 1;
        println!("wrong in round {round}: {text}");
    }

    pub fn is_enough(&self) -> bool {
        self.wrong >= ENOUGH
    }

    pub fn is_good(&self) -> bool {
        self.wrong == 0
    }

    /// One line for a test to read.
    pub fn print(&self, rounds: u64) {
        println!(
            "done rounds={rounds} datagrams={} arrived={} changed={} streams={} messages={} bytes={} wrong={}",
            self.datagrams, self.arrived, self.changed, self.streams, self.messages, self.bytes, self.wrong,
        );
    }
}
