// SPDX-License-Identifier: GPL-2.0

//! One header field: which it is, and its value as text.

use crate::scan::{
    folded,
    key, //
};
use crate::Text;

/// The header fields that a decision needs; all others are [`Name::Other`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// `Alert-Info` (RFC 3261 20.4).
    AlertInfo,
    /// `Authorization` (RFC 3261 20.7).
    Authorization,
    /// `Call-ID`, `i` (RFC 3261 20.8).
    CallId,
    /// `Call-Info` (RFC 3261 20.9).
    CallInfo,
    /// `Contact`, `m` (RFC 3261 20.10).
    Contact,
    /// `Content-Length`, `l` (RFC 3261 20.14).
    ContentLength,
    /// `Content-Type`, `c` (RFC 3261 20.15).
    ContentType,
    /// `CSeq` (RFC 3261 20.16).
    CSeq,
    /// `Diversion` (RFC 5806).
    Diversion,
    /// `Expires` (RFC 3261 20.19).
    Expires,
    /// `From`, `f` (RFC 3261 20.20).
    From,
    /// `History-Info` (RFC 7044).
    HistoryInfo,
    /// `Identity`, `y` (RFC 8224).
    Identity,
    /// `Min-Expires` (RFC 3261 20.23).
    MinExpires,
    /// `P-Asserted-Identity` (RFC 3325).
    PAssertedIdentity,
    /// `P-Preferred-Identity` (RFC 3325).
    PPreferredIdentity,
    /// `Path` (RFC 3327).
    Path,
    /// `Proxy-Authorization` (RFC 3261 20.28).
    ProxyAuthorization,
    /// `Record-Route` (RFC 3261 20.30).
    RecordRoute,
    /// `Refer-To`, `r` (RFC 3515).
    ReferTo,
    /// `Referred-By`, `b` (RFC 3892).
    ReferredBy,
    /// `Remote-Party-ID` (draft-ietf-sip-privacy).
    RemotePartyId,
    /// `Reply-To` (RFC 3261 20.31).
    ReplyTo,
    /// `Require` (RFC 3261 20.32).
    Require,
    /// `Route` (RFC 3261 20.34).
    Route,
    /// `Service-Route` (RFC 3608).
    ServiceRoute,
    /// `Session-Expires`, `x` (RFC 4028).
    SessionExpires,
    /// `Supported`, `k` (RFC 3261 20.37).
    Supported,
    /// `To`, `t` (RFC 3261 20.39).
    To,
    /// `Via`, `v` (RFC 3261 20.42).
    Via,
    /// `Warning` (RFC 3261 20.43).
    Warning,
    /// Any other.
    Other,
}

/// The first eight letters that a name of this length must have, the rest of it, and which it is.
macro_rules! names {
    ($name:expr, $word:expr, $($len:literal: $($full:literal => $which:ident),+;)+) => {
        match $name.len() {
            $($len => $(if $word == const { key($full) } && ends($name, $full) {
                Name::$which
            } else)+ {
                Name::Other
            },)+
            _ => Name::Other,
        }
    };
}

impl Name {
    /// The field that a name without white space around it stands for.
    #[inline]
    pub fn new(name: Text<'_>) -> Self {
        Self::of(name.bytes(), name.bytes())
    }

    /// The same for a name with more behind it, which saves looking at a short one byte by byte.
    #[inline]
    fn of(name: &[u8], line: &[u8]) -> Self {
        let word = folded(line, name.len());
        names! { name, word,
            1: "v" => Via, "f" => From, "t" => To, "i" => CallId, "m" => Contact,
               "l" => ContentLength, "c" => ContentType, "k" => Supported, "x" => SessionExpires,
               "r" => ReferTo, "b" => ReferredBy, "y" => Identity;
            2: "to" => To;
            3: "via" => Via;
            4: "from" => From, "cseq" => CSeq, "path" => Path;
            5: "route" => Route;
            7: "call-id" => CallId, "contact" => Contact, "expires" => Expires,
               "require" => Require, "warning" => Warning;
            8: "refer-to" => ReferTo, "reply-to" => ReplyTo, "identity" => Identity;
            9: "supported" => Supported, "call-info" => CallInfo, "diversion" => Diversion;
            10: "alert-info" => AlertInfo;
            11: "min-expires" => MinExpires, "referred-by" => ReferredBy;
            12: "content-type" => ContentType, "record-route" => RecordRoute,
                "history-info" => HistoryInfo;
            13: "authorization" => Authorization, "service-route" => ServiceRoute;
            14: "content-length" => ContentLength;
            15: "session-expires" => SessionExpires, "remote-party-id" => RemotePartyId;
            19: "p-asserted-identity" => PAssertedIdentity,
                "proxy-authorization" => ProxyAuthorization;
            20: "p-preferred-identity" => PPreferredIdentity;
        }
    }
}

/// Whether what stands behind the first eight letters of two names of one length is the same.
#[inline(always)]
fn ends(name: &[u8], full: &str) -> bool {
    match (
        name.split_at_checked(8),
        full.as_bytes().split_at_checked(8),
    ) {
        (Some((_, name)), Some((_, full))) => name.eq_ignore_ascii_case(full),
        _ => true,
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
    #[inline]
    pub(super) fn new(line: Text<'a>) -> Option<Self> {
        let (name, rest) = line.split_before(b':');
        let value = rest.strip_byte(b':')?;
        let name = Name::of(name.trim_end().bytes(), line.bytes());
        let value = match name {
            Name::Other => value,
            _ => value.trim(),
        };
        Some(Self { name, value })
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
        assert_eq!(name(b"hello"), None);
    }
}
