// SPDX-License-Identifier: GPL-2.0

//! Search a machine word at a time.
//!
//! Eight bytes are looked at in one go. A byte is found where subtracting borrows from its high bit;
//! what lies above the lowest hit may be a false one, the lowest never is.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// What is looked for in a word.
trait Wanted: Copy {
    /// High bits: no wanted byte without one, but perhaps some too many behind bytes beyond ASCII.
    fn perhaps(self, word: u64) -> u64;

    /// The high bit of the lowest wanted byte, and perhaps of some above it.
    fn hits(self, word: u64) -> u64;
}

/// The byte that is repeated.
#[derive(Clone, Copy)]
struct Equal(u64);

impl Equal {
    #[inline(always)]
    const fn new(byte: u8) -> Self {
        Self(ONES.wrapping_mul(byte as u64))
    }
}

impl Wanted for Equal {
    #[inline(always)]
    fn perhaps(self, word: u64) -> u64 {
        (word ^ self.0).wrapping_sub(ONES)
    }

    #[inline(always)]
    fn hits(self, word: u64) -> u64 {
        self.perhaps(word) & !(word ^ self.0) & HIGH
    }
}

/// A control character (below a blank).
#[derive(Clone, Copy)]
struct Control;

impl Wanted for Control {
    #[inline(always)]
    fn perhaps(self, word: u64) -> u64 {
        word.wrapping_sub(ONES.wrapping_mul(0x20))
    }

    #[inline(always)]
    fn hits(self, word: u64) -> u64 {
        self.perhaps(word) & !word & HIGH
    }
}

/// Either.
impl<A: Wanted, B: Wanted> Wanted for (A, B) {
    #[inline(always)]
    fn perhaps(self, word: u64) -> u64 {
        self.0.perhaps(word) | self.1.perhaps(word)
    }

    #[inline(always)]
    fn hits(self, word: u64) -> u64 {
        self.0.hits(word) | self.1.hits(word)
    }
}

/// The place of the byte that the lowest hit stands for.
#[inline(always)]
fn lowest(hits: u64) -> usize {
    usize::from(hits.trailing_zeros().wrapping_shr(3).to_le_bytes()[0])
}

/// The first sixteen bytes, and what is behind them.
#[inline(always)]
fn two_words(bytes: &[u8]) -> Option<([u64; 2], &[u8])> {
    let (chunk, behind) = bytes.split_first_chunk::<16>()?;
    let (low, high) = chunk.split_at(8);
    let word = |half: &[u8]| {
        half.first_chunk::<8>()
            .map(|half| u64::from_le_bytes(*half))
    };
    Some(([word(low)?, word(high)?], behind))
}

/// Where the first wanted byte is, looking at two words at a time; the length when there is none.
#[inline(always)]
fn first(bytes: &[u8], wanted: impl Wanted) -> usize {
    let mut rest = bytes;
    while let Some(([low, high], behind)) = two_words(rest) {
        if (wanted.perhaps(low) | wanted.perhaps(high)) & HIGH != 0 {
            let at = bytes.len().wrapping_sub(rest.len());
            match (wanted.hits(low), wanted.hits(high)) {
                (0, 0) => {}
                (0, hits) => return at.wrapping_add(lowest(hits)).wrapping_add(8),
                (hits, _) => return at.wrapping_add(lowest(hits)),
            }
        }
        rest = behind;
    }
    near(bytes, rest, wanted)
}

/// The same for what is near, a word at a time; in front of `rest` nothing is wanted.
#[inline(always)]
fn near(bytes: &[u8], rest: &[u8], wanted: impl Wanted) -> usize {
    let mut rest = rest;
    while let Some((chunk, behind)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*chunk);
        if wanted.perhaps(word) & HIGH != 0 {
            let hits = wanted.hits(word);
            if hits != 0 {
                let at = bytes.len().wrapping_sub(rest.len());
                return at.wrapping_add(lowest(hits));
            }
        }
        rest = behind;
    }
    if rest.is_empty() {
        return bytes.len();
    }
    // The last word, a part of which may have been looked at.
    let (word, at) = match bytes.last_chunk::<8>() {
        Some(chunk) => (u64::from_le_bytes(*chunk), bytes.len().wrapping_sub(8)),
        None => (short(bytes), 0),
    };
    match wanted.hits(word) {
        0 => bytes.len(),
        hits => at.wrapping_add(lowest(hits)).min(bytes.len()),
    }
}

