// SPDX-License-Identifier: GPL-2.0

//! ICE candidates (RFC 8839 5.1, 5.2).

use core::net::IpAddr;

use crate::scan::{
    behind_crlf,
    find_blank_near, //
};
use crate::sip::host::{
    ipv4,
    ipv6, //
};
use crate::sip::{
    Element,
    Error, //
};
use crate::word::four_or_five_digits;
use crate::Text;

/// A transport address that the sender of the description offers.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// 1 is RTP, 2 is RTCP.
    pub component: u32,
    /// `UDP`, `TCP`, ...
    pub transport: Text<'a>,
    /// The address as it stands; may be a name (`.local`).
    pub host: Text<'a>,
    /// The digits of the port.
    pub port: Text<'a>,
    /// `host`, `srflx`, `prflx` or `relay`.
    pub kind: Text<'a>,
    /// Related address and port, of which a reflexive or relayed one was derived.
    pub related: Option<(Text<'a>, Text<'a>)>,
}

/// Bytes that what is usual has room in: what has no end there is soon given up.
const WINDOW: usize = 64;

/// Bytes that it has at least: to read what is shorter takes long for a line of that length.
const SHORTEST: usize = 28;

impl<'a> Candidate<'a> {
    /// Reads what stands behind `candidate:`.
    pub fn parse(value: Text<'a>) -> Result<Self, Error> {
        let wrong = Error::new(Element::Attribute, value);
        let (_foundation, rest) = value.trim_blanks().word();
        let (component, rest) = rest.number_word().ok_or(wrong)?;
        let (transport, rest) = rest.word();
        let (_priority, rest) = rest.word();
        let (host, ports) = rest.word();
        let (_, behind) = ports.leading_number().ok_or(wrong)?;
        let port = ports.take(behind.behind(ports));
        let typ = behind.trim_blanks();
        let kind = typ.strip("typ ").or_else(|| typ.strip("typ\t"));
        let (kind, rest) = kind.ok_or(wrong)?.trim_blanks().word();
        if kind.is_empty() || typ.len() == behind.len() {
            return Err(wrong);
        }
        Ok(Self {
            component,
            transport,
            host,
            port,
            kind,
            related: related(rest),
        })
    }

    /// The same for one as it mostly stands there, without related address and port, and behind which
    /// some more follows: the rest.
    #[inline(always)]
    pub(super) fn usual(lines: Text<'a>) -> Option<(Self, Text<'a>)> {
        let window = Text::new(lines.bytes().first_chunk::<WINDOW>()?);
        let (_foundation, rest) = usual_word(window)?;
        let [digit @ b'0'..=b'9', b' ', rest @ ..] = rest.bytes() else {
            return None;
        };
        let (transport, rest) = usual_word(Text::new(rest))?;
        let (_priority, rest) = usual_word(rest)?;
        let (host, rest) = usual_word(rest)?;
        let (_, digits) = four_or_five_digits(rest.bytes())?;
        let (port, rest) = rest.split_within(digits);
        let rest = rest.strip(" typ ")?;
        let (kind, end) = rest.split_within(find_blank_near(rest.bytes()));
        let (value, rest) = lines.split_within(WINDOW.wrapping_sub(end.len()));
        let rest = Text::new(behind_crlf(rest.bytes())?);
        let read = Self {
            component: u32::from(digit.wrapping_sub(b'0')),
            transport,
            host,
            port,
            kind,
            related: None,
        };
        (!kind.is_empty() && value.len() >= SHORTEST).then_some((read, rest))
    }
}

/// Splits off a word, and the blank behind it.
#[inline(always)]
fn usual_word(text: Text<'_>) -> Option<(Text<'_>, Text<'_>)> {
    let (word, behind) = text.split_within(find_blank_near(text.bytes()));
    let rest = behind.strip_byte(b' ').filter(|_| !word.is_empty())?;
    Some((word, rest))
}

/// Pairs of words behind the type of a candidate: related address and port come first.
const MAX_PAIRS: usize = 2;

/// The address and port behind `raddr` and `rport`, among other pairs of words.
fn related(text: Text<'_>) -> Option<(Text<'_>, Text<'_>)> {
    let mut text = text;
    let (mut raddr, mut rport) = (None, None);
    for _ in 0..MAX_PAIRS {
        if text.first().is_none_or(|byte| byte <= b' ') {
            break;
        }
        let (name, rest) = text.word();
        let (value, rest) = rest.word();
        if name.is("raddr") {
            raddr = Some(value);
        } else if name.is("rport") {
            rport = Some(value);
        }
        text = rest;
    }
    raddr.zip(rport)
}

