// SPDX-License-Identifier: GPL-2.0

//! Start line, header fields, body (RFC 3261 7).

use super::{
    Header,
    Method, //
};
use crate::Text;

/// Why bytes are not a SIP message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// Only line ends, a keep-alive (RFC 5626 3.5.1), or nothing at all.
    Empty,
    /// The first line is neither `METHOD uri SIP/2.0` nor `SIP/2.0 code ...`.
    StartLine,
}

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
pub fn parse(message: &[u8]) -> Result<(StartLine<'_>, Headers<'_>), Error> {
    let start = Text::new(message)
        .split_where(|byte| !matches!(byte, b'\r' | b'\n'))
        .1;
    if start.is_empty() {
        return Err(Error::Empty);
    }
    let (line, rest) = physical_line(start);
    let start = start_line(line).ok_or(Error::StartLine)?;
    Ok((start, Headers { rest, body: None }))
}

fn start_line(line: Text<'_>) -> Option<StartLine<'_>> {
    const VERSION: &str = "SIP/2.0";

    if let Some(rest) = line.strip(VERSION) {
        let (code, _) = rest.trim_start().split_where(|byte| byte == b' ');
        let code = u16::try_from(code.number()?).ok()?;
        let blank = rest.first() == Some(b' ');
        return (blank && (100..700).contains(&code)).then_some(StartLine::Response { code });
    }
    let (method, rest) = line.cut(b' ')?;
    let (uri, version) = rest.trim().split_where(|byte| byte == b' ');
    let sip = version.trim_start().is(VERSION);
    let token = !method.is_empty() && method.bytes().iter().all(|&byte| is_token(byte));
    (sip && token && !uri.is_empty()).then(|| StartLine::Request {
        method: Method::new(method),
        uri,
    })
}

/// The characters of a token (RFC 3261 25.1).
const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~'
        )
}

/// Walks the header fields of a message; what stands behind the empty line is its [body].
///
/// [body]: Headers::body
#[derive(Clone, Copy, Debug)]
pub struct Headers<'a> {
    rest: Text<'a>,
    body: Option<Text<'a>>,
}

impl<'a> Headers<'a> {
    /// The bytes behind the empty line, once the walk has come there.
    ///
    /// `None` before, and for a message that ends within its header.
    pub fn body(&self) -> Option<Text<'a>> {
        self.body
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = Header<'a>;

    fn next(&mut self) -> Option<Header<'a>> {
        while self.body.is_none() && !self.rest.is_empty() {
            let (line, rest) = logical_line(self.rest);
            self.rest = rest;
            if line.is_empty() {
                self.body = Some(rest);
            } else if let Some(header) = Header::new(line) {
                return Some(header);
            }
        }
        None
    }
}

/// A line up to its end (CRLF, LF or CR), and what comes behind it.
fn physical_line(text: Text<'_>) -> (Text<'_>, Text<'_>) {
    let (line, rest) = text.split_where(|byte| matches!(byte, b'\r' | b'\n'));
    let end = match rest.bytes() {
        [b'\r', b'\n', ..] => 2,
        _ => 1,
    };
    (line, rest.skip(end))
}

/// A line with those folded into it: they begin with white space (RFC 3261 7.3.1).
fn logical_line(text: Text<'_>) -> (Text<'_>, Text<'_>) {
    let (first, mut rest) = physical_line(text);
    let mut len = first.len();
    while !first.is_empty() && matches!(rest.first(), Some(b' ' | b'\t')) {
        let (line, behind) = physical_line(rest);
        len = line.span().end().saturating_sub(text.span().start);
        rest = behind;
    }
    (text.split_at(len).0, rest)
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
        assert_eq!(parse(b"\r\n\r\n").err(), Some(Error::Empty));
        assert_eq!(parse(b"").err(), Some(Error::Empty));
        assert_eq!(
            parse(b"GET / HTTP/1.1\r\n\r\n").err(),
            Some(Error::StartLine)
        );
        assert_eq!(parse(b"\0\0\0\0").err(), Some(Error::StartLine));
        assert_eq!(parse(b"SIP/2.0 99 Low\r\n").err(), Some(Error::StartLine));
        assert_eq!(
            parse(b"SIP/2.0 20000000000 x\r\n").err(),
            Some(Error::StartLine)
        );
    }

    #[test]
    fn line_ends_of_any_kind_and_keep_alives_in_front() {
        for message in [
            &b"\r\n\r\nACK sip:a SIP/2.0\r\nTo: x\r\n\r\nbody"[..],
            b"ACK sip:a SIP/2.0\nTo: x\n\nbody",
            b"ACK sip:a SIP/2.0\rTo: x\r\rbody",
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
