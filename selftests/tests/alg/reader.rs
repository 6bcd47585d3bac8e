// SPDX-License-Identifier: GPL-2.0

//! Everything that the core can read of a message, in the order in which it stands there.
//!
//! One walk serves all proofs: vectors look at it as text ([`describe`]), properties and fuzzers at the
//! places ([`checked`]), the oracle and the corpus at what is found and what is not.

use std::fmt::{
    Debug,
    Write, //
};
use std::net::IpAddr;

use alg::sdp::{
    self,
    Attribute,
    Candidate,
    Media,
    RemoteCandidates,
    Rtcp, //
};
use alg::sip::mime::{
    Part,
    Parts, //
};
use alg::sip::value::seconds;
use alg::sip::{
    message,
    Address,
    CSeq,
    Element,
    Error,
    Header,
    HostPort,
    MediaType,
    Name,
    Params,
    Scheme,
    StartLine,
    Uri,
    Via, //
};
use alg::Text;

/// Something that was read.
pub enum Seen<'s, 'a> {
    /// A value of its own begins: a header's, a line's.
    Begin(&'static str),
    /// Text, with its place.
    Text(&'static str, Text<'a>),
    /// What the text before stands for.
    Meaning(&'static str, &'s dyn Debug),
    /// What could not be read.
    Wrong(Error),
}

/// Who is told.
type See<'s, 'a> = dyn FnMut(Seen<'_, 'a>) + 's;

/// Reads a whole message; fails where its start line or the end of its header cannot be found.
pub fn walk<'a>(message: &'a [u8], see: &mut See<'_, 'a>) -> Result<(), Error> {
    let (start, mut headers) = message::parse(message)?;
    match start {
        StartLine::Request { method, uri: text } => {
            see(Seen::Begin("request"));
            see(Seen::Meaning("method", &method));
            uri(text, see);
        }
        StartLine::Response { code } => {
            see(Seen::Begin("response"));
            see(Seen::Meaning("code", &code));
        }
    }
    let mut media_type = None;
    let mut length = None;
    for field in headers.by_ref() {
        header(field, see);
        match field.name {
            Name::ContentType if media_type.is_none() => {
                media_type = MediaType::parse(field.value).ok();
            }
            Name::ContentLength if length.is_none() => length = Some(field.value.number()),
            _ => {}
        }
    }
    let all = headers.body().ok_or_else(|| {
        let end = Text::new(message).skip(message.len());
        Error::new(Element::Message, end)
    })?;
    let length = length.flatten();
    let all = all.take(length.map_or(all.len(), |length| length as usize));
    body(media_type, all, see);
    Ok(())
}

/// Reads one header field.
pub fn header<'a>(field: Header<'a>, see: &mut See<'_, 'a>) {
    let value = field.value;
    match field.name {
        Name::Via => vias(value, see),
        Name::From => single("from", value, see),
        Name::To => single("to", value, see),
        Name::ReferTo => single("refer-to", value, see),
        Name::ReferredBy => single("referred-by", value, see),
        Name::ReplyTo => single("reply-to", value, see),
        Name::Contact => addresses("contact", value, see),
        Name::Route => addresses("route", value, see),
        Name::RecordRoute => addresses("record-route", value, see),
        Name::Path => addresses("path", value, see),
        Name::ServiceRoute => addresses("service-route", value, see),
        Name::PAssertedIdentity => addresses("p-asserted-identity", value, see),
        Name::PPreferredIdentity => addresses("p-preferred-identity", value, see),
        Name::RemotePartyId => addresses("remote-party-id", value, see),
        Name::Diversion => addresses("diversion", value, see),
        Name::HistoryInfo => addresses("history-info", value, see),
        Name::CallInfo => addresses("call-info", value, see),
        Name::AlertInfo => addresses("alert-info", value, see),
        Name::CSeq => cseq(value, see),
        Name::ContentLength => number("content-length", value, see),
        Name::ContentType => content_type(value, see),
        Name::Expires => time("expires", value, see),
        Name::MinExpires => time("min-expires", value, see),
        Name::SessionExpires => time("session-expires", value, see),
        Name::CallId => plain("call-id", value, see),
        Name::Require => plain("require", value, see),
        Name::Supported => plain("supported", value, see),
        Name::Identity => plain("identity", value, see),
        Name::Warning => plain("warning", value, see),
        Name::Authorization => plain("authorization", value, see),
        Name::ProxyAuthorization => plain("proxy-authorization", value, see),
        Name::Other => {}
    }
}

