// SPDX-License-Identifier: GPL-2.0

//! Places in header fields where an endpoint stands.

use core::mem::size_of;
use core::net::{
    IpAddr,
    SocketAddr, //
};

use crate::recent::Recent;
use crate::sip::{
    HostPort,
    DEFAULT_PORT, //
};
use crate::Text;

/// What an endpoint in a header is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Where requests go: Contact, and the Request-URI that repeats it.
    Target,
    /// Where the next response goes: sent-by of the topmost Via.
    Via,
    /// Who somebody is: From and To. A host without a port stays without.
    Identity,
    /// Where a response goes later on: sent-by of the Vias below.
    LowerVia,
    /// Where responses go instead: a Via's `maddr`, a host without a port.
    Maddr,
    /// What requests pass through: Record-Route and its like, and the Route that repeats it.
    Route,
}

impl Role {
    /// Whether the port counts where none is written.
    pub(super) const fn has_port(self) -> bool {
        !matches!(self, Self::Identity | Self::Maddr)
    }
}

/// A host and port in the text, and the endpoint that they name.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The host as it stands there.
    pub host: Text<'a>,
    /// The digits of the port, where there is one.
    pub port: Option<Text<'a>>,
    /// What they say; without a port the default one (RFC 3261 19.1.2).
    pub endpoint: SocketAddr,
}

/// More is copied in a way that takes a processor many times as long.
const _: () = assert!(size_of::<Option<Place<'_>>>() <= 64);

impl<'a> Place<'a> {
    /// A host with the endpoint that it names, where it is an address.
    pub fn new(text: HostPort<'a>) -> Option<Self> {
        Self::with(text, text.address()?)
    }

    /// The same where some addresses are known.
    pub(crate) fn known(text: HostPort<'a>, recent: &mut Recent) -> Option<Self> {
        if text.is_name() {
            return None;
        }
        match recent.ipv4(text.host) {
            Some(address) => Self::with(text, IpAddr::V4(address)),
            None => Self::new(text),
        }
    }

    fn with(text: HostPort<'a>, address: IpAddr) -> Option<Self> {
        let port = text.port_number().unwrap_or(DEFAULT_PORT);
        let endpoint = SocketAddr::new(address, port);
        let HostPort { host, port, .. } = text;
        Some(Self {
            host,
            port,
            endpoint,
        })
    }
}
