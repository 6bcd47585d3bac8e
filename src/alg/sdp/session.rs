// SPDX-License-Identifier: GPL-2.0

//! A description: the session's own lines, then media by media.

use super::line::{
    Lines,
    ATTRIBUTE,
    CONNECTION,
    MEDIA,
    ORIGIN,
    VERSION, //
};
use super::{
    Address,
    Attribute,
    Flow,
    Media,
    Setup, //
};
use crate::sip::{
    Element,
    Error, //
};
use crate::Text;

/// What stands in front of the first `m=` line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Session<'a> {
    /// The address of the first `o=` that has one (RFC 8866 5.2).
    pub origin: Option<Address<'a>>,
    /// The session's last `c=`, for media without one of their own (RFC 8866 5.7).
    pub connection: Option<Address<'a>>,
    /// In which directions media flows that does not say it itself.
    pub flow: Option<Flow>,
    /// Who opens connections, for media that does not say it itself.
    pub setup: Option<Setup>,
    /// The first `a=group`.
    pub group: Option<Text<'a>>,
    /// Whether there is anything of ICE.
    pub ice: bool,
}

/// Lines that may stand in front of a description.
const MAX_IN_FRONT: usize = 16;

/// A description of which nothing has been read but that it is one.
#[derive(Clone, Copy, Debug)]
pub struct Description<'a> {
    lines: Lines<'a>,
}

impl<'a> Description<'a> {
    /// The description that fills `body`; it has to begin with `v=`.
    #[inline(always)]
    pub fn new(body: Text<'a>) -> Result<Self, Error> {
        let mut text = body;
        for _ in 0..MAX_IN_FRONT {
            if matches!(text.bytes(), [] | [_, b'=', ..]) {
                break;
            }
            text = text.split_line().1;
        }
        let lines = Lines::within_bounds(text);
        match lines.start() {
            Some(VERSION) => Ok(Self { lines }),
            _ => Err(Error::new(Element::Version, body)),
        }
    }

    /// Reads what stands in front of the first `m=`; all media is left to be walked.
    #[inline(always)]
    pub fn read(self) -> (Session<'a>, MediaList<'a>) {
        let mut lines = self.lines;
        let mut session = Session::default();
        while let Some(start) = lines.advance().filter(|start| *start != MEDIA) {
            session.take(start, &mut lines);
        }
        (session, MediaList { lines })
    }
}

impl<'a> Session<'a> {
    /// Takes the line in front, and leaves what has not been read of it.
    #[inline(always)]
    fn take(&mut self, start: u32, lines: &mut Lines<'a>) {
        match start {
            ORIGIN if self.origin.is_none() => {
                self.origin = lines.address(origin(lines.value()));
            }
            CONNECTION => {
                if self.connection.is_some() {
                    lines.broken();
                }
                let last = lines.address(Address::parse(lines.value()));
                self.connection = last.or(self.connection);
            }
            ATTRIBUTE => match Attribute::of(lines.name(), lines.value()) {
                Ok(Attribute::Flow(flow)) => self.flow = Some(flow),
                Ok(Attribute::Setup(setup)) => self.setup = Some(setup),
                Ok(Attribute::Group(group)) if self.group.is_none() => self.group = Some(group),
                Ok(Attribute::Ice) => self.ice = true,
                Ok(_) => {}
                Err(_) => lines.broken(),
            },
            _ => {}
        }
    }
}

/// The address behind user name, session id and version.
#[inline(always)]
fn origin(value: Text<'_>) -> Result<Address<'_>, Error> {
    let (_user, rest) = value.trim_blanks().word();
    let (_id, rest) = rest.word();
    let (_version, rest) = rest.word();
    Address::parse(rest)
}

/// Walks the media of a description.
#[derive(Clone, Copy, Debug)]
pub struct MediaList<'a> {
    lines: Lines<'a>,
}

impl MediaList<'_> {
    /// Whether there are more lines than are looked at.
    pub fn is_cut(&self) -> bool {
        self.lines.is_cut()
    }
}

impl<'a> Iterator for MediaList<'a> {
    type Item = Media<'a>;

    #[inline(always)]
    fn next(&mut self) -> Option<Media<'a>> {
        loop {
            // An `m=` line that cannot be read takes its attributes with it.
            if self.lines.start()? == MEDIA {
                match Media::read(&mut self.lines) {
                    Ok(media) => return Some(media),
                    Err(_) => self.lines.broken(),
                }
            }
            self.lines.skip();
        }
    }
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_session))]
mod tests {
    use super::super::Candidate;
    use super::*;

    fn host(address: Option<Address<'_>>) -> Option<&[u8]> {
        address.map(|address| address.host.bytes())
    }

    fn parse(body: &[u8]) -> Result<(Session<'_>, MediaList<'_>), Error> {
        Description::new(Text::new(body)).map(Description::read)
    }

