// SPDX-License-Identifier: GPL-2.0

//! Names and numbers read a machine word at a time.

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
    let name = name.as_bytes();
    if bytes.len() < name.len() {
        return false;
    }
    let (mut rest, mut wanted) = (bytes, name);
    while let (16.., Some((word, behind)), Some((part, next))) = (
        wanted.len(),
        rest.split_first_chunk::<8>(),
        wanted.split_first_chunk::<8>(),
    ) {
        if !same_part(word, part) {
            return false;
        }
        (rest, wanted) = (behind, next);
    }
    // Two parts that overlap where they have to.
    match wanted.len() {
        8.. => begins_with_parts::<8>(rest, wanted),
        4.. => begins_with_parts::<4>(rest, wanted),
        2.. => begins_with_parts::<2>(rest, wanted),
        1 => begins_with_parts::<1>(rest, wanted),
        _ => true,
    }
}

/// The same for a name of no more than two parts.
#[inline(always)]
fn begins_with_parts<const N: usize>(bytes: &[u8], name: &[u8]) -> bool {
    let (Some(front), Some(part)) = (bytes.first_chunk::<N>(), name.first_chunk::<N>()) else {
        return false;
    };
    if !same_part(front, part) {
        return false;
    }
    let at = name.len().wrapping_sub(N);
    let back = bytes.get(at..at.wrapping_add(N));
    match (back.and_then(<[u8]>::first_chunk), name.last_chunk::<N>()) {
        _ if at == 0 => true,
        (Some(back), Some(part)) => same_part(back, part),
        _ => false,
    }
}

/// The same for a part of up to eight characters.
#[inline(always)]
fn same_part<const N: usize>(bytes: &[u8; N], name: &[u8; N]) -> bool {
    let cases = cases(name);
    in_word(bytes) | cases == in_word(name) | cases
}

/// The case bits of the letters among up to eight characters.
#[inline(always)]
pub(crate) const fn cases(mut bytes: &[u8]) -> u64 {
    let mut cases: u64 = 0;
    while let Some((byte, front)) = bytes.split_last() {
        let case = if byte.is_ascii_alphabetic() { 0x20 } else { 0 };
        cases = cases.wrapping_shl(8) | case;
        bytes = front;
    }
    cases
}

/// Eight bytes, four, two or one in a word.
#[inline(always)]
fn in_word(bytes: &[u8]) -> u64 {
    if let Some(chunk) = bytes.first_chunk() {
        u64::from_le_bytes(*chunk)
    } else if let Some(chunk) = bytes.first_chunk() {
        u64::from(u32::from_le_bytes(*chunk))
    } else if let Some(chunk) = bytes.first_chunk() {
        u64::from(u16::from_le_bytes(*chunk))
    } else {
        bytes.first().map_or(0, |byte| u64::from(*byte))
    }
}

/// Up to eight bytes in a word; the rest is zero.
#[inline(always)]
pub(crate) fn first_word(bytes: &[u8]) -> u64 {
    match bytes.first_chunk::<8>() {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => short(bytes),
    }
}

/// Keeps the bytes of a word that a name of so many letters fills.
#[inline(always)]
pub(crate) const fn mask(len: usize) -> u64 {
    match len {
        // CAST: Fewer than eight.
        0..8 => !u64::MAX.wrapping_shl((len as u32).wrapping_mul(8)),
        _ => u64::MAX,
    }
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

/// What the first four letters of a name are in lower case, as in [`four`].
pub(crate) const fn first_four(name: &str) -> u32 {
    match name.as_bytes().first_chunk() {
        Some(word) => u32::from_le_bytes(*word) | CASES,
        None => 0,
    }
}

/// Four characters in a word, letters in lower case; compare only with what is made of letters.
#[inline(always)]
pub(crate) const fn four(word: u32) -> u32 {
    word | CASES
}

/// The case bits of four letters.
const CASES: u32 = 0x2020_2020;

/// The last bytes; `last_chunk` costs a comparison more.
#[inline(always)]
pub(crate) fn last_of<const N: usize>(bytes: &[u8]) -> Option<&[u8; N]> {
    bytes.get(bytes.len().saturating_sub(N)..)?.first_chunk()
}

/// Fewer than eight bytes in a word; the rest is zero.
#[cold]
pub(crate) fn short(bytes: &[u8]) -> u64 {
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

/// The number that four or five digits in front are, of which a port mostly has so many, and how many.
#[inline(always)]
pub(crate) fn four_or_five_digits(bytes: &[u8]) -> Option<(u32, usize)> {
    let (four, behind) = bytes.split_first_chunk()?;
    let four = u32::from_le_bytes(*four) ^ DIGITS;
    if (four | four.wrapping_add(0x0606_0606)) & 0xf0f0_f0f0 != 0 {
        return None;
    }
    let pairs = four.wrapping_mul(10).wrapping_add(four.wrapping_shr(8));
    let [high, _, low, _] = pairs.to_le_bytes();
    let number = u32::from(high)
        .wrapping_mul(100)
        .wrapping_add(u32::from(low));
    match behind {
        [b'0'..=b'9', b'0'..=b'9', ..] => None,
        [fifth @ b'0'..=b'9', ..] => {
            let fifth = u32::from(fifth.wrapping_sub(b'0'));
            Some((number.wrapping_mul(10).wrapping_add(fifth), 5))
        }
        _ => Some((number, 4)),
    }
}

/// The number that one to three digits are; the caller sees to it that there are as many.
#[inline(always)]
pub(crate) fn up_to_three_digits(bytes: &[u8]) -> Option<u32> {
    let mut value: u32 = 0;
    for byte in bytes.iter().take(3) {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.wrapping_mul(10).wrapping_add(u32::from(digit));
    }
    Some(value)
}

/// The port that has this number; zero is none.
#[inline(always)]
pub(crate) fn port(number: u32) -> Option<u16> {
    let others = number.wrapping_sub(1);
    // CAST: One that is cut off is not handed back.
    (others < u32::from(u16::MAX)).then_some(number as u16)
}

/// Four times the digit zero.
const DIGITS: u32 = u32::from_le_bytes([b'0'; 4]);

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_word))]
mod tests {
    use super::*;

    #[test]
    fn four_or_five_digits_are_a_number_and_no_others() {
        for (text, read) in [
            (&b"5060"[..], Some((5060, 4))),
            (b"0009 x", Some((9, 4))),
            (b"65535;", Some((65535, 5))),
            (b"99999", Some((99999, 5))),
            (b"506", None),
            (b"506;1", None),
            (b"/060", None),
            (b":060", None),
            (b"50\xb0\xb0", None),
            (b"123456", None),
            (b"", None),
        ] {
            assert_eq!(four_or_five_digits(text), read);
        }
        assert_eq!([port(0), port(1), port(65536)], [None, Some(1), None]);
    }

    #[test]
    fn up_to_three_digits_are_a_number_and_nothing_else_is() {
        for (text, read) in [
            (&b"0"[..], Some(0)),
            (b"07", Some(7)),
            (b"495", Some(495)),
            (b"4 ", None),
            (b"-1", None),
            (b"x", None),
        ] {
            assert_eq!(up_to_three_digits(text), read);
        }
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