/// The values of a Via.
pub fn vias<'a>(value: Text<'a>, see: &mut See<'_, 'a>) {
    for via in Via::list(value) {
        see(Seen::Begin("via"));
        match via {
            Ok(via) => {
                found_twice(&via);
                see(Seen::Text("transport", via.transport));
                host(via.sent_by, see);
                params(via.params, see);
            }
            Err(error) => see(Seen::Wrong(error)),
        }
    }
}

/// What is read of a Via in passing is what its parameters say, unless angle brackets, which have no
/// meaning there, enclose some.
fn found_twice(via: &Via<'_>) {
    if via.params.text().bytes().contains(&b'<') {
        return;
    }
    let path = via.path;
    for (name, found) in [
        ("branch", path.branch),
        ("received", path.received),
        ("rport", path.rport),
        ("maddr", path.maddr),
    ] {
        assert_eq!(found, via.params.find(name), "{name} of {via:?}");
    }
}

/// The values of a header that holds a list of addresses.
pub fn addresses<'a>(what: &'static str, value: Text<'a>, see: &mut See<'_, 'a>) {
    for address in Address::list(value) {
        see(Seen::Begin(what));
        one(address, see);
    }
}

/// The value of a From or To.
pub fn single<'a>(what: &'static str, value: Text<'a>, see: &mut See<'_, 'a>) {
    see(Seen::Begin(what));
    one(Address::single(value), see);
}

fn one<'a>(address: Result<Address<'a>, Error>, see: &mut See<'_, 'a>) {
    match address {
        Ok(address) if address.is_star() => see(Seen::Text("all", address.uri())),
        Ok(address) => {
            // With its bracket it is read as it is alone.
            assert_eq!(address.sip().ok(), Uri::parse(address.uri()).ok());
            uri(address.uri(), see);
            params(address.params, see);
        }
        Err(error) => see(Seen::Wrong(error)),
    }
}

/// A URI; one without an address is not wrong.
pub fn uri<'a>(text: Text<'a>, see: &mut See<'_, 'a>) {
    match Uri::parse(text) {
        Ok(uri) => {
            if uri.scheme == Scheme::Sips {
                see(Seen::Meaning("scheme", &uri.scheme));
            }
            if let Some(user) = uri.user {
                see(Seen::Text("user", user));
            }
            host(uri.host, see);
            if !uri.tail.is_empty() {
                see(Seen::Text("tail", uri.tail));
            }
        }
        Err(error) if error.element == Element::Scheme => see(Seen::Text("uri", text)),
        Err(error) => see(Seen::Wrong(error)),
    }
}

fn host<'a>(host: HostPort<'a>, see: &mut See<'_, 'a>) {
    see(Seen::Text(family(host.address()), host.host));
    if let Some(port) = host.port {
        see(Seen::Text("port", port));
    }
}

fn params<'a>(params: Params<'a>, see: &mut See<'_, 'a>) {
    for (name, value) in params {
        see(Seen::Text(";", name));
        if let Some(value) = value {
            see(Seen::Text("value", value));
        }
    }
}

fn cseq<'a>(value: Text<'a>, see: &mut See<'_, 'a>) {
    see(Seen::Begin("cseq"));
    match CSeq::parse(value) {
        Ok(cseq) => {
            see(Seen::Meaning("number", &cseq.number));
            see(Seen::Meaning("method", &cseq.method));
        }
        Err(error) => see(Seen::Wrong(error)),
    }
}

fn number<'a>(what: &'static str, value: Text<'a>, see: &mut See<'_, 'a>) {
    see(Seen::Begin(what));
    match value.number() {
        Some(number) => see(Seen::Meaning("number", &number)),
        None => see(Seen::Wrong(Error::new(Element::Number, value))),
    }
}

fn time<'a>(what: &'static str, value: Text<'a>, see: &mut See<'_, 'a>) {
    see(Seen::Begin(what));
    match seconds(value) {
        Ok(seconds) => see(Seen::Meaning("seconds", &seconds)),
        Err(error) => see(Seen::Wrong(error)),
    }
}

fn plain<'a>(what: &'static str, value: Text<'a>, see: &mut See<'_, 'a>) {
    see(Seen::Begin(what));
    see(Seen::Text("text", value));
}

fn content_type<'a>(value: Text<'a>, see: &mut See<'_, 'a>) {
    see(Seen::Begin("content-type"));
    match MediaType::parse(value) {
        Ok(media_type) => {
            see(Seen::Text("kind", media_type.kind()));
            see(Seen::Text("subtype", media_type.subtype()));
            params(media_type.params(), see);
        }
        Err(error) => see(Seen::Wrong(error)),
    }
}

