// SPDX-License-Identifier: GPL-2.0

//! One `m=` line and what belongs to it (RFC 8866 5.14).

use super::line::{
    Lines,
    ATTRIBUTE,
    CONNECTION,
    MEDIA, //
};
use super::{
    Address,
    Attribute,
    Candidate,
    Flow,
    Rtcp,
    Setup, //
};
use crate::sip::{
    Element,
    Error, //
};
use crate::word::{
    begins_with,
    folded,
    key, //
};
use crate::Text;

/// What kind of media flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `audio`
    Audio,
    /// `video`
    Video,
    /// `image`, that is fax over T.38
    Image,
    /// Any other.
    Other,
}

/// What carries media.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A connection that one of the sides opens (RFC 4145).
    Tcp,
}

impl Transport {
    /// What carries what is, or is not, a part of a stream.
    pub(crate) const fn new(stream: bool) -> Self {
        match stream {
            true => Self::Tcp,
            false => Self::Udp,
        }
    }
}

/// One `m=` line with the `c=` and attributes that belong to it.
#[derive(Clone, Copy, Debug)]
pub struct Media<'a> {
    /// `audio`, `video`, ...
    pub kind: Kind,
    /// The digits of the port; zero for media that is refused or gone.
    pub port: Text<'a>,
    /// How many ports, where it is said.
    pub count: Option<u32>,
    /// `RTP/AVP`, `udptl`, `TCP/MSRP`, ...
    pub proto: Text<'a>,
    /// Its own `c=`, the first of them; without one the session's holds.
    pub connection: Option<Address<'a>>,
    /// Its first `a=rtcp` that can be read.
    pub rtcp: Option<Rtcp<'a>>,
    /// Whether RTP and RTCP may share a port.
    pub rtcp_mux: bool,
    /// Who opens the connection.
    pub setup: Option<Setup>,
    /// In which directions media flows, where it is said.
    pub flow: Option<Flow>,
    /// Its name in groups.
    pub mid: Option<Text<'a>>,
    /// Whether there is anything of ICE.
    pub ice: bool,
    /// Whether other endpoints are named, but for its own candidates.
    pub names_others: bool,
    /// Where the first candidate's line begins, and the last one's.
    candidates: Option<(Text<'a>, Text<'a>)>,
    /// Whether there are several `c=`.
    pub layered: bool,
    /// For how many lines its own count.
    pub(crate) count_of_lines: usize,
    /// What is left of the `m=` line, and the lines behind it, as far as they have been read.
    lines: Text<'a>,
}

impl<'a> Media<'a> {
    /// Reads the `m=` line in front and those that belong to it.
    #[inline(always)]
    pub(super) fn read(lines: &mut Lines<'a>) -> Result<Self, Error> {
        let mut media = Self::new(lines.value())?;
        lines.go_behind(media.proto);
        media.lines = lines.rest();
        let first = *lines;
        while let Some(start) = lines.advance().filter(|start| *start != MEDIA) {
            media.take(start, lines);
        }
        media.lines = media.lines.take(lines.rest().behind(media.lines));
        media.count_of_lines = lines.since(&first);
        Ok(media)
    }

    /// Reads the value of an `m=` line, `kind port[/count] proto formats`; others may follow.
    #[inline(always)]
    fn new(value: Text<'a>) -> Result<Self, Error> {
        let wrong = Error::new(Element::Media, value);
        let (kind, ports) = value.trim_blanks().word();
        let (_, behind) = ports.leading_number().ok_or(wrong)?;
        let port = ports.take(behind.behind(ports));
        let (count, rest) = match behind.strip_byte(b'/') {
            Some(behind) => {
                let (count, rest) = behind.word();
                (count.number(), rest)
            }
            None => (None, behind.trim_blanks()),
        };
        if rest.len() == behind.len() {
            return Err(wrong);
        }
        let (proto, _formats) = rest.split_blank();
        if proto.is_empty() {
            return Err(wrong);
        }
        Ok(Self {
            kind: Kind::new(kind),
            port,
            count,
            proto,
            connection: None,
            rtcp: None,
            rtcp_mux: false,
            setup: None,
            flow: None,
            mid: None,
            ice: false,
            names_others: false,
            candidates: None,
            layered: false,
            count_of_lines: 0,
            lines: value.take(0),
        })
    }

