// SPDX-License-Identifier: GPL-2.0

//! `sip:` and `sips:` URIs (RFC 3261 19.1).

use super::HostPort;
use crate::Text;

/// The part of a SIP URI that names a place in the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uri<'a> {
    /// Host and port behind the user part.
    pub host: HostPort<'a>,
    /// Parameters and headers behind the host, from the first `;` or `?` on.
    pub tail: Text<'a>,
}

impl<'a> Uri<'a> {
    /// Reads a URI that fills `text`; `None` for other schemes (`tel:` has no address) and for
    /// what is no URI.
    pub fn parse(text: Text<'a>) -> Option<Self> {
        let (scheme, rest) = text.cut(b':')?;
        if !scheme.is("sip") && !scheme.is("sips") {
            return None;
        }
        // No part behind the user may hold an unescaped `@`, the user part may hold `;` and `?`.
        let hostport = rest.cut(b'@').map_or(rest, |(_, hostport)| hostport);
        let (host, tail) = HostPort::parse(hostport)?;
        let tail = tail.trim_start();
        matches!(tail.first(), None | Some(b';' | b'?')).then_some(Self { host, tail })
    }
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_uri))]
mod tests {
    use super::*;

    fn host(text: &[u8]) -> Option<(&[u8], Option<u16>)> {
        let uri = Uri::parse(Text::new(text))?;
        Some((uri.host.host.bytes(), uri.host.port_number()))
    }

    #[test]
    fn user_may_be_absent_or_hold_separators() {
        assert_eq!(
            host(b"sip:10.0.0.2:5062"),
            Some((&b"10.0.0.2"[..], Some(5062)))
        );
        assert_eq!(host(b"sips:a@10.0.0.2;lr"), Some((&b"10.0.0.2"[..], None)));
        assert_eq!(
            host(b"sip:+1;ext=3?x:pw@10.0.0.2?a=b"),
            Some((&b"10.0.0.2"[..], None))
        );
        assert_eq!(host(b"SIP:a@[::1]:5060"), Some((&b"[::1]"[..], Some(5060))));
    }

    #[test]
    fn other_schemes_and_rubbish_are_refused() {
        assert_eq!(host(b"tel:+123"), None);
        assert_eq!(host(b"http://10.0.0.2"), None);
        assert_eq!(host(b"sip:"), None);
        assert_eq!(host(b"sip:a@10.0.0.2/x"), None);
        assert_eq!(host(b"10.0.0.2"), None);
    }
}