    fn first_media(body: &[u8]) -> Option<Media<'_>> {
        parse(body).ok()?.1.next()
    }

    #[test]
    fn a_broken_candidate_takes_nothing_of_the_next_line() {
        for broken in [
            "a=candidate:1 1 UDP 1 10.0.0.1 5000 typ ",
            "a=candidate:",
            "a=candidate:1 1 UDP 1 10.0.0.1 5000",
            "A=candidate:1 1 UDP 1 10.0.0.1 5000 typ host",
        ] {
            let mut body = [b' '; 200];
            let lines = [
                "v=0\r\nm=audio 5000 RTP/AVP 0\r\na=candidate:0 1 UDP 1 10.0.0.1 5000 typ host\n",
                broken,
                "\r\na=candidate:2 2 UDP 1 10.0.0.1 5001 typ host\r\n",
            ];
            let bytes = lines.iter().flat_map(|line| line.bytes());
            for (slot, byte) in body.iter_mut().zip(bytes) {
                *slot = byte;
            }
            let media = first_media(&body);
            let components = media.map(|media| {
                let mut components = media.candidates().map(|candidate| candidate.component);
                (components.next(), components.next(), components.next())
            });
            assert_eq!(components, Some((Some(1), Some(2), None)));
        }
    }

    #[test]
    fn candidates_read_the_same_wherever_they_stand() {
        for value in [
            "1 1 UDP 2130706431 10.0.0.1 5000 typ host",
            "1  1 UDP 2130706431 10.0.0.1 5000 typ host",
            " 1 1 UDP 2130706431 10.0.0.1 5000 typ host ",
            "1 1 UDP 2130706431 10.0.0.1 5000 typ host generation 0",
            "1 1 UDP 1 10.0.0.1 5000 typ srflx raddr 10.0.0.2 rport 5002",
            "1 1 UDP 1 10.0.0.1 5000 typ host\t",
            "1 1 UDP 1 10.0.0.1 5000 typ ",
            "1 1 UDP 1 10.0.0.1 500x typ host",
            "1 1 UDP 1 10.0.0.1 5000x typ host",
            "1 1 UDP 1 2001:db8:1:2:3:4:5:6 5000 typ host",
            "1 1 UDP 1 0b9c4a62-5b7e-4f4a-9d1e-2f6c8a7d3e51.local 5000 typ host",
            "1 1\tUDP 1 10.0.0.1 5000 typ host",
            "1 1 UDP 1 10.0.0.1 5000  typ host",
            "1 1 UDP 1 10.0.0.1 5000 TYP host",
            "1 1 UDP 1 10.0.0.\u{e9} 5000 typ host",
            "1 1 UDP 1 10.0.0.1 9 typ host",
            "1 10 UDP 1 10.0.0.1 5000 typ host",
            "1 1 UDP 1 10.0.0.1 5000 tip host",
            "0123456789abcdef0123456789abcdef 1 UDP 2130706431 10.0.0.1 5000 typ host",
            "1 1 UDP 1 10.0.0.1 5000",
        ] {
            let alone = Candidate::parse(Text::new(value.as_bytes())).ok();
            for behind in [
                "",
                "\r\n",
                "\n",
                "\r\na=0123456789012345678901234567890123456789 1 2 3 4 5 6 7\r\n",
            ] {
                let mut body = [b'x'; 250];
                let lines = [
                    "v=0\r\nm=audio 5000 RTP/AVP 0\r\na=candidate:",
                    value,
                    behind,
                ];
                let bytes = lines.iter().flat_map(|line| line.bytes());
                let len = bytes.clone().count();
                for (slot, byte) in body.iter_mut().zip(bytes) {
                    *slot = byte;
                }
                let text = body.get(..len).unwrap_or(&[]);
                let read = first_media(text).and_then(|media| media.candidates().next());
                let parts = |read: Option<Candidate<'_>>| {
                    read.map(|read| {
                        let related = read.related.map(|(host, port)| (host.len(), port.len()));
                        let texts = [read.transport, read.host, read.port, read.kind];
                        (read.component, texts.map(Text::len), related)
                    })
                };
                assert_eq!(parts(read), parts(alone));
            }
        }
    }

    #[test]
    fn what_is_about_formats_hides_nothing_behind() {
        let body = b"v=0\r\nm=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=fmtp:0\r\na=rtpm\na=mid:1\r\n\
            \r\nx\r\n=\r\na=fmtp:1 a=b\r\na=sendonly\r\nm=video 4002 RTP/AVP 96\r\na=rtpmap:96 H264";
        let parsed = parse(body);
        assert!(parsed.is_ok());
        if let Ok((_, mut media)) = parsed {
            assert!(media.next().is_some_and(|audio| {
                audio.mid.is_some_and(|mid| mid.is("1")) && audio.flow == Some(Flow::SendOnly)
            }));
            assert!(media.next().is_some_and(|video| video.port.is("4002")));
            assert!(media.next().is_none());
        }
        let last = first_media(b"v=0\nm=audio 4000 RTP/AVP 0\na=mid:");
        assert!(last.is_some_and(|media| media.mid.is_some_and(Text::is_empty)));
    }

    #[test]
    fn a_broken_attribute_hides_no_good_one() {
        let media = first_media(b"v=0\r\nm=audio 5000 RTP/AVP 0\r\na=rtcp:5001\r\na=rtcp:0\r\n");
        let rtcp = media.and_then(|media| media.rtcp);
        assert!(rtcp.is_some_and(|rtcp| rtcp.port.is("5001")));
    }

    #[test]
    fn tabs_stand_where_blanks_may() {
        let body = b"v=0\nm=audio\t5000\tRTP/AVP\t0\nc=IN\tIP4\t10.0.0.3\t\n\
            a=rtcp:5003\tIN IP4 10.0.0.4\na=candidate:1\t1\tUDP 1 10.0.0.5 5000\ttyp\thost\n";
        let media = first_media(body);
        assert!(media.is_some_and(|media| {
            media.connection.is_some_and(|own| own.host.is("10.0.0.3"))
                && media.rtcp.and_then(|rtcp| rtcp.address).is_some()
                && media.candidates().count() == 1
        }));
    }

    #[test]
    fn session_lines_and_media_are_told_apart() {
        let body = b"v=0\r\no=- 1 2 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.3\r\nt=0 0\r\n\
            m=audio 4000 RTP/AVP 0\r\nm=video 4002 RTP/AVP 96\r\nc=IN IP4 10.0.0.4\r\n";
        let parsed = parse(body);
        assert!(parsed.is_ok());
        if let Ok((session, mut media)) = parsed {
            assert_eq!(host(session.origin), Some(&b"10.0.0.2"[..]));
            assert_eq!(host(session.connection), Some(&b"10.0.0.3"[..]));
            assert_eq!(media.next().and_then(|audio| audio.connection), None);
            let video = media.next().and_then(|video| video.connection);
            assert_eq!(host(video), Some(&b"10.0.0.4"[..]));
            assert!(media.next().is_none());
        }
    }

    #[test]
    fn lines_of_a_media_are_its_own() {
        let body = b"v=0\r\na=inactive\r\na=group:BUNDLE 0 1\r\nm=audio 4000 RTP/AVP 0\r\n\
            c=IN IP4 224.2.1.1/127/3\r\nc=IN IP4 224.2.1.9/127\r\na=rtcp-mux\r\na=mid:0\r\n\
            a=candidate:1 1 UDP 1 10.0.0.2 4000 typ host\r\nm=broken\r\na=mid:9\r\n\
            m=video 4002 RTP/AVP 96\r\na=sendonly\r\na=setup:active\r\n";
        let parsed = parse(body);
        assert!(parsed.is_ok());
        if let Ok((session, mut media)) = parsed {
            assert_eq!(session.flow, Some(Flow::Inactive));
            assert!(session.group.is_some_and(|group| group.is("BUNDLE 0 1")));
            let audio = media.next();
            assert!(audio.is_some_and(|audio| {
                audio.rtcp_mux
                    && audio.ice
                    && audio.mid.is_some_and(|mid| mid.is("0"))
                    && audio.connections().count() == 2
                    && audio.attributes().count() == 3
                    && audio.candidates().count() == 1
                    && audio.flow.is_none()
                    && audio
                        .connection
                        .and_then(|own| own.multicast)
                        .is_some_and(|ttl| ttl.is("127/3"))
            }));
            let video = media.next();
            assert!(video.is_some_and(|video| {
                !video.rtcp_mux
                    && !video.ice
                    && video.mid.is_none()
                    && video.connections().next().is_none()
                    && video.flow == Some(Flow::SendOnly)
                    && video.setup == Some(Setup::Active)
            }));
            assert!(media.next().is_none());
        }
    }

    #[test]
    fn lf_alone_ends_lines_and_names_are_no_addresses() {
        let body = b"v=0\no=- 1 2 IN IP4 client.example.com\nc=IN  IP4  10.0.0.3/127\n";
        let session = parse(body).map(|parts| parts.0);
        let session = session.unwrap_or_default();
        assert_eq!(host(session.origin), Some(&b"client.example.com"[..]));
        assert!(session.origin.is_some_and(|origin| origin.ip().is_none()));
        assert_eq!(host(session.connection), Some(&b"10.0.0.3"[..]));
    }

    #[test]
    fn what_does_not_begin_with_its_version_is_no_description() {
        assert!(parse(b"o=- 1 2 IN IP4 10.0.0.2\r\n").is_err());
        assert!(parse(b"hello v=0").is_err());
        assert!(parse(b"").is_err());
    }
}
