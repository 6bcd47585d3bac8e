// SPDX-License-Identifier: GPL-2.0

//! Borrowed text that knows where it lies in its message.

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

    /// Number of bytes.
    pub const fn len(self) -> usize {
        self.bytes.len()
    }

    /// Whether there is nothing in it.
    pub const fn is_empty(self) -> bool {
        self.bytes.is_empty()
    }

    /// The first byte.
    pub fn first(self) -> Option<u8> {
        self.bytes.first().copied()
    }

    /// The first `count` bytes and the rest; all and nothing when there are fewer.
    pub fn split_at(self, count: usize) -> (Self, Self) {
        let (head, tail) = match self.bytes.split_at_checked(count) {
            Some(parts) => parts,
            None => (
                self.bytes,
                self.bytes.get(self.bytes.len()..).unwrap_or(&[]),
            ),
        };
        (
            Self {
                bytes: head,
                at: self.at,
            },
            Self {
                bytes: tail,
                at: self.at.saturating_add(head.len()),
            },
        )
    }

    /// The text without its first `count` bytes.
    pub fn skip(self, count: usize) -> Self {
        self.split_at(count).1
    }

    /// Splits before the first byte for which `found` holds; the rest is empty when there is none.
    pub fn split_where(self, found: impl Fn(u8) -> bool) -> (Self, Self) {
        let count = self.bytes.iter().position(|&byte| found(byte));
        self.split_at(count.unwrap_or(self.bytes.len()))
    }

    /// Splits at the first `separator`, which belongs to neither part.
    pub fn cut(self, separator: u8) -> Option<(Self, Self)> {
        let (head, tail) = self.split_where(|byte| byte == separator);
        (!tail.is_empty()).then(|| (head, tail.skip(1)))
    }

    /// Without white space in front; a folded line end counts as white space (RFC 3261 25.1, LWS).
    pub fn trim_start(self) -> Self {
        self.split_where(|byte| !is_space(byte)).1
    }

    /// Without white space in front and behind.
    pub fn trim(self) -> Self {
        let text = self.trim_start();
        let mut kept = text.bytes;
        while let [rest @ .., last] = kept {
            if !is_space(*last) {
                break;
            }
            kept = rest;
        }
        text.split_at(kept.len()).0
    }

    /// Whether it is `other`, without regard to the case of ASCII letters.
    pub fn is(self, other: &str) -> bool {
        self.bytes.eq_ignore_ascii_case(other.as_bytes())
    }

    /// The text behind `prefix`, matched without regard to case.
    pub fn strip(self, prefix: &str) -> Option<Self> {
        let (head, tail) = self.split_at(prefix.len());
        head.is(prefix).then_some(tail)
    }

    /// The decimal number that the text is; `None` for anything else and beyond 32 bits.
    pub fn number(self) -> Option<u32> {
        if self.is_empty() {
            return None;
        }
        self.bytes.iter().try_fold(0u32, |value, byte| {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            value.checked_mul(10)?.checked_add(u32::from(digit))
        })
    }

    /// The port number that the text is; zero is none.
    pub fn port(self) -> Option<u16> {
        u16::try_from(self.number()?).ok().filter(|&port| port != 0)
    }
}

/// White space within a header value, the line ends of folding included.
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
        assert_eq!(Text::new(b"4x").number(), None);
        assert_eq!(Text::new(b"").number(), None);
        assert_eq!(Text::new(b"65536").port(), None);
        assert_eq!(Text::new(b"0").port(), None);
    }
}
