// SPDX-License-Identifier: GPL-2.0

//! Borrowed text that knows where it lies in its message.

use crate::scan;

/// A range of bytes in a message: offset of the first, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Offset of the first byte from the start of the message.
    pub start: usize,
    /// Number of bytes.
    pub len: usize,
}

impl Span {
    /// Offset of the first byte behind the span.
    pub const fn end(self) -> usize {
        self.start.saturating_add(self.len)
    }
}

/// A part of a message, with its place in it.
///
/// All parsers take a `Text` and hand out smaller ones, so that whatever is found can be replaced
/// where it stands. Every operation is total: what lies outside is empty, never a panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Text<'a> {
    /// A whole message.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The bytes themselves.
    #[inline(always)]
    pub const fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// Where the text lies in its message.
    pub const fn span(self) -> Span {
        Span {
            start: self.at,
            len: self.bytes.len(),
        }
    }

    /// Offset of the first byte.
    #[inline(always)]
    pub const fn at(self) -> usize {
        self.at
    }

    /// Number of bytes.
    #[inline(always)]
    pub const fn len(self) -> usize {
        self.bytes.len()
    }

    /// Whether there is nothing in it.
    #[inline(always)]
    pub const fn is_empty(self) -> bool {
        self.bytes.is_empty()
    }

    /// The first byte.
    #[inline(always)]
    pub fn first(self) -> Option<u8> {
        self.bytes.first().copied()
    }

    /// The first `count` bytes and the rest; all and nothing when there are fewer.
    #[inline(always)]
    pub fn split_at(self, count: usize) -> (Self, Self) {
        let (head, tail) = match self.bytes.split_at_checked(count) {
            Some(parts) => parts,
            None => (self.bytes, &[][..]),
        };
        (
            Self {
                bytes: head,
                at: self.at,
            },
            Self {
                bytes: tail,
                at: self.at.wrapping_add(head.len()),
            },
        )
    }

    /// The first `count` bytes.
    #[inline(always)]
    pub fn take(self, count: usize) -> Self {
        self.split_at(count).0
    }

    /// The text without its first `count` bytes.
    #[inline(always)]
    pub fn skip(self, count: usize) -> Self {
        self.split_at(count).1
    }

    /// Splits before the first byte for which `found` holds; the rest is empty when there is none.
    #[inline(always)]
    pub fn split_where(self, found: impl Fn(u8) -> bool) -> (Self, Self) {
        let mut count: usize = 0;
        for byte in self.bytes {
            if found(*byte) {
                break;
            }
            count = count.wrapping_add(1);
        }
        self.split_at(count)
    }

    /// Splits before the first `separator`; the rest is empty when there is none.
    #[inline(always)]
    pub fn split_before(self, separator: u8) -> (Self, Self) {
        self.split_at(scan::find(self.bytes, separator))
    }

    /// Splits at the first `separator`, which belongs to neither part.
    #[inline(always)]
    pub fn cut(self, separator: u8) -> Option<(Self, Self)> {
        let (head, tail) = self.split_before(separator);
        (!tail.is_empty()).then(|| (head, tail.skip(1)))
    }

    /// Splits at the next line end (CRLF, LF or CR), which belongs to neither part.
    #[inline]
    pub fn split_line(self) -> (Self, Self) {
        let mut len: usize = 0;
        let mut rest = self;
        loop {
            let (part, behind) = rest.split_at(scan::find_control(rest.bytes));
            len = len.wrapping_add(part.len());
            let end = behind.line_end();
            if end > 0 || behind.is_empty() {
                return (self.take(len), behind.skip(end));
            }
            len = len.wrapping_add(1);
            rest = behind.skip(1);
        }
    }

    /// How many bytes of line end stand in front.
    #[inline]
    pub(crate) const fn line_end(self) -> usize {
        match self.bytes {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => 0,
        }
    }

    /// Splits off the first word; the blanks around it are dropped.
    #[inline(always)]
    pub fn word(self) -> (Self, Self) {
        let (word, rest) = self.trim_start().split_where(|byte| byte == b' ');
        (word, rest.trim_start())
    }

    /// Without white space in front; a folded line end counts as white space (RFC 3261 25.1, LWS).
    #[inline(always)]
    pub fn trim_start(self) -> Self {
        match self.bytes {
            [byte, ..] if is_space(*byte) => self.split_where(|byte| !is_space(byte)).1,
            _ => self,
        }
    }

    /// Without white space behind.
    #[inline(always)]
    pub fn trim_end(self) -> Self {
        let mut kept = self.bytes;
        while let [rest @ .., last] = kept {
            if !is_space(*last) {
                break;
            }
            kept = rest;
        }
        Self {
            bytes: kept,
            at: self.at,
        }
    }

    /// Without white space in front and behind.
    #[inline(always)]
    pub fn trim(self) -> Self {
        self.trim_start().trim_end()
    }

    /// Whether it is `other`, without regard to the case of ASCII letters.
    #[inline(always)]
    pub fn is(self, other: &str) -> bool {
        self.bytes.len() == other.len() && self.bytes.eq_ignore_ascii_case(other.as_bytes())
    }

    /// The text behind `prefix`, matched without regard to case.
    #[inline]
    pub fn strip(self, prefix: &str) -> Option<Self> {
        let (head, tail) = self.split_at(prefix.len());
        head.is(prefix).then_some(tail)
    }

    /// The text behind `byte`.
    #[inline(always)]
    pub fn strip_byte(self, byte: u8) -> Option<Self> {
        (self.first() == Some(byte)).then(|| self.skip(1))
    }

    /// The text within double quotes, escapes as they stand; itself when it is not quoted.
    pub fn unquoted(self) -> Self {
        match self.strip_byte(b'"') {
            Some(inside) => {
                let (inside, _) = inside.split_at(inside.len().saturating_sub(1));
                inside
            }
            None => self,
        }
    }

    /// The decimal number that the text is; `None` for anything else and beyond 32 bits.
    #[inline]
    pub fn number(self) -> Option<u32> {
        let (value, rest) = self.leading_number()?;
        rest.is_empty().then_some(value)
    }

    /// The decimal number in front, and what follows its digits.
    ///
    /// `None` where there is no digit, or the number goes beyond 32 bits.
    #[inline(always)]
    pub fn leading_number(self) -> Option<(u32, Self)> {
        let mut value: u64 = 0;
        let mut count: usize = 0;
        for byte in self.bytes {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
            if value > u64::from(u32::MAX) {
                return None;
            }
            count = count.wrapping_add(1);
        }
        let value = u32::try_from(value).ok()?;
        (count > 0).then(|| (value, self.skip(count)))
    }

    /// The port number that the text is; zero is none.
    #[inline]
    pub fn port(self) -> Option<u16> {
        u16::try_from(self.number()?).ok().filter(|&port| port != 0)
    }
}

