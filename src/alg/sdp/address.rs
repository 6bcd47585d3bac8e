// SPDX-License-Identifier: GPL-2.0

//! `IN IP4 address` as in `c=`, `o=` and `a=rtcp`.

use core::net::IpAddr;

use super::line::word;
use crate::sip::host::{
    ipv4,
    ipv6, //
};
use crate::Text;

/// A connection address (RFC 8866 5.7); the host may be a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address<'a> {
    /// The host, without a TTL or count behind it.
    pub host: Text<'a>,
    /// The address, where the host is one of the stated family and that is known.
    pub ip: Option<IpAddr>,
}

impl<'a> Address<'a> {
    /// Reads `IN IP4 host` or `IN IP6 host`; `None` where there is no host.
    pub(super) fn parse(text: Text<'a>) -> Option<Self> {
        let (network, rest) = word(text);
        let (family, rest) = word(rest);
        let (host, _) = word(rest);
        let (host, _) = host.split_where(|byte| byte == b'/');
        if host.is_empty() {
            return None;
        }
        let ip = match family {
            _ if !network.is("IN") => None,
            family if family.is("IP4") => ipv4(host).map(IpAddr::V4),
            family if family.is("IP6") => ipv6(host).map(IpAddr::V6),
            _ => None,
        };
        Some(Self { host, ip })
    }
}
