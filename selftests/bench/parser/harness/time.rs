// SPDX-License-Identifier: GPL-2.0

//! How long readers take.

use std::hint::black_box;
use std::io::{
    stderr,
    IsTerminal, //
};
use std::time::{
    Duration,
    Instant, //
};

use super::checks;
use super::message::Message;
use super::readers::{
    Reader,
    READERS, //
};
use super::Table;

/// How often everybody gets a turn.
const ROUNDS: usize = 8000;

/// How long a turn is: short enough that no interrupt of this machine or of its host disturbs some of them.
const TURN: Duration = Duration::from_micros(50);

/// The best nanoseconds of each reader for each message that it accepts. All take turns, so that what
/// slows down the machine for a while slows down all of them.
pub fn best(messages: &[Message], accepted: &[Vec<bool>]) -> Table<f64> {
    let mut best: Table<f64> = accepted
        .iter()
        .map(|row| {
            row.iter()
                .map(|accepted| accepted.then_some(f64::INFINITY))
                .collect()
        })
        .collect();
    for round in 1..=ROUNDS {
        match stderr().is_terminal() {
            true if round % 20 == 0 => eprint!("\r   Measuring round {round} of {ROUNDS}"),
            false if round == 1 => eprint!("   Measuring in {ROUNDS} rounds"),
            _ => {}
        }
        for (at, message) in messages.iter().enumerate() {
            for (reader, row) in READERS.iter().zip(&mut best) {
                if let Some(best) = &mut row[at] {
                    *best = best.min(turn(reader, message));
                }
            }
        }
    }
    eprintln!();
    best
}

/// The nanoseconds of one call, of as many as fill a turn.
fn turn(reader: &Reader, message: &Message) -> f64 {
    let bytes = checks::bytes(reader, message);
    let calls = |count: u32| {
        let start = Instant::now();
        for _ in 0..count {
            black_box(reader.read(black_box(bytes)));
        }
        start.elapsed()
    };
    let one = calls(1);
    let count = (TURN.as_nanos() / one.as_nanos().max(1)).max(1) as u32;
    calls(count).as_nanos() as f64 / f64::from(count)
}