/// A body of some type, and the parts of one that has some; those of a part as well.
fn body<'a>(media_type: Option<MediaType<'a>>, all: Text<'a>, see: &mut See<'_, 'a>) {
    if media_type.is_some_and(|media_type| media_type.is_sdp()) {
        return description(all, see);
    }
    let boundary = media_type.and_then(|media_type| media_type.boundary());
    for outer in boundary.into_iter().flat_map(|line| Parts::new(all, line)) {
        part("part", outer, see);
        let boundary = outer.boundary();
        for inner in boundary
            .into_iter()
            .flat_map(|line| Parts::new(outer.body, line))
        {
            part("inner part", inner, see);
        }
    }
}

fn part<'a>(what: &'static str, part: Part<'a>, see: &mut See<'_, 'a>) {
    see(Seen::Begin(what));
    if let Some(length) = part.content_length {
        see(Seen::Text("length", length));
    }
    see(Seen::Meaning("bytes", &part.body.len()));
    if part.is_sdp() {
        description(part.body, see);
    }
}

/// A session description.
pub fn description<'a>(body: Text<'a>, see: &mut See<'_, 'a>) {
    let (session, list) = match sdp::Description::new(body) {
        Ok(description) => description.read(),
        Err(error) if body.is_empty() && error.element == Element::Version => return,
        Err(error) => return see(Seen::Wrong(error)),
    };
    see(Seen::Begin("session"));
    say("flow", session.flow, see);
    say("setup", session.setup, see);
    say("ice", session.ice.then_some(true), see);
    for (what, address) in [
        ("origin", session.origin),
        ("connection", session.connection),
    ] {
        if let Some(address) = address {
            see(Seen::Begin(what));
            connection(address, see);
        }
    }
    if let Some(group) = session.group {
        plain("group", group, see);
    }
    for media in list {
        stream(media, see);
    }
}

fn stream<'a>(media: Media<'a>, see: &mut See<'_, 'a>) {
    see(Seen::Begin("media"));
    see(Seen::Meaning("kind", &media.kind));
    see(Seen::Text("port", media.port));
    say("count", media.count, see);
    see(Seen::Text("proto", media.proto));
    say("flow", media.flow, see);
    say("setup", media.setup, see);
    say("mux", media.rtcp_mux.then_some(true), see);
    say("ice", media.ice.then_some(true), see);
    if let Some(mid) = media.mid {
        see(Seen::Text("mid", mid));
    }
    for address in media.connections() {
        see(Seen::Begin("connection"));
        connection(address, see);
    }
    for attribute in media.attributes() {
        match attribute {
            Attribute::Rtcp(value) => {
                if let Ok(rtcp) = Rtcp::parse(value) {
                    see(Seen::Begin("rtcp"));
                    see(Seen::Text("port", rtcp.port));
                    if let Some(address) = rtcp.address {
                        connection(address, see);
                    }
                }
            }
            Attribute::Candidate(value) => candidate(value, see),
            Attribute::RemoteCandidates(value) => {
                for remote in RemoteCandidates::new(value) {
                    see(Seen::Begin("remote-candidate"));
                    see(Seen::Meaning("component", &remote.component));
                    see(Seen::Text(family(remote.ip()), remote.host));
                    see(Seen::Text("port", remote.port));
                }
            }
            _ => {}
        }
    }
}

fn candidate<'a>(value: Text<'a>, see: &mut See<'_, 'a>) {
    see(Seen::Begin("candidate"));
    match Candidate::parse(value) {
        Ok(candidate) => {
            see(Seen::Meaning("component", &candidate.component));
            see(Seen::Text("transport", candidate.transport));
            see(Seen::Text(family(candidate.ip()), candidate.host));
            see(Seen::Text("port", candidate.port));
            see(Seen::Text("typ", candidate.kind));
            if let Some((host, port)) = candidate.related {
                see(Seen::Text("raddr", host));
                see(Seen::Text("rport", port));
            }
        }
        Err(error) => see(Seen::Wrong(error)),
    }
}

/// What a host is shown as.
fn family(address: Option<IpAddr>) -> &'static str {
    address.map_or("name", |_| "ip")
}

fn connection<'a>(address: sdp::Address<'a>, see: &mut See<'_, 'a>) {
    see(Seen::Text(family(address.ip()), address.host));
    if let Some(multicast) = address.multicast {
        see(Seen::Text("multicast", multicast));
    }
}

fn say(what: &'static str, value: Option<impl Debug>, see: &mut See<'_, '_>) {
    if let Some(value) = value {
        see(Seen::Meaning(what, &value));
    }
}

