// SPDX-License-Identifier: GPL-2.0

//! The helper for SIP over TCP: segments in, whole messages out.
//!
//! [`opening`] is what the SYNs of a connection said, [`table`] where the streams are kept that are
//! followed, and [`memory`] what they are made of.

mod memory;
mod opening;
mod table;

use alg::stream::{
    self,
    Header,
    Moment,
    Note,
    Payload,
    Segment,
    Sending,
    Translate,
    Way, //
};
use kernel::prelude::*;
use kernel::sync::Arc;

use crate::counters::Outcome;
use crate::expected;
use crate::helper::{
    Sip,
    TAKEN, //
};
use crate::nf::{
    self,
    parameters,
    scratch::Taken,
    Conn,
    Direction,
    ExpectationRef,
    NewConn,
    Packet,
    Protocol,
    Verdict, //
};
use crate::pinholes::Class;
use crate::workspace::Workspace;
use opening::{
    Opening,
    Phase, //
};
use table::Table;

/// What a sender who repeats is taken to be able to send at a time, at least (RFC 9293 3.7.1): what it
/// repeats is sent in pieces that are no longer than its own.
const LEAST_SIZE: usize = 536;

/// The helper.
#[pin_data]
pub(crate) struct Streams {
    sip: Arc<Sip>,
    #[pin]
    table: Table,
}

impl Streams {
    /// It shares the calls with others.
    pub(crate) fn new(sip: Arc<Sip>) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            sip,
            table <- Table::new(),
        })
    }

    /// Sends on what has become whole by `packet`.
    fn segment(&self, packet: &mut Packet<'_>) -> Verdict {
        let conn = packet.conn();
        let Some(opening) = Opening::of(conn) else {
            return Verdict::Accept;
        };
        match opening.phase() {
            Phase::New if conn.is_moved_by_kernel() => {
                opening.set_phase(Phase::Left);
                return Verdict::Accept;
            }
            // The module goes: what the kernel moves as well would be moved twice.
            Phase::Followed if conn.is_moved_by_kernel() => return Verdict::Lost,
            Phase::New | Phase::Followed | Phase::Left => {}
        }
        if !packet.is_intact() {
            if opening.phase() != Phase::Left {
                self.sip.counters.outcome(Outcome::Damaged);
            }
            return Verdict::Accept;
        }
        if !packet.linear() {
            return Verdict::Lost;
        }
        let Some((header, payload)) = packet.segment().and_then(Header::split) else {
            return Verdict::Accept;
        };
        let is_empty = payload.is_empty();
        if header.flags().syn() {
            let header = one_way(packet, header);
            self.begin_anew(packet, &opening, &header);
            opening.begin(packet.direction(), &header, is_empty);
            return Verdict::Accept;
        }
        if opening.phase() == Phase::Left {
            return Verdict::Accept;
        }
        if opening.phase() == Phase::New {
            // The end of a stream has a position, too.
            if is_empty && !header.flags().fin() {
                return Verdict::Accept;
            }
            if !self.follow(conn, &opening) {
                opening.set_phase(Phase::Left);
                self.sip.counters.note(Note::Left);
                return Verdict::Accept;
            }
            opening.set_phase(Phase::Followed);
        }
        self.followed(packet, &opening, header)
    }

    /// Follows a connection from its SYNs on once more, where both ends have forgotten it and opened it by
    /// the same ports: to conntrack it is still the old one.
    ///
    /// Conntrack says whether the answer to a SYN is that to the last one, which anybody might send.
    fn begin_anew(&self, packet: &Packet<'_>, opening: &Opening<'_>, header: &Header) {
        let conn = packet.conn();
        let answers = packet.direction() == Direction::Reply && conn.is_opening();
        if !answers || !opening.is_another(header) {
            return;
        }
        self.forget(conn);
        for direction in [Direction::Original, Direction::Reply] {
            conn.set_moved(direction, 0);
        }
        opening.begin_anew(header);
    }

    fn forget(&self, conn: &Conn) {
        if self.table.remove(conn) {
            self.sip.counters.note(Note::Gone);
        }
    }

    /// Begins to follow a connection of which both SYNs were seen.
    fn follow(&self, conn: &Conn, opening: &Opening<'_>) -> bool {
        let Some(first) = opening.first() else {
            return false;
        };
        let follows = self.table.follow(conn, first);
        if follows && conn.is_dying() {
            // It may have been gone before it was there, and nobody would say so again.
            self.table.remove(conn);
            return false;
        }
        follows
    }

    fn followed(&self, packet: &mut Packet<'_>, opening: &Opening<'_>, header: Header) -> Verdict {
        let conn = packet.conn();
        let Some(streams) = self.table.get(conn) else {
            opening.set_phase(Phase::Left);
            return Verdict::Accept;
        };
        let direction = packet.direction();
        let way = way(direction);
        let moment = Moment {
            now: nf::milliseconds(),
            longest: longest(),
        };
        let mut streams = streams.lock();
        let moved = streams.moved(way);
        let verdict = {
            let behind = header.bytes().len();
            let payload = packet.segment().and_then(|segment| segment.get(behind..));
            let payload = payload.unwrap_or_default();
            let own = payload.len();
            let mut messages = Messages {
                sip: &self.sip,
                packet,
                workspace: None,
            };
            let segment = Segment { header, payload };
            let sending = streams.segment(way, segment, moment, &mut messages);
            drop(messages);
            match sending {
                Sending::AsIs => Verdict::Accept,
                Sending::Changed { header, payload } => {
                    let (new, size) = match payload {
                        Payload::Own => (None, usize::MAX),
                        Payload::New { bytes, again } => {
                            let size = size(packet, opening, &header);
                            // It may have learned of a narrower way (RFC 1191 3).
                            let most = if again { own.max(LEAST_SIZE) } else { size };
                            (Some(bytes), size.min(most))
                        }
                    };
                    match packet.set_segment(header.bytes(), new, size) {
                        true => Verdict::Accept,
                        false => Verdict::Lost,
                    }
                }
            }
        };
        // What is held is acknowledged before its receiver has it, so that the sender goes on beyond the
        // window that conntrack knows.
        if streams.moved(way) != moved || streams.is_holding() {
            conn.set_moved(direction, streams.moved(way));
        }
        if let Some(left) = streams.time_left(moment) {
            conn.limit(left.div_ceil(1000));
        }
        let over = streams.is_over();
        drop(streams);
        if over {
            opening.set_phase(Phase::Left);
            self.table.remove(conn);
        }
        verdict
    }
}

