// SPDX-License-Identifier: GPL-2.0

//! Search a machine word at a time.
//!
//! Eight bytes are looked at in one go.
//!
//! What many places search for is a function of its own: copied to all of them it would leave no room for
//! itself in the caches of a processor, which then waits for instructions. Only the first words, in which
//! most of it is found, are looked at in place (`_near`).

mod wanted;

pub(crate) use wanted::{
    repeated,
    HIGH, //
};
use wanted::{
    Below,
    BlankOrNotAscii,
    CloseOrAt,
    Either,
    NotHost,
    NotNumeric,
    One,
    OneOf,
    Separator,
    ViaSeparator,
    Wanted, //
};

use crate::word::{
    first_word,
    last_of,
    short, //
};

/// The place of the byte that the lowest hit stands for.
#[inline(always)]
pub(crate) fn lowest(hits: u64) -> usize {
    usize::from(hits.trailing_zeros().wrapping_shr(3).to_le_bytes()[0])
}

/// Where the first wanted byte is, that lies in `rest`, the end of `bytes`; the length when there is none.
#[inline(always)]
fn first(bytes: &[u8], rest: &[u8], wanted: impl Wanted) -> usize {
    let at = |rest: &[u8], place| bytes.len().wrapping_sub(rest.len()).wrapping_add(place);
    let mut rest = rest;
    while let Some((window, behind)) = rest.split_first_chunk::<32>() {
        if let Some(place) = in_window(window, wanted) {
            return at(rest, place);
        }
        rest = behind;
    }
    if let Some((window, behind)) = rest.split_first_chunk::<16>() {
        if let Some(place) = in_window(window, wanted) {
            return at(rest, place);
        }
        rest = behind;
    }
    if let Some((window, behind)) = rest.split_first_chunk::<8>() {
        if let Some(place) = in_window(window, wanted) {
            return at(rest, place);
        }
        rest = behind;
    }
    if rest.is_empty() {
        return bytes.len();
    }
    last(bytes, wanted)
}

/// The same in what is left behind all whole words.
#[inline(always)]
fn last(bytes: &[u8], wanted: impl Wanted) -> usize {
    let Some(word) = last_of(bytes) else {
        return wanted_in_short(bytes, wanted);
    };
    // A part of it has been looked at.
    let at = bytes.len().wrapping_sub(8);
    match wanted.hits(u64::from_le_bytes(*word)) {
        0 => bytes.len(),
        hits => at.wrapping_add(lowest(hits)),
    }
}

/// The same in fewer than eight bytes.
#[cold]
#[inline(never)]
fn wanted_in_short(bytes: &[u8], wanted: impl Wanted) -> usize {
    match wanted.hits(short(bytes)) {
        0 => bytes.len(),
        hits => lowest(hits).min(bytes.len()),
    }
}

/// The place of the first `wanted`, or the length.
#[inline(never)]
pub(crate) fn find(bytes: &[u8], wanted: u8) -> usize {
    first(bytes, bytes, One(repeated(wanted)))
}

/// The same, sooner where it is near.
#[inline(always)]
pub(crate) fn find_near(bytes: &[u8], wanted: u8) -> usize {
    near(bytes, One(repeated(wanted)), |bytes| find(bytes, wanted))
}

/// The place of the first `@` or `>`, that of a `?` or of something beyond ASCII in front of it, or the length.
#[inline(always)]
pub(crate) fn find_close_or_at(bytes: &[u8]) -> usize {
    let Some((word, behind)) = bytes.split_first_chunk() else {
        return wanted_in_short(bytes, CloseOrAt);
    };
    match CloseOrAt.hits(u64::from_le_bytes(*word)) {
        0 => find_far_close_or_at(bytes, behind),
        hits => lowest(hits),
    }
}

/// The same where it is in `rest`, the end of `bytes`.
#[inline(never)]
fn find_far_close_or_at(bytes: &[u8], rest: &[u8]) -> usize {
    first(bytes, rest, CloseOrAt)
}

/// The place of the first of two bytes, or the length.
#[inline(never)]
pub(crate) fn find_either(bytes: &[u8], one: u8, other: u8) -> usize {
    first(bytes, bytes, Either::new(one, other))
}

