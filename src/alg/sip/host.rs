// SPDX-License-Identifier: GPL-2.0

//! `host [":" port]` as it stands in URIs and in Via.

use core::net::{
    IpAddr,
    Ipv4Addr,
    Ipv6Addr, //
};

use super::{
    Element,
    Error, //
};
use crate::class::Class;
use crate::scan::{
    find_not_host,
    find_not_numeric_near, //
};
use crate::word::{
    four_or_five_digits,
    port, //
};
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
    /// What they say; zero where there are none.
    number: u16,
}

impl<'a> HostPort<'a> {
    /// Reads a host and port from the front of `text`; the rest begins behind them.
    #[inline(always)]
    pub fn parse(text: Text<'a>) -> Result<(Self, Text<'a>), Error> {
        match Self::ipv4(text) {
            Some(read) => Ok(read),
            // What it returns lies in memory; what is made of that need not.
            None => {
                let (Self { host, port, number }, rest) = Self::name_or_any(text)?;
                Ok((Self { host, port, number }, rest))
            }
        }
    }

    /// The same for what is no IPv4 address, mostly a name.
    #[inline(never)]
    fn name_or_any(text: Text<'a>) -> Result<(Self, Text<'a>), Error> {
        let (host, rest) = text.split_within(find_not_host(text.bytes()));
        Self::with_usual_port(host, rest).map_or_else(|| Self::any(text), Ok)
    }

    /// The same for what mostly stands there: an IPv4 address with or without a port of four or five
    /// digits, and something behind it.
    #[inline(always)]
    fn ipv4(text: Text<'a>) -> Option<(Self, Text<'a>)> {
        let (host, rest) = text.split_within(find_not_numeric_near(text.bytes()));
        Self::with_usual_port(host, rest)
    }

    /// The same behind a host, where no port follows, or one of four or five digits.
    #[inline(always)]
    fn with_usual_port(host: Text<'a>, rest: Text<'a>) -> Option<(Self, Text<'a>)> {
        match rest.bytes() {
            _ if host.is_empty() => None,
            [] | [b';' | b'>' | b'?', ..] => {
                let (port, number) = (None, 0);
                Some((Self { host, port, number }, rest))
            }
            [b':', digits @ ..] => {
                let (number, len) = four_or_five_digits(digits)?;
                let number = port(number)?;
                let (port, rest) = Text::new(digits).split_within(len);
                let port = Some(port);
                Some((Self { host, port, number }, rest))
            }
            _ => None,
        }
    }

    /// The same for all there may be.
    #[inline(never)]
    fn any(text: Text<'a>) -> Result<(Self, Text<'a>), Error> {
        let (host, rest) = text.split_within(find_not_host(text.bytes()));
        let (host, rest) = match rest.first() {
            None | Some(b':' | b';' | b'>' | b'?') if !host.is_empty() => (host, rest),
            _ => unusual_host(text)?,
        };
        let (port, number, rest) = match rest.strip_byte(b':') {
            Some(behind) => {
                let digits = behind.trim_start();
                let (number, rest) = digits
                    .leading_port()
                    .ok_or(Error::new(Element::Port, digits))?;
                (Some(digits.take(rest.behind(digits))), number, rest)
            }
            None => (None, 0, rest),
        };
        Ok((Self { host, port, number }, rest))
    }

    /// Whether the host can be nothing but a name.
    #[inline(always)]
    pub(crate) fn is_name(&self) -> bool {
        self.host.first().is_some_and(begins_name)
    }

    /// The address, where the host is one and not a name.
    pub fn address(&self) -> Option<IpAddr> {
        match self.host.bytes() {
            [b'[', inside @ .., b']'] => ipv6(Text::new(inside)).map(IpAddr::V6),
            _ => ipv4(self.host).map(IpAddr::V4),
        }
    }

    /// The port's number, where one is given.
    #[inline(always)]
    pub fn port_number(&self) -> Option<u16> {
        (self.number != 0).then_some(self.number)
    }
}

/// Whether a name begins with the character: an address begins with a digit or a bracket.
#[inline(always)]
pub(super) const fn begins_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic()
}

/// Splits off a host that is in brackets, holds a `_`, or has blanks behind it, which are dropped.
#[cold]
fn unusual_host(text: Text<'_>) -> Result<(Text<'_>, Text<'_>), Error> {
    let (host, rest) = text.split_class(Class::HOST);
    if !host.is_empty() {
        return Ok((host, rest.trim_start()));
    }
    let Some(inside) = text.strip_byte(b'[') else {
        return Err(Error::new(Element::Host, text));
    };
    let (inside, _) = inside.split_class(Class::REFERENCE);
    let whole = inside.len().saturating_add(2);
    let (host, rest) = text.split_at(whole);
    if inside.is_empty() || host.bytes().last() != Some(&b']') {
        return Err(Error::new(Element::Host, text));
    }
    Ok((host, rest.trim_start()))
}

