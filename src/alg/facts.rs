// SPDX-License-Identifier: GPL-2.0

//! What the header of a message says that decisions are made of.

use core::iter::successors;

use crate::effort::Effort;
use crate::reason::Reason;
use crate::sip::params::{
    split_unquoted,
    Marks, //
};
use crate::sip::value::seconds;
use crate::sip::{
    Address,
    CSeq,
    Error,
    Header,
    HostPort,
    MediaType,
    Method,
    Name,
    Params,
    StartLine, //
};
use crate::Text;

/// Contacts that are looked at; more leave the message as it is.
const MAX_CONTACTS: usize = 16;

/// P-Asserted-Identity fields that are looked at; there are two values at most (RFC 3325 9.1).
const MAX_ASSERTED: usize = 2;

/// What From or To says of a party.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Party<'a> {
    /// The host of its SIP URI, where it is one.
    pub(crate) host: Option<HostPort<'a>>,
    /// The header's parameters, the tag among them; `None` where the value cannot be read.
    pub(crate) params: Option<Params<'a>>,
}

impl<'a> Party<'a> {
    fn is_read(&self) -> bool {
        self.params.is_some()
    }

    /// Reads the value of a From or To.
    #[inline(always)]
    fn new(value: Text<'a>) -> Self {
        match Address::single(value) {
            Ok(address) => Self {
                host: address.host(),
                params: Some(address.params),
            },
            Err(_) => Self {
                host: None,
                params: None,
            },
        }
    }
}

/// What a message does about Contacts at a registrar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Registering {
    /// It is a REGISTER.
    Request,
    /// It is the 2xx to one.
    Granted,
}

