// SPDX-License-Identifier: GPL-2.0

//! One header field: which it is, and its value as text.

use crate::Text;

/// The header fields that a decision needs; all others are [`Name::Other`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// `Authorization` and `Proxy-Authorization` (RFC 3261 20.7, 20.28).
    Authorization,
    /// `Contact`, `m` (RFC 3261 20.10).
    Contact,
    /// `Content-Length`, `l` (RFC 3261 20.14).
    ContentLength,
    /// `Content-Type`, `c` (RFC 3261 20.15).
    ContentType,
    /// `CSeq` (RFC 3261 20.16).
    CSeq,
    /// `Expires` (RFC 3261 20.19).
    Expires,
    /// `From`, `f` (RFC 3261 20.20).
    From,
    /// `To`, `t` (RFC 3261 20.39).
    To,
    /// `Via`, `v` (RFC 3261 20.42).
    Via,
    /// Any other.
    Other,
}

impl Name {
    fn new(name: Text<'_>) -> Self {
        let full = match name.len() {
            1 => return Self::compact(name),
            2 => (Self::To, "to"),
            3 => (Self::Via, "via"),
            4 if matches!(name.first(), Some(b'c' | b'C')) => (Self::CSeq, "cseq"),
            4 => (Self::From, "from"),
            7 if matches!(name.first(), Some(b'c' | b'C')) => (Self::Contact, "contact"),
            7 => (Self::Expires, "expires"),
            12 => (Self::ContentType, "content-type"),
            13 => (Self::Authorization, "authorization"),
            14 => (Self::ContentLength, "content-length"),
            19 => (Self::Authorization, "proxy-authorization"),
            _ => return Self::Other,
        };
        if name.is(full.1) {
            full.0
        } else {
            Self::Other
        }
    }

    /// Compact forms (RFC 3261 7.3.3).
    fn compact(name: Text<'_>) -> Self {
        match name.first().map(|letter| letter.to_ascii_lowercase()) {
            Some(b'c') => Self::ContentType,
            Some(b'f') => Self::From,
            Some(b'l') => Self::ContentLength,
            Some(b'm') => Self::Contact,
            Some(b't') => Self::To,
            Some(b'v') => Self::Via,
            _ => Self::Other,
        }
    }
}

/// A header field: `name: value`, the value without the white space around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// Which field it is.
    pub name: Name,
    /// What it says; may hold folded line ends.
    pub value: Text<'a>,
}

impl<'a> Header<'a> {
    /// Splits a logical line at its colon; `None` where there is none.
    pub(super) fn new(line: Text<'a>) -> Option<Self> {
        let (name, value) = line.cut(b':')?;
        Some(Self {
            name: Name::new(name.trim()),
            value: value.trim(),
        })
    }
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_header))]
mod tests {
    use super::*;

    fn name(line: &[u8]) -> Option<Name> {
        Header::new(Text::new(line)).map(|header| header.name)
    }

    #[test]
    fn names_match_whole_and_in_any_case() {
        assert_eq!(name(b"CSEQ: 1 ACK"), Some(Name::CSeq));
        assert_eq!(name(b"CSeq-Foo: 1"), Some(Name::Other));
        assert_eq!(name(b"Contact-Note: x"), Some(Name::Other));
        assert_eq!(name(b"Content-Length-Hint: 3"), Some(Name::Other));
        assert_eq!(
            name(b"Proxy-Authorization: Digest"),
            Some(Name::Authorization)
        );
        assert_eq!(name(b"From : x"), Some(Name::From));
        assert_eq!(name(b"Expires\t: 3"), Some(Name::Expires));
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
            (b"i: id", Name::Other),
        ] {
            assert_eq!(name(line), Some(expected));
        }
    }

    #[test]
    fn line_without_colon_is_no_field() {
        assert_eq!(name(b"hello"), None);
    }
}
