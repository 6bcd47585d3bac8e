// SPDX-License-Identifier: GPL-2.0

//! The endpoints of the packet that carries a message, on both sides of the NAT.

use core::net::{
    IpAddr,
    SocketAddr, //
};

/// One endpoint as the two sides of the NAT see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Translation {
    /// In the packet as it arrives.
    pub before: SocketAddr,
    /// In the packet as it leaves.
    pub after: SocketAddr,
}

/// Where a packet comes from and goes to, before and after NAT, taken from its conntrack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Who sent it.
    pub source: Translation,
    /// Who gets it.
    pub destination: Translation,
    /// Whether a rule leads it there (DNAT), and not what somebody inside has opened.
    pub forwarded: bool,
    /// Whether it comes from who opened the connection, or the one that this one was expected of.
    pub opener: bool,
    /// Whether it is a part of a stream (TCP): what goes back goes by the same connection.
    pub stream: bool,
}

/// What an endpoint in the text is to the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// The sender's own endpoint.
    Source,
    /// An endpoint at the address that the other side knows the sender by; it has learned that by
    /// itself.
    Learned,
    /// Another port of the sender's address.
    SourceHost,
    /// The endpoint that the packet was sent to.
    Destination,
    /// Another port of that address.
    DestinationHost,
    /// Neither.
    Stranger,
}

impl Translation {
    /// Whether the two sides see the same.
    pub fn is_identity(&self) -> bool {
        self.before == self.after
    }
}

impl Flow {
    /// What `endpoint`, as it stands in an arriving message, names.
    pub fn named(&self, endpoint: SocketAddr) -> Named {
        if endpoint == self.source.before {
            Named::Source
        } else if endpoint == self.destination.before {
            Named::Destination
        } else if endpoint == self.source.after {
            Named::Learned
        } else if endpoint.ip() == self.source.before.ip() {
            Named::SourceHost
        } else if endpoint.ip() == self.destination.before.ip() {
            Named::DestinationHost
        } else if endpoint.ip() == self.source.after.ip() {
            Named::Learned
        } else {
            Named::Stranger
        }
    }

    /// Whether what names an endpoint like this becomes something else.
    pub fn translates(&self, named: Named) -> bool {
        match named {
            Named::Source => !self.source.is_identity(),
            Named::Destination => !self.destination.is_identity(),
            _ => false,
        }
    }

    /// What a host without a port names; it has no port to differ in.
    pub fn named_host(&self, address: IpAddr) -> Named {
        if address == self.source.before.ip() {
            Named::Source
        } else if address == self.destination.before.ip() {
            Named::Destination
        } else if address == self.source.after.ip() {
            Named::Learned
        } else {
            Named::Stranger
        }
    }
}
