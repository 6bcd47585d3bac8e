// SPDX-License-Identifier: GPL-2.0

//! Borrowed text that knows where it lies in its message.

mod number;

use crate::class::Class;
use crate::scan;
use crate::word;

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

/// A part of a message.
///
/// All parsers take a `Text` and hand out smaller ones, so that whatever is found can be replaced
/// where it stands: it lies at a distance from the message's first byte. Every operation is total:
/// what lies outside is empty, never a panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<'a> {
    bytes: &'a [u8],
}

impl<'a> Text<'a> {
    /// A whole message.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// The bytes themselves.
    #[inline(always)]
    pub const fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// Where the text lies in `message`, of which it is a part.
    pub fn span_in(self, message: Text<'_>) -> Span {
        Span {
            start: self.behind(message),
            len: self.len(),
        }
    }

    /// How many bytes behind the beginning of `text` it begins, both being of one message.
    #[inline(always)]
    pub fn behind(self, text: Text<'_>) -> usize {
        self.address().wrapping_sub(text.address())
    }

    /// Where the first byte lies in memory, to be compared with others of the message.
    #[inline(always)]
    pub(crate) fn address(self) -> usize {
        self.bytes.as_ptr().addr()
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
        // Without a jump: whether there are as many is seldom known here, and mostly true.
        let count = count.min(self.len());
        match self.bytes.split_at_checked(count) {
            Some((head, tail)) => (Self { bytes: head }, Self { bytes: tail }),
            None => (self, self),
        }
    }

    /// Nothing, where the text ends.
    #[inline(always)]
    fn end(self) -> Self {
        let bytes = self.bytes.get(self.bytes.len()..).unwrap_or(&[]);
        Self { bytes }
    }

    /// The first `count` bytes.
    #[inline(always)]
    pub fn take(self, count: usize) -> Self {
        self.split_at(count).0
    }

    /// The same where there mostly are as many.
    #[inline(always)]
    pub(crate) fn split_within(self, count: usize) -> (Self, Self) {
        if let Some((head, tail)) = self.bytes.split_at_checked(count) {
            return (Self { bytes: head }, Self { bytes: tail });
        }
        seldom();
        (self, self.end())
    }

    /// The same without the first part.
    #[inline(always)]
    pub(crate) fn skip_within(self, count: usize) -> Self {
        self.split_within(count).1
    }

    /// The text without its first `count` bytes.
    #[inline(always)]
    pub fn skip(self, count: usize) -> Self {
        self.split_at(count).1
    }

    /// Splits before the first byte for which `found` holds; the rest is empty when there is none.
    #[inline(always)]
    pub fn split_where(self, found: impl Fn(u8) -> bool) -> (Self, Self) {
        let mut rest = self.bytes;
        while let [byte, behind @ ..] = rest {
            if found(*byte) {
                break;
            }
            rest = behind;
        }
        self.split_at(self.len().wrapping_sub(rest.len()))
    }

    /// Splits behind the characters of a class.
    #[inline(always)]
    pub(crate) fn split_class(self, class: Class) -> (Self, Self) {
        self.split_where(|byte| !class.has(byte))
    }

    /// Splits before the first `separator`; the rest is empty when there is none.
    #[inline(always)]
    pub fn split_before(self, separator: u8) -> (Self, Self) {
        self.split_at(scan::find(self.bytes, separator))
    }

    /// Splits at the first `separator`, which belongs to neither part.
    #[inline]
    pub fn cut(self, separator: u8) -> Option<(Self, Self)> {
        let (head, tail) = self.split_before(separator);
        (!tail.is_empty()).then(|| (head, tail.skip(1)))
    }

    /// Splits at the next line end (CRLF, LF or CR), which belongs to neither part.
    #[inline(always)]
    pub fn split_line(self) -> (Self, Self) {
        let (line, behind) = self.split_within(scan::find_line_end(self.bytes));
        match behind.bytes {
            [b'\r', b'\n', rest @ ..] | [b'\n', rest @ ..] => (line, Self { bytes: rest }),
            _ => self.split_unusual_line(),
        }
    }

    /// Splits at the next line end, where the line is ASCII without TABs and ends in CRLF; in place, for what
    /// does it line by line.
    #[inline(always)]
    pub(crate) fn split_crlf_in_place(self) -> Option<(Self, Self)> {
        let (bytes, behind) = self
            .bytes
            .split_at_checked(scan::find_line_end_in_place(self.bytes))?;
        let rest = scan::behind_crlf(behind)?;
        Some((Self { bytes }, Self { bytes: rest }))
    }

    /// The same for a line that holds a TAB or goes beyond ASCII, or ends in CR alone or not at all.
    #[cold]
    fn split_unusual_line(self) -> (Self, Self) {
        let (line, behind) = self.split_at(scan::find_either_near(self.bytes, b'\r', b'\n'));
        (line, behind.skip(behind.line_end()))
    }

    /// How many bytes of line end stand in front.
    #[inline(always)]
    pub(crate) const fn line_end(self) -> usize {
        match self.bytes {
            [b'\r', b'\n', ..] => 2,
            [b'\r', b'\r', b'\n', ..] => 3,
            [b'\r' | b'\n', ..] => 1,
            _ => 0,
        }
    }

    /// Splits before the first white space.
    #[inline(always)]
    pub(crate) fn split_blank(self) -> (Self, Self) {
        self.split_at(scan::find_blank(self.bytes))
    }