/// White space within a header value, the line ends of folding included.
#[inline(always)]
pub(crate) const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_text))]
mod tests {
    use super::*;

    #[test]
    fn parts_know_where_they_lie() {
        let text = Text::new(b"Via:  host ");
        let value = text.cut(b':').map(|(_, value)| value.trim());
        assert_eq!(value.map(Text::bytes), Some(&b"host"[..]));
        assert_eq!(value.map(Text::span), Some(Span { start: 6, len: 4 }));
    }

    #[test]
    fn what_lies_outside_is_empty() {
        let text = Text::new(b"ab");
        assert!(text.skip(9).is_empty());
        assert_eq!(text.skip(9).span(), Span { start: 2, len: 0 });
        assert!(Text::new(b" \r\n\t").trim().is_empty());
    }

    #[test]
    fn numbers_are_all_digits_and_fit() {
        assert_eq!(Text::new(b"0042").number(), Some(42));
        assert_eq!(Text::new(b"4294967295").number(), Some(u32::MAX));
        assert_eq!(Text::new(b"4294967296").number(), None);
        assert_eq!(Text::new(b"99999999999999999999999").number(), None);
        assert_eq!(Text::new(b"4x").number(), None);
        assert_eq!(Text::new(b"").number(), None);
        assert_eq!(Text::new(b"65536").port(), None);
        assert_eq!(Text::new(b"0").port(), None);
    }

    #[test]
    fn quotes_are_taken_off() {
        assert_eq!(Text::new(b"\"a b\"").unquoted().bytes(), b"a b");
        assert_eq!(Text::new(b"a b").unquoted().bytes(), b"a b");
        assert_eq!(Text::new(b"\"").unquoted().bytes(), b"");
    }
}