    /// Takes the line in front, which belongs to the media, and leaves what has not been read of it.
    #[inline(always)]
    fn take(&mut self, start: u32, lines: &mut Lines<'a>) {
        match start {
            ATTRIBUTE => self.attribute(lines),
            CONNECTION if self.connection.is_none() => {
                self.connection = lines.address(Address::parse(lines.value()));
            }
            CONNECTION => self.layered = true,
            _ => {}
        }
    }

    #[inline(always)]
    fn attribute(&mut self, lines: &mut Lines<'a>) {
        match Attribute::of(lines.name(), lines.value()) {
            Ok(Attribute::Rtcp(value)) if self.rtcp.is_none() => match Rtcp::parse(value) {
                Ok(rtcp) => {
                    lines.go_behind(rtcp.last());
                    self.rtcp = Some(rtcp);
                }
                Err(_) => lines.broken(),
            },
            Ok(Attribute::RtcpMux) => self.rtcp_mux = true,
            Ok(Attribute::Setup(setup)) => self.setup = Some(setup),
            Ok(Attribute::Mid(mid)) => self.mid = Some(mid),
            Ok(Attribute::Flow(flow)) => self.flow = Some(flow),
            Ok(Attribute::Candidate(_)) => self.candidate(lines.rest()),
            Ok(Attribute::RemoteCandidates(_)) => (self.ice, self.names_others) = (true, true),
            Ok(Attribute::Ice) => self.ice = true,
            Ok(Attribute::Alternative(_) | Attribute::Path(_)) => self.names_others = true,
            Ok(Attribute::Rtcp(_) | Attribute::Group(_) | Attribute::Other) => {}
            Err(_) => lines.broken(),
        }
    }

    /// Remembers where the line of a candidate begins.
    #[inline(always)]
    fn candidate(&mut self, line: Text<'a>) {
        self.ice = true;
        let (first, _) = self.candidates.unwrap_or((line, line));
        self.candidates = Some((first, line));
    }

    /// Every `c=` of its own: there may be several for layered multicast (RFC 8866 5.7).
    pub fn connections(&self) -> impl Iterator<Item = Address<'a>> {
        let rest = self
            .lines
            .take(if self.layered { self.lines.len() } else { 0 });
        let all = Lines::new(rest)
            .values(CONNECTION)
            .take(MAX_CONNECTIONS)
            .filter_map(|value| Address::parse(value).ok());
        self.connection.into_iter().chain(all.skip(1))
    }

    /// Every ICE candidate that can be read.
    #[inline(always)]
    pub fn candidates(&self) -> Candidates<'a> {
        self.candidates_within(usize::MAX.wrapping_sub(1))
    }

    /// The same up to the next one when so many were not written as most are, and so took long to read.
    #[inline(always)]
    pub fn candidates_within(&self, unusual: usize) -> Candidates<'a> {
        let nothing = self.lines.take(0);
        let (rest, last) = self.candidates.unwrap_or((nothing, nothing));
        Candidates {
            rest,
            last,
            left: Some(unusual),
        }
    }

    /// Every attribute that names other endpoints and can be read, but for candidates.
    pub fn others(&self) -> impl Iterator<Item = Attribute<'a>> {
        Lines::new(self.lines)
            .values_of(ATTRIBUTE, Attribute::names_others)
            .filter_map(|value| Attribute::parse(value).ok())
    }

    /// Every attribute that can be read; those about formats are left out.
    pub fn attributes(&self) -> impl Iterator<Item = Attribute<'a>> {
        Lines::new(self.lines)
            .values(ATTRIBUTE)
            .filter_map(|value| Attribute::parse(value).ok())
    }

    /// What carries the media: UDP does RTP in all its profiles, and `udptl` (T.38).
    #[inline(always)]
    pub fn transport(&self) -> Option<Transport> {
        if self.runs_over("rtp/") || self.runs_over("udpt") || self.is_over("udp") {
            Some(Transport::Udp)
        } else if self.is_over("tcp") {
            Some(Transport::Tcp)
        } else {
            None
        }
    }

    /// Whether RTCP goes beside it, though nobody says so (RFC 3550 11, RFC 4571 4).
    pub fn has_rtcp(&self) -> bool {
        self.transport() == Some(Transport::Udp) || self.runs_over("tcp/rtp/")
    }

    /// Whether the protocol is this one, or something over it.
    #[inline(always)]
    fn is_over(&self, name: &str) -> bool {
        let behind = self.proto.strip(name).map(Text::first);
        matches!(behind, Some(None | Some(b'/')))
    }

    #[inline(always)]
    fn runs_over(&self, name: &str) -> bool {
        begins_with(self.proto.bytes(), name)
    }
}

