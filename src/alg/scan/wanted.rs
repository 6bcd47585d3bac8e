// SPDX-License-Identifier: GPL-2.0

//! What is looked for in the eight bytes of a word.
//!
//! A byte is found where subtracting borrows from its high bit, or adding carries into it; what lies above the
//! lowest hit may be a false one, the lowest never is.

/// The lowest bit of each byte.
const ONES: u64 = 0x0101_0101_0101_0101;
/// The high bit of each byte.
pub(crate) const HIGH: u64 = 0x8080_8080_8080_8080;

/// A word of this byte alone.
#[inline(always)]
pub(crate) const fn repeated(byte: u8) -> u64 {
    ONES.wrapping_mul(byte as u64)
}

/// What is looked for in a word.
pub(super) trait Wanted: Copy {
    /// The high bit of the lowest wanted byte, and perhaps of some above it.
    fn hits(self, word: u64) -> u64;
}

/// One of two bytes, each repeated.
#[derive(Clone, Copy)]
pub(super) struct Either(u64, u64);

impl Either {
    #[inline(always)]
    pub(super) const fn new(one: u8, other: u8) -> Self {
        Self(repeated(one), repeated(other))
    }
}

impl Wanted for Either {
    #[inline(always)]
    fn hits(self, word: u64) -> u64 {
        let (one, other) = (word ^ self.0, word ^ self.1);
        (one.wrapping_sub(ONES) & !one | other.wrapping_sub(ONES) & !other) & HIGH
    }
}

/// One byte, repeated.
#[derive(Clone, Copy)]
pub(super) struct One(pub(super) u64);

impl Wanted for One {
    #[inline(always)]
    fn hits(self, word: u64) -> u64 {
        let one = word ^ self.0;
        one.wrapping_sub(ONES) & !one & HIGH
    }
}

/// One of three bytes, each repeated.
#[derive(Clone, Copy)]
pub(super) struct OneOf(u64, Either);

impl OneOf {
    #[inline(always)]
    pub(super) const fn new([one, other, third]: [u8; 3]) -> Self {
        Self(repeated(third), Either::new(one, other))
    }
}

impl Wanted for OneOf {
    #[inline(always)]
    fn hits(self, word: u64) -> u64 {
        self.1.hits(word) | One(self.0).hits(word)
    }
}

/// A `>`, `?` or `@`. All beyond ASCII are.
#[derive(Clone, Copy)]
pub(super) struct CloseOrAt;

impl Wanted for CloseOrAt {
    #[inline(always)]
    fn hits(self, word: u64) -> u64 {
        // Turned round so that the at sign is zero, and the others are the last two below the high bit.
        let turned = word ^ repeated(b'@');
        (turned.wrapping_sub(ONES) | turned.wrapping_add(repeated(2))) & HIGH
    }
}

/// A character below this one, of which up to 128 there are.
#[derive(Clone, Copy)]
pub(super) struct Below(pub(super) u8);

impl Wanted for Below {
    #[inline(always)]
    fn hits(self, word: u64) -> u64 {
        word.wrapping_sub(repeated(self.0)) & !word & HIGH
    }
}

/// A blank or control character, or one beyond ASCII, of which not all are found.
#[derive(Clone, Copy)]
pub(super) struct BlankOrNotAscii;

impl Wanted for BlankOrNotAscii {
    #[inline(always)]
    fn hits(self, word: u64) -> u64 {
        word.wrapping_sub(repeated(b' ' + 1)) & HIGH
    }
}

/// A character that stands in no IPv4 address: not a digit or `.`. All beyond ASCII are.
#[derive(Clone, Copy)]
pub(super) struct NotNumeric;

impl Wanted for NotNumeric {
    #[inline(always)]
    fn hits(self, word: u64) -> u64 {
        // With the lowest bit turned round a dot is next to the digits.
        let above_dot = (word ^ ONES).wrapping_sub(repeated(b'.' ^ 1));
        let beyond = above_dot.wrapping_add(repeated(0x7f - 10));
        (above_dot | beyond) & HIGH
    }
}

/// A character that stands in no host name: not a letter, digit, `-` or `.`. All beyond ASCII are, and `_`.
#[derive(Clone, Copy)]
pub(super) struct NotHost;

impl Wanted for NotHost {
    #[inline(always)]
    fn hits(self, word: u64) -> u64 {
        let letter = word | repeated(0x20);
        let from_a = letter.wrapping_add(repeated(0x80 - b'a'));
        let beyond_z = letter.wrapping_add(repeated(0x7f - b'z'));
        let from_dash = word.wrapping_add(repeated(0x80 - b'-'));
        let beyond_nine = word.wrapping_add(repeated(0x7f - b'9'));
        let slash = One(repeated(b'/')).hits(word);
        (!(from_a & !beyond_z | from_dash & !beyond_nine) | word) & HIGH | slash
    }
}

/// A `;` or `<`, or what is not above a comma: separators, quotes, white space, and what is seldom.
///
/// All beyond ASCII are.
#[derive(Clone, Copy)]
pub(super) struct Separator;

impl Wanted for Separator {
    #[inline(always)]
    fn hits(self, word: u64) -> u64 {
        let low = word.wrapping_sub(repeated(b'-'));
        let from = word.wrapping_add(repeated(0x80 - b';'));
        let beyond = word.wrapping_add(repeated(0x7f - b'<'));
        (low | from & !beyond | word) & HIGH
    }
}

/// A `;`, or what is not above a comma. Some beyond ASCII are.
#[derive(Clone, Copy)]
pub(super) struct ViaSeparator;

impl Wanted for ViaSeparator {
    #[inline(always)]
    fn hits(self, word: u64) -> u64 {
        let low = word.wrapping_sub(repeated(b'-'));
        let semicolon = (word ^ repeated(b';')).wrapping_sub(ONES);
        (low | semicolon) & HIGH
    }
}
