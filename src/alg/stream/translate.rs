// SPDX-License-Identifier: GPL-2.0

//! What is asked of who translates messages.

use crate::Span;

/// What changes in a message.
#[derive(Clone, Copy, Debug)]
pub struct Change<'t> {
    /// What goes.
    pub old: Span,
    /// What comes in its place.
    pub new: &'t [u8],
}

/// Something worth counting about a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// A message waits for its end.
    Held,
    /// A message passes as it is because its sender repeats its beginning and does not go on: nobody
    /// answers it.
    Repeated,
    /// One does because its stream ends within it.
    Ended,
    /// One does because it is too long.
    TooLong,
    /// One does because memory is short.
    NoMemory,
    /// One does because its end has not come in time; or what has come out of order is forgotten.
    Late,
    /// A part of one has gone with its connection.
    Gone,
    /// A segment has more of them than are looked at for one; the rest waits for the next.
    Crowded,
    /// The connection is none of SIP, or cannot be followed any more; it is left alone for good.
    Left,
}

impl Note {
    /// All of them, in the order of their counters.
    pub const ALL: [Self; 9] = [
        Self::Held,
        Self::Repeated,
        Self::Ended,
        Self::TooLong,
        Self::NoMemory,
        Self::Late,
        Self::Gone,
        Self::Crowded,
        Self::Left,
    ];

    /// The counter's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Held => "stream_held",
            Self::Repeated => "stream_repeated",
            Self::Ended => "stream_ended",
            Self::TooLong => "stream_too_long",
            Self::NoMemory => "stream_no_memory",
            Self::Late => "stream_late",
            Self::Gone => "stream_gone",
            Self::Crowded => "stream_crowded",
            Self::Left => "stream_left",
        }
    }
}

/// What is done with whole messages.
pub trait Translate {
    /// Decides what changes in one; nothing if it passes as it is.
    fn message(&mut self, message: &[u8]) -> Option<Change<'_>>;

    /// Counts something.
    fn note(&mut self, note: Note);
}