/// Several `c=` of one media that are looked at.
const MAX_CONNECTIONS: usize = 24;

/// Bytes of the line of a candidate that is long.
const LONG: usize = 96;

/// Walks the candidates among lines.
#[derive(Clone, Copy, Debug)]
pub struct Candidates<'a> {
    rest: Text<'a>,
    /// Where the line of the last one begins.
    last: Text<'a>,
    /// How many more may be unusual; `None` where there were more.
    left: Option<usize>,
}

impl<'a> Candidates<'a> {
    /// How many more may be written in an unusual way; `None` where there are more, which are not read.
    pub fn left(&self) -> Option<usize> {
        self.left
    }

    /// Reads what a candidate says that is not written as most are. A long line pays for itself.
    #[cold]
    fn unusual(&mut self, line: Text<'a>, value: Text<'a>) -> Option<Candidate<'a>> {
        let count = usize::from(line.len() < LONG);
        self.left = self.left.and_then(|left| left.checked_sub(count));
        if self.left.is_none() {
            self.rest = self.rest.take(0);
            return None;
        }
        Candidate::parse(value).ok()
    }
}

impl<'a> Iterator for Candidates<'a> {
    type Item = Candidate<'a>;

    #[inline(always)]
    fn next(&mut self) -> Option<Candidate<'a>> {
        while !self.rest.is_empty() && self.rest.len() >= self.last.len() {
            if let Some((read, rest)) = candidate(self.rest).and_then(Candidate::usual) {
                self.rest = rest;
                return Some(read);
            }
            let (line, rest) = self.rest.split_line();
            self.rest = rest;
            let read = candidate(line).and_then(|value| self.unusual(line, value));
            if read.is_some() {
                return read;
            }
        }
        None
    }
}

const NAME: &str = "a=candidate:";

/// What a line says, if it is a candidate's; others may follow.
#[inline(always)]
fn candidate(line: Text<'_>) -> Option<Text<'_>> {
    line.strip(NAME).filter(|_| line.first() == Some(b'a'))
}

impl Kind {
    #[inline(always)]
    fn new(word: Text<'_>) -> Self {
        if word.len() != 5 {
            return Self::Other;
        }
        match folded(word.bytes(), 5) {
            kind if kind == const { key("audio") } => Self::Audio,
            kind if kind == const { key("video") } => Self::Video,
            kind if kind == const { key("image") } => Self::Image,
            _ => Self::Other,
        }
    }
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_media))]
mod tests {
    use super::*;

    #[test]
    fn kinds_ports_and_transports() {
        let media = |value: &'static [u8]| Media::new(Text::new(value)).ok();
        let read = |value| {
            media(value).map(|media| {
                let transport = media.transport();
                (media.kind, media.port.number(), media.count, transport)
            })
        };
        assert_eq!(
            read(b"audio 49170/2 RTP/AVP 0"),
            Some((Kind::Audio, Some(49170), Some(2), Some(Transport::Udp)))
        );
        assert_eq!(
            read(b"image  4000  udptl t38"),
            Some((Kind::Image, Some(4000), None, Some(Transport::Udp)))
        );
        assert_eq!(
            read(b"video 9 TCP/RTP/AVP 96"),
            Some((Kind::Video, Some(9), None, Some(Transport::Tcp)))
        );
        assert_eq!(
            read(b"application 5000 UDP/DTLS/SCTP webrtc-datachannel"),
            Some((Kind::Other, Some(5000), None, Some(Transport::Udp)))
        );
        assert_eq!(
            read(b"x-data 0 RTP/SAVPF 1"),
            Some((Kind::Other, Some(0), None, Some(Transport::Udp)))
        );
        assert_eq!(
            read(b"audios 1 UDPX 1"),
            Some((Kind::Other, Some(1), None, None))
        );
        for value in [&b"audio"[..], b"audio $ RTP/AVP 0", b"audio 4000", b""] {
            assert!(Media::new(Text::new(value)).is_err());
        }
    }
}
