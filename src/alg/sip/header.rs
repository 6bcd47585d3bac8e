// SPDX-License-Identifier: GPL-2.0

//! One header field: which it is, and its value as text.

use crate::class::Class;
use crate::word::{
    continues_with,
    folded,
    key,
    mask, //
};
use crate::Text;

/// The header fields that a decision needs; all others are [`Name::Other`].
///
/// Those of one kind stand together: who asks for a kind then asks for a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// `Via`, `v` (RFC 3261 20.42).
    Via,
    /// `From`, `f` (RFC 3261 20.20).
    From,
    /// `To`, `t` (RFC 3261 20.39).
    To,
    /// `Contact`, `m` (RFC 3261 20.10).
    Contact,
    /// `Route` (RFC 3261 20.34).
    Route,
    /// `Record-Route` (RFC 3261 20.30).
    RecordRoute,
    /// `Path` (RFC 3327).
    Path,
    /// `Service-Route` (RFC 3608).
    ServiceRoute,
    /// `Refer-To`, `r` (RFC 3515).
    ReferTo,
    /// `Referred-By`, `b` (RFC 3892).
    ReferredBy,
    /// `Reply-To` (RFC 3261 20.31).
    ReplyTo,
    /// `Remote-Party-ID` (draft-ietf-sip-privacy).
    RemotePartyId,
    /// `P-Asserted-Identity` (RFC 3325).
    PAssertedIdentity,
    /// `P-Preferred-Identity` (RFC 3325).
    PPreferredIdentity,
    /// `Diversion` (RFC 5806).
    Diversion,
    /// `History-Info` (RFC 7044).
    HistoryInfo,
    /// `Alert-Info` (RFC 3261 20.4).
    AlertInfo,
    /// `Call-Info` (RFC 3261 20.9).
    CallInfo,
    /// `Warning` (RFC 3261 20.43).
    Warning,
    /// `Call-ID`, `i` (RFC 3261 20.8).
    CallId,
    /// `CSeq` (RFC 3261 20.16).
    CSeq,
    /// `Content-Length`, `l` (RFC 3261 20.14).
    ContentLength,
    /// `Content-Type`, `c` (RFC 3261 20.15).
    ContentType,
    /// `Expires` (RFC 3261 20.19).
    Expires,
    /// `Session-Expires`, `x` (RFC 4028).
    SessionExpires,
    /// `Min-Expires` (RFC 3261 20.23).
    MinExpires,
    /// `Authorization` (RFC 3261 20.7).
    Authorization,
    /// `Proxy-Authorization` (RFC 3261 20.28).
    ProxyAuthorization,
    /// `Identity`, `y` (RFC 8224).
    Identity,
    /// `Require` (RFC 3261 20.32).
    Require,
    /// `Supported`, `k` (RFC 3261 20.37).
    Supported,
    /// Any other.
    Other,
}

/// Looks for the names whose first three letters are those of a line.
macro_rules! begins {
    ($line:expr, $word:expr, $($three:literal: $($full:literal => $which:ident),+;)+) => {
        match $word & mask(3) {
            $(three if three == const { key($three) } => {
                $(if begins_with($line, $word, $full) {
                    return Some((Name::$which, $full.len()));
                })+
                None
            })+
            _ => compact($line),
        }
    };
}

impl Name {
    /// The field that a name without white space around it stands for.
    pub fn new(name: Text<'_>) -> Self {
        match Self::of(name.bytes()) {
            Some((found, len)) if len == name.len() => found,
            _ => Self::Other,
        }
    }

