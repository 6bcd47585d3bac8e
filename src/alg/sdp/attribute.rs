// SPDX-License-Identifier: GPL-2.0

//! Attributes that say where, whether and how media goes.

use super::Address;
use crate::sip::{
    Element,
    Error, //
};
use crate::word::{
    first_four,
    four, //
};
use crate::Text;

/// The value of an `a=` line.
#[derive(Clone, Copy, Debug)]
pub enum Attribute<'a> {
    /// `rtcp:...` (RFC 3605), to be read by [`Rtcp::parse`].
    Rtcp(Text<'a>),
    /// `rtcp-mux` (RFC 5761).
    RtcpMux,
    /// `candidate:...` (RFC 8839 5.1), to be read by [`super::Candidate::parse`].
    Candidate(Text<'a>),
    /// `remote-candidates:...` (RFC 8839 5.2), to be read by [`super::RemoteCandidates::new`].
    RemoteCandidates(Text<'a>),
    /// `altc:...` (RFC 6947) or `alt:...`, which was before it, to be read by [`Alternative::parse`].
    Alternative(Text<'a>),
    /// `path:...` (RFC 4975 8.1), to be read by [`super::Path::new`].
    Path(Text<'a>),
    /// `setup:...` (RFC 4145).
    Setup(Setup),
    /// `mid:...` (RFC 5888).
    Mid(Text<'a>),
    /// `group:...` (RFC 5888).
    Group(Text<'a>),
    /// `ice-ufrag`, `ice-pwd`, `ice-lite`, ... (RFC 8839 5).
    Ice,
    /// `sendrecv` and its like (RFC 8866 6.7).
    Flow(Flow),
    /// Any other.
    Other,
}

/// Where RTCP goes when it is not the port above RTP (RFC 3605).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rtcp<'a> {
    /// The digits of the port.
    pub port: Text<'a>,
    /// Its own address, where one is given.
    pub address: Option<Address<'a>>,
}

/// Another endpoint of the media (RFC 6947), or of what was before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alternative<'a> {
    /// The address as it stands.
    pub host: Text<'a>,
    /// The digits of the port.
    pub port: Text<'a>,
}

/// Who opens a connection (RFC 4145 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    /// The sender of the description.
    Active,
    /// Its receiver.
    Passive,
    /// Either.
    ActPass,
    /// Nobody for now.
    HoldConn,
}

/// In which directions media flows, seen by the sender of the description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Both.
    SendRecv,
    /// From the sender.
    SendOnly,
    /// To the sender.
    RecvOnly,
    /// None.
    Inactive,
}

impl<'a> Attribute<'a> {
    /// Reads the value of an `a=` line; other lines may follow, also in what is to be read by others.
    #[inline(always)]
    pub(super) fn parse(value: Text<'a>) -> Result<Self, Error> {
        let name = value.bytes().first_chunk();
        Self::of(name.map_or(0, |name| u32::from_le_bytes(*name)), value)
    }

    /// The same where the first four characters of the value are known.
    #[inline(always)]
    pub(super) fn of(name: u32, value: Text<'a>) -> Result<Self, Error> {
        let found = match four(name) {
            word if word == const { first_four("rtcp") } => Self::rtcp(value),
            word if word == const { first_four("cand") } => {
                value.strip("candidate:").map(Self::Candidate)
            }
            word if word == const { first_four("alt:") }
                || word == const { first_four("altc") } =>
            {
                let behind = value.strip("alt:").or_else(|| value.strip("altc:"));
                behind.map(Self::Alternative)
            }
            word if word == const { first_four("ice-") } => value.strip("ice-").map(|_| Self::Ice),
            word if word == const { first_four("mid:") } => {
                value.strip("mid:").map(|mid| Self::Mid(line(mid)))
            }
            word if word == const { first_four("grou") } => {
                value.strip("group:").map(|group| Self::Group(line(group)))
            }
            word if word == const { first_four("remo") } => value
                .strip("remote-candidates:")
                .map(Self::RemoteCandidates),
            word if word == const { first_four("path") } => value.strip("path:").map(Self::Path),
            word if word == const { first_four("setu") } => match value.strip("setup:") {
                Some(setup) => return Setup::parse(line(setup)).map(Self::Setup),
                None => None,
            },
            word if word == const { first_four("send") }
                || word == const { first_four("recv") }
                || word == const { first_four("inac") } =>
            {
                Flow::new(line(value)).map(Self::Flow)
            }
            _ => None,
        };
        Ok(found.unwrap_or(Self::Other))
    }

    /// Whether an attribute whose value begins so may name other endpoints, and is none of a candidate.
    pub(super) fn names_others(name: u32) -> bool {
        const NAMES: [u32; 4] = [
            first_four("alt:"),
            first_four("altc"),
            first_four("path"),
            first_four("remo"),
        ];
        NAMES.contains(&four(name))
    }

    #[inline(always)]
    fn rtcp(value: Text<'a>) -> Option<Self> {
        match value.strip("rtcp:") {
            Some(value) => Some(Self::Rtcp(value)),
            None => line(value).is("rtcp-mux").then_some(Self::RtcpMux),
        }
    }
}

/// The line in front, without blanks behind.
fn line(text: Text<'_>) -> Text<'_> {
    text.split_line().0.trim_end()
}

impl<'a> Rtcp<'a> {
    /// Reads what stands behind `rtcp:`; other lines may follow.
    #[inline]
    pub fn parse(value: Text<'a>) -> Result<Self, Error> {
        let value = value.trim_blanks();
        let (_, behind) = value
            .leading_port()
            .filter(|(_, behind)| behind.first().is_none_or(|byte| byte <= b' '))
            .ok_or(Error::new(Element::Port, value))?;
        let port = value.take(behind.behind(value));
        let address = behind.trim_blanks();
        let address = match address.first() {
            None | Some(b'\r' | b'\n') => None,
            Some(_) => Some(Address::parse(address)?),
        };
        Ok(Self { port, address })
    }

    /// What stands last in its text.
    pub(super) fn last(&self) -> Text<'a> {
        self.address.map_or(self.port, |address| address.host)
    }
}

/// Words of an alternative.
const MAX_WORDS: usize = 7;

impl<'a> Alternative<'a> {
    /// Reads what stands behind `alt:` or `altc:`; other lines may follow.
    ///
    /// Its last words are address and port, whatever stands in front.
    pub fn parse(value: Text<'a>) -> Option<Self> {
        let mut rest = value.trim_blanks();
        let nothing = rest.take(0);
        let (mut host, mut port) = (nothing, nothing);
        for _ in 0..=MAX_WORDS {
            let (word, behind) = rest.word();
            if word.is_empty() {
                return (!host.is_empty()).then_some(Self { host, port });
            }
            (host, port, rest) = (port, word, behind);
        }
        None
    }
}

impl Flow {
    fn new(value: Text<'_>) -> Option<Self> {
        match value {
            value if value.is("sendrecv") => Some(Self::SendRecv),
            value if value.is("sendonly") => Some(Self::SendOnly),
            value if value.is("recvonly") => Some(Self::RecvOnly),
            value if value.is("inactive") => Some(Self::Inactive),
            _ => None,
        }
    }
}

impl Setup {
    fn parse(value: Text<'_>) -> Result<Self, Error> {
        match value {
            value if value.is("active") => Ok(Self::Active),
            value if value.is("passive") => Ok(Self::Passive),
            value if value.is("actpass") => Ok(Self::ActPass),
            value if value.is("holdconn") => Ok(Self::HoldConn),
            value => Err(Error::new(Element::Attribute, value)),
        }
    }
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_attribute))]
mod tests {
    use super::*;

