// SPDX-License-Identifier: GPL-2.0

//! Values of From, To and Contact: `"name" <uri>;params`, `uri;params`, or `*`.

use super::params::split_unquoted;
use super::{
    Params,
    Uri, //
};
use crate::Text;

/// One value of a header that holds addresses (RFC 3261 20.10, 25.1: name-addr, addr-spec).
#[derive(Clone, Copy, Debug)]
pub struct Address<'a> {
    /// The URI without brackets.
    pub uri: Text<'a>,
    /// The header's parameters, those of a bracketed URI not among them.
    pub params: Params<'a>,
}

impl<'a> Address<'a> {
    /// The values of a comma list.
    pub const fn list(value: Text<'a>) -> List<'a> {
        List { rest: value }
    }

    /// The SIP URI, where it is one.
    pub fn sip(&self) -> Option<Uri<'a>> {
        Uri::parse(self.uri)
    }

    fn new(value: Text<'a>) -> Self {
        let (name, bracket) = split_name(value);
        let Some((uri, params)) = bracket.skip(1).cut(b'>') else {
            // Without brackets every parameter belongs to the header (RFC 3261 20).
            let (uri, params) = name.split_where(|byte| byte == b';');
            return Self {
                uri: uri.trim(),
                params: Params::new(params),
            };
        };
        Self {
            uri: uri.trim(),
            params: Params::new(params.trim_start()),
        }
    }
}

/// Splits before the `<` that ends the display name, which may be quoted.
fn split_name(value: Text<'_>) -> (Text<'_>, Text<'_>) {
    if value.first() != Some(b'"') {
        return value.split_where(|byte| byte == b'<');
    }
    let mut escaped = false;
    let end = value.bytes().iter().skip(1).position(|&byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    let behind = end.map_or(value.len(), |end| end.saturating_add(2));
    let (_, rest) = value.split_at(behind);
    let (blank, bracket) = rest.split_where(|byte| byte == b'<');
    let len = behind.saturating_add(blank.len());
    (value.split_at(len).0, bracket)
}

/// The values of a comma list.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    rest: Text<'a>,
}

impl<'a> Iterator for List<'a> {
    type Item = Address<'a>;

    fn next(&mut self) -> Option<Address<'a>> {
        while !self.rest.is_empty() {
            let (value, rest) = split_unquoted(self.rest, b",");
            self.rest = rest.skip(1);
            let value = value.trim();
            if !value.is_empty() {
                return Some(Address::new(value));
            }
        }
        None
    }
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_address))]
mod tests {
    use super::*;

    fn uri(value: &[u8], which: usize) -> Option<&[u8]> {
        Address::list(Text::new(value))
            .nth(which)
            .map(|address| address.uri.bytes())
    }

    #[test]
    fn names_of_every_form() {
        assert_eq!(uri(b"<sip:a@h>", 0), Some(&b"sip:a@h"[..]));
        assert_eq!(uri(b"Alice B <sip:a@h>;tag=1", 0), Some(&b"sip:a@h"[..]));
        assert_eq!(uri(b"sip:a@h;tag=1", 0), Some(&b"sip:a@h"[..]));
        assert_eq!(uri(b"*", 0), Some(&b"*"[..]));
    }

    #[test]
    fn quoted_names_may_look_like_uris() {
        let value = b"\"x, <sip:b@i>; \\\"y\" <sip:a@h>, <sip:c@j>";
        assert_eq!(uri(value, 0), Some(&b"sip:a@h"[..]));
        assert_eq!(uri(value, 1), Some(&b"sip:c@j"[..]));
        assert_eq!(uri(value, 2), None);
    }

    #[test]
    fn commas_and_parameters_in_brackets_belong_to_the_uri() {
        let value = b"<sip:a,b@h;expires=1>;expires=2,sip:c@j";
        assert_eq!(uri(value, 0), Some(&b"sip:a,b@h;expires=1"[..]));
        assert_eq!(uri(value, 1), Some(&b"sip:c@j"[..]));
        let expires = Address::list(Text::new(value))
            .next()
            .and_then(|address| address.params.find("expires"));
        assert_eq!(expires.map(Text::bytes), Some(&b"2"[..]));
    }
}
