// SPDX-License-Identifier: GPL-2.0

//! What the helpers share: a message in, a decision of the core, the text to write.

use alg::call::Policy;
use alg::nat::{
    Edits,
    Flow,
    Translation, //
};
use alg::{
    Reason,
    Reasons,
    Span, //
};
use kernel::prelude::*;

use crate::calls::Calls;
use crate::counters::{
    Counters,
    Outcome, //
};
use crate::memory;
use crate::nf::{
    self,
    parameters,
    Conn,
    Direction,
    Packet,
    Protocol, //
};
use crate::pinholes::Expectations;
use crate::workspace::Workspace;

/// What the administrator is told when another module has the helper's name.
pub(crate) const TAKEN: &str = "another SIP helper is loaded (nf_conntrack_sip?): unload it with \
    'modprobe -r nf_nat_sip nf_conntrack_sip', then load nf_sip again";

/// Everything that a packet in a helper needs.
#[pin_data]
pub(crate) struct Sip {
    #[pin]
    expectfn: nf::nat::ExpectfnRegistration,
    #[pin]
    nat: nf::nat::Registration,
    pub(crate) workspaces: nf::scratch::Pool<Workspace>,
    #[pin]
    pub(crate) calls: Calls,
    #[pin]
    pub(crate) counters: Counters,
}

/// What is to be done about a message.
pub(crate) struct Decision<'w> {
    /// Whether its connection lives on for it, and seconds for which a registration was granted there.
    pub(crate) prolongs: Option<u32>,
    /// The part that goes, and what comes in its place, if anything changes.
    pub(crate) change: Option<(Span, &'w [u8])>,
    /// The port to which it goes, if not its own.
    pub(crate) port: Option<u16>,
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

    /// Decides about a message that came by `packet`, and opens the pinholes for it.
    ///
    /// The error is what there was no room or no endpoint for.
    pub(crate) fn decide<'w>(
        &self,
        packet: &Packet<'_>,
        message: &[u8],
        workspace: &'w mut Workspace,
    ) -> Result<Decision<'w>, Outcome> {
        let conn = packet.conn();
        let flow = flow(conn, packet.direction()).ok_or(Outcome::NoFlow)?;
        let (slots, text, ways) = workspace.parts();
        let mut edits = Edits::new(message, slots);
        let before = memory::load(conn);
        let mut remembered = before;
        let mut pinholes = Expectations::new(packet, &flow, &self.calls, ways);
        let policy = Policy {
            direct_media: parameters::direct_media(),
            direct_signalling: parameters::direct_signalling(),
            any_contact_port: parameters::any_contact_port(),
        };
        let mut reasons = alg::translate(&flow, policy, &mut remembered, &mut pinholes, &mut edits);
        if pinholes.forgetful {
            reasons.add(Reason::TooManyCalls);
        }
        if pinholes.displaces {
            reasons.add(Reason::Displaced);
        }
        if pinholes.makes_room.get() {
            reasons.add(Reason::MadeRoom);
        }
        if pinholes.lacks_room.get() {
            reasons.add(Reason::NoRoom);
        }
        self.counters.reasons(reasons);
        if reasons.has_any(ANY_TOLD) {
            log(packet, reasons);
        }
        let is_sip = !reasons.is_fatal();
        if is_sip {
            memory::store(conn, before, remembered);
        }
        let lives_on = is_sip && !reasons.has(Reason::Incomplete);
        let port = edits.destination_port();
        let region = edits.render(text);
        let change = region.and_then(|region| Some((region.old, text.get(..region.new_len)?)));
        Ok(Decision {
            prolongs: lives_on.then_some(remembered.granted),
            change,
            port,
        })
    }
}

/// What the administrator is told of, and how.
const TOLD: [(Reason, &CStr); 6] = [
    (Reason::NoPort, c"no free port for a pinhole"),
    (Reason::NoRoom, c"no room for a pinhole"),
    (Reason::ServicePort, c"pinhole wanted at a service's port"),
    (
        Reason::UnusualPort,
        c"pinhole wanted at a port where no telephone listens",
    ),
    (Reason::NotHere, c"pinhole wanted of an expected connection"),
    (Reason::TooManyCalls, c"no room to remember a call"),
];

/// The reasons among these.
const ANY_TOLD: Reasons = {
    let mut reasons = Reasons::none();
    let mut rest: &[(Reason, &CStr)] = &TOLD;
    while let [(reason, _), more @ ..] = rest {
        reasons.add(*reason);
        rest = more;
    }
    reasons
};

/// Tells the administrator what could not be had for the message.
#[cold]
fn log(packet: &Packet<'_>, reasons: Reasons) {
    for (reason, why) in TOLD {
        if reasons.has(reason) {
            packet.log(why);
        }
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
        stream: arriving.protocol == Protocol::Tcp,
    })
}