/// The same, sooner where it is near.
#[inline(always)]
pub(crate) fn find_either_near(bytes: &[u8], one: u8, other: u8) -> usize {
    let wanted = Either::new(one, other);
    in_two_words(bytes, wanted).unwrap_or_else(|| find_either(bytes, one, other))
}

/// The place of the first of three bytes, or the length.
#[inline(never)]
pub(crate) fn find_one_of(bytes: &[u8], wanted: [u8; 3]) -> usize {
    first(bytes, bytes, OneOf::new(wanted))
}

/// The same, sooner where it is near.
#[inline(always)]
pub(crate) fn find_one_of_near(bytes: &[u8], wanted: [u8; 3]) -> usize {
    in_first_word(bytes, OneOf::new(wanted)).unwrap_or_else(|| find_one_of(bytes, wanted))
}

/// The place of the first `;`, `,`, `"`, `<`, or of some others that are seldom; or the length.
#[inline(never)]
pub(crate) fn find_separator(bytes: &[u8]) -> usize {
    first(bytes, bytes, Separator)
}

/// The same, sooner where it is near.
#[inline(always)]
pub(crate) fn find_separator_near(bytes: &[u8]) -> usize {
    near(bytes, Separator, find_separator)
}

/// The place of the first `;`, `,`, `"`, or of some others that are seldom; or the length. An angle bracket
/// is no other than a letter in a Via.
#[inline(never)]
pub(crate) fn find_via_separator(bytes: &[u8]) -> usize {
    first(bytes, bytes, ViaSeparator)
}

/// The place of the first blank or control character, or the length.
#[inline(never)]
pub(crate) fn find_blank(bytes: &[u8]) -> usize {
    first(bytes, bytes, Below(b' ' + 1))
}

/// The same, sooner where it is near; or that of something beyond ASCII in front of it.
#[inline(always)]
pub(crate) fn find_blank_near(bytes: &[u8]) -> usize {
    near(bytes, BlankOrNotAscii, find_blank)
}

/// Whether eight characters are blanks and TABs.
#[inline(always)]
pub(crate) const fn is_blank(word: u64) -> bool {
    /// The high bit of each byte that is not zero.
    const fn not_zero(word: u64) -> u64 {
        (word & !HIGH).wrapping_add(!HIGH) | word
    }

    let others = not_zero(word ^ repeated(b' ')) & not_zero(word ^ repeated(b'\t'));
    others & HIGH == 0
}

/// The place of the first character that is no digit or `.`, or the length.
#[inline(never)]
pub(crate) fn find_not_numeric(bytes: &[u8]) -> usize {
    first(bytes, bytes, NotNumeric)
}

/// The same, sooner where it is near.
#[inline(always)]
pub(crate) fn find_not_numeric_near(bytes: &[u8]) -> usize {
    match in_second_word(bytes, NotNumeric) {
        Some(place) => place,
        None => find_not_numeric(bytes),
    }
}

/// The place of the first character that is no letter, digit, `-` or `.`, or the length.
#[inline(never)]
pub(crate) fn find_not_host(bytes: &[u8]) -> usize {
    first(bytes, bytes, NotHost)
}

/// Where the first wanted byte is, if it is in the first word.
#[inline(always)]
fn in_first_word(bytes: &[u8], wanted: impl Wanted) -> Option<usize> {
    let hits = wanted.hits(u64::from_le_bytes(*bytes.first_chunk()?));
    (hits != 0).then(|| lowest(hits))
}

/// Where the first wanted byte is; `far` says so where it is in none of two words in front.
#[inline(always)]
fn near(bytes: &[u8], wanted: impl Wanted, far: impl FnOnce(&[u8]) -> usize) -> usize {
    match in_two_words(bytes, wanted) {
        Some(place) => place,
        None if matches!(bytes.len(), 8..=16) => bytes.len(),
        None => far(bytes),
    }
}

