// SPDX-License-Identifier: GPL-2.0

//! The names of header fields.
//!
//! The first three letters lead to one name of a table, or to few, whatever their case; whether it is the
//! one that a line begins with shows by its first eight letters and its last eight, each of them a word.

use crate::class::Class;
use crate::word::{
    cases,
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

impl Name {
    /// The field that a name without white space around it stands for.
    pub fn new(name: Text<'_>) -> Self {
        match Self::of(name.bytes()) {
            Some((found, len)) if len == name.len() => found,
            _ => Self::Other,
        }
    }

    /// The field whose name a line begins with, and the length of the name; more may follow.
    #[inline(always)]
    pub(super) fn of(line: &[u8]) -> Option<(Self, usize)> {
        let word = folded(line, 8);
        let known = SLOTS.get(slot(word))?;
        if known.begins(line, word) {
            return Some((known.name, usize::from(known.len)));
        }
        let mut next = known.next;
        while let Some(known) = next {
            if known.begins(line, word) {
                return Some((known.name, usize::from(known.len)));
            }
            next = known.next;
        }
        compact(line)
    }
}

/// A name as lines are compared with it.
#[derive(Clone, Copy)]
struct Known {
    /// Its first letters, up to eight, and where in a word they stand.
    front: u64,
    keep: u64,
    /// Its last eight letters, in which the case bits of letters are set, and those bits. Where it has no
    /// more than eight every word is the same; where more than sixteen none.
    back: u64,
    case: u64,
    /// Another one with the same first three letters.
    next: Option<&'static Known>,
    /// Where the last eight letters begin.
    back_at: u8,
    len: u8,
    name: Name,
}

impl Known {
    const fn new(name: Name, text: &'static str) -> Self {
        let (front, keep) = match text.len() {
            // No line begins so.
            0 => (0, u64::MAX),
            // Not the first letters of a longer one.
            2 => (key("to:"), mask(3)),
            len => (key(text), mask(len)),
        };
        let (back, case) = match (text.len(), text.as_bytes().last_chunk::<8>()) {
            (9..=16, Some(last)) => {
                let case = cases(last);
                (u64::from_le_bytes(*last) | case, case)
            }
            (17.., _) => (0, u64::MAX),
            _ => (u64::MAX, u64::MAX),
        };
        // CAST: Names are shorter.
        let len = text.len() as u8;
        Self {
            front,
            keep,
            back,
            case,
            next: None,
            back_at: len.saturating_sub(8),
            len,
            name,
        }
    }

    const fn before(self, next: &'static Self) -> Self {
        Self {
            next: Some(next),
            ..self
        }
    }

    /// Whether a line, of which `word` is the beginning, begins with the name.
    #[inline(always)]
    fn begins(&self, line: &[u8], word: u64) -> bool {
        if word & self.keep != self.front {
            return false;
        }
        let at = usize::from(self.back_at);
        let back = line.get(at..at.wrapping_add(8));
        match back.and_then(<[u8]>::first_chunk) {
            Some(back) if u64::from_le_bytes(*back) | self.case == self.back => true,
            _ => self.is_unusual(line),
        }
    }

    /// The same where a line that begins so has no eight characters, or the name more than sixteen.
    #[cold]
    fn is_unusual(&self, line: &[u8]) -> bool {
        match self.name {
            Name::PAssertedIdentity => continues_with(line, "p-asserted-identity"),
            Name::PPreferredIdentity => continues_with(line, "p-preferred-identity"),
            Name::ProxyAuthorization => continues_with(line, "proxy-authorization"),
            _ => self.len <= 8,
        }
    }
}

static CALL_INFO: Known = Known::new(Name::CallInfo, "call-info");
static CONTENT_TYPE: Known = Known::new(Name::ContentType, "content-type");
static CONTENT_LENGTH: Known =
    Known::new(Name::ContentLength, "content-length").before(&CONTENT_TYPE);
static REFERRED_BY: Known = Known::new(Name::ReferredBy, "referred-by");

/// All others, each with its own first three letters.
const FIRST: [Known; 27] = [
    Known::new(Name::AlertInfo, "alert-info"),
    Known::new(Name::Authorization, "authorization"),
    Known::new(Name::CallId, "call-id").before(&CALL_INFO),
    Known::new(Name::Contact, "contact").before(&CONTENT_LENGTH),
    Known::new(Name::CSeq, "cseq"),
    Known::new(Name::Diversion, "diversion"),
    Known::new(Name::Expires, "expires"),
    Known::new(Name::From, "from"),
    Known::new(Name::HistoryInfo, "history-info"),
    Known::new(Name::Identity, "identity"),
    Known::new(Name::MinExpires, "min-expires"),
    Known::new(Name::PAssertedIdentity, "p-asserted-identity"),
    Known::new(Name::PPreferredIdentity, "p-preferred-identity"),
    Known::new(Name::Path, "path"),
    Known::new(Name::ProxyAuthorization, "proxy-authorization"),
    Known::new(Name::RecordRoute, "record-route"),
    Known::new(Name::ReferTo, "refer-to").before(&REFERRED_BY),
    Known::new(Name::RemotePartyId, "remote-party-id"),
    Known::new(Name::ReplyTo, "reply-to"),
    Known::new(Name::Require, "require"),
    Known::new(Name::Route, "route"),
    Known::new(Name::ServiceRoute, "service-route"),
    Known::new(Name::SessionExpires, "session-expires"),
    Known::new(Name::Supported, "supported"),
    Known::new(Name::To, "to"),
    Known::new(Name::Via, "via"),
    Known::new(Name::Warning, "warning"),
];

/// The names by the [`slot`] of their first three letters.
static SLOTS: [Known; 64] = {
    let mut slots = [Known::new(Name::Other, ""); 64];
    let mut rest: &mut [Known] = &mut slots;
    let mut number: usize = 0;
    while let Some((place, behind)) = rest.split_first_mut() {
        let mut names: &[Known] = &FIRST;
        while let Some((known, others)) = names.split_first() {
            if slot(known.front) == number {
                *place = *known;
            }
            names = others;
        }
        number = number.wrapping_add(1);
        rest = behind;
    }
    slots
};

/// A number below 64 for the first three letters of a word: another one for each that a name begins with.
#[inline(always)]
const fn slot(word: u64) -> usize {
    /// Found by trial; in the product the fourth letter is nowhere.
    const SPREAD: u32 = 0x001b_2600;

    // CAST: The first four letters.
    (word as u32).wrapping_mul(SPREAD).wrapping_shr(26) as usize
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

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_name))]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_slot_of_its_own() {
        for known in FIRST {
            let found = SLOTS.get(slot(known.front));
            assert_eq!(found.map(|found| found.name), Some(known.name));
        }
    }

    #[test]
    fn names_are_known_by_all_their_letters() {
        for (text, name) in [
            ("to", Name::To),
            ("via", Name::Via),
            ("contact", Name::Contact),
            ("identity", Name::Identity),
            ("supported", Name::Supported),
            ("call-info", Name::CallInfo),
            ("referred-by", Name::ReferredBy),
            ("content-type", Name::ContentType),
            ("content-length", Name::ContentLength),
            ("session-expires", Name::SessionExpires),
            ("proxy-authorization", Name::ProxyAuthorization),
            ("p-asserted-identity", Name::PAssertedIdentity),
            ("p-preferred-identity", Name::PPreferredIdentity),
        ] {
            let mut line = [b' '; 24];
            for (slot, byte) in line.iter_mut().zip(text.bytes()) {
                *slot = byte.to_ascii_uppercase();
            }
            let whole = line.get(..text.len()).unwrap_or(&[]);
            assert_eq!(Name::new(Text::new(whole)), name);
            for place in 0..text.len() {
                let mut other = line;
                if let Some(slot) = other.get_mut(place) {
                    *slot ^= 3;
                }
                let whole = other.get(..text.len()).unwrap_or(&[]);
                assert!(Name::new(Text::new(whole)) != name);
                // One letter is the compact form of some.
                let short = line.get(..place).filter(|short| short.len() != 1);
                assert!(Name::new(Text::new(short.unwrap_or(&[]))) != name);
            }
        }
    }
}