impl Candidate<'_> {
    /// The address, where the host is one.
    pub fn ip(&self) -> Option<IpAddr> {
        ip(self.host)
    }
}

/// Whether a text may be this address, by what is soon looked at: its family, and the first group of IPv6.
pub(crate) fn may_be_address(text: Text<'_>, address: IpAddr) -> bool {
    let IpAddr::V6(address) = address else {
        return text.first().is_some_and(|byte| byte.is_ascii_digit());
    };
    let [first, ..] = address.segments();
    let digits = text.bytes().iter().take(4);
    let group = digits
        .map_while(|byte| char::from(*byte).to_digit(16))
        .fold(0, |group, digit| (group << 4) | digit);
    group == u32::from(first)
}

/// Whether a text is this address; whatever is none of its family is soon known to be another.
pub(crate) fn is_address(text: Text<'_>, address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => ipv4(text) == Some(address),
        IpAddr::V6(address) => ipv6(text) == Some(address),
    }
}

/// The address that text is, of either family; candidates do not state it.
fn ip(text: Text<'_>) -> Option<IpAddr> {
    let four = ipv4(text).map(IpAddr::V4);
    four.or_else(|| ipv6(text).map(IpAddr::V6))
}

/// One address of the other side that the sender of the description has chosen.
#[derive(Clone, Copy, Debug)]
pub struct RemoteCandidate<'a> {
    /// 1 is RTP, 2 is RTCP.
    pub component: u32,
    /// The address as it stands.
    pub host: Text<'a>,
    /// The digits of the port.
    pub port: Text<'a>,
}

/// Walks the triples of `remote-candidates:`; ends at what cannot be read.
#[derive(Clone, Copy, Debug)]
pub struct RemoteCandidates<'a> {
    rest: Text<'a>,
}

impl RemoteCandidate<'_> {
    /// The address, where the host is one.
    pub fn ip(&self) -> Option<IpAddr> {
        ip(self.host)
    }
}

impl<'a> RemoteCandidates<'a> {
    /// Walks what stands behind `remote-candidates:`.
    pub const fn new(value: Text<'a>) -> Self {
        Self { rest: value }
    }
}

impl<'a> Iterator for RemoteCandidates<'a> {
    type Item = RemoteCandidate<'a>;

    fn next(&mut self) -> Option<RemoteCandidate<'a>> {
        let (component, rest) = self.rest.trim_start().number_word()?;
        let (host, ports) = rest.word();
        let (_, rest) = ports.number_word()?;
        self.rest = rest;
        Some(RemoteCandidate {
            component,
            host,
            port: ports.take(rest.behind(ports)).trim_end(),
        })
    }
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_candidate))]
mod tests {
    use super::*;
    use core::net::Ipv4Addr;

    #[test]
    fn host_candidate() {
        let text = b"1 1 UDP 2130706431 10.0.1.1 8998 typ host";
        let read = Candidate::parse(Text::new(text));
        assert!(read.is_ok_and(|read| {
            read.component == 1
                && read.transport.is("UDP")
                && read.ip() == Some(IpAddr::V4(Ipv4Addr::new(10, 0, 1, 1)))
                && read.port.is("8998")
                && read.kind.is("host")
                && read.related.is_none()
        }));
    }

    #[test]
    fn reflexive_candidate_names_what_it_was_derived_of() {
        let text =
            b"2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 10.0.1.1 rport 8998 generation 0";
        let related = Candidate::parse(Text::new(text))
            .ok()
            .and_then(|read| read.related);
        assert!(related.is_some_and(|(host, port)| host.is("10.0.1.1") && port.is("8998")));
    }

    #[test]
    fn names_have_no_address_and_rubbish_is_refused() {
        let text = b"1 1 udp 1 0b1c-d2.local 9 typ host";
        assert!(Candidate::parse(Text::new(text)).is_ok_and(|read| read.ip().is_none()));
        for text in [
            &b"1 1 udp 1 10.0.0.1 9"[..],
            b"",
            b"1 x udp 1 10.0.0.1 9 typ host",
        ] {
            assert!(Candidate::parse(Text::new(text)).is_err());
        }
    }

    #[test]
    fn chosen_candidates_come_in_threes() {
        let mut read = RemoteCandidates::new(Text::new(b"1 10.0.0.1 4000 2 10.0.0.1 4001 3"));
        assert!(read
            .next()
            .is_some_and(|one| one.component == 1 && one.port.is("4000")));
        assert!(read
            .next()
            .is_some_and(|one| one.component == 2 && one.host.is("10.0.0.1")));
        assert!(read.next().is_none());
    }
}
