// SPDX-License-Identifier: GPL-2.0

//! Values that are a word or two: CSeq, Content-Type, times.

use super::params::Params;
use super::{
    Element,
    Error,
    Method, //
};
use crate::class::Class;
use crate::Text;

/// `number method` (RFC 3261 20.16).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CSeq {
    /// Counts the requests of a dialog.
    pub number: u32,
    /// The method of the request, also in responses.
    pub method: Method,
}

impl CSeq {
    /// Reads the value of a CSeq.
    #[inline(always)]
    pub fn parse(value: Text<'_>) -> Result<Self, Error> {
        let (number, rest) = value
            .leading_number()
            .ok_or(Error::new(Element::CSeq, value))?;
        let method = rest.trim_blank();
        if method.is_empty() || method.len() == rest.len() {
            return Err(Error::new(Element::CSeq, rest));
        }
        Ok(Self {
            number,
            method: Method::parse(method).unwrap_or(Method::Other),
        })
    }
}

/// What carries a session description (RFC 8866 8.1).
const SDP: &str = "application/sdp";

/// `type/subtype;params` (RFC 3261 20.15).
#[derive(Clone, Copy, Debug)]
pub struct MediaType<'a> {
    /// Type and subtype, as they stand.
    essence: Text<'a>,
    params: Text<'a>,
}

impl<'a> MediaType<'a> {
    /// Reads the value of a Content-Type.
    #[inline(always)]
    pub fn parse(value: Text<'a>) -> Result<Self, Error> {
        if value.is(SDP) {
            let params = value.skip(SDP.len());
            let essence = value;
            return Ok(Self { essence, params });
        }
        Self::any(value)
    }

    /// The same for all but the plain type of a session description.
    #[inline(never)]
    fn any(value: Text<'a>) -> Result<Self, Error> {
        let (essence, params) = value.split_before(b';');
        match essence.cut(b'/') {
            Some(_) => Ok(Self { essence, params }),
            None => Err(Error::new(Element::MediaType, value)),
        }
    }

    /// `application`, `multipart`, ...
    pub fn kind(&self) -> Text<'a> {
        self.essence.split_before(b'/').0.trim_end()
    }

    /// `sdp`, `mixed`, ...
    pub fn subtype(&self) -> Text<'a> {
        self.essence.split_before(b'/').1.skip(1).trim()
    }

    /// `charset`, `boundary`, ...
    pub fn params(&self) -> Params<'a> {
        Params::new(self.params)
    }

    /// Whether it is `application/sdp` (RFC 8866 8.1).
    #[inline(always)]
    pub fn is_sdp(&self) -> bool {
        self.essence.is(SDP) || self.is_sdp_with_blanks()
    }

    /// The same where there may be blanks in it.
    #[inline(never)]
    fn is_sdp_with_blanks(&self) -> bool {
        self.kind().is("application") && self.subtype().is("sdp")
    }

    /// What separates the parts of a `multipart/...` body (RFC 2046 5.1.1), without its quotes.
    pub fn boundary(&self) -> Option<Text<'a>> {
        let boundary = self
            .kind()
            .is("multipart")
            .then(|| self.params().find("boundary"))??;
        Some(boundary.unquoted()).filter(|boundary| !boundary.is_empty())
    }
}

/// The seconds of `Expires`, `Min-Expires` and of `expires=`; a number beyond 32 bits is as good as
/// the largest.
#[inline(always)]
pub fn seconds(text: Text<'_>) -> Result<u32, Error> {
    let (number, rest) = match text.leading_number() {
        Some(read) => read,
        // None, or too many.
        None => (u32::MAX, text.split_class(Class::DIGIT).1),
    };
    let ends = rest
        .first()
        .is_none_or(|byte| byte == b';' || Class::SPACE.has(byte));
    if rest.len() == text.len() || !ends {
        return Err(Error::new(Element::Number, text));
    }
    Ok(number)
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_value))]
mod tests {
    use super::*;

    fn cseq(value: &[u8]) -> Option<(u32, Method)> {
        let cseq = CSeq::parse(Text::new(value)).ok()?;
        Some((cseq.number, cseq.method))
    }

    #[test]
    fn cseq_with_blanks_and_folding() {
        assert_eq!(cseq(b"0009\r\n   INVITE"), Some((9, Method::Invite)));
        assert_eq!(cseq(b"7  REGISTER"), Some((7, Method::Register)));
        assert_eq!(cseq(b"INVITE"), None);
        assert_eq!(cseq(b"7"), None);
        assert_eq!(cseq(b"7INVITE"), None);
        assert_eq!(cseq(b"4294967296 INVITE"), None);
    }

    #[test]
    fn session_descriptions_and_boundaries_are_known_by_their_type() {
        let is_sdp = |value| MediaType::parse(Text::new(value)).is_ok_and(|read| read.is_sdp());
        assert!(is_sdp(b"application/sdp"));
        assert!(is_sdp(b"Application / SDP;charset=x"));
        assert!(!is_sdp(b"text/plain"));
        assert!(!is_sdp(b"application/sdpfrag"));
        assert!(!is_sdp(b"application"));

        let boundary = |value: &'static [u8]| {
            let read = MediaType::parse(Text::new(value)).ok()?;
            read.boundary().map(Text::bytes)
        };
        assert_eq!(boundary(b"multipart/mixed;boundary=b1"), Some(&b"b1"[..]));
        assert_eq!(
            boundary(b"multipart/mixed; x=y; boundary=\"a b;c\""),
            Some(&b"a b;c"[..])
        );
        assert_eq!(boundary(b"multipart/mixed"), None);
        assert_eq!(boundary(b"application/sdp;boundary=b1"), None);
    }

    #[test]
    fn times_beyond_all_bounds_are_long() {
        assert_eq!(seconds(Text::new(b"3600")), Ok(3600));
        assert_eq!(seconds(Text::new(b"1800;refresher=uac")), Ok(1800));
        assert_eq!(seconds(Text::new(b"99999999999")), Ok(u32::MAX));
        assert!(seconds(Text::new(b"")).is_err());
        assert!(seconds(Text::new(b"-1")).is_err());
        assert!(seconds(Text::new(b"12x")).is_err());
    }
}
