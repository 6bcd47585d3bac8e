// SPDX-License-Identifier: GPL-2.0

//! Addresses that were read before: a message has few of them, and names each several times.

use core::net::Ipv4Addr;

use crate::sip::host::ipv4;
use crate::word::{
    first_word,
    last_of, //
};
use crate::Text;

/// The IPv4 addresses that were read last.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    known: [Known; 2],
}

/// An address with its text, as [`packed`] has it.
#[derive(Clone, Copy, Debug)]
struct Known {
    text: (u64, u64),
    address: Ipv4Addr,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            text: (0, 0),
            address: Ipv4Addr::UNSPECIFIED,
        }
    }
}

impl Recent {
    /// The address that a text is.
    pub(crate) fn ipv4(&mut self, text: Text<'_>) -> Option<Ipv4Addr> {
        let packed = packed(text.bytes())?;
        let [last, before] = self.known;
        if last.text == packed {
            return Some(last.address);
        }
        if before.text == packed {
            return Some(before.address);
        }
        let address = ipv4(text)?;
        let read = Known {
            text: packed,
            address,
        };
        self.known = [read, last];
        Some(address)
    }
}

/// The characters of what may be an IPv4 address, and in the uppermost byte how many there are.
#[inline(always)]
fn packed(bytes: &[u8]) -> Option<(u64, u64)> {
    let len = u32::try_from(bytes.len())
        .ok()
        .filter(|len| (7..=15).contains(len))?;
    let behind = match last_of(bytes) {
        // Those of its characters that are not in the first word.
        Some(last) => {
            let missing = 15_u32.wrapping_sub(len).wrapping_mul(8);
            u64::from_le_bytes(*last)
                .wrapping_shr(8)
                .wrapping_shr(missing)
        }
        None => 0,
    };
    Some((first_word(bytes), behind | u64::from(len).wrapping_shl(56)))
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_recent))]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_the_same_however_often_they_are_read() {
        let mut recent = Recent::default();
        let texts: [&[u8]; 9] = [
            b"1.2.3.4",
            b"10.0.0.2",
            b"10.0.0.21",
            b"10.0.0.2\0",
            b"255.255.255.255",
            b"255.255.255.25",
            b"255.255.255.2555",
            b"pbx.example",
            b"",
        ];
        for text in texts.map(Text::new) {
            for other in texts.map(Text::new) {
                assert_eq!(recent.ipv4(text), ipv4(text));
                assert_eq!(recent.ipv4(other), ipv4(other));
                assert_eq!(recent.ipv4(text), ipv4(text));
            }
        }
    }
}