/// Where the first wanted byte is, if it is in one of two words in front.
#[inline(always)]
fn in_two_words(bytes: &[u8], wanted: impl Wanted) -> Option<usize> {
    let hits = wanted.hits(u64::from_le_bytes(*bytes.first_chunk()?));
    if hits != 0 {
        return Some(lowest(hits));
    }
    // Of fewer than sixteen bytes a part has been looked at.
    let place = bytes.len().wrapping_sub(8).min(8);
    let hits = wanted.hits(u64::from_le_bytes(*bytes.get(place..)?.first_chunk()?));
    (hits != 0).then(|| place.wrapping_add(lowest(hits)))
}

/// Where the first wanted byte is, if it is in the second word and not in the first.
#[inline(always)]
fn in_second_word(bytes: &[u8], wanted: impl Wanted) -> Option<usize> {
    let front = wanted.hits(u64::from_le_bytes(*bytes.first_chunk()?));
    // Of fewer than sixteen bytes a part is looked at twice.
    let place = bytes.len().wrapping_sub(8).min(8);
    let hits = wanted.hits(u64::from_le_bytes(*bytes.get(place..)?.first_chunk()?));
    (front == 0 && hits != 0).then(|| place.wrapping_add(lowest(hits)))
}

/// Where the first wanted byte is, if it is in a number of whole words.
#[inline(always)]
fn in_window<const N: usize>(window: &[u8; N], wanted: impl Wanted) -> Option<usize> {
    let mut place: usize = 0;
    for chunk in window.chunks_exact(8) {
        let hits = wanted.hits(first_word(chunk));
        if hits != 0 {
            return Some(place.wrapping_add(lowest(hits)));
        }
        place = place.wrapping_add(8);
    }
    None
}

/// The place where a line of ASCII ends, or where it has to be looked at more closely; or the length.
#[inline(never)]
pub(crate) fn find_line_end(bytes: &[u8]) -> usize {
    find_line_end_in_place(bytes)
}

/// The same without a call.
#[inline(always)]
pub(crate) fn find_line_end_in_place(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    while let Some((window, behind)) = rest.split_first_chunk::<WINDOW>() {
        let mut place = bytes.len().wrapping_sub(rest.len());
        for chunk in window.chunks_exact(8) {
            // Characters beyond ASCII may only look like one.
            let hits = first_word(chunk).wrapping_sub(repeated(b' ')) & HIGH;
            if hits != 0 {
                return place.wrapping_add(lowest(hits));
            }
            place = place.wrapping_add(8);
        }
        rest = behind;
    }
    last_line_end(bytes, rest)
}

/// Bytes of a line that are looked at without counting.
const WINDOW: usize = 64;

/// The same in the last bytes.
#[inline(never)]
fn last_line_end(bytes: &[u8], rest: &[u8]) -> usize {
    first(bytes, rest, Below(b' '))
}

/// The same, sooner where the line is short.
#[inline(always)]
pub(crate) fn find_line_end_near(bytes: &[u8]) -> usize {
    let Some((window, behind)) = bytes.split_first_chunk::<32>() else {
        return in_two_words(bytes, Below(b' ')).unwrap_or_else(|| last_line_end(bytes, bytes));
    };
    let mut place: usize = 0;
    for chunk in window.chunks_exact(8) {
        let hits = first_word(chunk).wrapping_sub(repeated(b' ')) & HIGH;
        if hits != 0 {
            return place.wrapping_add(lowest(hits));
        }
        place = place.wrapping_add(8);
    }
    place.wrapping_add(find_line_end(behind))
}

/// What stands behind a CRLF in front.
#[inline(always)]
pub(crate) fn behind_crlf(bytes: &[u8]) -> Option<&[u8]> {
    let (pair, rest) = bytes.split_first_chunk()?;
    (u16::from_le_bytes(*pair) == const { u16::from_le_bytes(*b"\r\n") }).then_some(rest)
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_scan))]
mod tests {
    use super::*;

