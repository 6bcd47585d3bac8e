// SPDX-License-Identifier: GPL-2.0

//! Where the sessions of MSRP are (RFC 4975).

use crate::sip::HostPort;
use crate::Text;

/// Words of a path: whoever relays adds one.
const MAX_WORDS: usize = 8;

/// Walks the URIs of an `a=path` (RFC 4975 8.1) that have a port: host and port of each, an IPv6 address
/// without its brackets.
pub struct Path<'a> {
    rest: Text<'a>,
    /// How many more words are looked at.
    left: usize,
}

impl<'a> Path<'a> {
    /// Reads what stands behind `path:`.
    pub fn new(value: Text<'a>) -> Self {
        Self {
            rest: value.split_line().0.trim_blanks(),
            left: MAX_WORDS,
        }
    }
}

impl<'a> Iterator for Path<'a> {
    type Item = (Text<'a>, Text<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            self.left = self.left.checked_sub(1)?;
            let (uri, behind) = self.rest.word();
            self.rest = behind;
            if let Some(endpoint) = endpoint(uri) {
                return Some(endpoint);
            }
        }
        None
    }
}

/// The host and port of an MSRP URI (RFC 4975 9, MSRP-URI).
fn endpoint(uri: Text<'_>) -> Option<(Text<'_>, Text<'_>)> {
    let rest = uri.strip("msrp://").or_else(|| uri.strip("msrps://"))?;
    let (authority, _) = rest.split_where(|byte| matches!(byte, b'/' | b';'));
    let place = authority
        .cut(b'@')
        .map_or(authority, |(_user, place)| place);
    let (place, behind) = HostPort::parse(place).ok()?;
    let host = place.host;
    let inside = host
        .strip_byte(b'[')
        .map(|inside| inside.split_before(b']').0);
    behind
        .is_empty()
        .then_some((inside.unwrap_or(host), place.port?))
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_path))]
mod tests {
    use super::*;

    #[test]
    fn uris_of_msrp_have_host_and_port() {
        let path = b" msrp://a.example.com:2855/s;tcp msrp://10.0.0.2/s;tcp sip:10.0.0.2:1\t\
            MSRPS://u@[fd00::2]:7654;tcp msrp://10.0.0.2:7654:1/s msrp:// msrp://10.0.0.2:1\r\n\
            msrp://10.0.0.2:2/s";
        let wanted = [
            ("a.example.com", "2855"),
            ("fd00::2", "7654"),
            ("10.0.0.2", "1"),
        ];
        let mut found = Path::new(Text::new(path));
        for (host, port) in wanted {
            let next = found.next();
            assert!(next.is_some_and(|next| next.0.is(host) && next.1.is(port)));
        }
        assert!(found.next().is_none());
    }
}
