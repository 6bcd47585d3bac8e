// SPDX-License-Identifier: GPL-2.0

//! The conntrack helper: a packet in, a decision of the core, one write.

use alg::call::Policy;
use alg::nat::{
    Edits,
    Flow,
    Translation, //
};
use alg::{
    Reason,
    Reasons, //
};
use kernel::prelude::*;

use crate::calls::Calls;
use crate::counters::{
    Counters,
    Outcome, //
};
use crate::expected;
use crate::memory;
use crate::nf::{
    self,
    parameters,
    Conn,
    Direction,
    ExpectationRef,
    NewConn,
    Packet,
    Protocol, //
};
use crate::pinholes::{
    Class,
    Expectations, //
};
use crate::workspace::Workspace;

/// Seconds for which a registration may keep its connection alive.
const LONGEST_REGISTRATION: u32 = 24 * 3600;

/// Everything that a packet in the helper needs.
#[pin_data]
pub(crate) struct Sip {
    #[pin]
    expectfn: nf::nat::ExpectfnRegistration,
    #[pin]
    nat: nf::nat::Registration,
    workspaces: nf::scratch::Pool<Workspace>,
    #[pin]
    calls: Calls,
    #[pin]
    counters: Counters,
}

impl Sip {
    /// Registers the NAT helper and what expected connections are given to.
    pub(crate) fn new() -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            expectfn <- nf::nat::ExpectfnRegistration::new(c"sip"),
            nat <- nf::nat::Registration::new(c"ip_nat_sip"),
            workspaces: nf::scratch::Pool::new(Workspace::new)?,
            calls <- Calls::new(),
            counters <- Counters::new(),
        })
    }

    /// Translates the message in `packet`, or says why not.
    fn message(&self, packet: &mut Packet<'_>) -> Outcome {
        if packet.is_aggregated() {
            return Outcome::Aggregated;
        }
        let Some(mut workspace) = self.workspaces.take() else {
            return Outcome::Busy;
        };
        if !packet.linear() {
            return Outcome::NotLinear;
        }
        let conn = packet.conn();
        let Some(flow) = flow(conn, packet.direction()) else {
            return Outcome::NoFlow;
        };

        let (slots, text) = workspace.parts();
        let mut edits = Edits::new(packet.payload(), slots);
        let before = memory::load(conn);
        let mut remembered = before;
        let mut pinholes = Expectations::new(packet, &self.calls);
        let policy = Policy {
            direct_media: parameters::direct_media(),
            direct_signalling: parameters::direct_signalling(),
        };
        let mut reasons = alg::translate(&flow, policy, &mut remembered, &mut pinholes, &mut edits);
        if pinholes.forgetful {
            reasons.add(Reason::TooManyCalls);
        }
        self.counters.reasons(reasons);
        log(packet, reasons);
        if reasons.is_fatal() {
            keep(conn);
            return Outcome::Unchanged;
        }
        prolong(conn, remembered.granted);
        memory::store(conn, before, remembered);
        let port = edits.destination_port();
        if edits.is_empty() && port.is_none() {
            return Outcome::Unchanged;
        }

        if !edits.is_empty() {
            let Some(region) = edits.render(text) else {
                return Outcome::TooLong;
            };
            let new = text.get(..region.new_len).unwrap_or(&[]);
            if !packet.mangle_udp(region.old.start, region.old.len, new) {
                return Outcome::NotWritten;
            }
            packet.allow_fragments();
        }
        match port {
            Some(port) if !packet.set_destination_port(port) => Outcome::NotWritten,
            _ => Outcome::Translated,
        }
    }
}

impl nf::Helper for Sip {
    const NAME: &'static CStr = c"sip";
    const TAKEN: &'static str = "another SIP helper is loaded (nf_conntrack_sip?): unload it with \
        'modprobe -r nf_nat_sip nf_conntrack_sip', then load nf_sip again";
    const PROTOCOL: Protocol = Protocol::Udp;
    const POLICIES: &'static [nf::Policy] = &Class::POLICIES;

    fn help(&self, mut packet: Packet<'_>) {
        let outcome = self.message(&mut packet);
        self.counters.outcome(outcome);
    }

    fn expected(&self, conn: NewConn<'_>, pinhole: &ExpectationRef) {
        expected::follow(conn, pinhole, &self.calls);
    }

    fn gone(&self, conn: &Conn) -> bool {
        self.calls.forget_one(conn)
    }
}

/// Tells the administrator what could not be had for the message.
fn log(packet: &Packet<'_>, reasons: Reasons) {
    for (reason, why) in [
        (Reason::NoPort, c"no free port for a pinhole"),
        (Reason::NoRoom, c"no room for a pinhole"),
        (Reason::ServicePort, c"pinhole wanted at a service's port"),
        (Reason::NotHere, c"pinhole wanted of an expected connection"),
        (Reason::TooManyCalls, c"no room to remember a call"),
    ] {
        if reasons.has(reason) {
            packet.log(why);
        }
    }
}

/// Lets a connection that carries SIP live for `sip_timeout`, or as long as a registration.
fn prolong(conn: &Conn, granted: u32) {
    let seconds = parameters::timeout().max(granted.min(LONGEST_REGISTRATION));
    conn.prolong(seconds);
    memory::set_deadline(conn, nf::now().saturating_add(seconds));
}

/// Gives back what conntrack took from the connection's time for a packet that is no SIP: each of
/// them, a keep-alive too, sets the much shorter one of any UDP.
fn keep(conn: &Conn) {
    let left = memory::deadline(conn).saturating_sub(nf::now());
    if left > 0 {
        conn.prolong(left);
    }
}

/// The packet's endpoints before and after NAT.
fn flow(conn: &Conn, direction: Direction) -> Option<Flow> {
    let arriving = conn.tuple(direction)?;
    let answer = conn.tuple(direction.opposite())?;
    Some(Flow {
        source: Translation {
            before: arriving.source,
            after: answer.destination,
        },
        destination: Translation {
            before: arriving.destination,
            after: answer.source,
        },
        forwarded: direction == Direction::Original && !conn.is_expected(),
        opener: (direction == Direction::Original) != conn.is_expected(),
    })
}
