// SPDX-License-Identifier: GPL-2.0

//! Start line, header fields, body (RFC 3261 7).

use super::{
    Element,
    Error,
    Header,
    Method, //
};
use crate::scan::find_either_near;
use crate::Text;

/// The first line of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartLine<'a> {
    /// `METHOD uri SIP/2.0` (RFC 3261 7.1).
    Request {
        /// What is asked for.
        method: Method,
        /// The Request-URI as it stands.
        uri: Text<'a>,
    },
    /// `SIP/2.0 code reason` (RFC 3261 7.2).
    Response {
        /// 100 to 699.
        code: u16,
    },
}

/// Reads the start line and hands back the header fields behind it.
///
/// Fails with [`Element::Message`] for a keep-alive, that is nothing but line ends.
#[inline(always)]
pub fn parse(message: &[u8]) -> Result<(StartLine<'_>, Headers<'_>), Error> {
    let text = Text::new(message);
    let text = match text.first() {
        Some(b'\r' | b'\n') => text.split_where(|byte| !matches!(byte, b'\r' | b'\n')).1,
        _ => text,
    };
    if text.is_empty() {
        return Err(Error::new(Element::Message, text));
    }
    if let Some((start, rest)) = StartLine::request(text) {
        return Ok((start, Headers::of_part(rest)));
    }
    let (line, rest) = text.split_line();
    let start = StartLine::parse(line)?;
    Ok((start, Headers::of_part(rest)))
}

impl<'a> StartLine<'a> {
    /// Reads the line of a request that is written as most are; what follows it.
    #[inline(always)]
    fn request(text: Text<'a>) -> Option<(Self, Text<'a>)> {
        // `SIP/2.0`, a response.
        if text.bytes().get(3) == Some(&b'/') {
            return None;
        }
        let (method, rest) = text.word();
        let (uri, version) = rest.split_blank();
        let behind = version.strip(" SIP/2.0\r\n")?;
        let method = Method::parse(method).filter(|_| !uri.is_empty())?;
        Some((Self::Request { method, uri }, behind))
    }

    /// Reads a line without its end.
    pub(crate) fn parse(line: Text<'a>) -> Result<Self, Error> {
        const VERSION: &str = "SIP/2.0";

        if let Some(rest) = line.strip(VERSION) {
            let digits = rest.trim_start();
            let read = digits.leading_number().filter(|(code, behind)| {
                let ends = behind.is_empty() || behind.first() == Some(b' ');
                let three = digits.len().wrapping_sub(behind.len()) == 3;
                ends && three && digits.len() < rest.len() && *code < 700 && *code >= 100
            });
            let code = read.and_then(|(code, _)| u16::try_from(code).ok());
            return match code {
                Some(code) => Ok(Self::Response { code }),
                None => Err(Error::new(Element::StatusCode, digits)),
            };
        }
        let wrong = Error::new(Element::StartLine, line);
        let (method, rest) = line.word();
        let (uri, version) = rest.trim_start().split_blank();
        let sip = version.is(" SIP/2.0") || version.trim().is(VERSION);
        if !sip || uri.is_empty() {
            return Err(wrong);
        }
        let method = Method::parse(method).ok_or(wrong)?;
        Ok(Self::Request { method, uri })
    }
}

/// Lines of a header that continue the one in front.
const MAX_FOLDS: u8 = 128;

/// Walks the header fields of a message; what stands behind the empty line is its [body].
///
/// [body]: Headers::body
#[derive(Clone, Copy, Debug)]
pub struct Headers<'a> {
    /// Begins with a field, if not empty: never with CRLF.
    rest: Text<'a>,
    /// How many more lines may be folded.
    folds: u8,
    body: Option<Text<'a>>,
}

impl<'a> Headers<'a> {
    /// The header fields of a part of a body, which has no start line.
    pub(crate) fn of_part(text: Text<'a>) -> Self {
        let mut headers = Self {
            rest: text,
            folds: MAX_FOLDS,
            body: None,
        };
        headers.go_to(text);
        headers
    }

    /// The bytes behind the empty line, once the walk has come there.
    ///
    /// `None` before, and for a message that ends within its header.
    pub fn body(&self) -> Option<Text<'a>> {
        self.body
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = Header<'a>;

    #[inline]
    fn next(&mut self) -> Option<Header<'a>> {
        self.line().map(Header::new)
    }
}

impl<'a> Headers<'a> {
    /// The next field, not read yet.
    #[inline(always)]
    pub(crate) fn line(&mut self) -> Option<Text<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let Some((line, rest)) = self.rest.split_crlf_in_place() else {
            return self.unusual_line();
        };
        match rest.first() {
            Some(next) if next > b' ' => {
                self.rest = rest;
                Some(line)
            }
            _ => self.last_line(line, rest),
        }
    }

    /// A line with no usual one behind.
    #[cold]
    fn last_line(&mut self, line: Text<'a>, rest: Text<'a>) -> Option<Text<'a>> {
        match rest.first() {
            Some(b' ' | b'\t') if self.folds > 0 => self.unusual_line(),
            _ => {
                self.go_to(rest);
                Some(line)
            }
        }
    }

    /// The next line, whatever it looks like.
    #[cold]
    fn unusual_line(&mut self) -> Option<Text<'a>> {
        let (line, rest) = unusual_line(self.rest, &mut self.folds);
        if line.is_empty() {
            self.end(rest);
            return None;
        }
        self.go_to(rest);
        Some(line)
    }

    /// Goes to what follows a line: another, or the empty one that ends the header.
    fn go_to(&mut self, rest: Text<'a>) {
        match rest.strip("\r\n") {
            Some(body) => self.end(body),
            None => self.rest = rest,
        }
    }

    /// There are no more.
    fn end(&mut self, body: Text<'a>) {
        self.rest = body.take(0);
        self.body = Some(body);
    }
}

