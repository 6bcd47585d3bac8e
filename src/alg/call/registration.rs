// SPDX-License-Identifier: GPL-2.0

//! REGISTER and its answer: the way by which calls come in (RFC 3261 10).
//!
//! What a 2xx does not list is bound no longer, whether the REGISTER took it back by `expires=0` or
//! `Contact: *`, or somebody else did.

use core::net::SocketAddr;
use core::ops::RangeInclusive;

use super::{
    Pinholes,
    Policy,
    Refusal,
    SignallingPinhole, //
};
use crate::nat::{
    Flow,
    Named, //
};
use crate::sdp::Transport;

/// For how long a registrar that names no time binds a Contact, in seconds (RFC 3261 10.2.1.1).
pub(crate) const DEFAULT_EXPIRES: u32 = 3600;

/// Where user agents listen for SIP over TCP, besides where they have opened a connection from.
const USUAL_PORTS: RangeInclusive<u16> = 5060..=5080;

/// What a REGISTER asks for a Contact.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Binding {
    /// Where the user agent wants its calls.
    pub(crate) contact: SocketAddr,
    /// Whether it is taken back (`expires=0`).
    pub(crate) leaves: bool,
}

/// Makes ready a pinhole for a Contact of the sender's own; hands back where calls will come in.
///
/// `None` for a third party's Contact, which is not ours to open.
pub(crate) fn register<P: Pinholes>(
    binding: Binding,
    flow: &Flow,
    policy: Policy,
    pinholes: &mut P,
) -> Option<Result<SocketAddr, Refusal>> {
    let contact = binding.contact;
    let outside = match flow.named(contact) {
        Named::Source => flow.source.after,
        Named::SourceHost => SocketAddr::new(flow.source.after.ip(), contact.port()),
        Named::Learned | Named::Destination | Named::DestinationHost | Named::Stranger => {
            return None
        }
    };
    if binding.leaves {
        return Some(Ok(pinholes.outside(contact).unwrap_or(outside)));
    }
    if pinholes.serves(Transport::new(flow.stream), contact.port()) {
        return Some(Err(Refusal::ServicePort));
    }
    let usual = contact == flow.source.before || USUAL_PORTS.contains(&contact.port());
    if flow.stream && !usual && !policy.any_contact_port {
        return Some(Err(Refusal::UnusualPort));
    }
    let registrar = flow.destination.after.ip();
    Some(pinholes.open_signalling(&SignallingPinhole {
        inside: contact,
        outside,
        from: policy.direct_signalling.then_some(registrar),
    }))
}

/// Ports outside by which Contacts of one registration are known; more are not looked after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ports([u16; 8]);

impl Ports {
    pub(crate) fn add(&mut self, port: u16) {
        if !self.has(port) {
            if let Some(free) = self.0.iter_mut().find(|slot| **slot == 0) {
                *free = port;
            }
        }
    }

    /// Whether it is one of them.
    pub fn has(&self, port: u16) -> bool {
        port != 0 && self.0.contains(&port)
    }

    fn iter(self) -> impl Iterator<Item = u16> {
        self.0.into_iter().filter(|&port| port != 0)
    }
}

/// What a user agent has at the registrar and asks it for, known by the Call-ID, which stays the same
/// from REGISTER to REGISTER (RFC 3261 10.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Registration {
    /// CSeq number of the last REGISTER, and its transaction; answers to others change nothing.
    number: u32,
    branch: u32,
    /// What it asks for or takes back.
    asked: Ports,
    /// What the registrar has bound.
    bound: Ports,
}

impl Registration {
    /// Another REGISTER is sent, in a transaction whose branch has this digest.
    pub(crate) fn begin(&mut self, number: u32, branch: u32) {
        *self = Self {
            number,
            branch,
            bound: self.bound,
            ..Self::default()
        };
    }

    /// It names a Contact that is known by this port.
    pub(crate) fn ask(&mut self, port: u16) {
        self.asked.add(port);
    }

    /// Whether an answer is one to the last REGISTER.
    pub(crate) const fn is_answered_by(&self, number: u32) -> bool {
        self.number == number
    }

    /// Whether it belongs to its transaction, too.
    pub(crate) const fn is_answered_in(&self, branch: u32) -> bool {
        self.branch == branch
    }

    /// The registrar has bound `listed` and nothing else; hands back what it had or was asked for
    /// besides.
    pub(crate) fn settle(&mut self, listed: Ports) -> impl Iterator<Item = u16> {
        let before = core::mem::replace(&mut self.bound, listed);
        let asked = self.asked;
        let all = asked.iter().chain(before.iter());
        all.filter(move |&port| !listed.has(port))
    }

    /// Whether the registrar has bound a Contact that is known by this port.
    pub fn has(&self, port: u16) -> bool {
        self.bound.has(port)
    }

    /// Whether the registrar has bound nothing.
    pub fn is_over(&self) -> bool {
        self.bound == Ports::default()
    }
}