/// Has the ends use one way for the stream, where they would use several: of what goes by others nothing
/// would be seen, and what changes its length would not be taken (RFC 8684 3.7).
fn one_way(packet: &mut Packet<'_>, header: Header) -> Header {
    let mut new = header.clone();
    let changed = new.remove_multipath() && packet.set_segment(new.bytes(), None, usize::MAX);
    if changed {
        new
    } else {
        header
    }
}

/// For how many milliseconds anything may be held.
fn longest() -> u32 {
    match parameters::stream_timeout() {
        0 => u32::MAX,
        seconds => seconds.saturating_mul(1000),
    }
}

/// What one segment may carry, on its way out and as its receiver takes it.
fn size(packet: &Packet<'_>, opening: &Opening<'_>, header: &Header) -> usize {
    let header = header.bytes().len();
    let options = header.saturating_sub(20);
    let taken = opening.receiver_size(packet.direction());
    packet
        .segment_room(header)
        .min(taken.saturating_sub(options))
        .max(1)
}

const fn way(direction: Direction) -> Way {
    match direction {
        Direction::Original => Way::Original,
        Direction::Reply => Way::Reply,
    }
}

/// The messages that one segment brings to their end.
struct Messages<'m, 'p> {
    sip: &'m Sip,
    packet: &'m Packet<'p>,
    workspace: Option<Taken<'m, Workspace>>,
}

impl Translate for Messages<'_, '_> {
    fn message(&mut self, message: &[u8]) -> Option<stream::Change<'_>> {
        let sip = self.sip;
        if self.workspace.is_none() {
            self.workspace = sip.workspaces.take();
        }
        let Some(workspace) = self.workspace.as_mut() else {
            sip.counters.outcome(Outcome::Busy);
            return None;
        };
        let (outcome, change) = match sip.decide(self.packet, message, workspace) {
            Err(outcome) => (outcome, None),
            Ok(decision) => match decision.change {
                None => (Outcome::Unchanged, None),
                Some((old, new)) => (Outcome::Translated, Some(stream::Change { old, new })),
            },
        };
        sip.counters.outcome(outcome);
        change
    }

    fn note(&mut self, note: Note) {
        self.sip.counters.note(note);
    }
}

impl nf::Helper for Streams {
    const NAME: &'static CStr = c"sip";
    const TAKEN: &'static str = TAKEN;
    const PROTOCOL: Protocol = Protocol::Tcp;
    const POLICIES: &'static [nf::Policy] = &Class::POLICIES;
    const IDLE: u32 = opening::LEFT;

    fn help(&self, mut packet: Packet<'_>) -> Verdict {
        self.segment(&mut packet)
    }

    fn expected(&self, conn: NewConn<'_>, pinhole: &ExpectationRef) {
        expected::follow(conn, pinhole, &self.sip.calls);
    }

    fn gone(&self, conn: &Conn) -> bool {
        self.forget(conn);
        self.sip.calls.forget_one(conn)
    }
}
