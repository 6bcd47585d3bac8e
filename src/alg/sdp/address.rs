// SPDX-License-Identifier: GPL-2.0

//! `IN IP4 address` as in `c=`, `o=` and `a=rtcp`.

use core::net::IpAddr;

use crate::scan::find_not_numeric_near;
use crate::sip::host::{
    ipv4,
    ipv6, //
};
use crate::sip::{
    Element,
    Error, //
};
use crate::Text;

/// A connection address (RFC 8866 5.7); the host may be a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address<'a> {
    /// The host, without a TTL or count behind it.
    pub host: Text<'a>,
    /// What the host is said to be.
    pub family: Family,
    /// TTL, count of addresses, or both, as they stand behind the first slash.
    pub multicast: Option<Text<'a>>,
}

/// What stands in front of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `IN IP4`
    Ip4,
    /// `IN IP6`
    Ip6,
    /// Any other.
    Other,
}

/// A host is shorter (RFC 1035 2.3.4).
const LONGEST_HOST: usize = 256;

/// Whether a character stands behind hosts and in none.
#[inline(always)]
fn ends_host(byte: u8) -> bool {
    byte <= b' ' || byte == b'/'
}

impl<'a> Address<'a> {
    /// Reads `IN IP4 host` or `IN IP6 host` from the front of `text`, in which other lines may follow.
    #[inline(always)]
    pub(super) fn parse(text: Text<'a>) -> Result<Self, Error> {
        match Self::ipv4(text) {
            Some(address) => Ok(address),
            // What it returns lies in memory; what is made of that need not.
            None => {
                let Self {
                    host,
                    family,
                    multicast,
                } = Self::any(text)?;
                Ok(Self {
                    host,
                    family,
                    multicast,
                })
            }
        }
    }

    /// The same for an IPv4 address with nothing behind it, which mostly stands there.
    #[inline(always)]
    fn ipv4(text: Text<'a>) -> Option<Self> {
        let text = text.strip("IN IP4 ")?;
        let (host, behind) = text.split_within(find_not_numeric_near(text.bytes()));
        let ends = matches!(behind.bytes(), [] | [b'\r', ..]) && !host.is_empty();
        ends.then_some(Self {
            host,
            family: Family::Ip4,
            multicast: None,
        })
    }

    /// The same for all there may be.
    #[inline(never)]
    fn any(text: Text<'a>) -> Result<Self, Error> {
        let (network, rest) = text.trim_blanks().word();
        let (family, host) = rest.word();
        let family = match family {
            _ if !network.is("IN") => Family::Other,
            family if family.is("IP4") => Family::Ip4,
            family if family.is("IP6") => Family::Ip6,
            _ => Family::Other,
        };
        let (name, _) = host.take(LONGEST_HOST).split_where(ends_host);
        let (host, behind) = host.split_at(name.len());
        if host.is_empty() || host.len() == LONGEST_HOST {
            return Err(Error::new(Element::Connection, host));
        }
        Ok(Self {
            host,
            family,
            multicast: behind
                .strip_byte(b'/')
                .map(|behind| behind.trim_blanks().word().0),
        })
    }

    /// The address, where the host is one of its family.
    pub fn ip(&self) -> Option<IpAddr> {
        match self.family {
            Family::Ip4 => ipv4(self.host).map(IpAddr::V4),
            Family::Ip6 => ipv6(self.host).map(IpAddr::V6),
            Family::Other => None,
        }
    }
}
