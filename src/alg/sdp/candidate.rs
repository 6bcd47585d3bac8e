// SPDX-License-Identifier: GPL-2.0

//! ICE candidates (RFC 8839 5.1, 5.2).

use core::net::IpAddr;

use crate::scan::blanks;
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

    /// The same for one as it mostly stands there, without related address and port. It has `len`
    /// characters, ASCII and no control characters among them, behind which other lines follow.
    #[inline(always)]
    pub(super) fn usual(lines: Text<'a>, len: usize) -> Option<Self> {
        let window = lines.bytes().first_chunk()?;
        let mut words = Words {
            window,
            blanks: blanks(window),
            start: 0,
        };
        let _foundation = words.next()?;
        let component = match words.next()?.bytes() {
            [digit @ b'0'..=b'9'] => u32::from(digit.wrapping_sub(b'0')),
            _ => return None,
        };
        let transport = words.next()?;
        let _priority = words.next()?;
        let host = words.next()?;
        let port = words.next()?;
        let (_, digits) = four_or_five_digits(port.bytes())?;
        let typ = words.next()?;
        let kind = words.next()?;
        let usual = digits == port.len() && typ.is("typ") && words.start == len.wrapping_add(1);
        usual.then_some(Self {
            component,
            transport,
            host,
            port,
            kind,
            related: None,
        })
    }
}

/// Walks the words of a line; ends where there are two blanks, or one in front.
struct Words<'a> {
    window: &'a [u8; 64],
    /// Which characters in it are blanks or control characters, as far as that is not known to be over.
    blanks: u64,
    /// Where the next word begins.
    start: usize,
}

impl<'a> Words<'a> {
    #[inline(always)]
    fn next(&mut self) -> Option<Text<'a>> {
        if self.blanks == 0 {
            return None;
        }
        // CAST: It is below 64.
        let end = self.blanks.trailing_zeros() as usize;
        let word = self.window.get(self.start..end)?;
        self.blanks &= self.blanks.wrapping_sub(1);
        self.start = end.wrapping_add(1);
        (!word.is_empty()).then(|| Text::new(word))
    }
}

/// The address and port behind `raddr` and `rport`, among other pairs of words.
fn related(text: Text<'_>) -> Option<(Text<'_>, Text<'_>)> {
    let mut text = text;
    let (mut raddr, mut rport) = (None, None);
    while text.first().is_some_and(|byte| byte > b' ') {
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

/// The address that text is, of either family; candidates do not state it.
pub(crate) fn ip(text: Text<'_>) -> Option<IpAddr> {
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
