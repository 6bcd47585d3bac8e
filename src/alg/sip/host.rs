// SPDX-License-Identifier: GPL-2.0

//! `host [":" port]` as it stands in URIs and in Via.

use core::net::{
    IpAddr,
    Ipv4Addr,
    Ipv6Addr, //
};

use crate::text::is_space;
use crate::Text;

/// A host and perhaps a port, each with its place in the message.
///
/// Blanks around the colon are allowed, as Via's grammar has it (RFC 3261 25.1, COLON).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostPort<'a> {
    /// The host, brackets of an IPv6 reference included.
    pub host: Text<'a>,
    /// The digits of the port, where there is one.
    pub port: Option<Text<'a>>,
}

impl<'a> HostPort<'a> {
    /// Reads a host and port from the front of `text`; the rest begins behind them.
    ///
    /// `None` for an empty host or a colon that no port number follows.
    pub fn parse(text: Text<'a>) -> Option<(Self, Text<'a>)> {
        let (host, rest) = if text.first() == Some(b'[') {
            let inside = text.cut(b']')?.0;
            text.split_at(inside.len().saturating_add(1))
        } else {
            text.split_where(|byte| !is_host(byte))
        };
        if host.is_empty() {
            return None;
        }
        let Some(after_colon) = rest.trim_start().strip(":") else {
            return Some((Self { host, port: None }, rest));
        };
        let (port, rest) = after_colon
            .trim_start()
            .split_where(|byte| !byte.is_ascii_digit());
        port.port()?;
        let port = Some(port);
        Some((Self { host, port }, rest))
    }

    /// The address, where the host is one and not a name.
    pub fn address(&self) -> Option<IpAddr> {
        match self.host.strip("[") {
            Some(inside) => {
                let (address, bracket) = inside.split_where(|byte| byte == b']');
                (!bracket.is_empty()).then_some(())?;
                ipv6(address).map(IpAddr::V6)
            }
            None => ipv4(self.host).map(IpAddr::V4),
        }
    }

    /// The port's number, where one is given.
    pub fn port_number(&self) -> Option<u16> {
        self.port.and_then(Text::port)
    }
}

/// The characters of a host name or IPv4 address; `_` is not in the grammar but in the field.
const fn is_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
}

/// An IPv4 address in dotted decimals and nothing else.
pub(crate) fn ipv4(text: Text<'_>) -> Option<Ipv4Addr> {
    if !text.first()?.is_ascii_digit() || text.bytes().iter().any(|&byte| is_space(byte)) {
        return None;
    }
    core::str::from_utf8(text.bytes()).ok()?.parse().ok()
}

/// An IPv6 address without brackets and zone.
pub(crate) fn ipv6(text: Text<'_>) -> Option<Ipv6Addr> {
    core::str::from_utf8(text.bytes()).ok()?.parse().ok()
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_host))]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Option<(Option<IpAddr>, Option<u16>)> {
        let (host, _) = HostPort::parse(Text::new(text))?;
        Some((host.address(), host.port_number()))
    }

    #[test]
    fn addresses_with_and_without_port() {
        let four = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));
        let six = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1));
        assert_eq!(read(b"10.0.0.2"), Some((Some(four), None)));
        assert_eq!(read(b"10.0.0.2:5062;x"), Some((Some(four), Some(5062))));
        assert_eq!(read(b"10.0.0.2 : 5062"), Some((Some(four), Some(5062))));
        assert_eq!(read(b"[2001:db8::1]:5060"), Some((Some(six), Some(5060))));
        assert_eq!(read(b"[2001:db8::1]"), Some((Some(six), None)));
    }

    #[test]
    fn names_are_no_addresses_even_when_they_begin_like_one() {
        assert_eq!(read(b"10.0.0.5-pbx.example.com"), Some((None, None)));
        assert_eq!(read(b"example.com:5080"), Some((None, Some(5080))));
        assert_eq!(read(b"010.0.0.2"), Some((None, None)));
        assert_eq!(read(b"[fe80::1%eth0]"), Some((None, None)));
    }

    #[test]
    fn broken_ports_and_empty_hosts_are_refused() {
        assert_eq!(read(b""), None);
        assert_eq!(read(b":5060"), None);
        assert_eq!(read(b"host:"), None);
        assert_eq!(read(b"host:0"), None);
        assert_eq!(read(b"host:70000"), None);
        assert_eq!(read(b"[::1"), None);
    }
}
