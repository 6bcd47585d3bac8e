// SPDX-License-Identifier: GPL-2.0

//! Values of From, To, Contact, Route and their like: `"name" <uri>;params`, `uri;params`, or `*`.

use super::host::begins_name;
use super::params::{
    next_value,
    quoted,
    split_unquoted,
    split_value,
    Marks, //
};
use super::{
    Element,
    Error,
    HostPort,
    Params,
    Uri, //
};
use crate::scan::{
    find_close_or_at,
    find_one_of_near, //
};
use crate::Text;

/// One value of a header that holds addresses (RFC 3261 20.10, 25.1: name-addr, addr-spec).
#[derive(Clone, Copy, Debug)]
pub struct Address<'a> {
    /// The URI, with the white space around it where it stands in brackets.
    uri: Text<'a>,
    sip: Result<Uri<'a>, Error>,
    /// The header's parameters, those of a bracketed URI not among them.
    pub params: Params<'a>,
}

impl<'a> Address<'a> {
    /// The values of a comma list.
    pub const fn list(value: Text<'a>) -> List<'a> {
        List {
            rest: value,
            marks: Marks::new(),
        }
    }

    /// The one value of a From or To, which is no list.
    #[inline(always)]
    pub fn single(value: Text<'a>) -> Result<Self, Error> {
        Self::split(value.trim_start(), b';')
    }

    /// Whether a list is one SIP URI in brackets with a host's name and no user, `<sip:proxy.example.com;lr>`:
    /// what most hops are that have no address.
    pub fn is_named_hop(list: Text<'_>) -> bool {
        let Some(host) = list.strip("<sip:") else {
            return false;
        };
        let end = find_close_or_at(host.bytes());
        host.first().is_some_and(begins_name) && host.skip(end).bytes() == b">"
    }

    /// The SIP URI, where it is one.
    #[inline(always)]
    pub fn sip(&self) -> Result<Uri<'a>, Error> {
        self.sip
    }

    /// The host of the SIP URI, where it is one.
    #[inline(always)]
    pub fn host(&self) -> Option<HostPort<'a>> {
        match &self.sip {
            Ok(uri) => Some(uri.host),
            Err(_) => None,
        }
    }

    /// The URI without brackets.
    #[inline(always)]
    pub fn uri(&self) -> Text<'a> {
        self.uri.trim()
    }

    /// `*`, all Contacts (RFC 3261 10.2.2).
    pub fn is_star(&self) -> bool {
        self.uri().bytes() == b"*"
    }

    /// Reads an address without white space in front, with all that follows as its parameters.
    ///
    /// `name_ends` says where a name, or a URI without brackets, is over at the latest.
    #[inline(always)]
    fn split(value: Text<'a>, comma: u8) -> Result<Self, Error> {
        let named = match value.first() {
            Some(b'"') => value.skip(quoted(value.bytes())).trim_blank(),
            _ => value,
        };
        let (bare, bracket) = match named.first() {
            Some(b'<') => (named.take(0), named),
            _ => named.split_at(find_one_of_near(named.bytes(), [b'<', b';', comma])),
        };
        if let Some(inside) = bracket.strip_byte(b'<') {
            return Self::bracketed(inside).ok_or(Error::new(Element::NameAddr, bracket));
        }
        if value.first() == Some(b'"') || bare.is_empty() {
            return Err(Error::new(Element::NameAddr, named));
        }
        // Without brackets every parameter belongs to the header (RFC 3261 20).
        let uri = bare.trim_end();
        Ok(Self {
            uri,
            sip: Uri::parse(uri),
            params: Params::new(bracket),
        })
    }

    /// The same behind `<`; `None` where no `>` follows.
    #[inline(always)]
    fn bracketed(inside: Text<'a>) -> Option<Self> {
        let inside = inside.trim_start();
        let (sip, behind) = match Uri::bracketed(inside) {
            Ok((uri, behind)) => (Ok(uri), behind),
            Err(error) => (Err(error), inside.cut(b'>')?.1),
        };
        Some(Self {
            uri: inside.take(behind.behind(inside).wrapping_sub(1)),
            sip,
            params: Params::new(behind),
        })
    }
}

/// The values of a comma list.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    rest: Text<'a>,
    marks: Marks,
}

impl List<'_> {
    /// What the quoted strings and angle brackets of the last value cost.
    #[inline(always)]
    pub(crate) const fn marks(&self) -> usize {
        self.marks.count()
    }
}

