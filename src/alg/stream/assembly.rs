// SPDX-License-Identifier: GPL-2.0

//! Bytes that have come and cannot be passed on yet, also those that overtook others.

use super::queue::{
    Buffer,
    Queue, //
};
use super::Position;

/// Runs of bytes that overtook others.
const AHEAD: usize = 8;

/// Where in the buffer a run begins and ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Run {
    start: usize,
    end: usize,
}

impl Run {
    const fn is_empty(self) -> bool {
        self.start >= self.end
    }

    const fn touches(self, other: Self) -> bool {
        self.start <= other.end && other.start <= self.end
    }

    fn with(self, other: Self) -> Self {
        Self {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

/// What became of bytes that were to be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// Some of them are new.
    New,
    /// All of them were there.
    Known,
    /// There is no room; nothing is kept of them.
    Refused,
    /// There is no memory; the same.
    NoMemory,
}

/// What is held.
#[derive(Debug)]
pub(super) struct Assembly<B> {
    /// The position of the first byte.
    start: Position,
    buffer: Queue<B>,
    /// How many bytes there are without a gap.
    whole: usize,
    ahead: [Run; AHEAD],
}

impl<B: Buffer> Assembly<B> {
    pub(super) fn new(start: Position, buffer: B) -> Self {
        Self {
            start,
            buffer: Queue::new(buffer),
            whole: 0,
            ahead: [Run::default(); AHEAD],
        }
    }

    /// The position of the first byte.
    pub(super) const fn start(&self) -> Position {
        self.start
    }

    /// The position behind the last byte without a gap.
    pub(super) const fn end(&self) -> Position {
        self.start.plus(self.whole)
    }

    /// The bytes without a gap.
    pub(super) fn bytes(&self) -> &[u8] {
        self.buffer.bytes().get(..self.whole).unwrap_or(&[])
    }

    /// Whether nothing is held, ahead neither.
    pub(super) fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// What overtook others: where it begins, and the position behind it.
    pub(super) fn ahead(&self) -> impl Iterator<Item = (Position, Position)> + '_ {
        let runs = self.ahead.iter().filter(|run| !run.is_empty());
        runs.map(|run| (self.start.plus(run.start), self.start.plus(run.end)))
    }

    /// Takes bytes in, but for those that lie beyond `room`.
    pub(super) fn insert(&mut self, at: Position, bytes: &[u8], room: usize) -> Held {
        let bytes = bytes.get(self.start.since(at)..).unwrap_or(&[]);
        let start = at.since(self.start);
        if room <= start && !bytes.is_empty() {
            return Held::Refused;
        }
        let fits = room.saturating_sub(start).min(bytes.len());
        let bytes = bytes.get(..fits).unwrap_or(bytes);
        let run = Run {
            start,
            end: start.saturating_add(bytes.len()),
        };
        let covers = |known: &Run| known.start <= run.start && run.end <= known.end;
        let front = Run {
            start: 0,
            end: self.whole,
        };
        if bytes.is_empty() || covers(&front) || self.ahead.iter().any(covers) {
            return Held::Known;
        }
        if !self.has_slot(run) {
            return Held::Refused;
        }
        if !self.reach(run.end) {
            return Held::NoMemory;
        }
        if let Some(place) = self.buffer.bytes_mut().get_mut(run.start..run.end) {
            place.copy_from_slice(bytes);
        }
        self.join(run);
        Held::New
    }

    /// Whether a run can be remembered: it joins another one, or there is a slot.
    fn has_slot(&self, run: Run) -> bool {
        let mut slots = self.ahead.iter();
        run.start <= self.whole || slots.any(|slot| slot.is_empty() || slot.touches(run))
    }

    fn reach(&mut self, end: usize) -> bool {
        end <= self.buffer.len() || self.buffer.grow(end)
    }

    /// Remembers a run, joined with all that it touches.
    fn join(&mut self, run: Run) {
        let mut run = run;
        for slot in &mut self.ahead {
            if !slot.is_empty() && slot.touches(run) {
                run = run.with(core::mem::take(slot));
            }
        }
        if run.start <= self.whole {
            self.whole = self.whole.max(run.end);
        } else if let Some(free) = self.ahead.iter_mut().find(|slot| slot.is_empty()) {
            *free = run;
        }
    }

    /// Lets go of so many bytes in front, of those without a gap.
    pub(super) fn consume(&mut self, count: usize) {
        let count = count.min(self.whole);
        self.buffer.drop_front(count);
        self.start = self.start.plus(count);
        self.whole = self.whole.saturating_sub(count);
        for run in &mut self.ahead {
            run.start = run.start.saturating_sub(count);
            run.end = run.end.saturating_sub(count);
        }
    }

    /// Goes on behind the bytes without a gap, and puts them into an empty buffer.
    ///
    /// What overtook others is forgotten.
    pub(super) fn hand_over(&mut self, empty: &mut Queue<B>) {
        core::mem::swap(&mut self.buffer, empty);
        empty.shorten(self.whole);
        self.skip_to(self.end());
    }

    /// Goes on at another position, with nothing held.
    pub(super) fn skip_to(&mut self, at: Position) {
        self.buffer.clear();
        self.start = at;
        self.whole = 0;
        self.ahead = [Run::default(); AHEAD];
    }
}