/// Fewer than eight bytes in a word; the rest is zero.
#[inline(always)]
fn short(bytes: &[u8]) -> u64 {
    // Two parts that overlap where they have to; there they say the same.
    let behind = |part: usize| shift(bytes.len().wrapping_sub(part));
    if let (Some(front), Some(back)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let (front, back) = (u32::from_le_bytes(*front), u32::from_le_bytes(*back));
        return u64::from(front) | u64::from(back).wrapping_shl(behind(4));
    }
    if let (Some(front), Some(back)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let (front, back) = (u16::from_le_bytes(*front), u16::from_le_bytes(*back));
        return u64::from(front) | u64::from(back).wrapping_shl(behind(2));
    }
    bytes.first().map_or(0, |byte| u64::from(*byte))
}

/// By how many bits so many bytes are shifted, below eight.
#[inline(always)]
fn shift(bytes: usize) -> u32 {
    u32::from(bytes.to_le_bytes()[0]).wrapping_mul(8)
}

/// The place of the first `wanted`, or the length.
#[inline(always)]
pub(crate) fn find(bytes: &[u8], wanted: u8) -> usize {
    first(bytes, Equal::new(wanted))
}

/// The place of the first `wanted` where it is near, or the length.
#[inline(always)]
pub(crate) fn find_near(bytes: &[u8], wanted: u8) -> usize {
    near(bytes, bytes, Equal::new(wanted))
}

/// The place of the first of two bytes where it is near, or the length.
#[inline(always)]
pub(crate) fn find_near_two(bytes: &[u8], one: u8, other: u8) -> usize {
    near(bytes, bytes, (Equal::new(one), Equal::new(other)))
}

/// The place of the first `"`, `<` or `stop`, or the length.
#[inline(always)]
pub(crate) fn find_unquoted(bytes: &[u8], stop: u8) -> usize {
    let opening = (Equal::new(b'"'), Equal::new(b'<'));
    first(bytes, (Equal::new(stop), opening))
}

/// The place of the first `"` or `\`, or the length.
#[inline(always)]
pub(crate) fn find_quoted(bytes: &[u8]) -> usize {
    find_near_two(bytes, b'"', b'\\')
}

/// The place of the first control character (CR, LF, TAB, ...), or the length.
#[inline(always)]
pub(crate) fn find_control(bytes: &[u8]) -> usize {
    first(bytes, Control)
}

/// Up to eight bytes in a word, letters in lower case; the rest is zero.
///
/// Of control characters and some others the case bit is changed as well: compare only with what is
/// made of letters, digits, `-`, `:`, `=`, `/` and `.`, and never with input that may hold others in
/// their place and mean it.
#[inline(always)]
pub(crate) fn folded(bytes: &[u8], len: usize) -> u64 {
    let keep = mask(len);
    (first_word(bytes) | CASE) & keep
}

/// Whether `bytes` begin with a name, whatever the case of its letters.
#[inline(always)]
pub(crate) fn begins_with(bytes: &[u8], name: &str) -> bool {
    let Some((front, _)) = bytes.split_at_checked(name.len()) else {
        return false;
    };
    let name = name.as_bytes();
    if name.len() < 8 {
        return same(first_word(bytes) & mask(name.len()), name);
    }
    let (mut rest, mut wanted) = (front, name);
    while let (Some((bytes, behind)), Some((part, next))) = (
        rest.split_first_chunk::<8>(),
        wanted.split_first_chunk::<8>(),
    ) {
        if !same(u64::from_le_bytes(*bytes), part) {
            return false;
        }
        (rest, wanted) = (behind, next);
    }
    // The last word, parts of which have been compared.
    match (front.last_chunk::<8>(), name.last_chunk::<8>()) {
        (Some(bytes), Some(part)) => wanted.is_empty() || same(u64::from_le_bytes(*bytes), part),
        _ => false,
    }
}

