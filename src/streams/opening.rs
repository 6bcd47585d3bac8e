// SPDX-License-Identifier: GPL-2.0

//! What the SYNs of a connection said, in words of its conntrack.

use alg::stream::{
    Header,
    Position, //
};
use kernel::sync::atomic::{
    Atomic,
    Relaxed, //
};

use crate::memory;
use crate::nf::{
    Conn,
    Direction, //
};

/// Whether the streams of a connection are followed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing has been sent but SYNs.
    New,
    /// They are.
    Followed,
    /// They are left alone for good.
    Left,
}

/// The bits of the word that hold no segment size.
const SEEN_ORIGINAL: u32 = 1;
const SEEN_REPLY: u32 = 2;
const FOLLOWED: u32 = 4;
pub(super) const LEFT: u32 = 8;

/// What a receiver takes that did not say (RFC 9293 3.7.1).
const DEFAULT_SIZE: usize = 536;

/// The words: the position of the first byte in each direction, and the rest.
pub(super) struct Opening<'c> {
    first: [&'c Atomic<u32>; 2],
    rest: &'c Atomic<u32>,
}

impl<'c> Opening<'c> {
    /// Nothing for a connection of another helper.
    pub(super) fn of(conn: &'c Conn) -> Option<Self> {
        let [.., original, reply, rest] = conn.data::<[Atomic<u32>; 8]>()?;
        let first = [original, reply];
        Some(Self { first, rest })
    }

    pub(super) fn phase(&self) -> Phase {
        let rest = self.rest.load(Relaxed);
        if rest & LEFT != 0 {
            Phase::Left
        } else if rest & FOLLOWED != 0 {
            Phase::Followed
        } else {
            Phase::New
        }
    }

    pub(super) fn set_phase(&self, phase: Phase) {
        let bits = match phase {
            Phase::New => 0,
            Phase::Followed => FOLLOWED,
            Phase::Left => LEFT,
        };
        self.change(FOLLOWED | LEFT, bits);
    }

    /// A SYN; one with a payload begins nothing that is followed, nor does one whose stream bears no change.
    ///
    /// The answer is to what was asked, and after it there is no other beginning: whoever sends one knows
    /// nothing of the connection.
    pub(super) fn begin(&self, direction: Direction, header: &Header, is_empty: bool) {
        let answered = self.rest.load(Relaxed) & SEEN_REPLY != 0;
        if self.phase() != Phase::New || answered {
            return;
        }
        let (first, seen) = match direction {
            Direction::Original => (self.first[0], SEEN_ORIGINAL),
            Direction::Reply => (self.first[1], SEEN_REPLY),
        };
        let asked = Position(self.first[0].load(Relaxed));
        let other = header.acknowledged().is_some_and(|at| at != asked);
        if direction == Direction::Reply && other {
            return;
        }
        first.store(header.sequence().plus(1).0, Relaxed);
        let size = header.maximum_segment_size().unwrap_or(0);
        let shift = shift(direction);
        self.change(QUARTERS << shift, (u32::from(size) >> 2) << shift);
        let follows = is_empty && !header.is_bound();
        self.change(seen, if follows { seen } else { 0 });
    }

    /// Whether the answer to a SYN opens another connection than the one there was, whatever became of it.
    pub(super) fn is_another(&self, answer: &Header) -> bool {
        let Some(acknowledged) = answer.acknowledged() else {
            return false;
        };
        match self.first() {
            Some(first) => first != [acknowledged, answer.sequence().plus(1)],
            None => self.phase() != Phase::New,
        }
    }

    /// Forgets that one for it.
    pub(super) fn begin_anew(&self, answer: &Header) {
        if let Some(at) = answer.acknowledged() {
            self.first[0].store(at.0, Relaxed);
        }
        self.change(SEEN_ORIGINAL | SEEN_REPLY, SEEN_ORIGINAL);
        self.set_phase(Phase::New);
    }

    /// The positions of the first bytes, once both are known.
    pub(super) fn first(&self) -> Option<[Position; 2]> {
        let seen = SEEN_ORIGINAL | SEEN_REPLY;
        let both = self.rest.load(Relaxed) & seen == seen;
        both.then(|| self.first.map(|word| Position(word.load(Relaxed))))
    }

    /// The most that the receiver of what is sent in a direction takes in one segment.
    pub(super) fn receiver_size(&self, direction: Direction) -> usize {
        let quarters = self.rest.load(Relaxed) >> shift(direction.opposite()) & QUARTERS;
        match quarters {
            0 => DEFAULT_SIZE,
            quarters => (quarters << 2) as usize,
        }
    }

    fn change(&self, mask: u32, bits: u32) {
        memory::change(self.rest, mask, bits);
    }
}

/// A segment size in units of four bytes.
const QUARTERS: u32 = 0x3fff;

const fn shift(direction: Direction) -> u32 {
    match direction {
        Direction::Original => 4,
        Direction::Reply => 18,
    }
}
