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
}

/// What an endpoint in the text is to the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// The sender's own endpoint.
    Source,
    /// Another port of the sender's address.
    SourceHost,
    /// The endpoint that the packet was sent to.
    Destination,
    /// Another port of that address.
    DestinationHost,
    /// Neither.
    Stranger,
}

impl Flow {
    /// What `endpoint`, as it stands in an arriving message, names.
    pub fn named(&self, endpoint: SocketAddr) -> Named {
        if endpoint == self.source.before {
            Named::Source
        } else if endpoint == self.destination.before {
            Named::Destination
        } else if endpoint.ip() == self.source.before.ip() {
            Named::SourceHost
        } else if endpoint.ip() == self.destination.before.ip() {
            Named::DestinationHost
        } else {
            Named::Stranger
        }
    }

    /// The address that stands for `address` on the far side; itself when the flow does not
    /// translate it.
    pub fn host_after(&self, address: IpAddr) -> IpAddr {
        for side in [&self.source, &self.destination] {
            if address == side.before.ip() {
                return side.after.ip();
            }
        }
        address
    }

    /// Whether there is any translation at all.
    pub fn is_translated(&self) -> bool {
        self.source.before != self.source.after || self.destination.before != self.destination.after
    }
}