    /// Splits off the first word, with which the text begins, and drops the blanks behind it.
    ///
    /// A word ends with the line at the latest.
    #[inline(always)]
    pub fn word(self) -> (Self, Self) {
        let (word, rest) = self.split_within(scan::find_blank_near(self.bytes));
        match rest.bytes {
            [b' ', next @ ..] if next.first().is_some_and(|byte| *byte > b' ') => {
                (word, Self { bytes: next })
            }
            [b'\r', ..] => (word, rest),
            // It has several blanks behind it, or none.
            [..=b' ', ..] | [] => (word, rest.without_blanks_in_line()),
            _ => self.unusual_word(),
        }
    }

    /// The same for a word that goes beyond ASCII.
    #[cold]
    fn unusual_word(self) -> (Self, Self) {
        let (word, rest) = self.split_blank();
        (word, rest.without_blanks_in_line())
    }

    /// Without blanks and TABs in front, of which there mostly is one; line ends stay.
    #[inline(always)]
    pub(crate) fn trim_blanks(self) -> Self {
        match self.bytes {
            [b' ', next, ..] if *next > b' ' => self.skip(1),
            [b' ' | b'\t', ..] => self.without_blanks_in_line(),
            _ => self,
        }
    }

    /// The same where there may be several.
    #[cold]
    fn without_blanks_in_line(self) -> Self {
        match self.bytes {
            [b' ' | b'\t', next, ..] if *next > b' ' => return self.skip(1),
            [b' ' | b'\t', b' ' | b'\t', next, ..] if *next > b' ' => return self.skip(2),
            _ => {}
        }
        let mut rest = self.bytes;
        while let Some((word, behind)) = rest.split_first_chunk() {
            if !scan::is_blank(u64::from_le_bytes(*word)) {
                break;
            }
            rest = behind;
        }
        let rest = Self { bytes: rest };
        rest.split_where(|byte| !matches!(byte, b' ' | b'\t')).1
    }

    /// Without white space in front; a folded line end counts as white space (RFC 3261 25.1, LWS).
    #[inline(always)]
    pub fn trim_start(self) -> Self {
        match self.bytes {
            [] => self,
            [first, ..] if *first > b' ' => self,
            _ => self.without_blanks(),
        }
    }

    /// The same where there mostly is a blank.
    #[inline(always)]
    pub(crate) fn trim_blank(self) -> Self {
        match self.bytes {
            [b' ', next, ..] if *next > b' ' => self.skip(1),
            _ => self.trim_start(),
        }
    }

    /// The same where there are several.
    #[cold]
    fn without_blanks(self) -> Self {
        self.split_class(Class::SPACE).1
    }

    /// Without white space behind.
    #[inline(always)]
    pub fn trim_end(self) -> Self {
        match self.bytes {
            [.., last] if *last <= b' ' => self.without_blanks_behind(),
            _ => self,
        }
    }

    /// The same where there are some.
    #[cold]
    fn without_blanks_behind(self) -> Self {
        let mut kept = self.bytes;
        while let Some((rest, word)) = kept.split_last_chunk() {
            if !scan::is_blank(u64::from_le_bytes(*word)) {
                break;
            }
            kept = rest;
        }
        while let [rest @ .., last] = kept {
            if !Class::SPACE.has(*last) {
                break;
            }
            kept = rest;
        }
        Self { bytes: kept }
    }

    /// Without white space in front and behind.
    #[inline(always)]
    pub fn trim(self) -> Self {
        self.trim_start().trim_end()
    }

    /// Whether it is `other`, without regard to the case of ASCII letters.
    #[inline]
    pub fn is(self, other: &str) -> bool {
        self.bytes.len() == other.len() && word::begins_with(self.bytes, other)
    }

    /// The text behind `prefix`, matched without regard to case.
    #[inline(always)]
    pub fn strip(self, prefix: &str) -> Option<Self> {
        word::begins_with(self.bytes, prefix).then(|| self.skip(prefix.len()))
    }

    /// The text behind `byte`.
    #[inline(always)]
    pub fn strip_byte(self, byte: u8) -> Option<Self> {
        match self.bytes {
            [first, rest @ ..] if *first == byte => Some(Self { bytes: rest }),
            _ => None,
        }
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
}

/// Tells the compiler that what calls it is seldom done, and not to be mixed with what is done often.
#[cold]
#[inline(never)]
fn seldom() {}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_text))]
mod tests {
    use super::*;

    #[test]
    fn parts_know_where_they_lie() {
        let text = Text::new(b"Via:  host ");
        let value = text.cut(b':').map(|(_, value)| value.trim());
        assert_eq!(value.map(Text::bytes), Some(&b"host"[..]));
        let span = value.map(|value| value.span_in(text));
        assert_eq!(span, Some(Span { start: 6, len: 4 }));
    }

    #[test]
    fn what_lies_outside_is_empty() {
        let text = Text::new(b"ab");
        assert!(text.skip(9).is_empty());
        assert_eq!(text.skip(9).span_in(text), Span { start: 2, len: 0 });
        assert!(Text::new(b" \r\n\t").trim().is_empty());
    }

    #[test]
    fn quotes_are_taken_off() {
        assert_eq!(Text::new(b"\"a b\"").unquoted().bytes(), b"a b");
        assert_eq!(Text::new(b"a b").unquoted().bytes(), b"a b");
        assert_eq!(Text::new(b"\"").unquoted().bytes(), b"");
    }
}
