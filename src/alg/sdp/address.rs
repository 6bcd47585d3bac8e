// SPDX-License-Identifier: GPL-2.0

//! `IN IP4 address` as in `c=`, `o=` and `a=rtcp`.

use core::net::IpAddr;

use crate::scan::{
    folded,
    key, //
};
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
    /// The address, where the host is one of the stated family and that is known.
    pub ip: Option<IpAddr>,
    /// TTL, count of addresses, or both, as they stand behind the first slash.
    pub multicast: Option<Text<'a>>,
}

impl<'a> Address<'a> {
    /// Reads `IN IP4 host` or `IN IP6 host`.
    #[inline]
    pub(super) fn parse(text: Text<'a>) -> Result<Self, Error> {
        if folded(text.bytes(), 7) == const { key("in ip4 ") } {
            return Self::host(text.skip(7).word().0, |host| ipv4(host).map(IpAddr::V4));
        }
        let (network, rest) = text.word();
        let (family, rest) = rest.word();
        let (host, _) = rest.word();
        match family {
            _ if !network.is("IN") => Self::host(host, |_| None),
            family if family.is("IP4") => Self::host(host, |host| ipv4(host).map(IpAddr::V4)),
            family if family.is("IP6") => Self::host(host, |host| ipv6(host).map(IpAddr::V6)),
            _ => Self::host(host, |_| None),
        }
    }

    #[inline(always)]
    fn host(word: Text<'a>, read: impl Fn(Text<'a>) -> Option<IpAddr>) -> Result<Self, Error> {
        let (host, behind) = word.split_where(|byte| byte == b'/');
        if host.is_empty() {
            return Err(Error::new(Element::Connection, word));
        }
        Ok(Self {
            host,
            ip: read(host),
            multicast: behind.strip_byte(b'/'),
        })
    }
}
