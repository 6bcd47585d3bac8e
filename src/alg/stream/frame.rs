// SPDX-License-Identifier: GPL-2.0

//! Where in a stream a message ends.

use crate::scan::find_either_near;
use crate::sip::{
    message,
    Header,
    Method,
    Name,
    StartLine, //
};
use crate::Text;

/// What a stream goes on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame {
    /// So many line ends between two messages (RFC 3261 7.5, RFC 5626 3.5.1).
    KeepAlive(usize),
    /// A message of so many bytes, of which some may have to come yet.
    Message(usize),
    /// A message whose header has not come to its end.
    Partial,
    /// Something else than SIP.
    Foreign,
}

/// The longest start line; what has none by then is no message.
const LONGEST_START: usize = 8192;

/// In so many bytes of it a longer one has to say that it is one of SIP.
const LONGEST_METHOD: usize = 256;

/// Fields that the header of a short message may have; one that has more, and next to nothing in them, is
/// none.
const MOST_FIELDS: usize = 512;

/// How far the message in front has been looked at.
///
/// Each byte is looked for the end of the header once, however few come at a time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Framing {
    /// So many bytes hold no end of the header.
    seen: usize,
    /// Whether the start line is whole, and one of SIP.
    begun: bool,
    /// Whether it says so already.
    sip: bool,
}

impl Framing {
    /// Whether that is a message of SIP without doubt.
    pub(super) const fn is_sip(&self) -> bool {
        self.sip
    }

    /// Says what a stream goes on with, of which `bytes` have come; more may follow.
    pub fn frame(&mut self, bytes: &[u8]) -> Frame {
        let text = Text::new(bytes);
        if matches!(text.first(), None | Some(b'\r' | b'\n')) {
            let (ends, _) = text.split_where(|byte| !matches!(byte, b'\r' | b'\n'));
            return Frame::KeepAlive(ends.len());
        }
        if !self.begun {
            if self.sip && !has_line_end(bytes.get(self.seen..).unwrap_or(&[])) {
                self.seen = bytes.len();
                return match bytes.len() < LONGEST_START {
                    true => Frame::Partial,
                    false => Frame::Foreign,
                };
            }
            match begins(text) {
                Some(begun) => {
                    self.begun = begun;
                    self.sip = begun || names_sip(text);
                }
                None => return Frame::Foreign,
            }
        }
        let from = self.seen.saturating_sub(3);
        self.seen = bytes.len();
        if !self.begun || !has_empty_line(bytes.get(from..).unwrap_or(&[])) {
            return Frame::Partial;
        }
        match length(text) {
            Some(length) => Frame::Message(length),
            None => Frame::Foreign,
        }
    }
}

/// Whether a message begins like this: with a start line, or, as far as it has come, a part of one.
fn begins(text: Text<'_>) -> Option<bool> {
    const VERSION: &[u8] = b"SIP/2.0";

    let (line, _) = text.split_line();
    if line.len() > LONGEST_METHOD && !names_sip(line.take(LONGEST_METHOD)) {
        return None;
    }
    let known = line.bytes().get(..VERSION.len()).unwrap_or(line.bytes());
    if !VERSION.starts_with(known) {
        // A method, and then a scheme and no path.
        let (method, behind) = line.split_blank();
        let uri = behind.trim_start().first();
        let begins = Method::parse(method).is_some();
        if !begins || !uri.is_none_or(|byte| byte.is_ascii_alphabetic()) {
            return None;
        }
    }
    if line.len() < text.len() {
        return StartLine::parse(line).is_ok().then_some(true);
    }
    (line.len() < LONGEST_START).then_some(false)
}

/// Whether a line ends there.
fn has_line_end(bytes: &[u8]) -> bool {
    find_either_near(bytes, b'\r', b'\n') < bytes.len()
}

/// Whether a part of a start line says what it is one of.
fn names_sip(line: Text<'_>) -> bool {
    let (_, behind) = line.split_blank();
    let uri = behind.trim_start();
    line.strip("SIP/2.0").is_some() || uri.strip("sip:").is_some() || uri.strip("sips:").is_some()
}

/// Whether there is a line without anything in it, behind another line's end.
fn has_empty_line(bytes: &[u8]) -> bool {
    let mut rest = Text::new(bytes);
    loop {
        let behind = rest.skip(find_either_near(rest.bytes(), b'\r', b'\n'));
        match behind.bytes() {
            [] => return false,
            [b'\n', b'\n', ..] | [b'\n', b'\r', b'\n', ..] | [b'\n', b'\r', b'\r', b'\n', ..] => {
                return true
            }
            [b'\r', b'\r', next, ..] if *next != b'\n' => return true,
            _ => rest = behind.skip(1),
        }
    }
}

