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
    ///
    /// Unless said otherwise, bytes beyond ASCII that may be wanted are.
    #[inline(always)]
    fn hits(self, word: u64) -> u64 {
        self.perhaps(word) & HIGH
    }
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

/// A character below this one.
#[derive(Clone, Copy)]
struct Below(u8);

impl Wanted for Below {
    #[inline(always)]
    fn perhaps(self, word: u64) -> u64 {
        word.wrapping_sub(ONES.wrapping_mul(u64::from(self.0)))
    }

    #[inline(always)]
    fn hits(self, word: u64) -> u64 {
        self.perhaps(word) & !word & HIGH
    }
}

/// A control character, or one beyond ASCII that only looks like one.
#[derive(Clone, Copy)]
struct LineEnd;

impl Wanted for LineEnd {
    #[inline(always)]
    fn perhaps(self, word: u64) -> u64 {
        Below(b' ').perhaps(word)
    }
}

/// A character that stands in no IPv4 address: not a digit, `.` or `-`. All beyond ASCII are.
#[derive(Clone, Copy)]
struct NotNumeric;

impl Wanted for NotNumeric {
    #[inline(always)]
    fn perhaps(self, word: u64) -> u64 {
        let below = word.wrapping_sub(ONES.wrapping_mul(0x2d));
        let above = word.wrapping_add(ONES.wrapping_mul(0x7f - 0x39));
        below | above | Equal::new(b'/').perhaps(word)
    }
}

/// A `;`, or what is not above a comma: separators, quotes, white space, and what is seldom.
#[derive(Clone, Copy)]
struct Separator;

