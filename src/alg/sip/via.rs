// SPDX-License-Identifier: GPL-2.0

//! Via values: `SIP/2.0/UDP host:port;params` (RFC 3261 20.42).

use super::{
    HostPort,
    Params, //
};
use crate::text::is_space;
use crate::Text;

/// One value of a Via header.
#[derive(Clone, Copy, Debug)]
pub struct Via<'a> {
    /// Where the sender wants the response (RFC 3261 18.2.2, sent-by).
    pub sent_by: HostPort<'a>,
    /// `branch`, `received`, `rport`, ...
    pub params: Params<'a>,
}

impl<'a> Via<'a> {
    /// Reads the first value of a Via header; `None` where it is malformed.
    pub fn first(value: Text<'a>) -> Option<Self> {
        let (protocol, rest) = value.cut(b'/')?;
        let (version, rest) = rest.cut(b'/')?;
        if !protocol.trim().is("SIP") || !version.trim().is("2.0") {
            return None;
        }
        let (_transport, rest) = rest.trim_start().split_where(is_space);
        let (sent_by, rest) = HostPort::parse(rest.trim_start())?;
        let params = rest.trim_start();
        matches!(params.first(), None | Some(b';' | b',')).then_some(Self {
            sent_by,
            params: Params::new(params),
        })
    }
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_via))]
mod tests {
    use super::*;

    fn sent_by(value: &[u8]) -> Option<(&[u8], Option<u16>)> {
        let via = Via::first(Text::new(value))?;
        Some((via.sent_by.host.bytes(), via.sent_by.port_number()))
    }

    #[test]
    fn sent_by_with_blanks_wherever_they_may_stand() {
        let plain = b"SIP/2.0/UDP 10.0.0.2:5062;branch=z9hG4bK1;rport";
        assert_eq!(sent_by(plain), Some((&b"10.0.0.2"[..], Some(5062))));
        let spaced = b"SIP / 2.0 / UDP\r\n 10.0.0.2 : 5062 ; rport";
        assert_eq!(sent_by(spaced), Some((&b"10.0.0.2"[..], Some(5062))));
    }

    #[test]
    fn only_the_first_value_counts() {
        let list = b"SIP/2.0/UDP a.example, SIP/2.0/UDP 10.0.0.2";
        assert_eq!(sent_by(list), Some((&b"a.example"[..], None)));
    }

    #[test]
    fn other_protocols_are_refused() {
        assert_eq!(sent_by(b"HTTP/1.1/TCP host"), None);
        assert_eq!(sent_by(b"SIP/2.0/UDP"), None);
        assert_eq!(sent_by(b"10.0.0.2"), None);
    }
}
