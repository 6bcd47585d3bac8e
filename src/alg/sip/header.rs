// SPDX-License-Identifier: GPL-2.0

//! One header field: which it is, and its value as text.

use super::name::Start;
use super::Name;
use crate::Text;

/// A header field: `name: value`, the value without the white space around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// Which field it is.
    pub name: Name,
    /// What it says; may hold folded line ends. Of [`Name::Other`] the whole line.
    pub value: Text<'a>,
    /// Whether it does not begin as most do: name or compact name, colon, blank.
    pub unusual: bool,
}

impl<'a> Header<'a> {
    /// Splits a logical line at its colon; one without is [`Name::Other`].
    #[inline(always)]
    pub(crate) fn new(line: Text<'a>) -> Self {
        let (name, value) = match Start::of(line.bytes()) {
            Start::Usual(name, value) if !has_blanks(value) => (name, Text::new(value)),
            Start::Unknown => (Name::Other, line),
            _ => return Self::unusual(line),
        };
        Self {
            name,
            value,
            unusual: false,
        }
    }

    /// The same for a line that begins with anything but a name, a colon and a blank, or has other blanks.
    #[cold]
    fn unusual(line: Text<'a>) -> Self {
        let (name, value) = unusual(line).unwrap_or((Name::Other, line));
        let compact = matches!(line.bytes(), [_, b':', b' ', next, ..] if *next > b' ');
        Self {
            name,
            value,
            unusual: !compact,
        }
    }
}

/// Name and value of a line that begins in an unusual way; `None` where it has no known name.
fn unusual(line: Text<'_>) -> Option<(Name, Text<'_>)> {
    let (name, len) = match line.bytes() {
        // No colon stands behind.
        [] | [_] => return None,
        bytes => Name::of(bytes)?,
    };
    Some((name, unusual_value(line.skip(len))?))
}

/// Whether there are blanks at an end, or nothing.
#[inline(always)]
fn has_blanks(value: &[u8]) -> bool {
    let (Some(first), Some(last)) = (value.first(), value.last()) else {
        return true;
    };
    *first <= b' ' || *last <= b' '
}

/// The value behind a name and a colon, with other blanks around it than one in front.
fn unusual_value(behind: Text<'_>) -> Option<Text<'_>> {
    Some(behind.trim_start().strip_byte(b':')?.trim())
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_header))]
mod tests {
    use super::*;

    fn name(line: &[u8]) -> Option<Name> {
        Some(Header::new(Text::new(line)).name)
    }

    #[test]
    fn names_match_whole_and_in_any_case() {
        assert_eq!(name(b"CSEQ: 1 ACK"), Some(Name::CSeq));
        assert_eq!(name(b"CSeq-Foo: 1"), Some(Name::Other));
        assert_eq!(name(b"Contact-Note: x"), Some(Name::Other));
        assert_eq!(name(b"Content-Length-Hint: 3"), Some(Name::Other));
        assert_eq!(name(b"Content-Lengts: 3"), Some(Name::Other));
        assert_eq!(
            name(b"Proxy-Authorization: Digest"),
            Some(Name::ProxyAuthorization)
        );
        assert_eq!(name(b"From : x"), Some(Name::From));
        assert_eq!(name(b"Expires\t: 3"), Some(Name::Expires));
        assert_eq!(name(b"To:"), Some(Name::To));
        assert_eq!(name(b": x"), Some(Name::Other));
    }

    #[test]
    fn names_of_transfer_and_identity() {
        for (line, expected) in [
            (&b"Refer-To: x"[..], Name::ReferTo),
            (b"Referred-By: x", Name::ReferredBy),
            (b"Reply-To: x", Name::ReplyTo),
            (b"P-Asserted-Identity: x", Name::PAssertedIdentity),
            (b"P-PREFERRED-IDENTITY: x", Name::PPreferredIdentity),
            (b"Remote-Party-ID: x", Name::RemotePartyId),
            (b"Diversion: x", Name::Diversion),
            (b"History-Info: x", Name::HistoryInfo),
            (b"Identity: x", Name::Identity),
            (b"Record-Route: x", Name::RecordRoute),
            (b"Service-Route: x", Name::ServiceRoute),
            (b"Session-Expires: x", Name::SessionExpires),
            (b"Call-Info: x", Name::CallInfo),
            (b"Alert-Info: x", Name::AlertInfo),
            (b"Min-Expires: x", Name::MinExpires),
        ] {
            assert_eq!(name(line), Some(expected));
        }
    }

    #[test]
    fn compact_names_are_the_same_fields() {
        for (line, expected) in [
            (&b"v: x"[..], Name::Via),
            (b"F: x", Name::From),
            (b"t: x", Name::To),
            (b"M: x", Name::Contact),
            (b"l: 0", Name::ContentLength),
            (b"c: a/b", Name::ContentType),
            (b"i: id", Name::CallId),
            (b"r: x", Name::ReferTo),
            (b"q: x", Name::Other),
        ] {
            assert_eq!(name(line), Some(expected));
        }
    }

    #[test]
    fn line_without_colon_is_no_field() {
        for line in [&b"hello"[..], b"to", b"From x", b"via \t", b""] {
            assert_eq!(name(line), Some(Name::Other));
        }
    }

    #[test]
    fn value_stands_behind_colon_and_blanks() {
        let value = |line| Header::new(Text::new(line)).value.bytes();
        assert_eq!(value(b"To:y"), b"y");
        assert_eq!(value(b"To :\t y \r\n z "), b"y \r\n z");
        assert_eq!(value(b"To\r\n : y"), b"y");
        assert_eq!(value(b"To:"), b"");
    }
}
