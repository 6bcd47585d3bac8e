// SPDX-License-Identifier: GPL-2.0

//! URIs (RFC 3261 19.1).

use super::{
    Element,
    Error,
    HostPort,
    Params, //
};
use crate::scan::{
    find_close_or_at,
    find_either,
    find_near, //
};
use crate::Text;

/// What a URI begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Scheme {
    /// `sip:`
    Sip,
    /// `sips:`
    Sips,
}

/// A SIP URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uri<'a> {
    /// `sip` or `sips`.
    pub scheme: Scheme,
    /// User and password, where there is an `@`.
    pub user: Option<Text<'a>>,
    /// The place in the network.
    pub host: HostPort<'a>,
    /// Parameters and headers behind the host, from the first `;` or `?` on.
    pub tail: Text<'a>,
}

impl<'a> Uri<'a> {
    /// Reads a URI that fills `text`.
    ///
    /// Fails with [`Element::Scheme`] for other schemes: a `tel:` URI has no address.
    #[inline(always)]
    pub fn parse(text: Text<'a>) -> Result<Self, Error> {
        let (scheme, rest) = scheme(text)?;
        let (user, behind) = rest.split_at(find_near(rest.bytes(), b'@'));
        let (user, hostport) = match behind.strip_byte(b'@') {
            Some(hostport) => (Some(user), hostport),
            None => (None, rest),
        };
        let (host, tail) = HostPort::parse(hostport)?;
        Self::with(scheme, user, host, tail)
    }

    /// Reads a URI in front of a `>`; what stands behind that is the rest.
    #[inline(always)]
    pub(super) fn bracketed(text: Text<'a>) -> Result<(Self, Text<'a>), Error> {
        let (scheme, rest) = scheme(text)?;
        let (front, end) = rest.split_within(find_close_or_at(rest.bytes()));
        let (user, hostport, end) = match end.bytes() {
            [b'@', hostport @ ..] => (Some(front), Text::new(hostport), end),
            [] | [b'>', ..] => (None, rest, end),
            _ => with_unusual_user(rest),
        };
        let (host, behind) = HostPort::parse(hostport)?;
        if let Some(rest) = behind.strip_byte(b'>') {
            let tail = behind.take(0);
            let uri = Self {
                scheme,
                user,
                host,
                tail,
            };
            return Ok((uri, rest));
        }
        let (tail, rest) = match user {
            Some(_) => behind.split_at(find_near(behind.bytes(), b'>')),
            None => behind.split_at(end.behind(behind)),
        };
        let rest = rest
            .strip_byte(b'>')
            .ok_or(Error::new(Element::HostEnd, rest))?;
        Ok((Self::with(scheme, user, host, tail)?, rest))
    }

    #[inline(always)]
    fn with(
        scheme: Scheme,
        user: Option<Text<'a>>,
        host: HostPort<'a>,
        tail: Text<'a>,
    ) -> Result<Self, Error> {
        let tail = tail.trim();
        if !matches!(tail.first(), None | Some(b';' | b'?')) {
            return Err(Error::new(Element::HostEnd, tail));
        }
        Ok(Self {
            scheme,
            user,
            host,
            tail,
        })
    }

    /// `transport`, `lr`, `ob`, ...
    pub fn params(&self) -> Params<'a> {
        Params::new(self.tail.split_before(b'?').0)
    }
}

/// Splits off what stands in front of an `@`, if there is one before a `>`, behind something that looks like
/// either; and tells where both are looked for from there on.
#[cold]
fn with_unusual_user(text: Text<'_>) -> (Option<Text<'_>>, Text<'_>, Text<'_>) {
    let (front, end) = text.split_at(find_either(text.bytes(), b'>', b'@'));
    match end.strip_byte(b'@') {
        Some(hostport) => (Some(front), hostport, end),
        None => (None, text, end),
    }
}

/// Splits off the scheme. No part behind the user may hold an unescaped `@`, but the user `;` and `?`.
#[inline(always)]
fn scheme(text: Text<'_>) -> Result<(Scheme, Text<'_>), Error> {
    if let Some(rest) = text.strip("sip:") {
        return Ok((Scheme::Sip, rest));
    }
    match text.strip("sips:") {
        Some(rest) => Ok((Scheme::Sips, rest)),
        None => Err(Error::new(Element::Scheme, text)),
    }
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_uri))]
mod tests {
    use super::*;

    fn host(text: &[u8]) -> Option<(&[u8], Option<u16>)> {
        let uri = Uri::parse(Text::new(text)).ok()?;
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
    fn parts_are_told_apart() {
        let uri = Uri::parse(Text::new(b"sips:a:b@h:1;transport=tcp;ob?Subject=x"));
        assert!(uri.is_ok_and(|uri| {
            uri.scheme == Scheme::Sips
                && uri.user.map(Text::bytes) == Some(b"a:b")
                && uri.params().find("transport").map(Text::bytes) == Some(b"tcp")
                && uri.params().find("ob").is_some()
                && uri.params().find("subject").is_none()
        }));
    }

    #[test]
    fn other_schemes_and_rubbish_are_refused() {
        let why = |bytes| {
            let text = Text::new(bytes);
            Uri::parse(text)
                .err()
                .map(|error| (error.element, error.offset_in(text)))
        };
        assert_eq!(why(b"tel:+123"), Some((Element::Scheme, 0)));
        assert_eq!(why(b"http://10.0.0.2"), Some((Element::Scheme, 0)));
        assert_eq!(why(b"sip-x:h"), Some((Element::Scheme, 0)));
        assert_eq!(why(b"sip:"), Some((Element::Host, 4)));
        assert_eq!(why(b"sip:a@10.0.0.2/x"), Some((Element::HostEnd, 14)));
        assert_eq!(why(b"10.0.0.2"), Some((Element::Scheme, 0)));
    }
}
