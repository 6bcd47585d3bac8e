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
    /// What to send for a payload that has been [received](Self::receive); `fin` if the stream ends
    /// behind it.
    pub(super) fn sending(
        &self,
        at: Position,
        payload: &[u8],
        fin: bool,
        before: Before,
    ) -> Piece<'_> {
        let end = self.end_at_receiver();
        if self.is_left() && !at.is_before(self.end()) {
            if self.lacks_promised() {
                // It can use nothing that comes behind that.
                return self.piece(end, end, false, true);
            }
            let at = self.at_receiver(at);
            return Piece::Own { at, whole: true };
        }
        let behind = at.plus(payload.len());
        let whole = !self.end().is_before(behind);
        let acknowledged = self.acknowledged_at_receiver();
        if before.at_receiver.is_before(end) {
            // What was passed on just now, and what lies before that of the payload.
            let start = self.at_receiver(at).min(before.at_receiver);
            return self.piece(start, end, whole, at.is_before(before.end));
        }
        if payload.is_empty() {
            if fin && self.lacks_promised() && acknowledged.is_before(end) {
                return self.piece(end, end, whole, true);
            }
            if fin || !self.holds(at) {
                let at = self.at_receiver(at);
                return Piece::Own { at, whole };
            }
            // It asks whether the receiver is alive, or has room again, and has to get an answer.
        }
        if !at.is_before(self.end()) {
            let at = acknowledged.shifted(-1);
            return Piece::Probe { at };
        }
        let known = self.at_receiver(behind.min(self.end()));
        if acknowledged.is_before(known) {
            // The last bytes of a message that shrank have become nothing.
            let start = self.at_receiver(at).min(known.shifted(-1));
            return self.piece(start, known, whole, true);
        }
        // The receiver has it, and says so again.
        let len = i32::try_from(payload.len()).unwrap_or(i32::MAX);
        let at = known.shifted(len.wrapping_neg());
        Piece::Own { at, whole }
    }

    /// What was passed on between two positions of the receiver's.
    fn piece(&self, start: Position, end: Position, whole: bool, again: bool) -> Piece<'_> {
        let acknowledged = self.acknowledged_at_receiver();
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
