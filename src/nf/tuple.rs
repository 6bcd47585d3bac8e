// SPDX-License-Identifier: GPL-2.0-only

//! The endpoints of a connection, and addresses as netfilter keeps them.

use super::{
    bindings,
    Protocol, //
};
use core::net::{
    IpAddr,
    Ipv4Addr,
    Ipv6Addr,
    SocketAddr, //
};

/// The endpoints of a connection as its packets of one direction show them.
///
/// Where the connection is translated these are the addresses before translation: the packet's
/// source in one direction is not the destination in the other.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) struct Tuple {
    /// Where the packets come from.
    pub(crate) source: SocketAddr,
    /// Where they are sent to.
    pub(crate) destination: SocketAddr,
    /// What carries them.
    pub(crate) protocol: Protocol,
}

impl Tuple {
    /// Returns [`None`] for another family than IP and another protocol than TCP and UDP.
    pub(super) fn from_raw(raw: &bindings::nf_conntrack_tuple) -> Option<Self> {
        Some(Self {
            source: source(raw)?,
            destination: destination(raw)?,
            protocol: Protocol::from_raw(raw.dst.protonum)?,
        })
    }
}

/// An address family, in the numbers that netfilter and the socket layer share.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(super) enum Family {
    V4,
    V6,
}

impl Family {
    pub(super) const fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::V4,
            IpAddr::V6(_) => Self::V6,
        }
    }

    pub(super) const fn from_raw(number: u16) -> Option<Self> {
        if number == Self::V4.as_raw() as u16 {
            Some(Self::V4)
        } else if number == Self::V6.as_raw() as u16 {
            Some(Self::V6)
        } else {
            None
        }
    }

    pub(super) const fn as_raw(self) -> u8 {
        // CAST: The numbers are 2 and 10.
        match self {
            Self::V4 => bindings::NFPROTO_IPV4 as u8,
            Self::V6 => bindings::NFPROTO_IPV6 as u8,
        }
    }
}

/// Returns the source of a tuple, if its family is IP.
pub(super) fn source(raw: &bindings::nf_conntrack_tuple) -> Option<SocketAddr> {
    let address = address(Family::from_raw(raw.src.l3num)?, &raw.src.u3);
    Some(SocketAddr::new(address, port(raw.src.u)))
}

/// Returns the destination of a tuple, if its family is IP.
pub(super) fn destination(raw: &bindings::nf_conntrack_tuple) -> Option<SocketAddr> {
    let address = address(Family::from_raw(raw.src.l3num)?, &raw.dst.u3);
    // SAFETY: All members of the union are plain integers of the same size, so any of them may be
    // read whichever was written.
    let port = unsafe { raw.dst.u.all };
    Some(SocketAddr::new(address, u16::from_be(port)))
}

/// Reads an address of the family `family`.
pub(super) fn address(family: Family, raw: &bindings::nf_inet_addr) -> IpAddr {
    // SAFETY: All members of the union are made of plain integers and `all` covers all of it. It
    // was wholly written, too: what keeps an address clears the rest of the union first, so that
    // tuples can be compared.
    let words = unsafe { raw.all };
    let [first, ..] = words;
    match family {
        Family::V4 => IpAddr::V4(Ipv4Addr::from_bits(u32::from_be(first))),
        Family::V6 => {
            let mut bits: u128 = 0;
            for word in words {
                bits = bits << 32 | u128::from(u32::from_be(word));
            }
            IpAddr::V6(Ipv6Addr::from_bits(bits))
        }
    }
}

/// Makes an address as netfilter keeps it: in network order, the rest of the union zero.
pub(super) fn raw_address(address: IpAddr) -> bindings::nf_inet_addr {
    let words = match address {
        IpAddr::V4(v4) => [v4.to_bits().to_be(), 0, 0, 0],
        IpAddr::V6(v6) => {
            let [a, b, c, d, e, f, g, h] = v6.segments();
            [(a, b), (c, d), (e, f), (g, h)]
                .map(|(high, low)| (u32::from(high) << 16 | u32::from(low)).to_be())
        }
    };
    bindings::nf_inet_addr { all: words }
}

/// Makes the tuple of a packet; [`None`] for endpoints of different families.
pub(super) fn raw(
    protocol: Protocol,
    source: SocketAddr,
    destination: SocketAddr,
) -> Option<bindings::nf_conntrack_tuple> {
    let mut tuple = expected(protocol, Some(source.ip()), destination)?;
    tuple.src.u = raw_port(source.port());
    Some(tuple)
}

/// The same for one that an expectation of packets from an address, or from anywhere, matches.
pub(super) fn expected(
    protocol: Protocol,
    source: Option<IpAddr>,
    destination: SocketAddr,
) -> Option<bindings::nf_conntrack_tuple> {
    let family = Family::of(destination.ip());
    let mut tuple = bindings::nf_conntrack_tuple::default();
    if let Some(source) = source {
        if Family::of(source) != family {
            return None;
        }
        tuple.src.u3 = raw_address(source);
    }
    tuple.src.l3num = u16::from(family.as_raw());
    tuple.dst.u3 = raw_address(destination.ip());
    tuple.dst.u.all = destination.port().to_be();
    tuple.dst.protonum = protocol.as_raw();
    Some(tuple)
}

/// Reads a port of the half of a tuple that NAT may change.
pub(super) fn port(raw: bindings::nf_conntrack_man_proto) -> u16 {
    // SAFETY: All members of the union are a 16-bit integer, so any of them may be read whichever
    // was written.
    u16::from_be(unsafe { raw.all })
}

/// Makes a port as netfilter keeps it.
pub(super) fn raw_port(port: u16) -> bindings::nf_conntrack_man_proto {
    bindings::nf_conntrack_man_proto { all: port.to_be() }
}
