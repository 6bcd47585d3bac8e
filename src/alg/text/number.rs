// SPDX-License-Identifier: GPL-2.0

//! Numbers in text.

use super::Text;
use crate::word;

/// A number has fewer digits.
const MAX_DIGITS: usize = 64;

impl Text<'_> {
    /// The decimal number that the text is; `None` for anything else and beyond 32 bits.
    #[inline(always)]
    pub fn number(self) -> Option<u32> {
        if let 1..=3 = self.len() {
            return word::up_to_three_digits(self.bytes);
        }
        let (value, rest) = self.leading_number()?;
        rest.is_empty().then_some(value)
    }

    /// The decimal number in front, and what follows its digits.
    ///
    /// `None` where there is no digit, or the number goes beyond 32 bits.
    #[inline(always)]
    pub fn leading_number(self) -> Option<(u32, Self)> {
        match word::four_or_five_digits(self.bytes) {
            Some((number, len)) => Some((number, self.skip(len))),
            // What it returns lies in memory; what is made of that need not.
            None => {
                let (number, rest) = self.any_leading_number()?;
                Some((number, rest))
            }
        }
    }

    /// The same for a number of any length.
    #[inline(never)]
    fn any_leading_number(self) -> Option<(u32, Self)> {
        let mut value: u32 = 0;
        let mut rest = self.take(MAX_DIGITS).bytes;
        let all = rest.len();
        while let [byte, behind @ ..] = rest {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            value = value.wrapping_mul(10).wrapping_add(u32::from(digit));
            rest = behind;
        }
        let len = all.wrapping_sub(rest.len());
        let value = match len {
            0 | MAX_DIGITS => return None,
            1..=9 => value,
            _ => self.take(len).long_number()?,
        };
        Some((value, self.skip(len)))
    }

    /// The number that many digits are.
    #[cold]
    fn long_number(self) -> Option<u32> {
        let mut value: u64 = 0;
        for byte in self.bytes {
            let digit = u64::from(byte.wrapping_sub(b'0'));
            value = value.wrapping_mul(10).wrapping_add(digit);
            if value > u64::from(u32::MAX) {
                return None;
            }
        }
        u32::try_from(value).ok()
    }

    /// The port number that the text is; zero is none.
    #[inline(always)]
    pub fn port(self) -> Option<u16> {
        let (port, rest) = self.leading_port()?;
        rest.is_empty().then_some(port)
    }

    /// The port number in front, and what follows its digits.
    #[inline(always)]
    pub(crate) fn leading_port(self) -> Option<(u16, Self)> {
        let (number, rest) = self.leading_number()?;
        Some((word::port(number)?, rest))
    }

    /// Splits off a number that is a word.
    #[inline(always)]
    pub fn number_word(self) -> Option<(u32, Self)> {
        let (number, rest) = self.leading_number()?;
        let ends = rest.first().is_none_or(|byte| byte <= b' ');
        ends.then(|| (number, rest.trim_blanks()))
    }
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_number))]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_all_digits_and_fit() {
        assert_eq!(Text::new(b"0042").number(), Some(42));
        assert_eq!(Text::new(b"4294967295").number(), Some(u32::MAX));
        assert_eq!(Text::new(b"4294967296").number(), None);
        assert_eq!(Text::new(b"99999999999999999999999").number(), None);
        assert_eq!(Text::new(b"4x").number(), None);
        assert_eq!(Text::new(&[b'0'; 63]).number(), Some(0));
        assert_eq!(Text::new(&[b'0'; 64]).number(), None);
        assert_eq!(Text::new(b"").number(), None);
        assert_eq!(Text::new(b"65536").port(), None);
        assert_eq!(Text::new(b"0").port(), None);
    }

    #[test]
    fn numbers_end_where_their_digits_do() {
        for (text, read) in [
            (&b"0"[..], Some((0, 0))),
            (b"5060;x=123456", Some((5060, 9))),
            (b"65535>", Some((65535, 1))),
            (b"1234567:12345", Some((1_234_567, 6))),
            (b"0000001\xb0\xb1", Some((1, 2))),
            (b"12345678", Some((12_345_678, 0))),
            (b"123456789 x", Some((123_456_789, 2))),
            (b"0000004294967295 x", Some((u32::MAX, 2))),
            (b"4294967296 x", None),
            (b"", None),
            (b"x1", None),
        ] {
            let number = Text::new(text).leading_number();
            assert_eq!(number.map(|(number, rest)| (number, rest.len())), read);
        }
    }
}