/// How long a message is whose header has come to its end, by its Content-Length (RFC 3261 18.3).
///
/// Without one it has no body; with two that differ nobody knows.
fn length(text: Text<'_>) -> Option<usize> {
    let (_, mut headers) = message::parse(text.bytes()).ok()?;
    let mut body_length: Option<u32> = None;
    let mut left = text.len().wrapping_div(16).wrapping_add(MOST_FIELDS);
    while let Some(line) = headers.line() {
        left = left.checked_sub(1)?;
        if !matches!(line.first(), Some(b'C' | b'L' | b'c' | b'l')) {
            continue;
        }
        let header = Header::new(line);
        if header.name == Name::ContentLength {
            let stated = header.value.number()?;
            if body_length.is_some_and(|other| other != stated) {
                return None;
            }
            body_length = Some(stated);
        }
    }
    let header = headers.body()?.behind(text);
    let body = usize::try_from(body_length.unwrap_or(0)).ok()?;
    header.checked_add(body)
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_frame))]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Frame {
        Framing::default().frame(bytes)
    }

    #[test]
    fn messages_end_where_their_content_length_says() {
        let message = b"ACK sip:a SIP/2.0\r\nl: 005 \r\n\r\nhello";
        assert_eq!(all(message), Frame::Message(message.len()));
        let more = b"SIP/2.0 200 OK\nContent-Length\t:\r\n 4000\n\n";
        assert_eq!(all(more), Frame::Message(more.len().saturating_add(4000)));
        let none = b"ACK sip:a SIP/2.0\r\nTo: x\r\n\r\nACK";
        assert_eq!(all(none), Frame::Message(none.len().saturating_sub(3)));
        let same = b"ACK sip:a SIP/2.0\r\nl: 1\r\nl: 01\r\n\r\n";
        assert_eq!(all(same), Frame::Message(same.len().saturating_add(1)));
    }

    #[test]
    fn lengths_that_nobody_can_rely_on_are_not_sip() {
        for text in [
            &b"ACK sip:a SIP/2.0\r\nl: 1\r\nl: 2\r\n\r\n"[..],
            b"ACK sip:a SIP/2.0\r\nl: -1\r\n\r\n",
            b"ACK sip:a SIP/2.0\r\nl: 1 2\r\n\r\n",
            b"ACK sip:a SIP/2.0\r\nl:\r\n\r\n",
            b"ACK sip:a SIP/2.0\r\nl: 99999999999\r\n\r\n",
        ] {
            assert_eq!(all(text), Frame::Foreign);
        }
    }

    #[test]
    fn keep_alives_stand_between_messages() {
        assert_eq!(all(b"\r\n\r\n"), Frame::KeepAlive(4));
        assert_eq!(all(b"\r\nACK"), Frame::KeepAlive(2));
        assert_eq!(all(b""), Frame::KeepAlive(0));
    }

    #[test]
    fn what_does_not_begin_like_sip_is_foreign_at_once() {
        for begin in [
            &b"\x16\x03\x01\x02"[..],
            b"POST / HTTP/1.1\r\n",
            b"POST /index",
            b"GET http://a/ HTTP/1.1\r\n",
            b"SIP/2.1 200 OK\r\n",
            b"SIP/3",
            b"SSH-2.0-OpenSSH\r\n",
            b"\0",
            b" ACK sip:a SIP/2.0",
        ] {
            assert_eq!(all(begin), Frame::Foreign);
        }
        for begin in [
            &b"SIP"[..],
            b"INV",
            b"INVITE ",
            b"INVITE sip:a SI",
            b"SIP/2.0 2",
        ] {
            assert_eq!(all(begin), Frame::Partial);
        }
    }

    #[test]
    fn start_line_is_judged_when_it_is_whole() {
        for (first, whole) in [
            (&b"EHLO phone"[..], &b"EHLO phone.example.com\r\n"[..]),
            (b"GET http://a", b"GET http://a/ HTTP/1.1\r\n"),
            (b"SIP/2.0 2", b"SIP/2.0 20\r\n"),
        ] {
            let mut framing = Framing::default();
            assert_eq!(framing.frame(first), Frame::Partial);
            assert_eq!(framing.frame(whole), Frame::Foreign);
        }
        assert_eq!(all(&[b'A'; LONGEST_START]), Frame::Foreign);
    }

    #[test]
    fn end_of_a_header_is_found_however_it_is_cut() {
        for text in [
            &b"ACK sip:a SIP/2.0\r\nTo: x\r\n\r\n"[..],
            b"ACK sip:a SIP/2.0\nTo: x\n\n",
            b"ACK sip:a SIP/2.0\r\r\nTo: x\r\r\n\r\r\n",
        ] {
            let mut framing = Framing::default();
            for come in 1..text.len() {
                let part = text.get(..come).unwrap_or(b"");
                assert_eq!(framing.frame(part), Frame::Partial);
            }
            assert_eq!(framing.frame(text), Frame::Message(text.len()));
        }
    }
}