    #[test]
    fn every_place_in_every_length_is_found() {
        let mut text = [b'x'; 150];
        for len in 0..text.len() {
            assert_eq!(text.get(..len).map(|text| find(text, b':')), Some(len));
            let near = text.get(..len).map(|text| find_near(text, b':'));
            assert_eq!(near, Some(len));
            assert_eq!(text.get(..len).map(find_separator_near), Some(len));
            for place in 0..len {
                if let Some(byte) = text.get_mut(place) {
                    *byte = b':';
                }
                assert_eq!(text.get(..len).map(|text| find(text, b':')), Some(place));
                let near = text.get(..len).map(|text| find_near(text, b':'));
                assert_eq!(near, Some(place));
                if let Some(byte) = text.get_mut(place) {
                    *byte = b'\n';
                }
                let end = |text: &[u8]| find_either_near(text, b'\r', b'\n');
                assert_eq!(text.get(..len).map(end), Some(place));
                assert_eq!(text.get(..len).map(find_line_end), Some(place));
                assert_eq!(text.get(..len).map(find_blank), Some(place));
                assert_eq!(text.get(..len).map(find_blank_near), Some(place));
                assert_eq!(text.get(..len).map(find_line_end_near), Some(place));
                if let Some(byte) = text.get_mut(place) {
                    *byte = b';';
                }
                assert_eq!(text.get(..len).map(find_separator_near), Some(place));
                for wanted in [b'@', b'>'] {
                    if let Some(byte) = text.get_mut(place) {
                        *byte = wanted;
                    }
                    assert_eq!(text.get(..len).map(find_close_or_at), Some(place));
                }
                if let Some(byte) = text.get_mut(place) {
                    *byte = b'x';
                }
            }
        }
    }

    #[test]
    fn end_of_a_number_is_found_in_every_length() {
        for len in 0..40 {
            for place in 0..=len {
                let mut text = [b'7'; 40];
                text.iter_mut().skip(place).for_each(|byte| *byte = b';');
                let found = text.get(..len).map(find_not_numeric_near);
                assert_eq!(found, Some(place));
            }
        }
    }

    #[test]
    fn neighbours_of_what_is_sought_are_not_taken_for_it() {
        for byte in 0..=u8::MAX {
            let text = [byte, b':', byte, byte, byte, byte, byte, byte, byte];
            assert_eq!(find(&text, b':'), usize::from(byte != b':'));
            let text = [byte, b'\r', byte, byte, byte, byte, byte, byte, byte];
            let other = !matches!(byte, b'\r' | b'\n');
            assert_eq!(find_either_near(&text, b'\r', b'\n'), usize::from(other));
            assert_eq!(find_blank(&text), usize::from(byte > 0x20));
            let one = matches!(byte, b';' | b',' | b'"');
            assert_eq!(
                find_one_of(&text, *b";,\""),
                if one { 0 } else { text.len() }
            );
            let blank = [
                [byte; 8],
                [b' ', b'\t', b' ', b' ', b'\t', byte, b' ', b' '],
            ];
            for word in blank {
                let is_one = matches!(byte, b' ' | b'\t');
                assert_eq!(is_blank(u64::from_le_bytes(word)), is_one);
            }
            let numeric = matches!(byte, b'0'..=b'9' | b'.');
            assert_eq!(find_not_numeric(&text), usize::from(numeric));
            assert_eq!(find_not_numeric_near(&text), usize::from(numeric));
            for other in 0..=u8::MAX {
                let stands = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
                let text = [byte, other, b'\0', b'\0', b'\0', b'\0', b'\0', b'\0'];
                let len = text.iter().take_while(|&&byte| stands(byte)).count();
                assert_eq!(find_not_host(&text), len);
            }
            let text = [byte, b'@', byte, byte, byte, byte, byte, byte, byte];
            let wanted = matches!(byte, b'>'..=b'@' | 0x80..);
            assert_eq!(find_close_or_at(&text), usize::from(!wanted));
            assert!(byte >= b' ' || find_line_end(&text) == 0);
            let separates = matches!(byte, b';' | b',' | b'"' | b'<');
            assert!(!separates || find_separator(&text) == 0);
            if byte.is_ascii() {
                let separates = matches!(byte, b';' | ..=b',');
                let found = find_via_separator(&text);
                assert!(separates == (found == 0));
            }
        }
    }
}
