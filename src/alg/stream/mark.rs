// SPDX-License-Identifier: GPL-2.0

//! Finds what matters in a header whose fields are not read: its end, and lines that say how long the body is.

use crate::scan::{
    lowest,
    repeated,
    HIGH, //
};
use crate::word::first_word;

/// Where the next line begins, from `from` on, that is empty or begins with `l` or `Content-`.
///
/// Some others may be taken for such a one, as may a line end's second character.
#[inline(always)]
pub(super) fn next_mark(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    let mut rest = bytes.get(from.wrapping_sub(1)..)?;
    while let Some(window) = rest.first_chunk::<16>() {
        let before = word_at(window, 0);
        if may_end_line(before) {
            let marks = marks(before, word_at(window, 1), word_at(window, 8));
            if marks != 0 {
                return Some(at.wrapping_add(lowest(marks)));
            }
        }
        at = at.wrapping_add(8);
        rest = rest.get(8..)?;
    }
    for pair in rest.windows(2) {
        if matches!(pair, [before, there] if is_mark(*before, *there)) {
            return Some(at);
        }
        at = at.wrapping_add(1);
    }
    None
}

/// Eight of the characters.
#[inline(always)]
fn word_at(window: &[u8; 16], at: usize) -> u64 {
    first_word(window.get(at..).unwrap_or(&[]))
}

/// Whether one of eight characters may be a CR or LF.
#[inline(always)]
fn may_end_line(word: u64) -> bool {
    let ascii = word & !HIGH;
    let from = ascii.wrapping_add(repeated(0x80 - b'\n'));
    let beyond = ascii.wrapping_add(repeated(0x7f - b'\r'));
    from & !beyond & HIGH != 0
}

/// The high bits of those of eight characters that are marks, by those in front of each, and those
/// where a `c` that matters has its hyphen (`Content-Length`).
#[inline(always)]
fn marks(before: u64, there: u64, behind: u64) -> u64 {
    let ascii = !(before | there) & HIGH;
    let [before, there] = [before & !HIGH, there & !HIGH];
    let [cr, lf] = [b'\r', b'\n'].map(|end| differ(before, end));
    let [empty_cr, empty_lf] = [b'\r', b'\n'].map(|end| differ(there, end));
    let [c, l] = [b'c', b'l'].map(|letter| differ(there | repeated(0x20), letter));
    let hyphen = differ(behind & !HIGH, b'-');
    let letter = (c | hyphen) & l;
    let no_mark = (lf | empty_cr & empty_lf) & (cr | empty_cr) & (cr & lf | letter);
    !no_mark & ascii
}

/// The high bits of those of eight characters of ASCII that are not this one; all others say nothing.
#[inline(always)]
fn differ(ascii: u64, byte: u8) -> u64 {
    (ascii ^ repeated(byte)).wrapping_add(!HIGH)
}

/// The same for one.
fn is_mark(before: u8, there: u8) -> bool {
    match (before, there) {
        (b'\n', b'\r' | b'\n') | (b'\r', b'\r') => true,
        (b'\r' | b'\n', _) => matches!(there | 0x20, b'c' | b'l'),
        _ => false,
    }
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_mark))]
mod tests {
    use super::*;

    #[test]
    fn every_pair_is_a_mark_at_every_place_or_none() {
        for before in 0..=u8::MAX {
            for there in 0..=u8::MAX {
                let place = usize::from(before ^ there).wrapping_rem(20).wrapping_add(1);
                let mut text = [b'-'; 45];
                for (slot, byte) in text.iter_mut().skip(place).zip([before, there]) {
                    *slot = byte;
                }
                let at = place.wrapping_add(1);
                let wanted = is_mark(before, there).then_some(at);
                assert_eq!(next_mark(&text, 1), wanted);
                assert_eq!(next_mark(&text, at), wanted);
                assert_eq!(next_mark(&text, at.wrapping_add(1)), None);
            }
        }
    }
}