    fn read(value: &[u8]) -> Option<Attribute<'_>> {
        Attribute::parse(Text::new(value)).ok()
    }

    fn rtcp(value: &[u8]) -> Option<Rtcp<'_>> {
        match read(value)? {
            Attribute::Rtcp(value) => Rtcp::parse(value).ok(),
            _ => None,
        }
    }

    #[test]
    fn rtcp_with_and_without_an_address() {
        assert!(matches!(
            rtcp(b"rtcp:53020"),
            Some(Rtcp { port, address: None }) if port.is("53020")
        ));
        let address = rtcp(b"rtcp:53020 IN IP4 126.16.64.4").and_then(|rtcp| rtcp.address);
        assert!(address.is_some_and(|address| address.host.is("126.16.64.4")));
        assert!(matches!(read(b"rtcp-mux"), Some(Attribute::RtcpMux)));
        assert!(matches!(read(b"rtcp-fb:96 nack"), Some(Attribute::Other)));
        assert!(rtcp(b"rtcp:0").is_none());
        assert!(rtcp(b"rtcp:53020 IN IP4").is_none());
    }

    #[test]
    fn directions_groups_and_connections() {
        assert!(matches!(
            read(b"sendonly"),
            Some(Attribute::Flow(Flow::SendOnly))
        ));
        assert!(matches!(
            read(b"recvonly"),
            Some(Attribute::Flow(Flow::RecvOnly))
        ));
        assert!(matches!(
            read(b"sendrecv"),
            Some(Attribute::Flow(Flow::SendRecv))
        ));
        assert!(matches!(
            read(b"inactive"),
            Some(Attribute::Flow(Flow::Inactive))
        ));
        assert!(matches!(
            read(b"inactive \t"),
            Some(Attribute::Flow(Flow::Inactive))
        ));
        assert!(matches!(read(b"rtcp-mux "), Some(Attribute::RtcpMux)));
        assert!(matches!(read(b"inactives"), Some(Attribute::Other)));
        assert!(matches!(
            read(b"setup:actpass"),
            Some(Attribute::Setup(Setup::ActPass))
        ));
        assert!(read(b"setup:both").is_none());
        assert!(matches!(read(b"mid:0"), Some(Attribute::Mid(mid)) if mid.is("0")));
        assert!(
            matches!(read(b"group:BUNDLE 0 1"), Some(Attribute::Group(ids)) if ids.is("BUNDLE 0 1"))
        );
        assert!(matches!(read(b"ice-lite"), Some(Attribute::Ice)));
        assert!(matches!(read(b"ice-pwd:x"), Some(Attribute::Ice)));
    }

    #[test]
    fn all_others_are_others() {
        for value in [
            &b"rtpmap:0 PCMU/8000"[..],
            b"fmtp:1 x",
            b"ptime:20",
            b"",
            b"candy",
            b"midi",
        ] {
            assert!(matches!(read(value), Some(Attribute::Other)));
        }
    }
}