    /// The field whose name a line begins with, and the length of the name; more may follow.
    #[inline]
    fn of(line: &[u8]) -> Option<(Self, usize)> {
        let word = folded(line, 8);
        begins! { line, word,
            "ale": "alert-info" => AlertInfo;
            "aut": "authorization" => Authorization;
            "cal": "call-id" => CallId, "call-info" => CallInfo;
            "con": "contact" => Contact, "content-length" => ContentLength,
                "content-type" => ContentType;
            "cse": "cseq" => CSeq;
            "div": "diversion" => Diversion;
            "exp": "expires" => Expires;
            "fro": "from" => From;
            "his": "history-info" => HistoryInfo;
            "ide": "identity" => Identity;
            "min": "min-expires" => MinExpires;
            "p-a": "p-asserted-identity" => PAssertedIdentity;
            "p-p": "p-preferred-identity" => PPreferredIdentity;
            "pat": "path" => Path;
            "pro": "proxy-authorization" => ProxyAuthorization;
            "rec": "record-route" => RecordRoute;
            "ref": "refer-to" => ReferTo, "referred-by" => ReferredBy;
            "rem": "remote-party-id" => RemotePartyId;
            "rep": "reply-to" => ReplyTo;
            "req": "require" => Require;
            "rou": "route" => Route;
            "ser": "service-route" => ServiceRoute;
            "ses": "session-expires" => SessionExpires;
            "sup": "supported" => Supported;
            "to:": "to" => To;
            "via": "via" => Via;
            "war": "warning" => Warning;
        }
    }
}

/// The field whose name has one letter (RFC 3261 7.3.3), or is `To` with white space behind.
#[inline(always)]
fn compact(line: &[u8]) -> Option<(Name, usize)> {
    match line {
        [_, second, third, ..] if *second != b':' && *second > b' ' && *third > b' ' => None,
        _ => short(line),
    }
}

/// The field whose name has one letter or two.
#[cold]
fn short(line: &[u8]) -> Option<(Name, usize)> {
    match line {
        [b't' | b'T', b'o' | b'O'] => Some((Name::To, 2)),
        [b't' | b'T', b'o' | b'O', third, ..] if Class::SPACE.has(*third) => Some((Name::To, 2)),
        [_, second, ..] if *second == b':' || Class::SPACE.has(*second) => one_letter(line),
        [_] => one_letter(line),
        _ => None,
    }
}

/// The field whose name is the first letter of a line.
fn one_letter(line: &[u8]) -> Option<(Name, usize)> {
    let name = match line.first()? | 0x20 {
        b'b' => Name::ReferredBy,
        b'c' => Name::ContentType,
        b'f' => Name::From,
        b'i' => Name::CallId,
        b'k' => Name::Supported,
        b'l' => Name::ContentLength,
        b'm' => Name::Contact,
        b'r' => Name::ReferTo,
        b't' => Name::To,
        b'v' => Name::Via,
        b'x' => Name::SessionExpires,
        b'y' => Name::Identity,
        _ => return None,
    };
    Some((name, 1))
}

/// Whether a line, of which `word` is the beginning, begins with a name.
#[inline(always)]
fn begins_with(line: &[u8], word: u64, name: &'static str) -> bool {
    if name.len() < 8 {
        return word & mask(name.len()) == key(name);
    }
    word == key(name) && continues_with(line, name)
}

/// A header field: `name: value`, the value without the white space around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// Which field it is.
    pub name: Name,
    /// What it says; may hold folded line ends. Of [`Name::Other`] the whole line.
    pub value: Text<'a>,
}

impl<'a> Header<'a> {
    /// Splits a logical line at its colon; one without is [`Name::Other`].
    #[inline]
    pub(crate) fn new(line: Text<'a>) -> Self {
        Self::known(line).unwrap_or(Self {
            name: Name::Other,
            value: line,
        })
    }

    #[inline]
    fn known(line: Text<'a>) -> Option<Self> {
        let (name, len) = Name::of(line.bytes())?;
        let value = match line.bytes().get(len..)? {
            [b':', b' ', value @ ..] if is_trimmed(value) => Text::new(value),
            _ => unusual_value(line.skip(len))?,
        };
        Some(Self { name, value })
    }
}

/// Whether there is something, and no blanks in front and behind.
#[inline(always)]
fn is_trimmed(value: &[u8]) -> bool {
    matches!(value, [first, ..] if *first > b' ') && matches!(value, [.., last] if *last > b' ')
}

/// The value behind a name and a colon, with other blanks around it than one in front.
#[cold]
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
