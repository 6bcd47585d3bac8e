// SPDX-License-Identifier: GPL-2.0

//! A description: the session's own lines, then media by media.

use super::line::{
    word,
    Lines, //
};
use super::{
    Address,
    Media, //
};
use crate::Text;

/// What stands in front of the first `m=` line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Session<'a> {
    /// The address of `o=` (RFC 8866 5.2).
    pub origin: Option<Address<'a>>,
    /// The session's `c=`, for media without one of their own (RFC 8866 5.7).
    pub connection: Option<Address<'a>>,
}

/// Reads a description that fills `body`; `None` when it does not begin with `v=`.
pub fn parse(body: Text<'_>) -> Option<(Session<'_>, MediaList<'_>)> {
    let mut lines = Lines { rest: body };
    if lines.next()?.letter != b'v' {
        return None;
    }
    let mut session = Session::default();
    while let Some(line) = lines.next_unless(b'm') {
        match line.letter {
            b'o' => session.origin = origin(line.value),
            b'c' => session.connection = Address::parse(line.value),
            _ => {}
        }
    }
    Some((session, MediaList { lines }))
}

/// The address behind user name, session id and version.
fn origin(value: Text<'_>) -> Option<Address<'_>> {
    let (_user, rest) = word(value);
    let (_id, rest) = word(rest);
    let (_version, rest) = word(rest);
    Address::parse(rest)
}

/// Walks the media of a description.
#[derive(Clone, Copy, Debug)]
pub struct MediaList<'a> {
    lines: Lines<'a>,
}

impl<'a> Iterator for MediaList<'a> {
    type Item = Media<'a>;

    fn next(&mut self) -> Option<Media<'a>> {
        // An `m=` line that cannot be read takes its attributes with it.
        loop {
            let line = self.lines.next()?;
            if line.letter != b'm' {
                continue;
            }
            if let Some(mut media) = Media::new(line.value) {
                while let Some(line) = self.lines.next_unless(b'm') {
                    media.take(line);
                }
                return Some(media);
            }
        }
    }
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_session))]
mod tests {
    use super::*;

    fn host(address: Option<Address<'_>>) -> Option<&[u8]> {
        address.map(|address| address.host.bytes())
    }

    #[test]
    fn session_lines_and_media_are_told_apart() {
        let body = b"v=0\r\no=- 1 2 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.3\r\nt=0 0\r\n\
            m=audio 4000 RTP/AVP 0\r\nm=video 4002 RTP/AVP 96\r\nc=IN IP4 10.0.0.4\r\n";
        let parsed = parse(Text::new(body));
        assert!(parsed.is_some());
        if let Some((session, mut media)) = parsed {
            assert_eq!(host(session.origin), Some(&b"10.0.0.2"[..]));
            assert_eq!(host(session.connection), Some(&b"10.0.0.3"[..]));
            assert_eq!(media.next().and_then(|audio| audio.connection), None);
            let video = media.next().and_then(|video| video.connection);
            assert_eq!(host(video), Some(&b"10.0.0.4"[..]));
            assert!(media.next().is_none());
        }
    }

    #[test]
    fn lf_alone_ends_lines_and_names_are_no_addresses() {
        let body = b"v=0\no=- 1 2 IN IP4 client.example.com\nc=IN  IP4  10.0.0.3/127\n";
        let session = parse(Text::new(body)).map(|parts| parts.0);
        let session = session.unwrap_or_default();
        assert_eq!(host(session.origin), Some(&b"client.example.com"[..]));
        assert!(session.origin.is_some_and(|origin| origin.ip.is_none()));
        assert_eq!(host(session.connection), Some(&b"10.0.0.3"[..]));
    }

    #[test]
    fn what_does_not_begin_with_its_version_is_no_description() {
        assert!(parse(Text::new(b"o=- 1 2 IN IP4 10.0.0.2\r\n")).is_none());
        assert!(parse(Text::new(b"hello v=0")).is_none());
        assert!(parse(Text::new(b"")).is_none());
    }
}
