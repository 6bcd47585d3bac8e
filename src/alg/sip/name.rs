// SPDX-License-Identifier: GPL-2.0

//! The names of header fields.
//!
//! The first three letters lead to one name of a table, or to few, whatever their case; whether it is the
//! one that a line begins with shows by its first eight letters, and by its last ones with the colon and the
//! blank that mostly follow, each of them a word.

use crate::class::Class;
use crate::word::{
    begins_with,
    first_word, //
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
    #[cold]
    pub(super) fn of(line: &[u8]) -> Option<(Self, usize)> {
        match line {
            [_] => return one_letter(line),
            [_, second, ..] if *second == b':' || Class::SPACE.has(*second) => {
                return one_letter(line)
            }
            // The table has it with a colon behind.
            [b't' | b'T', b'o' | b'O'] => return Some((Name::To, 2)),
            [b't' | b'T', b'o' | b'O', third, ..] if Class::SPACE.has(*third) => {
                return Some((Name::To, 2))
            }
            _ => {}
        }
        let word = first_word(line);
        let mut next = SLOTS.get(slot(word));
        while let Some(known) = next {
            if known.front.is(word) && known.ends_in(line) {
                return Some((known.name, usize::from(known.len)));
            }
            next = known.next;
        }
        None
    }
}

/// How a line begins.
pub(super) enum Start<'a> {
    /// With a name, a colon and a blank; what stands behind them.
    Usual(Name, &'a [u8]),
    /// With the name of an unknown field.
    Unknown,
    /// With anything else; see [`Name::of`].
    Unusual,
}

impl<'a> Start<'a> {
    /// Looks at what a line begins with.
    #[inline(always)]
    pub(super) fn of(line: &'a [u8]) -> Self {
        let Some(word) = line.first_chunk() else {
            return Self::Unusual;
        };
        let word = u64::from_le_bytes(*word);
        let Some(mut known) = Known::begun_by(word) else {
            return match line {
                [_, second, third, ..] if *second != b':' && *second > b' ' && *third > b' ' => {
                    Self::Unknown
                }
                _ => Self::Unusual,
            };
        };
        loop {
            if let Some(value) = known.value(line) {
                return Self::Usual(known.name, value);
            }
            // Some have the same first eight letters.
            known = match known.next {
                Some(next) if next.front.is(word) => next,
                _ => return Self::Unusual,
            };
        }
    }
}

/// A name as lines are compared with it, a word at a time.
///
/// Of each word those bits are compared that are kept: all but the case bits of letters.
#[derive(Clone, Copy)]
struct Known {
    /// The first letters, up to eight.
    front: Part,
    /// The letters behind them, up to eight.
    middle: Part,
    /// The last eight characters, a colon and a blank behind the name among them; of fewer all.
    back: Part,
    /// Another one with the same first three letters.
    next: Option<&'static Known>,
    /// Where the last eight characters begin.
    back_at: u8,
    /// How many letters there are.
    len: u8,
    name: Name,
}

impl Known {
    /// So many letters are all in front and back.
    const SHORT: u8 = 14;

    /// A name, given with a colon and a blank behind.
    const fn new(name: Name, text: &'static str) -> Self {
        let text = text.as_bytes();
        let letters = match text {
            [letters @ .., b':', b' '] => letters,
            _ => text,
        };
        let front = match text {
            // Not the first letters of a longer one.
            [b't', b'o', b':', b' '] => b"to:",
            _ => letters,
        };
        let middle = match letters.split_at_checked(8) {
            Some((_, behind)) => behind,
            None => &[],
        };
        let back = match text.last_chunk::<8>() {
            Some(back) => back,
            None => text,
        };
        Self {
            front: Part::new(front),
            middle: Part::new(middle),
            back: Part::new(back),
            next: None,
            // CAST: Names are shorter.
            back_at: text.len().saturating_sub(8) as u8,
            len: letters.len() as u8,
            name,
        }
    }

