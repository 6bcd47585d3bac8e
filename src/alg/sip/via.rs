// SPDX-License-Identifier: GPL-2.0

//! Via values: `SIP/2.0/UDP host:port;params` (RFC 3261 20.42).

use super::params::{
    split_unquoted,
    split_value,
    Brackets, //
};
use super::{
    Element,
    Error,
    HostPort,
    Params, //
};
use crate::class::Class;
use crate::scan::{
    folded,
    key, //
};
use crate::Text;

/// One value of a Via header.
#[derive(Clone, Copy, Debug)]
pub struct Via<'a> {
    /// `UDP`, `TCP`, ...
    pub transport: Text<'a>,
    /// Where the sender wants the response (RFC 3261 18.2.2, sent-by).
    pub sent_by: HostPort<'a>,
    /// `branch`, `received`, `rport`, ...
    pub params: Params<'a>,
}

impl<'a> Via<'a> {
    /// The values of a comma list.
    pub const fn list(value: Text<'a>) -> List<'a> {
        List {
            rest: value,
            brackets: Brackets::new(),
        }
    }

    /// Reads the value in front; the rest begins with a comma or is empty.
    #[inline(always)]
    fn split(value: Text<'a>, brackets: &mut Brackets) -> Result<(Self, Text<'a>), Error> {
        let rest = match folded(value.bytes(), 8) {
            word if word == const { key("sip/2.0/") } => value.skip(8),
            _ => protocol(value, brackets)?,
        };
        let (transport, rest) = rest.trim_start().split_where(|byte| Class::SPACE.has(byte));
        let (sent_by, rest) = HostPort::parse(rest.trim_start())?;
        let (params, rest) = split_value(rest, brackets);
        let params = params.trim_start();
        if !matches!(params.first(), None | Some(b';')) {
            return Err(Error::new(Element::HostEnd, params));
        }
        let via = Self {
            transport,
            sent_by,
            params: Params::new(params),
        };
        Ok((via, rest))
    }
}

/// `SIP / 2.0 /` with blanks or folding in between.
#[cold]
fn protocol<'a>(list: Text<'a>, brackets: &mut Brackets) -> Result<Text<'a>, Error> {
    let wrong = Error::new(Element::Protocol, list);
    let (value, _) = split_unquoted(list, b',', brackets);
    let (protocol, rest) = value.cut(b'/').ok_or(wrong)?;
    let (version, rest) = rest.cut(b'/').ok_or(wrong)?;
    if !protocol.trim().is("SIP") || !version.trim().is("2.0") {
        return Err(wrong);
    }
    Ok(list.skip(rest.behind(list)))
}

/// The values of a comma list.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    rest: Text<'a>,
    brackets: Brackets,
}

impl<'a> Iterator for List<'a> {
    type Item = Result<Via<'a>, Error>;

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        let mut rest = self.rest.trim_start();
        while let Some(behind) = rest.strip_byte(b',') {
            rest = behind.trim_start();
        }
        if rest.is_empty() {
            self.rest = rest;
            return None;
        }
        let read = Via::split(rest, &mut self.brackets);
        self.rest = match &read {
            Ok((_, rest)) => *rest,
            Err(_) => split_unquoted(rest, b',', &mut self.brackets).1,
        };
        Some(read.map(|(via, _)| via))
    }
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_via))]
mod tests {
    use super::*;

    fn sent_by(value: &[u8], which: usize) -> Option<(&[u8], Option<u16>)> {
        let via = Via::list(Text::new(value)).nth(which)?.ok()?;
        Some((via.sent_by.host.bytes(), via.sent_by.port_number()))
    }

    #[test]
    fn sent_by_with_blanks_wherever_they_may_stand() {
        let plain = b"SIP/2.0/UDP 10.0.0.2:5062;branch=z9hG4bK1;rport";
        assert_eq!(sent_by(plain, 0), Some((&b"10.0.0.2"[..], Some(5062))));
        let spaced = b"SIP / 2.0 / UDP\r\n 10.0.0.2 : 5062 ; rport";
        assert_eq!(sent_by(spaced, 0), Some((&b"10.0.0.2"[..], Some(5062))));
    }

    #[test]
    fn values_of_a_list_with_their_parameters() {
        let list =
            b"SIP/2.0/UDP a.example;x=\"1,2\", sip/2.0/TLS 10.0.0.2;received=10.0.0.3;rport=9";
        assert_eq!(sent_by(list, 0), Some((&b"a.example"[..], None)));
        assert_eq!(sent_by(list, 1), Some((&b"10.0.0.2"[..], None)));
        assert_eq!(sent_by(list, 2), None);
        let second = Via::list(Text::new(list)).nth(1).and_then(Result::ok);
        assert!(second.is_some_and(|via| {
            via.transport.is("TLS")
                && via.params.find("received").map(Text::bytes) == Some(b"10.0.0.3")
                && via.params.find("rport").map(Text::bytes) == Some(b"9")
                && via.params.find("branch").is_none()
        }));
    }

    #[test]
    fn other_protocols_are_refused_and_hide_nothing() {
        assert_eq!(sent_by(b"HTTP/1.1/TCP host", 0), None);
        assert_eq!(sent_by(b"SIP/2.0/UDP", 0), None);
        assert_eq!(sent_by(b"10.0.0.2", 0), None);
        let list = b"10.0.0.2, SIP/2.0/UDP b.example";
        assert_eq!(sent_by(list, 1), Some((&b"b.example"[..], None)));
    }
}