/// An IPv4 address in front and its length, without regard to what follows.
///
/// Four decimals up to 255 without zeros in front, which some take for octal (RFC 3986 3.2.2).
#[inline(always)]
fn leading_ipv4(bytes: &[u8]) -> Option<(Ipv4Addr, usize)> {
    let mut rest = bytes;
    let mut address: u32 = 0;
    let mut len: usize = 3;
    for last in [false, false, false, true] {
        let (octet, digits, behind) = octet(rest)?;
        address = address.wrapping_shl(8) | octet;
        len = len.wrapping_add(digits);
        rest = behind;
        if last {
            break;
        }
        rest = match rest {
            [b'.', behind @ ..] => behind,
            _ => return None,
        };
    }
    Some((Ipv4Addr::from(address), len))
}

/// One to three digits in front, how many, and what is behind them.
#[inline(always)]
fn octet(bytes: &[u8]) -> Option<(u32, usize, &[u8])> {
    let digit = |byte: &u8| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then_some(u32::from(digit))
    };
    let (first, rest) = bytes.split_first()?;
    let first = digit(first)?;
    let Some((second, behind)) = rest
        .split_first()
        .and_then(|(byte, behind)| Some((digit(byte)?, behind)))
    else {
        return Some((first, 1, rest));
    };
    if first == 0 {
        return None;
    }
    let two = first.wrapping_mul(10).wrapping_add(second);
    let rest = behind;
    let Some((third, behind)) = rest
        .split_first()
        .and_then(|(byte, behind)| Some((digit(byte)?, behind)))
    else {
        return Some((two, 2, rest));
    };
    let three = two.wrapping_mul(10).wrapping_add(third);
    (three < 256).then_some((three, 3, behind))
}

/// An IPv4 address and nothing else.
pub(crate) fn ipv4(text: Text<'_>) -> Option<Ipv4Addr> {
    let (address, len) = leading_ipv4(text.bytes())?;
    (len == text.len()).then_some(address)
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
        let (host, _) = HostPort::parse(Text::new(text)).ok()?;
        Some((host.address(), host.port_number()))
    }

    #[test]
    fn addresses_with_and_without_port() {
        let four = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));
        let six = IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1));
        assert_eq!(read(b"10.0.0.2"), Some((Some(four), None)));
        assert_eq!(read(b"10.0.0.2:5062;x"), Some((Some(four), Some(5062))));
        assert_eq!(read(b"10.0.0.2:65535>x"), Some((Some(four), Some(65535))));
        assert_eq!(read(b"10.0.0.2:506, x"), Some((Some(four), Some(506))));
        assert_eq!(read(b"10.0.0.2 : 5062"), Some((Some(four), Some(5062))));
        assert_eq!(read(b"[2001:db8::1]:5060"), Some((Some(six), Some(5060))));
        assert_eq!(read(b"[2001:db8::1]"), Some((Some(six), None)));
    }

    #[test]
    fn every_octet_has_its_value() {
        for value in 0..=u8::MAX {
            let digits =
                [value / 100, value / 10 % 10, value % 10].map(|digit| digit.wrapping_add(b'0'));
            let skip = usize::from(value < 100).wrapping_add(usize::from(value < 10));
            let text = Text::new(&digits).skip(skip);
            assert!(octet(text.bytes()).is_some_and(|read| read.0 == u32::from(value)));
        }
        assert_eq!(
            ipv4(Text::new(b"255.0.10.99")),
            Some(Ipv4Addr::new(255, 0, 10, 99))
        );
        for text in [
            &b"256.0.0.1"[..],
            b"1.2.3",
            b"1.2.3.",
            b"1.2.3.4.",
            b"1..2.3",
            b"01.2.3.4",
            b"1.2.3.4 ",
            b"",
        ] {
            assert_eq!(ipv4(Text::new(text)), None);
        }
    }

    #[test]
    fn names_are_no_addresses_even_when_they_begin_like_one() {
        assert_eq!(read(b"10.0.0.5-pbx.example.com"), Some((None, None)));
        assert_eq!(read(b"10.0.0.5.example.com"), Some((None, None)));
        assert_eq!(read(b"10.0.0.256"), Some((None, None)));
        assert_eq!(read(b"example.com:5080"), Some((None, Some(5080))));
        assert_eq!(read(b"010.0.0.2"), Some((None, None)));
        assert_eq!(read(b"[fe80::1%eth0]"), Some((None, None)));
    }

    #[test]
    fn broken_ports_and_empty_hosts_are_refused() {
        let why = |bytes| {
            let text = Text::new(bytes);
            HostPort::parse(text)
                .err()
                .map(|error| (error.element, error.offset_in(text)))
        };
        assert_eq!(why(b""), Some((Element::Host, 0)));
        assert_eq!(why(b":5060"), Some((Element::Host, 0)));
        assert_eq!(why(b"host:"), Some((Element::Port, 5)));
        assert_eq!(why(b"host:0"), Some((Element::Port, 5)));
        assert_eq!(why(b"10.0.0.2:0000;x"), Some((Element::Port, 9)));
        assert_eq!(why(b"10.0.0.2:65536;x"), Some((Element::Port, 9)));
        assert_eq!(why(b"10.0.0.2:506000;x"), Some((Element::Port, 9)));
        assert_eq!(why(b"host: 70000"), Some((Element::Port, 6)));
        assert_eq!(why(b"[::1"), Some((Element::Host, 0)));
        assert_eq!(why(b"[]"), Some((Element::Host, 0)));
    }
}