    /// The first one whose front a line that begins with `word` has.
    #[inline(always)]
    fn begun_by(word: u64) -> Option<&'static Self> {
        let first = SLOTS.get(slot(word))?;
        if first.front.is(word) {
            return Some(first);
        }
        let mut next = first.next;
        while let Some(known) = next {
            if known.front.is(word) {
                break;
            }
            next = known.next;
        }
        next
    }

    const fn before(self, next: &'static Self) -> Self {
        Self {
            next: Some(next),
            ..self
        }
    }

    /// What stands behind the name, a colon and a blank in a line whose front is that of the name.
    #[inline(always)]
    fn value<'a>(&self, line: &'a [u8]) -> Option<&'a [u8]> {
        let word = |at: usize| Some(first_word(line.get(at..at.wrapping_add(8))?));
        if !self.back.is(word(usize::from(self.back_at))?) {
            return None;
        }
        if self.len > Self::SHORT && !self.middle.is(word(8)?) {
            return None;
        }
        line.get(usize::from(self.len).wrapping_add(2)..)
    }

    /// Whether a line whose front is that of the name begins with all of it, whatever is behind.
    #[cold]
    fn ends_in(&self, line: &[u8]) -> bool {
        let last = match self.name {
            Name::PAssertedIdentity => "ity",
            Name::PPreferredIdentity => "tity",
            Name::ProxyAuthorization => "ion",
            _ if self.len <= 8 => return true,
            _ => "",
        };
        let behind = line.get(8..).unwrap_or(&[]);
        self.middle.is(first_word(behind)) && begins_with(behind.get(8..).unwrap_or(&[]), last)
    }
}

/// A part of a name in a word.
#[derive(Clone, Copy)]
struct Part {
    letters: u64,
    kept: u64,
}

impl Part {
    /// Up to eight characters of a name.
    const fn new(text: &[u8]) -> Self {
        let mut part = Self {
            letters: 0,
            kept: 0,
        };
        let mut rest = text;
        let mut shift: u32 = 0;
        while let Some((letter, behind)) = rest.split_first() {
            if shift == u64::BITS {
                break;
            }
            let kept: u64 = match letter.is_ascii_alphabetic() {
                true => 0xdf,
                false => 0xff,
            };
            part.letters |= (*letter as u64).wrapping_shl(shift);
            part.kept |= kept.wrapping_shl(shift);
            shift = shift.wrapping_add(8);
            rest = behind;
        }
        part
    }

    /// Whether a word begins with it.
    #[inline(always)]
    const fn is(&self, word: u64) -> bool {
        (word ^ self.letters) & self.kept == 0
    }
}

static CALL_INFO: Known = Known::new(Name::CallInfo, "call-info: ");
static CONTENT_TYPE: Known = Known::new(Name::ContentType, "content-type: ");
static CONTENT_LENGTH: Known =
    Known::new(Name::ContentLength, "content-length: ").before(&CONTENT_TYPE);
static REFERRED_BY: Known = Known::new(Name::ReferredBy, "referred-by: ");

/// All others, each with its own first three letters.
const FIRST: [Known; 27] = [
    Known::new(Name::AlertInfo, "alert-info: "),
    Known::new(Name::Authorization, "authorization: "),
    Known::new(Name::CallId, "call-id: ").before(&CALL_INFO),
    Known::new(Name::Contact, "contact: ").before(&CONTENT_LENGTH),
    Known::new(Name::CSeq, "cseq: "),
    Known::new(Name::Diversion, "diversion: "),
    Known::new(Name::Expires, "expires: "),
    Known::new(Name::From, "from: "),
    Known::new(Name::HistoryInfo, "history-info: "),
    Known::new(Name::Identity, "identity: "),
    Known::new(Name::MinExpires, "min-expires: "),
    Known::new(Name::PAssertedIdentity, "p-asserted-identity: "),
    Known::new(Name::PPreferredIdentity, "p-preferred-identity: "),
    Known::new(Name::Path, "path: "),
    Known::new(Name::ProxyAuthorization, "proxy-authorization: "),
    Known::new(Name::RecordRoute, "record-route: "),
    Known::new(Name::ReferTo, "refer-to: ").before(&REFERRED_BY),
    Known::new(Name::RemotePartyId, "remote-party-id: "),
    Known::new(Name::ReplyTo, "reply-to: "),
    Known::new(Name::Require, "require: "),
    Known::new(Name::Route, "route: "),
    Known::new(Name::ServiceRoute, "service-route: "),
    Known::new(Name::SessionExpires, "session-expires: "),
    Known::new(Name::Supported, "supported: "),
    Known::new(Name::To, "to: "),
    Known::new(Name::Via, "via: "),
    Known::new(Name::Warning, "warning: "),
];

/// The names by the [`slot`] of their first three letters.
static SLOTS: [Known; 64] = {
    // No line begins so.
    let mut slots = [Known::new(Name::Other, "\n"); 64];
    let mut rest: &mut [Known] = &mut slots;
    let mut number: usize = 0;
    while let Some((place, behind)) = rest.split_first_mut() {
        let mut names: &[Known] = &FIRST;
        while let Some((known, others)) = names.split_first() {
            if slot(known.front.letters) == number {
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
    (word as u32 | CASE).wrapping_mul(SPREAD).wrapping_shr(26) as usize
}

/// The case bit of every letter.
const CASE: u32 = 0x2020_2020;

/// The field whose name is the first letter of a line (RFC 3261 7.3.3).
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
            let found = SLOTS.get(slot(known.front.letters));
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