impl Wanted for Separator {
    #[inline(always)]
    fn perhaps(self, word: u64) -> u64 {
        let low = word.wrapping_sub(ONES.wrapping_mul(0x2d));
        low | Equal::new(b';').perhaps(word)
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

/// Where the first wanted byte is; the length when there is none.
///
/// Words are looked at in windows of fixed size, within which no step is counted.
#[inline(always)]
fn first(bytes: &[u8], wanted: impl Wanted) -> usize {
    let Some((window, rest)) = bytes.split_first_chunk::<WINDOW>() else {
        return last(bytes, bytes, wanted);
    };
    match within(window, wanted) {
        Some(place) => place,
        None => behind(bytes, rest, wanted),
    }
}

/// The same where nothing is wanted in front of `rest`.
#[inline(always)]
fn behind(bytes: &[u8], rest: &[u8], wanted: impl Wanted) -> usize {
    let mut rest = rest;
    while let Some((window, behind)) = rest.split_first_chunk::<WINDOW>() {
        if let Some(place) = within(window, wanted) {
            return bytes.len().wrapping_sub(rest.len()).wrapping_add(place);
        }
        rest = behind;
    }
    last(bytes, rest, wanted)
}

/// The same for what is near: two words are looked at before there is talk of windows.
#[inline(always)]
fn near(bytes: &[u8], wanted: impl Wanted) -> usize {
    let Some((window, rest)) = bytes.split_first_chunk::<8>() else {
        return last(bytes, bytes, wanted);
    };
    match wanted.hits(u64::from_le_bytes(*window)) {
        0 => {}
        hits => return lowest(hits),
    }
    let Some((window, behind)) = rest.split_first_chunk::<8>() else {
        return last(bytes, rest, wanted);
    };
    match wanted.hits(u64::from_le_bytes(*window)) {
        0 => first(behind, wanted).wrapping_add(16),
        hits => lowest(hits).wrapping_add(8),
    }
}

/// The place in a window.
#[inline(always)]
fn within(window: &[u8], wanted: impl Wanted) -> Option<usize> {
    let mut place: usize = 0;
    for chunk in window.chunks_exact(8) {
        let word = first_word(chunk);
        if wanted.perhaps(word) & HIGH != 0 {
            let hits = wanted.hits(word);
            if hits != 0 {
                return Some(place.wrapping_add(lowest(hits)));
            }
        }
        place = place.wrapping_add(8);
    }
    None
}

/// Bytes that are looked at without counting.
const WINDOW: usize = 64;

/// The place in what is left of `bytes` behind the last window.
#[inline(always)]
fn last(bytes: &[u8], rest: &[u8], wanted: impl Wanted) -> usize {
    let mut rest = rest;
    while let Some((window, behind)) = rest.split_first_chunk::<8>() {
        if let Some(place) = within(window, wanted) {
            return bytes.len().wrapping_sub(rest.len()).wrapping_add(place);
        }
        rest = behind;
    }
    if rest.is_empty() {
        return bytes.len();
    }
    // The last word, a part of which may have been looked at.
    let at = bytes.len().saturating_sub(8);
    let word = match last_of(bytes) {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => short(bytes),
    };
    match wanted.hits(word) {
        0 => bytes.len(),
        hits => at.wrapping_add(lowest(hits)).min(bytes.len()),
    }
}

/// The last bytes; `last_chunk` costs a comparison more.
#[inline(always)]
fn last_of<const N: usize>(bytes: &[u8]) -> Option<&[u8; N]> {
    bytes.get(bytes.len().saturating_sub(N)..)?.first_chunk()
}

/// Fewer than eight bytes in a word; the rest is zero.
#[inline(always)]
fn short(bytes: &[u8]) -> u64 {
    // Two parts that overlap where they have to; there they say the same.
    let behind = |part: usize| shift(bytes.len().wrapping_sub(part));
    if let (Some(front), Some(back)) = (bytes.first_chunk(), last_of(bytes)) {
        let (front, back) = (u32::from_le_bytes(*front), u32::from_le_bytes(*back));
        return u64::from(front) | u64::from(back).wrapping_shl(behind(4));
    }
    if let (Some(front), Some(back)) = (bytes.first_chunk(), last_of(bytes)) {
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

/// The number in front, which is anything where there is no digit, and how many digits it has; `None`
/// for eight digits and more.
#[inline(always)]
pub(crate) fn leading_digits(bytes: &[u8]) -> Option<(u32, usize)> {
    let digits = first_word(bytes) ^ ONES.wrapping_mul(0x30);
    let others = (digits.wrapping_add(ONES.wrapping_mul(0x76)) | digits) & HIGH;
    if others == 0 {
        return None;
    }
    let len = lowest(others);
    // Zeros in front, then two, four and eight digits at a time.
    if len <= 4 {
        let [a, b, c, d, ..] = digits.to_le_bytes();
        let digits = u32::from_le_bytes([a, b, c, d]).wrapping_shl(shift(4usize.wrapping_sub(len)));
        let pairs = digits.wrapping_mul(0x0a01).wrapping_shr(8) & 0x00ff_00ff;
        return Some((pairs.wrapping_mul(0x0064_0001).wrapping_shr(16), len));
    }
    let digits = digits.wrapping_shl(shift(8usize.wrapping_sub(len)));
    let pairs = digits.wrapping_mul(0x0a01).wrapping_shr(8) & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(0x0064_0001).wrapping_shr(16) & 0xffff_0000_ffff;
    let eight = fours.wrapping_mul(0x2710_0000_0001).wrapping_shr(32);
    Some((u32::try_from(eight).unwrap_or(0), len))
}

/// The place of the first `wanted`, or the length.
#[inline(always)]
pub(crate) fn find(bytes: &[u8], wanted: u8) -> usize {
    first(bytes, Equal::new(wanted))
}

/// The place of the first `wanted` where it is near, or the length.
#[inline(always)]
pub(crate) fn find_near(bytes: &[u8], wanted: u8) -> usize {
    near(bytes, Equal::new(wanted))
}

/// The place of the first of two bytes where it is near, or the length.
#[inline(always)]
pub(crate) fn find_near_two(bytes: &[u8], one: u8, other: u8) -> usize {
    near(bytes, (Equal::new(one), Equal::new(other)))
}

/// The place of the first `"`, `<` or `stop`, or the length.
#[inline(always)]
pub(crate) fn find_unquoted(bytes: &[u8], stop: u8) -> usize {
    let opening = (Equal::new(b'"'), Equal::new(b'<'));
    first(bytes, (Equal::new(stop), opening))
}

/// The place of the first `;`, `,`, `"`, or of some others that are seldom; or the length.
#[inline(always)]
pub(crate) fn find_in_list(bytes: &[u8]) -> usize {
    near(bytes, Separator)
}

/// The place of the first `"` or `\`, or the length.
#[inline(always)]
pub(crate) fn find_quoted(bytes: &[u8]) -> usize {
    find_near_two(bytes, b'"', b'\\')
}

/// The place of the first blank or control character where it is near, or the length.
#[inline(always)]
pub(crate) fn find_blank(bytes: &[u8]) -> usize {
    near(bytes, Below(b' ' + 1))
}

/// The same for a blank, control character or `other`.
#[inline(always)]
pub(crate) fn find_blank_or(bytes: &[u8], other: u8) -> usize {
    near(bytes, (Equal::new(other), Below(b' ' + 1)))
}

/// The place of the first character that is no digit, `.` or `-`, or the length.
#[inline(always)]
pub(crate) fn find_not_numeric(bytes: &[u8]) -> usize {
    near(bytes, NotNumeric)
}

/// The place where a line of ASCII ends, or where it has to be looked at more closely; or the length.
#[inline(always)]
pub(crate) fn find_line_end(bytes: &[u8]) -> usize {
    first(bytes, LineEnd)
}

/// Whether CRLF stands in front.
#[inline(always)]
pub(crate) fn is_line_end(bytes: &[u8]) -> bool {
    let pair = bytes.first_chunk().map(|pair| u16::from_le_bytes(*pair));
    pair == Some(const { u16::from_le_bytes(*b"\r\n") })
}

/// The place of the first control character (CR, LF, TAB, ...), or the length.
#[inline(always)]
pub(crate) fn find_control(bytes: &[u8]) -> usize {
    first(bytes, Below(b' '))
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
    if bytes.len() < name.len() {
        return false;
    }
    match name.as_bytes().first_chunk::<8>() {
        Some(part) => same(first_word(bytes), part) && continues_with(bytes, name),
        None => same(first_word(bytes) & mask(name.len()), name.as_bytes()),
    }
}

/// The same where the first eight characters are known to be.
#[inline(always)]
pub(crate) fn continues_with(bytes: &[u8], name: &str) -> bool {
    let name = name.as_bytes();
    let Some((front, _)) = bytes.split_at_checked(name.len()) else {
        return false;
    };
    let (mut rest, mut wanted) = match (front.get(8..), name.get(8..)) {
        (Some(rest), Some(wanted)) => (rest, wanted),
        _ => return false,
    };
    while let (Some((word, behind)), Some((part, next))) = (
        rest.split_first_chunk::<8>(),
        wanted.split_first_chunk::<8>(),
    ) {
        if !same(u64::from_le_bytes(*word), part) {
            return false;
        }
        (rest, wanted) = (behind, next);
    }
    // The last word, parts of which have been compared.
    match (last_of::<8>(front), last_of::<8>(name)) {
        (Some(word), Some(part)) => wanted.is_empty() || same(u64::from_le_bytes(*word), part),
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

/// Whether `bytes` are a name of up to eight characters, in this case of letters.
#[inline(always)]
pub(crate) fn exactly(bytes: &[u8], name: &'static str) -> bool {
    bytes.len() == name.len() && first_word(bytes) == first_word(name.as_bytes())
}

/// Whether `bytes` begin with one of two names of the same length, up to eight characters in this case.
#[inline(always)]
pub(crate) fn begins_exactly(bytes: &[u8], [one, other]: [&'static str; 2]) -> bool {
    let word = first_word(bytes) & mask(one.len());
    word == first_word(one.as_bytes()) || word == first_word(other.as_bytes())
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
        let mut text = [b'x'; 150];
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
                assert_eq!(text.get(..len).map(find_line_end), Some(place));
                assert_eq!(text.get(..len).map(find_blank), Some(place));
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
            assert_eq!(find_blank(&text), usize::from(byte > 0x20));
            let numeric = byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
            assert_eq!(find_not_numeric(&text), usize::from(numeric));
            assert!(find_line_end(&text) <= find_control(&text));
            let separates = matches!(byte, b';' | b',' | b'"');
            assert!(!separates || find_in_list(&text) == 0);
        }
    }

    #[test]
    fn numbers_of_up_to_seven_digits_are_read_in_one_go() {
        for (text, read) in [
            (&b"0"[..], Some((0, 1))),
            (b"5060", Some((5060, 4))),
            (b"5060;x=123456", Some((5060, 4))),
            (b"65535>", Some((65535, 5))),
            (b"1234567:12345", Some((1_234_567, 7))),
            (b"0000001\xb0\xb1", Some((1, 7))),
            (b"12345678", None),
            (b"123456789 x", None),
        ] {
            assert_eq!(leading_digits(text), read);
        }
        assert!(leading_digits(b"").is_some_and(|(_, len)| len == 0));
        assert!(leading_digits(b"x1").is_some_and(|(_, len)| len == 0));
    }

    #[test]
    fn names_of_every_length_match_whole() {
        let name = "p-preferred-identity-abcdef";
        for len in 8..=name.len() {
            let Some(name) = name.get(..len) else {
                continue;
            };
            let mut text = [b'x'; 40];
            for (slot, byte) in text.iter_mut().zip(name.bytes()) {
                *slot = byte.to_ascii_uppercase();
            }
            assert!(begins_with(&text, name));
            for place in 0..len {
                let mut other = text;
                if let Some(slot) = other.get_mut(place) {
                    *slot = b'!';
                }
                assert!(!begins_with(&other, name));
            }
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
