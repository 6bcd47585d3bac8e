// SPDX-License-Identifier: GPL-2.0

//! REGISTER and its answer: the way by which calls come in (RFC 3261 10).

use core::net::SocketAddr;

use super::{
    Leaving,
    Memory,
    Pinholes,
    Policy,
    Refusal,
    SignallingPinhole,
    LOWEST_PORT, //
};
use crate::nat::{
    Flow,
    Named, //
};

/// For how long a registrar that names no time binds a Contact, in seconds (RFC 3261 10.2.1.1).
pub(crate) const DEFAULT_EXPIRES: u32 = 3600;

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
    memory: &mut Memory,
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
        let outside = pinholes.outside(contact).unwrap_or(outside);
        memory.leaving = Leaving::Port(outside.port());
        return Some(Ok(outside));
    }
    if contact.port() < LOWEST_PORT {
        return Some(Err(Refusal::ServicePort));
    }
    let registrar = flow.destination.after.ip();
    Some(pinholes.open_signalling(&SignallingPinhole {
        inside: contact,
        outside,
        from: policy.direct_signalling.then_some(registrar),
    }))
}

/// Ends what the answered REGISTER took back.
pub(crate) fn leave<P: Pinholes>(memory: &mut Memory, pinholes: &mut P) {
    match core::mem::take(&mut memory.leaving) {
        Leaving::None => {}
        Leaving::Port(port) => pinholes.close_signalling(Some(port)),
        Leaving::All => pinholes.close_signalling(None),
    }
}