impl<'a> Iterator for List<'a> {
    type Item = Result<Address<'a>, Error>;

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        self.marks.begin();
        let rest = next_value(self.rest);
        if rest.is_empty() {
            self.rest = rest;
            return None;
        }
        if rest.first() == Some(b'"') {
            self.marks.name();
        }
        match Address::split(rest, b',') {
            Ok(address) => {
                let behind = address.params.text();
                if behind.is_empty() {
                    self.rest = behind;
                    return Some(Ok(address));
                }
                let (params, rest) = split_value(behind, &mut self.marks);
                self.rest = rest;
                let params = Params::new(params);
                Some(Ok(Address { params, ..address }))
            }
            Err(error) => {
                // What a bracket that is never closed holds is anybody's guess.
                let open = rest.bytes().get(error.offset_in(rest)) == Some(&b'<');
                let next = if open {
                    rest.len()
                } else {
                    split_unquoted(rest, b',', &mut self.marks).0.len()
                };
                self.rest = rest.skip(next);
                Some(Err(error))
            }
        }
    }
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_address))]
mod tests {
    use super::*;

    fn uri(value: &[u8], which: usize) -> Option<&[u8]> {
        let address = Address::list(Text::new(value)).nth(which)?.ok()?;
        Some(address.uri().bytes())
    }

    #[test]
    fn hop_by_name_is_one_uri_without_user_and_address() {
        let is = |list: &[u8]| Address::is_named_hop(Text::new(list));
        assert!(is(b"<sip:proxy.example.com:5060;transport=udp;lr>"));
        assert!(is(b"<SIP:p>"));
        for other in [
            &b"<sip:10.0.0.2;lr>"[..],
            b"<sip:[2001:db8::1];lr>",
            b"<sip:a@10.0.0.2;lr>",
            b"<sip:a?b@10.0.0.2>",
            b"<sips:p;lr>",
            b"<sip:p>, <sip:10.0.0.2>",
            b"<sip:p> ;x",
            b"<sip:p",
            b"<sip: 10.0.0.2>",
            b"<sip:>",
            b"\"<sip:p>\" <sip:10.0.0.2>",
        ] {
            assert!(!is(other));
        }
    }

    #[test]
    fn names_of_every_form() {
        assert_eq!(uri(b"<sip:a@h>", 0), Some(&b"sip:a@h"[..]));
        assert_eq!(uri(b"Alice B <sip:a@h>;tag=1", 0), Some(&b"sip:a@h"[..]));
        assert_eq!(uri(b"sip:a@h;tag=1", 0), Some(&b"sip:a@h"[..]));
        assert_eq!(uri(b"*", 0), Some(&b"*"[..]));
        assert_eq!(uri(b"\"\" < sip:a@h >", 0), Some(&b"sip:a@h"[..]));
    }

    #[test]
    fn all_contacts_in_brackets_or_not() {
        for value in [&b"*"[..], b"<*>", b"< * >"] {
            assert!(Address::single(Text::new(value)).is_ok_and(|address| address.is_star()));
        }
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
            .and_then(Result::ok)
            .and_then(|address| address.params.find("expires"));
        assert_eq!(expires.map(Text::bytes), Some(&b"2"[..]));
    }

    #[test]
    fn without_brackets_parameters_belong_to_the_header() {
        assert_eq!(uri(b"sip:h;tag=a@b", 0), Some(&b"sip:h"[..]));
        assert_eq!(uri(b"sip:h, sip:a@i", 0), Some(&b"sip:h"[..]));
        assert_eq!(uri(b"sip:h,sip:a@i", 1), Some(&b"sip:a@i"[..]));
    }

    #[test]
    fn name_of_a_single_value_may_hold_commas() {
        let value = Text::new(b"Bell, Alexander <sip:a@h>;tag=43");
        let read = Address::single(value);
        assert!(read.is_ok_and(|read| read.uri().is("sip:a@h")
            && read.params.find("tag").is_some_and(|tag| tag.is("43"))));
    }

    #[test]
    fn a_broken_value_hides_no_other() {
        let value = b"\"open <sip:x@y>, <sip:a@h>";
        assert_eq!(uri(value, 0), None);
        let value = b"\"name\" sip:x@y, , <sip:a@h>,";
        assert_eq!(uri(value, 0), None);
        assert_eq!(uri(value, 1), Some(&b"sip:a@h"[..]));
        assert_eq!(uri(value, 2), None);
    }
}
