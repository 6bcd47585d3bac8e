// SPDX-License-Identifier: GPL-2.0

//! Where in a stream a message ends.

use super::mark::next_mark;
use crate::scan::find_either_near;
use crate::sip::{
    Headers,
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

/// Fields whose names begin like Content-Length that a header may have, one of which is meant.
const MOST_LENGTHS: u8 = 64;

/// How far the message in front has been looked at.
///
/// Each byte is looked for the end of the header once, however few come at a time; what its fields say
/// is not read here, but for the length of the body.
#[derive(Clone, Copy, Debug)]
pub struct Framing {
    /// So many bytes hold no end of the header.
    seen: usize,
    /// Whether the start line is whole, and one of SIP.
    begun: bool,
    /// Whether it says so already.
    sip: bool,
    /// Where the last field begins that may be a Content-Length; it is read when it is whole.
    field: Option<usize>,
    /// How many more fields with such names there may be.
    fields: u8,
    /// How long the body is, by those in front of that.
    body: Option<u32>,
}

impl Default for Framing {
    fn default() -> Self {
        Self {
            seen: 0,
            begun: false,
            sip: false,
            field: None,
            fields: MOST_LENGTHS,
            body: None,
        }
    }
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
        if !self.begun {
            self.seen = bytes.len();
            return Frame::Partial;
        }
        match self.header(text) {
            Some(Some(end)) => self.message(text, end).unwrap_or(Frame::Foreign),
            Some(None) => Frame::Partial,
            None => Frame::Foreign,
        }
    }

    /// Where the header ends, if that has come; nothing at all where nobody knows how long the body is.
    #[inline(never)]
    fn header(&mut self, text: Text<'_>) -> Option<Option<usize>> {
        let mut from = self.seen.max(1);
        while let Some(mark) = next_mark(text.bytes(), from) {
            let line = text.skip(mark);
            match line.bytes() {
                [b'C' | b'L' | b'c' | b'l', ..] => {
                    self.fields = self.fields.checked_sub(1)?;
                    if may_be_length(line) {
                        self.read_length(text)?;
                        self.field = Some(mark);
                    }
                }
                // A second CR may belong to either.
                [b'\r'] | [b'\r', b'\r'] => {
                    self.seen = mark;
                    return Some(None);
                }
                [b'\r', b'\n', ..] if text.bytes().get(mark.wrapping_sub(1)) == Some(&b'\r') => {}
                _ => return Some(Some(mark.wrapping_add(line.line_end()))),
            }
            from = mark.wrapping_add(1);
        }
        self.seen = text.len();
        Some(None)
    }

    /// Reads the field that may be a Content-Length, behind which another one begins.
    fn read_length(&mut self, text: Text<'_>) -> Option<()> {
        let Some(at) = self.field else {
            return Some(());
        };
        let header = Headers::of_part(text.skip(at)).next()?;
        if header.name == Name::ContentLength {
            let stated = header.value.number()?;
            if self.body.is_some_and(|other| other != stated) {
                return None;
            }
            self.body = Some(stated);
        }
        Some(())
    }

    /// A message whose header ends there, by its Content-Length (RFC 3261 18.3).
    ///
    /// Without one it has no body; with two that differ nobody knows.
    fn message(&mut self, text: Text<'_>, header: usize) -> Option<Frame> {
        self.read_length(text)?;
        let body = usize::try_from(self.body.unwrap_or(0)).ok()?;
        header.checked_add(body).map(Frame::Message)
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

/// Whether a line looks like a Content-Length, as far as it has come; others may, too.
#[inline(always)]
fn may_be_length(line: Text<'_>) -> bool {
    const NAME: &str = "Content-Length";

    match line.bytes() {
        [b'l' | b'L', next, ..] => *next <= b':',
        [b'c' | b'C', ..] if line.len() >= NAME.len() => line.strip(NAME).is_some(),
        _ => true,
    }
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