/// Collected while the header is walked, complete at its end.
pub(crate) struct Facts<'a> {
    pub(crate) start: StartLine<'a>,
    /// The first CSeq.
    pub(crate) cseq: Option<CSeq>,
    /// The first Call-ID.
    pub(crate) call_id: Option<Text<'a>>,
    /// The first From.
    pub(crate) from: Option<Party<'a>>,
    /// The first To.
    pub(crate) to: Option<Party<'a>>,
    /// Seconds that the session was agreed upon for (RFC 4028 4), by the first that can be read.
    pub(crate) session_expires: Option<u32>,
    /// Seconds (RFC 3261 20.19), by the first that can be read.
    pub(crate) expires: Option<u32>,
    /// The digits of the first Content-Length.
    pub(crate) content_length: Option<Text<'a>>,
    /// What the body says that it is.
    pub(crate) media_type: Option<MediaType<'a>>,
    /// Who the caller is for those who trust the network.
    pub(crate) asserted: [Option<Text<'a>>; MAX_ASSERTED],
    /// What tells the transaction from others (RFC 3261 20.42): the branch of the topmost Via.
    pub(crate) branch: Option<Text<'a>>,
    /// Whether somebody vouches for the parties of the call (RFC 8224).
    pub(crate) has_identity: bool,
    vias: usize,
    covered: bool,
    contacts: [Option<Text<'a>>; MAX_CONTACTS],
}

impl<'a> Facts<'a> {
    pub(crate) fn new(start: StartLine<'a>) -> Self {
        Self {
            start,
            cseq: None,
            call_id: None,
            from: None,
            to: None,
            session_expires: None,
            expires: None,
            content_length: None,
            media_type: None,
            asserted: [None; MAX_ASSERTED],
            branch: None,
            has_identity: false,
            vias: 0,
            covered: false,
            contacts: [None; MAX_CONTACTS],
        }
    }

    /// Takes what a header field says.
    ///
    /// Credentials for a proxy matter where the message is `forwarded` to one; on its way to a user
    /// agent the proxy has checked them.
    #[inline(always)]
    pub(crate) fn take(
        &mut self,
        header: Header<'a>,
        forwarded: bool,
        effort: &mut Effort,
    ) -> Result<(), Reason> {
        let value = header.value;
        match header.name {
            Name::Authorization => self.covered |= self.covers(value, effort)?,
            Name::ProxyAuthorization => self.covered |= forwarded && self.covers(value, effort)?,
            Name::CallId => _ = self.call_id.get_or_insert(value),
            Name::CSeq if self.cseq.is_none() => self.cseq = CSeq::parse(value).ok(),
            Name::Contact => {
                effort.spend(quotes(value))?;
                let mut slots = self.contacts.iter_mut();
                let free = slots.find(|slot| slot.is_none());
                *free.ok_or(Reason::TooManyContacts)? = Some(value);
            }
            Name::ContentLength if self.content_length.is_none() => {
                self.content_length = Some(value);
            }
            Name::ContentType if self.media_type.is_none() => {
                effort.spend(Effort::VALUE)?;
                self.media_type = MediaType::parse(value).ok();
            }
            Name::SessionExpires if self.session_expires.is_none() => {
                self.session_expires = seconds(value).ok();
            }
            Name::Expires if self.expires.is_none() => self.expires = seconds(value).ok(),
            Name::From if self.from.is_none() => self.from = Some(Party::new(value)),
            Name::Identity => self.has_identity = true,
            Name::PAssertedIdentity => {
                let mut slots = self.asserted.iter_mut();
                if let Some(free) = slots.find(|slot| slot.is_none()) {
                    *free = Some(value);
                }
            }
            Name::To if self.to.is_none() => self.to = Some(Party::new(value)),
            Name::Via => self.vias = self.vias.saturating_add(1),
            _ => {}
        }
        Ok(())
    }

    /// Whether no Via has been taken yet.
    pub(crate) const fn is_top_via(&self) -> bool {
        self.vias == 0
    }

    pub(crate) const fn is_request(&self) -> bool {
        matches!(self.start, StartLine::Request { .. })
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

    /// A number for the transaction, which others hardly have; zero where it has no branch.
    pub(crate) fn branch_digest(&self) -> u32 {
        let branch = self.branch.map_or(&b""[..], Text::bytes);
        branch.iter().fold(0, |sum: u32, byte| {
            sum.wrapping_add(u32::from(*byte)).wrapping_mul(0x0100_0193)
        })
    }

    /// Whether it has the fields that every message has (RFC 3261 8.1.1, 8.2.6.2), and a CSeq that can be read.
    pub(crate) const fn is_whole(&self) -> bool {
        let parties = self.from.is_some() && self.to.is_some() && self.vias > 0;
        parties && self.call_id.is_some() && self.cseq.is_some()
    }

    /// Whether these can be read, too, and tell the transaction from others.
    pub(crate) fn is_complete(&self) -> bool {
        let is_read = |party: &Option<Party<'_>>| party.as_ref().is_some_and(Party::is_read);
        let parties = is_read(&self.from) && is_read(&self.to);
        parties && self.is_whole() && self.branch.is_some()
    }

    /// What it does about Contacts at a registrar, and its CSeq number.
    pub(crate) fn registering(&self) -> Option<(Registering, u32)> {
        let cseq = self.cseq?;
        let what = match self.start {
            StartLine::Request {
                method: Method::Register,
                ..
            } => Registering::Request,
            StartLine::Response { code: 200..=299 } if cseq.method == Method::Register => {
                Registering::Granted
            }
            _ => return None,
        };
        Some((what, cseq.number))
    }

    /// For how long a Contact is bound: its own time, else the message's (RFC 3261 10.2.1.1).
    pub(crate) fn expires(&self, contact: Address<'_>) -> Option<u32> {
        match contact.params.find("expires") {
            Some(own) => seconds(own).ok(),
            None => self.expires,
        }
    }

    /// Every value of every Contact.
    pub(crate) fn contacts(&self) -> impl Iterator<Item = Address<'a>> + '_ {
        self.listed().flatten()
    }

    /// The same with those that cannot be read.
    fn listed(&self) -> impl Iterator<Item = Result<Address<'a>, Error>> + '_ {
        self.contact_fields().flat_map(Address::list)
    }

    fn contact_fields(&self) -> impl Iterator<Item = Text<'a>> + '_ {
        // They are filled from the first one on.
        self.contacts.iter().map_while(|value| *value)
    }

    /// Whether there are more Contacts than are looked at, however they are spread over fields.
    pub(crate) fn has_too_many_contacts(&self) -> bool {
        let behind_comma = |text: &Text<'a>| text.cut(b',').map(|(_, behind)| behind);
        let mut parts = self
            .contact_fields()
            .flat_map(|value| successors(Some(value), behind_comma));
        // There are no more values than parts.
        parts.nth(MAX_CONTACTS).is_some() && self.listed().nth(MAX_CONTACTS).is_some()
    }

    /// Whether credentials were made for this Request-URI (RFC 7616 3.4, digest-uri).
    fn covers(&self, credentials: Text<'a>, effort: &mut Effort) -> Result<bool, Reason> {
        let Some(request_uri) = self.request_uri() else {
            return Ok(false);
        };
        effort.spend(Effort::PARAMETER)?;
        // Any white space may follow (RFC 3261 25.1, LWS).
        let Some(mut rest) = credentials.strip("Digest") else {
            return Ok(false);
        };
        let mut marks = Marks::new();
        while !rest.is_empty() {
            marks.begin();
            let (param, behind) = split_unquoted(rest, b',', &mut marks);
            effort.spend(Effort::PARAMETER)?;
            effort.spend(Effort::quoted(marks.count(), param.len()))?;
            rest = behind.skip(1);
            let Some(value) = value_of(param, "uri") else {
                continue;
            };
            let quoted = value.strip_byte(b'"').and_then(|value| value.cut(b'"'));
            let value = quoted.map_or(value, |(value, _)| value);
            return Ok(value.bytes() == request_uri.bytes());
        }
        Ok(false)
    }
}

/// How many quoted strings, with brackets among them, there may be in a text.
#[inline(always)]
fn quotes(text: Text<'_>) -> usize {
    match text.cut(b'"') {
        Some((_, behind)) => all_quotes(behind),
        None => 0,
    }
}

/// The same where the first one has begun.
#[cold]
fn all_quotes(text: Text<'_>) -> usize {
    let is_mark = |byte: &u8| matches!(byte, b'"' | b'<');
    let count = |sum: usize, byte: &u8| sum.wrapping_add(usize::from(is_mark(byte)));
    text.bytes().iter().fold(1, count).div_ceil(2)
}

/// The value of a parameter, if it has this name.
fn value_of<'a>(param: Text<'a>, name: &str) -> Option<Text<'a>> {
    let behind = param.trim_start().strip(name)?.trim_start();
    Some(behind.strip_byte(b'=')?.trim())
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_facts))]
mod tests {
    use super::*;

