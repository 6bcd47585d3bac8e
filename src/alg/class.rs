// SPDX-License-Identifier: GPL-2.0

//! What characters may stand where, looked up in a table.

/// A set of characters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Class(u8);

impl Class {
    /// White space within a header value, the line ends of folding included (RFC 3261 25.1, LWS).
    pub(crate) const SPACE: Self = Self(1);
    /// Decimal digits.
    pub(crate) const DIGIT: Self = Self(2);
    /// A host name or IPv4 address; `_` is not in the grammar but in the field.
    pub(crate) const HOST: Self = Self(4);
    /// An IPv6 address and its zone id (RFC 6874).
    pub(crate) const REFERENCE: Self = Self(8);
    /// A token (RFC 3261 25.1).
    pub(crate) const TOKEN: Self = Self(16);

    /// Whether the character is one of the set.
    #[inline(always)]
    pub(crate) fn has(self, byte: u8) -> bool {
        let classes = TABLE.get(usize::from(byte)).copied().unwrap_or(0);
        classes & self.0 != 0
    }

    const fn when(self, holds: bool) -> u8 {
        if holds {
            self.0
        } else {
            0
        }
    }

    /// The sets that a character is in.
    const fn all(byte: u8) -> u8 {
        let space = matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        let digit = byte.is_ascii_digit();
        let host = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        let reference = host || matches!(byte, b':' | b'%' | b'~');
        let token = host || matches!(byte, b'!' | b'%' | b'*' | b'+' | b'`' | b'\'' | b'~');
        Self::SPACE.when(space)
            | Self::DIGIT.when(digit)
            | Self::HOST.when(host)
            | Self::REFERENCE.when(reference)
            | Self::TOKEN.when(token)
    }
}

/// The sets of every character.
static TABLE: [u8; 256] = {
    let mut table = [0; 256];
    let mut rest: &mut [u8] = &mut table;
    let mut byte: u8 = 0;
    while let Some((slot, behind)) = rest.split_first_mut() {
        *slot = Class::all(byte);
        byte = byte.wrapping_add(1);
        rest = behind;
    }
    table
};

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_class))]
mod tests {
    use super::*;

    #[test]
    fn every_character_is_where_the_grammar_has_it() {
        let members = |class: Class| (0..=u8::MAX).filter(|&byte| class.has(byte)).count();
        assert_eq!(members(Class::SPACE), 4);
        assert_eq!(members(Class::DIGIT), 10);
        assert_eq!(members(Class::HOST), 65);
        assert_eq!(members(Class::REFERENCE), 68);
        assert_eq!(members(Class::TOKEN), 72);
        assert!(Class::HOST.has(b'z') && !Class::HOST.has(b'@') && !Class::HOST.has(0xff));
    }
}
