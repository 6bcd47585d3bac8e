// SPDX-License-Identifier: GPL-2.0

//! What the header of a message says that decisions are made of.

use crate::call::registration::seconds;
use crate::reason::Reason;
use crate::sip::params::split_unquoted;
use crate::sip::{
    Address,
    Header,
    Method,
    Name,
    StartLine, //
};
use crate::Text;

/// Contact header fields that are looked at; each may hold a list.
const MAX_CONTACTS: usize = 16;

/// Collected while the header is walked, complete at its end.
pub(crate) struct Facts<'a> {
    pub(crate) start: StartLine<'a>,
    /// Number and method (RFC 3261 8.1.1.5).
    pub(crate) cseq: Option<(u32, Method)>,
    /// Seconds (RFC 3261 20.19).
    pub(crate) expires: Option<u32>,
    /// The digits of the first Content-Length.
    pub(crate) content_length: Option<Text<'a>>,
    /// Whether the body says that it is a session description.
    pub(crate) is_sdp: bool,
    vias: usize,
    covered: bool,
    contacts: [Option<Text<'a>>; MAX_CONTACTS],
}

impl<'a> Facts<'a> {
    pub(crate) fn new(start: StartLine<'a>) -> Self {
        Self {
            start,
            cseq: None,
            expires: None,
            content_length: None,
            is_sdp: false,
            vias: 0,
            covered: false,
            contacts: [None; MAX_CONTACTS],
        }
    }

    /// Takes what a header field says.
    pub(crate) fn take(&mut self, header: Header<'a>) -> Result<(), Reason> {
        let value = header.value;
        match header.name {
            Name::Authorization => self.covered |= self.covers(value),
            Name::CSeq => self.cseq = cseq(value),
            Name::Contact => {
                let mut slots = self.contacts.iter_mut();
                let free = slots.find(|slot| slot.is_none());
                *free.ok_or(Reason::TooManyContacts)? = Some(value);
            }
            Name::ContentLength if self.content_length.is_none() => {
                self.content_length = Some(value);
            }
            Name::ContentType => self.is_sdp = is_sdp(value),
            Name::Expires => self.expires = seconds(value),
            Name::Via => self.vias = self.vias.saturating_add(1),
            _ => {}
        }
        Ok(())
    }

    /// Whether no Via has been taken yet.
    pub(crate) const fn is_top_via(&self) -> bool {
        self.vias == 0
    }

    pub(crate) const fn request_uri(&self) -> Option<Text<'a>> {
        match self.start {
            StartLine::Request { uri, .. } => Some(uri),
            StartLine::Response { .. } => None,
        }
    }

    /// The Request-URI, when a digest was made over it.
    pub(crate) fn digest_covered(&self) -> Option<Text<'a>> {
        self.request_uri().filter(|_| self.covered)
    }

    /// Every value of every Contact.
    pub(crate) fn contacts(&self) -> impl Iterator<Item = Address<'a>> {
        let values = self.contacts.into_iter().flatten();
        values.flat_map(Address::list)
    }

    /// Whether credentials were made for this Request-URI (RFC 7616 3.4, digest-uri).
    fn covers(&self, credentials: Text<'a>) -> bool {
        let Some(request_uri) = self.request_uri() else {
            return false;
        };
        let (_scheme, mut rest) = credentials.split_where(|byte| byte == b' ');
        while !rest.is_empty() {
            let (param, behind) = split_unquoted(rest, b",");
            rest = behind.skip(1);
            if let Some((name, value)) = param.cut(b'=') {
                let quoted = value.trim().strip("\"").and_then(|value| value.cut(b'"'));
                let value = quoted.map_or(value.trim(), |(value, _)| value);
                if name.trim().is("uri") {
                    return value.bytes() == request_uri.bytes();
                }
            }
        }
        false
    }
}

/// `number method`
fn cseq(value: Text<'_>) -> Option<(u32, Method)> {
    let (number, method) = value.split_where(|byte| !byte.is_ascii_digit());
    Some((number.number()?, Method::new(method.trim())))
}

fn is_sdp(value: Text<'_>) -> bool {
    let (media_type, _params) = value.split_where(|byte| byte == b';');
    media_type
        .cut(b'/')
        .is_some_and(|(kind, subtype)| kind.trim().is("application") && subtype.trim().is("sdp"))
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_facts))]
mod tests {
    use super::*;

    #[test]
    fn cseq_with_blanks_and_folding() {
        assert_eq!(
            cseq(Text::new(b"0009\r\n   INVITE")),
            Some((9, Method::Invite))
        );
        assert_eq!(cseq(Text::new(b"7  REGISTER")), Some((7, Method::Register)));
        assert_eq!(cseq(Text::new(b"INVITE")), None);
    }

    #[test]
    fn session_descriptions_are_known_by_their_type() {
        assert!(is_sdp(Text::new(b"application/sdp")));
        assert!(is_sdp(Text::new(b"Application / SDP;charset=x")));
        assert!(!is_sdp(Text::new(b"text/plain")));
        assert!(!is_sdp(Text::new(b"application/sdpfrag")));
    }

    #[test]
    fn digest_covers_the_request_uri_that_it_names() {
        let uri = Text::new(b"sip:203.0.113.1");
        let method = Method::Register;
        let facts = Facts::new(StartLine::Request { method, uri });
        let same = b"Digest username=\"a,uri=\", uri=\"sip:203.0.113.1\", qop=auth";
        assert!(facts.covers(Text::new(same)));
        let other = b"Digest username=\"a\",uri=\"sip:example.com\"";
        assert!(!facts.covers(Text::new(other)));
    }
}
