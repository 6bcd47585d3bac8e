// SPDX-License-Identifier: GPL-2.0

//! The helper for SIP over UDP: a datagram is a message.

use kernel::prelude::*;
use kernel::sync::Arc;

use crate::counters::Outcome;
use crate::expected;
use crate::helper::{
    Decision,
    Sip,
    TAKEN, //
};
use crate::memory;
use crate::nf::{
    self,
    parameters,
    Conn,
    ExpectationRef,
    NewConn,
    Packet,
    Protocol,
    Verdict, //
};
use crate::pinholes::Class;

/// Seconds for which a registration may keep its connection alive.
const LONGEST_REGISTRATION: u32 = 24 * 3600;

/// The helper.
pub(crate) struct Datagrams {
    sip: Arc<Sip>,
}

impl Datagrams {
    /// It shares the calls with others.
    pub(crate) fn new(sip: Arc<Sip>) -> Self {
        Self { sip }
    }

    /// Translates the message in `packet`, or says why not; and how long its connection lives on for it, see
    /// [`Decision::prolongs`](crate::helper::Decision).
    fn message(&self, packet: &mut Packet<'_>) -> (Outcome, Option<u32>) {
        if packet.is_aggregated() {
            return (Outcome::Aggregated, None);
        }
        if !packet.linear() {
            return (Outcome::NotLinear, None);
        }
        if let Some(reason) = alg::glance(packet.payload()) {
            self.sip.counters.reason(reason);
            return (Outcome::Unchanged, None);
        }
        if !packet.is_intact() {
            return (Outcome::Damaged, None);
        }
        let Some(mut workspace) = self.sip.workspaces.take() else {
            return (Outcome::Busy, None);
        };
        let decided = self.sip.decide(packet, packet.payload(), &mut workspace);
        match decided {
            Ok(decision) => (written(packet, &decision), decision.prolongs),
            Err(outcome) => (outcome, None),
        }
    }
}

/// Writes what was decided into the packet.
fn written(packet: &mut Packet<'_>, decision: &Decision<'_>) -> Outcome {
    match decision.change {
        None if decision.port.is_none() => return Outcome::Unchanged,
        None => {}
        Some((old, new)) => {
            if !packet.mangle_udp(old.start, old.len, new) {
                return Outcome::NotWritten;
            }
            packet.allow_fragments();
        }
    }
    match decision.port {
        Some(port) if !packet.set_destination_port(port) => Outcome::NotWritten,
        _ => Outcome::Translated,
    }
}

impl nf::Helper for Datagrams {
    const NAME: &'static CStr = c"sip";
    const TAKEN: &'static str = TAKEN;
    const PROTOCOL: Protocol = Protocol::Udp;
    const POLICIES: &'static [nf::Policy] = &Class::POLICIES;

    fn help(&self, mut packet: Packet<'_>) -> Verdict {
        let (outcome, prolongs) = self.message(&mut packet);
        match prolongs {
            Some(granted) => prolong(packet.conn(), granted),
            None => keep(packet.conn()),
        }
        self.sip.counters.outcome(outcome);
        Verdict::Accept
    }

    fn expected(&self, conn: NewConn<'_>, pinhole: &ExpectationRef) {
        expected::follow(conn, pinhole, &self.sip.calls);
    }

    fn gone(&self, conn: &Conn) -> bool {
        self.sip.calls.forget_one(conn)
    }
}

/// Lets a connection that carries SIP live for `sip_timeout`, or as long as a registration.
fn prolong(conn: &Conn, granted: u32) {
    let seconds = parameters::timeout().max(granted.min(LONGEST_REGISTRATION));
    conn.prolong(seconds);
    memory::set_deadline(conn, nf::now().saturating_add(seconds));
}

/// Gives back what conntrack took from the connection's time for a packet that is no SIP, or cannot be read:
/// each of them, a keep-alive too, sets the much shorter one of any UDP.
fn keep(conn: &Conn) {
    let left = memory::deadline(conn).saturating_sub(nf::now());
    if left > 0 {
        conn.prolong(left);
    }
}