    #[test]
    fn digest_covers_the_request_uri_that_it_names() {
        let uri = Text::new(b"sip:203.0.113.1");
        let method = Method::Register;
        let facts = Facts::new(StartLine::Request { method, uri });
        let same = b"Digest username=\"a,uri=\", uri=\"sip:203.0.113.1\", qop=auth";
        let covers = |credentials| facts.covers(Text::new(credentials), &mut Effort::new(0));
        assert_eq!(covers(&same[..]), Ok(true));
        let blanks = b"digest\t\r\n uri = \"sip:203.0.113.1\"";
        assert_eq!(covers(&blanks[..]), Ok(true));
        let other = b"Digest username=\"a\",uri=\"sip:example.com\"";
        assert_eq!(covers(&other[..]), Ok(false));
    }

    #[test]
    fn second_field_of_a_name_hides_nothing_of_the_first() {
        let mut facts = Facts::new(StartLine::Response { code: 200 });
        let mut effort = Effort::new(0);
        for (name, value) in [
            (Name::Expires, &b"x"[..]),
            (Name::Expires, b"60"),
            (Name::Expires, b"70"),
            (Name::Expires, b"y"),
            (Name::SessionExpires, b"90;refresher=uac"),
            (Name::SessionExpires, b"z"),
            (Name::CSeq, b"x"),
            (Name::CSeq, b"1 INVITE"),
            (Name::CSeq, b"2 INVITE"),
            (Name::CallId, b"a"),
            (Name::CallId, b"b"),
            (Name::ContentLength, b"5"),
            (Name::ContentLength, b"6"),
        ] {
            let header = Header {
                name,
                value: Text::new(value),
                unusual: false,
            };
            assert!(facts.take(header, false, &mut effort).is_ok());
        }
        assert_eq!(facts.expires, Some(60));
        assert_eq!(facts.session_expires, Some(90));
        assert_eq!(facts.cseq.map(|cseq| cseq.number), Some(1));
        assert!(facts.call_id.is_some_and(|id| id.is("a")));
        assert!(facts.content_length.is_some_and(|length| length.is("5")));
    }
}