/// What was read as lines of words, one for each value; what was not is `!Element@offset`.
pub fn describe<'a>(text: Text<'a>, read: impl FnOnce(&mut See<'_, 'a>)) -> String {
    let offset = |error: Error| error.offset_in(text);
    let mut out = String::new();
    read(&mut |seen| {
        let done = match seen {
            Seen::Begin(what) if out.is_empty() => write!(out, "{what}"),
            Seen::Begin(what) => write!(out, "\n{what}"),
            Seen::Text(";", name) => write!(out, " ;{}", shown(name.bytes())),
            Seen::Text("value", value) => write!(out, "={}", shown(value.bytes())),
            Seen::Text(what, text) => write!(out, " {what}={}", shown(text.bytes())),
            Seen::Meaning(what, value) => write!(out, " {what}={value:?}"),
            Seen::Wrong(error) => write!(out, " !{:?}@{}", error.element, offset(error)),
        };
        done.expect("strings take what is written to them");
    });
    out
}

/// [`describe`] for a whole message; one that is refused is only its error.
pub fn described(message: &[u8]) -> String {
    let mut refused = None;
    let text = describe(Text::new(message), |see| refused = walk(message, see).err());
    match refused {
        Some(error) => format!(
            "!{:?}@{}",
            error.element,
            error.offset_in(Text::new(message))
        ),
        None => text,
    }
}

fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.replace('\r', "\\r")
        .replace('\n', "\\n")
        .replace('\t', "\\t")
}

/// Walks a message and checks each place that is handed out: it lies within the message, holds what
/// it says, and those of the header stand in order and apart. Hands back what could not be read.
pub fn checked(message: &[u8]) -> Result<Vec<Error>, Error> {
    let mut refused = None;
    let (places, wrong) = places(message, |see| refused = walk(message, see).err());
    let header = header_len(message);
    let at = |place: &Text<'_>| place.behind(Text::new(message));
    let in_body = places.partition_point(|place| at(place) < header);
    let (fields, body) = places.split_at(in_body);
    assert!(body.iter().all(|place| at(place) >= header));
    apart(fields);
    let mut body = body.to_vec();
    body.sort_by_key(|place| (at(place), place.len()));
    apart(&body);
    refused.map_or(Ok(wrong), Err)
}

/// The places that a reader hands out, each checked to lie within `all` and to hold what it says, and
/// what could not be read.
pub fn places<'a>(
    all: &'a [u8],
    read: impl FnOnce(&mut See<'_, 'a>),
) -> (Vec<Text<'a>>, Vec<Error>) {
    let mut places = Vec::new();
    let mut wrong = Vec::new();
    read(&mut |seen| match seen {
        Seen::Text(_, text) => places.push(text),
        Seen::Wrong(error) => wrong.push(error),
        Seen::Begin(_) | Seen::Meaning(..) => {}
    });
    for place in &places {
        let span = place.span_in(Text::new(all));
        assert_eq!(all.get(span.start..span.end()), Some(place.bytes()));
    }
    for error in &wrong {
        assert!(error.offset_in(Text::new(all)) <= all.len(), "{error:?}");
    }
    (places, wrong)
}

/// Checks that places stand in order and do not overlap.
pub fn apart(places: &[Text<'_>]) {
    for pair in places.windows(2) {
        assert!(
            pair[1].behind(pair[0]) as isize >= pair[0].len() as isize,
            "{pair:?}"
        );
    }
}

/// Where the body begins; the whole length when there is none.
pub fn header_len(message: &[u8]) -> usize {
    let Ok((_, mut headers)) = message::parse(message) else {
        return message.len();
    };
    headers.by_ref().for_each(drop);
    headers
        .body()
        .map_or(message.len(), |body| body.behind(Text::new(message)))
}

/// Writes a message anew from its start line, the fields that the walk hands out, and the body.
///
/// Between two values only a name, a colon, white space and line ends may stand.
pub fn written_anew(message: &[u8]) -> Option<Vec<u8>> {
    let (_, mut headers) = message::parse(message).ok()?;
    let mut out = Vec::new();
    for field in headers.by_ref() {
        let gap = message.get(out.len()..field.value.behind(Text::new(message)))?;
        if !out.is_empty() {
            assert!(is_gap(gap, field), "{:?} {field:?}", shown(gap));
        }
        out.extend_from_slice(gap);
        out.extend_from_slice(field.value.bytes());
    }
    let body = headers.body()?;
    let gap = message.get(out.len()..body.behind(Text::new(message)))?;
    out.extend_from_slice(gap);
    out.extend_from_slice(body.bytes());
    Some(out)
}

fn is_gap(gap: &[u8], field: Header<'_>) -> bool {
    let text = Text::new(gap).trim_start();
    if field.name == Name::Other {
        return text.is_empty();
    }
    text.trim_end()
        .bytes()
        .split_last()
        .is_some_and(|(colon, name)| {
            *colon == b':' && Name::new(Text::new(name).trim_end()) == field.name
        })
}
