// SPDX-License-Identifier: GPL-2.0

//! What the first byte of a packet says.

use crate::class::Class;
use crate::reason::Reason;

/// Why a packet can be left alone without being read: it holds nothing but line ends, or begins with
/// what no start line does (RFC 3261 7.1, 7.2), as media and STUN do.
///
/// What passes need not be SIP.
pub fn glance(message: &[u8]) -> Option<Reason> {
    let mut bytes = message.iter();
    match bytes.find(|byte| !matches!(byte, b'\r' | b'\n')) {
        None => Some(Reason::KeepAlive),
        Some(&first) => (!Class::TOKEN.has(first)).then_some(Reason::NotSip),
    }
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_glance))]
mod tests {
    use super::*;
    use crate::sip::message;

    fn read(message: &[u8]) -> Option<Reason> {
        message::parse(message).err().map(Reason::from)
    }

    #[test]
    fn what_is_left_alone_at_a_glance_would_be_when_read() {
        for first in 0..=u8::MAX {
            let mut text = *b"\r\nINVITE sip:a SIP/2.0\r\n\r\n";
            for place in 0..3 {
                if let Some(byte) = text.get_mut(place) {
                    *byte = first;
                }
                let glanced = glance(&text);
                assert!(glanced.is_none() || glanced == read(&text));
                assert!(Class::TOKEN.has(first) || glance(&[first]) == read(&[first]));
            }
        }
    }

    #[test]
    fn line_ends_alone_are_a_keep_alive() {
        for text in [&b""[..], b"\r\n", b"\r\n\r\n", b"\n\n\r"] {
            assert_eq!(glance(text), Some(Reason::KeepAlive));
            assert_eq!(read(text), Some(Reason::KeepAlive));
        }
    }

    #[test]
    fn messages_pass() {
        for text in [&b"\r\n\r\nACK sip:a SIP/2.0"[..], b"SIP/2.0 200 OK", b"*"] {
            assert_eq!(glance(text), None);
        }
    }
}
