// SPDX-License-Identifier: GPL-2.0

//! Both directions of a connection, and what is sent in place of a segment.

use super::half::Half;
use super::sending::Piece;
use super::{
    Buffer,
    Header,
    Moment,
    Position,
    Translate, //
};

/// A direction of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From who opened it.
    Original,
    /// To who opened it.
    Reply,
}

/// A segment as it comes.
#[derive(Clone, Debug)]
pub struct Segment<'s> {
    /// Its header.
    pub header: Header,
    /// The bytes behind that.
    pub payload: &'s [u8],
}

/// What is sent in place of a segment.
#[derive(Debug)]
pub enum Sending<'c> {
    /// The segment as it is.
    AsIs,
    /// Another one.
    Changed {
        /// Its header, but for the checksum.
        header: Header,
        /// What it carries.
        payload: Payload<'c>,
    },
}

/// What a segment carries in place of what it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload<'c> {
    /// The same.
    Own,
    /// These bytes, which may be more than one segment can carry.
    New {
        /// The bytes.
        bytes: &'c [u8],
        /// Whether some of them were sent before.
        again: bool,
    },
}

impl Payload<'_> {
    /// What a receiver gets that has it already; it does not look at it.
    const PROBE: Self = Self::New {
        bytes: &[0],
        again: false,
    };
}

/// A connection that carries SIP.
///
/// A segment whose bytes are not a whole message yet is held. The segment that brings the end takes the
/// message along, whole and translated; if that is lost the sender repeats, and what it repeats is
/// replaced by what it became. So the state has no clock of its own: what happens does so when a segment
/// comes.
#[derive(Debug)]
pub struct Connection<B> {
    original: Half<B>,
    reply: Half<B>,
}

impl<B: Buffer> Connection<B> {
    /// A connection in which no payload was sent yet: the positions of the first byte of both sides,
    /// and memory for each.
    pub fn new(first: [Position; 2], buffers: [[B; 2]; 2]) -> Self {
        let [original, reply] = first;
        let [one, other] = buffers;
        Self {
            original: Half::new(original, one),
            reply: Half::new(reply, other),
        }
    }

    /// Whether the connection is left alone and nothing remains to be done for it.
    pub fn is_over(&self) -> bool {
        self.original.is_over() && self.reply.is_over()
    }

    /// Whether anything is held.
    pub fn is_holding(&self) -> bool {
        self.original.is_holding() || self.reply.is_holding()
    }

    /// By how much what a side sends next has moved at the other one.
    pub fn moved(&self, way: Way) -> i32 {
        match way {
            Way::Original => self.original.total(),
            Way::Reply => self.reply.total(),
        }
    }

    /// For how many milliseconds anything may still be held; nothing where nothing is.
    pub fn time_left(&self, moment: Moment) -> Option<u32> {
        let halves = [&self.original, &self.reply];
        let left = halves.into_iter().filter_map(|half| half.time_left(moment));
        left.min()
    }

    /// Takes a segment and says what to send in its place.
    pub fn segment(
        &mut self,
        way: Way,
        segment: Segment<'_>,
        moment: Moment,
        translate: &mut impl Translate,
    ) -> Sending<'_> {
        let Segment { header, payload } = segment;
        let (half, other) = match way {
            Way::Original => (&mut self.original, &mut self.reply),
            Way::Reply => (&mut self.reply, &mut self.original),
        };
        let mut new = header.clone();
        let flags = header.flags();
        let at = header.sequence();
        let acknowledged = header.acknowledged();
        let credible = half.may_send(at) && acknowledged.is_none_or(|at| other.may_have(at));
        if let Some(at) = acknowledged {
            if credible {
                other.acknowledge(at);
            }
            new.set_acknowledged(other.told(at));
            other.acknowledge_blocks(&mut new);
        }
        if flags.rst() {
            // What it carries is not of the stream (RFC 9293 3.5.3).
            new.set_sequence(half.at_receiver(at));
            return sending(&header, new, Payload::Own);
        }
        let before = half.before();
        if credible && flags.urg() && half.may_begin(at) {
            half.leave(translate);
        }
        if credible && !flags.urg() {
            half.receive(at, payload, flags.fin(), moment, translate);
            other.forget(moment, translate);
        }
        if half.is_left() {
            other.leave(translate);
        }
        if credible {
            half.keep_time(&mut new);
        }

        let (start, instead, whole) = match half.sending(at, payload, flags.fin(), before) {
            Piece::Own { at, whole } => (at, Payload::Own, whole),
            Piece::Probe { at } => (at, Payload::PROBE, false),
            Piece::New {
                at, bytes, whole, ..
            } if bytes == payload => (at, Payload::Own, whole),
            Piece::New {
                at,
                bytes,
                whole,
                again,
            } => (at, Payload::New { bytes, again }, whole),
        };
        new.set_sequence(start);
        if flags.fin() && !whole {
            new.clear_fin();
        }
        sending(&header, new, instead)
    }
}

fn sending<'c>(header: &Header, new: Header, payload: Payload<'c>) -> Sending<'c> {
    if new == *header && payload == Payload::Own {
        return Sending::AsIs;
    }
    Sending::Changed {
        header: new,
        payload,
    }
}
