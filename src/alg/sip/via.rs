// SPDX-License-Identifier: GPL-2.0

//! Via values: `SIP/2.0/UDP host:port;params` (RFC 3261 20.42).

use super::params::{
    next_value,
    quoted,
    Marks,
    MAX_PARAMS, //
};
use super::{
    Element,
    Error,
    HostPort,
    Params, //
};
use crate::scan::{
    find_not_numeric_near,
    find_one_of,
    find_via_separator, //
};
use crate::word::{
    first_four,
    four,
    four_or_five_digits, //
};
use crate::Text;

/// One value of a Via header.
#[derive(Clone, Copy, Debug)]
pub struct Via<'a> {
    /// `UDP`, `TCP`, ...
    pub transport: Text<'a>,
    /// Where the sender wants the response (RFC 3261 18.2.2, sent-by).
    pub sent_by: HostPort<'a>,
    /// The parameters that say where responses go.
    pub path: Path<'a>,
    /// All of them.
    pub params: Params<'a>,
}

/// The parameters of a Via that responses find their way by; of several of a name the first.
#[derive(Clone, Copy, Debug, Default)]
pub struct Path<'a> {
    /// The transaction (RFC 3261 20.42).
    pub branch: Option<Text<'a>>,
    /// Where the request came from (RFC 3261 18.2.1).
    pub received: Option<Text<'a>>,
    /// The port that it came from; empty where it is asked for (RFC 3581 3, 4).
    pub rport: Option<Text<'a>>,
    /// Where the response has to go instead (RFC 3261 18.2.2).
    pub maddr: Option<Text<'a>>,
}