/// The same for lines that are folded (RFC 3261 7.3.1), hold a TAB or go beyond ASCII, or end in LF or
/// CR alone. When so many are folded that nobody means it, no more are.
#[cold]
fn unusual_line<'a>(text: Text<'a>, folds: &mut u8) -> (Text<'a>, Text<'a>) {
    let mut len: usize = 0;
    let mut rest = text;
    loop {
        let (part, behind) = rest.split_at(find_either_near(rest.bytes(), b'\r', b'\n'));
        len = len.wrapping_add(part.len());
        let end = behind.line_end();
        let folded = matches!(behind.bytes().get(end), Some(b' ' | b'\t')) && len > 0;
        let left = folds.checked_sub(1).filter(|_| folded);
        let Some(left) = left.filter(|_| !behind.is_empty()) else {
            return (text.take(len), behind.skip(end));
        };
        *folds = left;
        // A line end that is none.
        len = len.wrapping_add(end);
        rest = behind.skip(end);
    }
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_message))]
mod tests {
    use super::super::Name;
    use super::*;

    fn values(message: &[u8], name: Name) -> Option<&[u8]> {
        let (_, mut headers) = parse(message).ok()?;
        headers
            .find(|header| header.name == name)
            .map(|header| header.value.bytes())
    }

    #[test]
    fn request_and_status_lines() {
        let request = parse(b"INVITE sip:bob@example.com SIP/2.0\r\n\r\n").map(|parts| parts.0);
        assert!(matches!(
            request,
            Ok(StartLine::Request { method: Method::Invite, uri }) if uri.is("sip:bob@example.com")
        ));
        let response = parse(b"SIP/2.0 180 Ringing\r\n\r\n").map(|parts| parts.0);
        assert_eq!(response, Ok(StartLine::Response { code: 180 }));
        let spaced = parse(b"SIP/2.0  200\r\n\r\n").map(|parts| parts.0);
        assert_eq!(spaced, Ok(StartLine::Response { code: 200 }));
    }

    #[test]
    fn what_is_not_sip_is_said_so() {
        let why = |message| {
            parse(message)
                .err()
                .map(|error| (error.element, error.offset_in(Text::new(message))))
        };
        assert_eq!(why(b"\r\n\r\n"), Some((Element::Message, 4)));
        assert_eq!(why(b""), Some((Element::Message, 0)));
        assert_eq!(
            why(b"GET / HTTP/1.1\r\n\r\n"),
            Some((Element::StartLine, 0))
        );
        assert_eq!(why(b"\0\0\0\0"), Some((Element::StartLine, 0)));
        assert_eq!(
            why(b"\r\nSIP/2.0 99 Low\r\n"),
            Some((Element::StatusCode, 10))
        );
        assert_eq!(why(b"SIP/2.0 0200 OK\r\n"), Some((Element::StatusCode, 8)));
        assert_eq!(why(b"SIP/2.0200 OK\r\n"), Some((Element::StatusCode, 7)));
        assert_eq!(
            why(b"SIP/2.0 20000000000 x\r\n"),
            Some((Element::StatusCode, 8))
        );
    }

    #[test]
    fn line_ends_of_any_kind_and_keep_alives_in_front() {
        for message in [
            &b"\r\n\r\nACK sip:a SIP/2.0\r\nTo: x\r\n\r\nbody"[..],
            b"ACK sip:a SIP/2.0\nTo: x\n\nbody",
            b"ACK sip:a SIP/2.0\rTo: x\r\rbody",
            b"ACK sip:a SIP/2.0\r\nFrom: y\r\r\nTo: x\r\n\r\nbody",
            b"ACK sip:a SIP/2.0\r\r\nTo: x\r\r\n\r\r\nbody",
        ] {
            assert_eq!(values(message, Name::To), Some(&b"x"[..]));
            let mut headers = parse(message).map(|parts| parts.1);
            let body = headers.as_mut().ok().and_then(|headers| {
                headers.by_ref().for_each(drop);
                headers.body()
            });
            assert_eq!(body.map(Text::bytes), Some(&b"body"[..]));
        }
    }

    #[test]
    fn folded_lines_belong_to_their_field() {
        let message = b"ACK sip:a SIP/2.0\r\nVia: SIP/2.0\r\n /UDP\r\n\thost\r\nTo: y\r\n\r\n";
        assert_eq!(
            values(message, Name::Via),
            Some(&b"SIP/2.0\r\n /UDP\r\n\thost"[..])
        );
        assert_eq!(values(message, Name::To), Some(&b"y"[..]));
    }

    #[test]
    fn control_characters_within_a_line_end_nothing() {
        let message = b"ACK sip:a SIP/2.0\r\nSubject: a\tb\x01c\r\nTo:\ty\r\n\r\n";
        assert_eq!(values(message, Name::To), Some(&b"y"[..]));
    }

    #[test]
    fn body_is_never_searched_and_broken_lines_hide_nothing() {
        let message = b"ACK sip:a SIP/2.0\r\nrubbish\r\nTo: y\r\n\r\nFrom: z\r\n";
        assert_eq!(values(message, Name::To), Some(&b"y"[..]));
        assert_eq!(values(message, Name::From), None);
    }

    #[test]
    fn message_that_ends_within_its_header_has_no_body() {
        let mut headers = parse(b"ACK sip:a SIP/2.0\r\nTo: y\r\n").map(|parts| parts.1);
        let body = headers.as_mut().ok().and_then(|headers| {
            headers.by_ref().for_each(drop);
            headers.body()
        });
        assert_eq!(body, None);
    }
}