/// Whether a word is a name of up to eight characters, whatever the case of its letters.
#[inline(always)]
fn same(word: u64, name: &[u8]) -> bool {
    let mut cases: u64 = 0;
    let mut wanted: u64 = 0;
    for byte in name.iter().rev() {
        let case = if byte.is_ascii_alphabetic() { 0x20 } else { 0 };
        cases = cases.wrapping_shl(8) | case;
        wanted = wanted.wrapping_shl(8) | u64::from(*byte) | case;
    }
    word | cases == wanted
}

/// Up to eight bytes in a word; the rest is zero.
#[inline(always)]
fn first_word(bytes: &[u8]) -> u64 {
    match bytes.first_chunk::<8>() {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => short(bytes),
    }
}

/// Keeps the bytes of a word that a name of so many letters fills.
#[inline(always)]
pub(crate) fn mask(len: usize) -> u64 {
    KEEP.get(len).copied().unwrap_or(u64::MAX)
}

/// The case bit of every letter.
const CASE: u64 = 0x2020_2020_2020_2020;

/// What [`folded`] makes of a name; of a longer one its first eight letters.
pub(crate) const fn key(name: &str) -> u64 {
    let mut rest = name.as_bytes();
    let mut word: u64 = 0;
    let mut shift: u32 = 0;
    while let Some((byte, behind)) = rest.split_first() {
        if shift > 56 {
            break;
        }
        word |= ((*byte | 0x20) as u64).wrapping_shl(shift);
        shift = shift.wrapping_add(8);
        rest = behind;
    }
    word
}

/// The bytes of a word that a name of so many letters fills.
const KEEP: [u64; 8] = [
    0,
    0xff,
    0xffff,
    0x00ff_ffff,
    0xffff_ffff,
    0x00ff_ffff_ffff,
    0xffff_ffff_ffff,
    0x00ff_ffff_ffff_ffff,
];

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_scan))]
mod tests {
    use super::*;

    #[test]
    fn every_place_in_every_length_is_found() {
        let mut text = [b'x'; 40];
        for len in 0..text.len() {
            assert_eq!(text.get(..len).map(|text| find(text, b':')), Some(len));
            for place in 0..len {
                if let Some(byte) = text.get_mut(place) {
                    *byte = b':';
                }
                assert_eq!(text.get(..len).map(|text| find(text, b':')), Some(place));
                if let Some(byte) = text.get_mut(place) {
                    *byte = b'\n';
                }
                assert_eq!(text.get(..len).map(find_control), Some(place));
                if let Some(byte) = text.get_mut(place) {
                    *byte = b'x';
                }
            }
        }
    }

    #[test]
    fn neighbours_of_what_is_sought_are_not_taken_for_it() {
        for byte in 0..=u8::MAX {
            let text = [byte, b':', byte, byte, byte, byte, byte, byte, byte];
            assert_eq!(find(&text, b':'), usize::from(byte != b':'));
            let text = [byte, b'\r', byte, byte, byte, byte, byte, byte, byte];
            assert_eq!(find_control(&text), usize::from(byte >= 0x20));
        }
    }

    #[test]
    fn keys_are_words_in_lower_case() {
        assert_eq!(folded(b"VIA: x", 3), key("via"));
        assert_eq!(folded(b"Call-ID: x", 7), key("call-id"));
        assert_eq!(folded(b"Content-Type", 12), key("content-"));
        assert_eq!(folded(b"To", 2), key("to"));
        assert!(folded(b"vib: x", 3) != key("via"));
        assert_eq!(folded(b"", 0), 0);
    }
}
