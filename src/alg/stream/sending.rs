// SPDX-License-Identifier: GPL-2.0

//! What goes to the receiver in place of a payload.

use super::half::Half;
use super::{
    Buffer,
    Position, //
};

/// What is sent at a time: a packet with the longest headers has to hold it.
const MOST_AT_ONCE: usize = 65535 - 256;

/// How far all had been passed on before a payload came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before {
    /// The sender's position.
    pub(super) end: Position,
    /// The receiver's.
    pub(super) at_receiver: Position,
}

/// What to send for a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'h> {
    /// The payload as it is.
    Own {
        /// Where it is at the receiver.
        at: Position,
        /// Whether the stream has come to where the payload ends.
        whole: bool,
    },
    /// A byte that the receiver has: the payload is held.
    Probe {
        /// Where it has that.
        at: Position,
    },
    /// What has become of it.
    New {
        /// Where it is at the receiver.
        at: Position,
        /// The bytes.
        bytes: &'h [u8],
        /// Whether they go as far as the payload does.
        whole: bool,
        /// Whether some of them were sent before.
        again: bool,
    },
}

impl<B: Buffer> Half<B> {
    /// What to send for a payload that has been [received](Self::receive).
    pub(super) fn sending(&self, at: Position, payload: &[u8], before: Before) -> Piece<'_> {
        if self.is_left() && !at.is_before(self.end()) {
            let at = self.at_receiver(at);
            return Piece::Own { at, whole: true };
        }
        let behind = at.plus(payload.len());
        let whole = !self.end().is_before(behind);
        let end = self.end_at_receiver();
        let progress = before.at_receiver.is_before(end);
        if progress {
            return self.news(at, before, end, whole);
        }
        if payload.is_empty() {
            let at = self.at_receiver(at);
            return Piece::Own { at, whole };
        }
        let acknowledged = self.acknowledged_at_receiver();
        if !at.is_before(self.end()) {
            let at = acknowledged.shifted(-1);
            return Piece::Probe { at };
        }
        let known = self.at_receiver(behind.min(self.end()));
        if acknowledged.is_before(known) {
            return self.repeated(at, before, known, whole);
        }
        // The receiver has it, and says so again.
        let len = i32::try_from(payload.len()).unwrap_or(i32::MAX);
        let at = known.shifted(len.wrapping_neg());
        Piece::Own { at, whole }
    }

    /// What has been passed on just now, and what lies before that of the payload.
    fn news(&self, at: Position, before: Before, end: Position, whole: bool) -> Piece<'_> {
        let start = self.at_receiver(at).min(before.at_receiver);
        self.piece(at, start, before, end, whole)
    }

    /// What was passed on of the payload before.
    fn repeated(&self, at: Position, before: Before, end: Position, whole: bool) -> Piece<'_> {
        // The last bytes of a message that shrank have become nothing.
        let start = self.at_receiver(at).min(end.shifted(-1));
        self.piece(at, start, before, end, whole)
    }

    fn piece(
        &self,
        at: Position,
        start: Position,
        before: Before,
        end: Position,
        whole: bool,
    ) -> Piece<'_> {
        let acknowledged = self.acknowledged_at_receiver();
        let again = at.is_before(before.end);
        // The sender cannot repeat what was promised.
        let start = match again && self.lacks_promised() {
            true => acknowledged,
            false => start.max(acknowledged),
        };
        let bytes = self.kept(start, end.since(start).min(MOST_AT_ONCE));
        Piece::New {
            at: start,
            bytes,
            whole: whole && !start.plus(bytes.len()).is_before(end),
            again,
        }
    }
}
