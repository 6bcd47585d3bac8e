// SPDX-License-Identifier: GPL-2.0

//! Everything that a NAT helper needs to know of a message, headers and session description.

use alg::sdp;
use alg::sip::value::seconds;
use alg::sip::{
    message,
    Address,
    CSeq,
    HostPort,
    MediaType,
    Name,
    Params,
    StartLine,
    Uri,
    Via, //
};
use alg::Text;

/// Hands to `take` what it finds: of texts their [`place`], and numbers as they are. Finds nothing in a
/// message that cannot be read.
pub fn extract(message: &[u8], take: impl FnMut(u64)) {
    let Ok((start, mut headers)) = message::parse(message) else {
        return;
    };
    let mut found = Found {
        message: message.as_ptr().addr(),
        take,
    };
    if let StartLine::Request { uri, .. } = start {
        if let Ok(uri) = Uri::parse(uri) {
            found.host(uri.host);
        }
    }
    let mut is_sdp = false;
    let mut content_length = None;
    for header in headers.by_ref() {
        let value = header.value;
        match header.name {
            Name::Via => found.vias(value),
            Name::From | Name::To => found.party(value),
            Name::Contact => found.contacts(value),
            Name::Diversion
            | Name::HistoryInfo
            | Name::PAssertedIdentity
            | Name::PPreferredIdentity
            | Name::Path
            | Name::RecordRoute
            | Name::ReferTo
            | Name::ReferredBy
            | Name::RemotePartyId
            | Name::ReplyTo
            | Name::Route
            | Name::ServiceRoute => found.addresses(value),
            Name::CallId => found.text(value),
            Name::CSeq => found.number(CSeq::parse(value).map_or(0, |cseq| cseq.number)),
            Name::ContentLength => content_length = value.number(),
            Name::ContentType => is_sdp = MediaType::parse(value).is_ok_and(|value| value.is_sdp()),
            Name::Expires | Name::SessionExpires => found.number(seconds(value).unwrap_or(0)),
            _ => {}
        }
    }
    let Some(body) = headers.body() else {
        return;
    };
    if is_sdp {
        let len = content_length.map_or(body.len(), |length| length as usize);
        found.description(body.take(len));
    }
}

/// A text by where it lies in its message, and how long it is.
pub fn place(start: usize, len: usize) -> u64 {
    ((start as u64) << 16) ^ len as u64
}

/// What takes the finds.
struct Found<F> {
    /// Where the message lies in memory.
    message: usize,
    take: F,
}

impl<F: FnMut(u64)> Found<F> {
    #[inline(always)]
    fn number(&mut self, number: u32) {
        (self.take)(u64::from(number));
    }

    #[inline(always)]
    fn text(&mut self, text: Text<'_>) {
        let start = text.bytes().as_ptr().addr().wrapping_sub(self.message);
        (self.take)(place(start, text.len()));
    }

    #[inline(always)]
    fn text_or_none(&mut self, text: Option<Text<'_>>) {
        match text {
            Some(text) => self.text(text),
            None => self.number(1),
        }
    }

    #[inline(always)]
    fn host(&mut self, host: HostPort<'_>) {
        self.text(host.host);
        self.number(host.port_number().map_or(0, u32::from));
    }

    #[inline(always)]
    fn address(&mut self, address: &Address<'_>) {
        if let Ok(uri) = address.sip() {
            self.host(uri.host);
        }
    }

    #[inline(always)]
    fn param(&mut self, params: &Params<'_>, name: &str) {
        self.text_or_none(params.find(name));
    }

    #[inline(never)]
    fn party(&mut self, value: Text<'_>) {
        if let Ok(address) = Address::single(value) {
            self.address(&address);
            self.param(&address.params, "tag");
        }
    }

    #[inline(never)]
    fn contacts(&mut self, value: Text<'_>) {
        for address in Address::list(value) {
            let Ok(address) = address else { continue };
            self.address(&address);
            self.param(&address.params, "expires");
        }
    }

    #[inline(never)]
    fn addresses(&mut self, value: Text<'_>) {
        for address in Address::list(value) {
            let Ok(address) = address else { continue };
            self.address(&address);
        }
    }

    #[inline(never)]
    fn vias(&mut self, value: Text<'_>) {
        for via in Via::list(value) {
            let Ok(via) = via else { continue };
            self.host(via.sent_by);
            for param in [
                via.path.branch,
                via.path.received,
                via.path.rport,
                via.path.maddr,
            ] {
                self.text_or_none(param);
            }
        }
    }

    #[inline(never)]
    fn description(&mut self, body: Text<'_>) {
        let Ok(description) = sdp::Description::new(body) else {
            return;
        };
        let (session, list) = description.read();
        self.connection(session.origin);
        self.connection(session.connection);
        for media in list {
            self.text(media.port);
            self.connection(media.connection);
            if let Some(rtcp) = media.rtcp {
                self.text(rtcp.port);
            }
            self.number(u32::from(media.rtcp_mux));
            for candidate in media.candidates() {
                self.text(candidate.host);
                self.text(candidate.port);
            }
        }
    }

    #[inline(always)]
    fn connection(&mut self, address: Option<sdp::Address<'_>>) {
        if let Some(address) = address {
            self.text(address.host);
        }
    }
}