impl<'a> Via<'a> {
    /// The values of a comma list.
    pub const fn list(value: Text<'a>) -> List<'a> {
        List {
            rest: value,
            marks: Marks::new(),
        }
    }

    /// Reads the value in front; the rest begins with a comma or is empty.
    #[inline]
    fn split(value: Text<'a>, marks: &mut Marks) -> Result<(Self, Text<'a>), Error> {
        let rest = match value.strip("SIP/2.0/") {
            Some(rest) => rest,
            None => {
                marks.pass();
                protocol(value)?
            }
        };
        let (transport, rest) = transport(rest.trim_start());
        let (sent_by, rest) = HostPort::parse(rest.trim_start())?;
        let params = rest.trim_start();
        let mut path = Path::default();
        let rest = match params.strip_byte(b';') {
            Some(first) => path.take_all(first, marks)?,
            None => params,
        };
        if !matches!(rest.first(), None | Some(b',')) {
            return Err(Error::new(Element::HostEnd, rest));
        }
        let via = Self {
            transport,
            sent_by,
            path,
            params: Params::new(params.take(rest.behind(params))),
        };
        Ok((via, rest))
    }
}

/// Splits off the transport, which mostly has three letters, and drops the blanks behind it.
#[inline(always)]
fn transport(text: Text<'_>) -> (Text<'_>, Text<'_>) {
    /// Three characters that are none, then a blank.
    const LEAST: u32 = u32::from_le_bytes(*b"!!! ");

    match text.bytes().first_chunk() {
        Some(word) if u32::from_le_bytes(*word).wrapping_sub(LEAST) & 0xff80_8080 == 0 => {
            let (transport, rest) = text.split_at(3);
            (transport, rest.skip(1))
        }
        _ => text.word(),
    }
}

impl<'a> Path<'a> {
    /// Takes the parameters that `text` begins with; the rest is what ends them.
    #[inline(always)]
    fn take_all(&mut self, text: Text<'a>, marks: &mut Marks) -> Result<Text<'a>, Error> {
        let mut text = text;
        for _ in 0..MAX_PARAMS {
            match self.take(text.trim_start(), marks) {
                End::Param(behind) => text = behind,
                End::Value(rest) => return Ok(rest),
            }
        }
        Err(Error::new(Element::Params, text))
    }

    /// Takes the parameter that `text` begins with.
    #[inline(always)]
    fn take(&mut self, text: Text<'a>, marks: &mut Marks) -> End<'a> {
        let Some((name, behind)) = text.bytes().split_first_chunk() else {
            return self.take_unusual(text, marks);
        };
        let behind = Text::new(behind);
        match four(u32::from_le_bytes(*name)) {
            name if name == const { first_four("branch") } => {
                if let Some(value) = behind.strip("ch=") {
                    return take_value(&mut self.branch, value, marks);
                }
            }
            name if name == const { first_four("received") } => {
                if let Some(value) = behind.strip("ived=") {
                    return take_host(&mut self.received, value, marks);
                }
            }
            name if name == const { first_four("rport") } => {
                let behind = behind.strip("t");
                match behind.map(Text::bytes) {
                    Some([b'=', port @ ..]) => {
                        return take_port(&mut self.rport, Text::new(port), marks)
                    }
                    Some([] | [b';', ..]) => {
                        return take_up_to(0, &mut self.rport, behind.unwrap_or(text), marks)
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        self.take_unusual(text, marks)
    }

    /// The same for one that is none of these, has no value, or has blanks around its equals sign.
    fn take_unusual(&mut self, text: Text<'a>, marks: &mut Marks) -> End<'a> {
        marks.pass();
        let (param, rest) = split_param(text, marks);
        let (name, value) = param.split_before(b'=');
        let slot = match name.trim_end() {
            name if name.is("rport") => &mut self.rport,
            name if name.is("branch") => &mut self.branch,
            name if name.is("received") => &mut self.received,
            name if name.is("maddr") => &mut self.maddr,
            _ => return End::at(rest),
        };
        slot.get_or_insert(value.skip(1).trim());
        End::at(rest)
    }
}

/// What ends a parameter.
enum End<'a> {
    /// A semicolon; what stands behind it.
    Param(Text<'a>),
    /// A comma, or the end.
    Value(Text<'a>),
}

impl<'a> End<'a> {
    #[inline(always)]
    fn at(text: Text<'a>) -> Self {
        match text.strip_byte(b';') {
            Some(behind) => Self::Param(behind),
            None => Self::Value(text),
        }
    }
}

/// Takes the value of a parameter, where it is the first one of its name.
#[inline(always)]
fn take_value<'a>(slot: &mut Option<Text<'a>>, text: Text<'a>, marks: &mut Marks) -> End<'a> {
    take_up_to(find_via_separator(text.bytes()), slot, text, marks)
}

/// The same for one that mostly is an IPv4 address.
#[inline(always)]
fn take_host<'a>(slot: &mut Option<Text<'a>>, text: Text<'a>, marks: &mut Marks) -> End<'a> {
    take_up_to(find_not_numeric_near(text.bytes()), slot, text, marks)
}

/// The same for one that mostly is a port.
#[inline(always)]
fn take_port<'a>(slot: &mut Option<Text<'a>>, text: Text<'a>, marks: &mut Marks) -> End<'a> {
    let len = four_or_five_digits(text.bytes()).map_or(0, |(_, len)| len);
    take_up_to(len, slot, text, marks)
}

/// The same for one that mostly has so many characters.
#[inline(always)]
fn take_up_to<'a>(
    len: usize,
    slot: &mut Option<Text<'a>>,
    text: Text<'a>,
    marks: &mut Marks,
) -> End<'a> {
    let (value, rest) = text.split_within(len);
    match rest.bytes() {
        [b';', behind @ ..] => {
            slot.get_or_insert(value);
            End::Param(Text::new(behind))
        }
        [] | [b',', ..] => {
            slot.get_or_insert(value);
            End::Value(rest)
        }
        _ => {
            let (value, rest) = split_unusual_value(text, marks);
            slot.get_or_insert(value);
            End::at(rest)
        }
    }
}

/// The same where there is white space or a quoted string in it.
#[cold]
fn split_unusual_value<'a>(text: Text<'a>, marks: &mut Marks) -> (Text<'a>, Text<'a>) {
    marks.pass();
    let (value, rest) = split_unusual_param(text, marks);
    (value.trim(), rest)
}

/// What stands behind the value in front.
#[cold]
fn behind_value<'a>(text: Text<'a>, marks: &mut Marks) -> Text<'a> {
    let mut rest = split_param(text, marks).1;
    for _ in 0..MAX_PARAMS {
        let Some(behind) = rest.strip_byte(b';') else {
            return rest;
        };
        marks.pass();
        rest = split_param(behind, marks).1;
    }
    text.skip(text.len())
}

/// Splits where the next parameter or value begins.
#[inline(always)]
fn split_param<'a>(text: Text<'a>, marks: &mut Marks) -> (Text<'a>, Text<'a>) {
    let (param, rest) = text.split_at(find_via_separator(text.bytes()));
    match rest.first() {
        None | Some(b';' | b',') => (param, rest),
        Some(_) => split_unusual_param(text, marks),
    }
}

/// The same where a quoted string begins in it, or it holds what is seldom in one.
#[cold]
fn split_unusual_param<'a>(text: Text<'a>, marks: &mut Marks) -> (Text<'a>, Text<'a>) {
    let mut rest = text;
    loop {
        rest = rest.skip(find_one_of(rest.bytes(), *b";,\""));
        if rest.first() != Some(b'"') {
            return text.split_at(rest.behind(text));
        }
        let mark = quoted(rest.bytes());
        if marks.meet(mark).is_none() {
            return text.split_at(text.len());
        }
        rest = rest.skip(mark);
    }
}

/// `SIP / 2.0 /` with blanks or folding in between.
#[cold]
fn protocol(list: Text<'_>) -> Result<Text<'_>, Error> {
    let protocol = list.strip("SIP").and_then(behind_slash);
    let version = protocol.and_then(|text| text.strip("2.0"));
    let rest = version.and_then(behind_slash);
    rest.ok_or(Error::new(Element::Protocol, list))
}

/// What stands behind a slash and the white space around it.
fn behind_slash(text: Text<'_>) -> Option<Text<'_>> {
    Some(text.trim_start().strip_byte(b'/')?.trim_start())
}

/// The values of a comma list.
#[derive(Clone, Copy, Debug)]
pub struct List<'a> {
    rest: Text<'a>,
    marks: Marks,
}

impl List<'_> {
    /// What the unusual parameters and quoted strings of the last value cost.
    #[inline(always)]
    pub(crate) const fn marks(&self) -> usize {
        self.marks.count()
    }
}

impl<'a> Iterator for List<'a> {
    type Item = Result<Via<'a>, Error>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.marks.begin();
        let rest = next_value(self.rest);
        if rest.is_empty() {
            self.rest = rest;
            return None;
        }
        let read = Via::split(rest, &mut self.marks);
        self.rest = match &read {
            Ok((_, rest)) => *rest,
            // One that has too many parameters has all of them.
            Err(error) if error.element == Element::Params => rest.skip(rest.len()),
            Err(_) => behind_value(rest, &mut self.marks),
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
    fn what_only_looks_like_a_name_is_none() {
        let list = b"SIP/2.0/UDP a;branch\x1dz9;rport\x1b1;received\x1d1.2.3.4;branch=z9hG4bK2";
        let via = Via::list(Text::new(list)).next().and_then(Result::ok);
        assert!(via.is_some_and(|via| {
            via.path.branch.is_some_and(|branch| branch.is("z9hG4bK2"))
                && via.path.rport.is_none()
                && via.path.received.is_none()
        }));
        assert_eq!(sent_by(b"SIP\x0f2.0/UDP a", 0), None);
    }

    #[test]
    fn parameters_that_responses_find_their_way_by() {
        let list = b"SIP/2.0/UDP a;rport;maddr=b;branch = z9 ;RECEIVED=c;branch=late, SIP/2.0/UDP d;rport=5";
        let path = |which| {
            let via = Via::list(Text::new(list)).nth(which)?.ok()?;
            Some(via.path)
        };
        assert!(path(0).is_some_and(|path| {
            path.rport.is_some_and(Text::is_empty)
                && path.maddr.is_some_and(|host| host.is("b"))
                && path.branch.is_some_and(|branch| branch.is("z9"))
                && path.received.is_some_and(|host| host.is("c"))
        }));
        assert!(path(1).is_some_and(|path| path.rport.is_some_and(|port| port.is("5"))));
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
