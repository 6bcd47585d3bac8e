// SPDX-License-Identifier: GPL-2.0

//! The peer that is written in Rust: rsip, and sdp-rs for the description.

use std::hint::black_box;
use std::slice;

use rsip::headers::{
    ToTypedHeader,
    UntypedHeader, //
};
use rsip::{
    Header,
    SipMessage, //
};
use sdp_rs::SessionDescription;

use super::checks::facts;

/// What rsip leaves as text until it is asked, it is asked for.
///
/// # Safety
///
/// `bytes` points at `len` bytes that nobody writes meanwhile.
pub unsafe extern "C" fn rsip(bytes: *const u8, len: usize) -> u64 {
    // SAFETY: As the caller promises.
    let message = unsafe { slice::from_raw_parts(bytes, len) };
    read(message).unwrap_or_default()
}

fn read(message: &[u8]) -> Option<u64> {
    let (headers, body) = match SipMessage::try_from(message).ok()? {
        SipMessage::Request(request) => (request.headers, request.body),
        SipMessage::Response(response) => (response.headers, response.body),
    };
    let mut call_id = None;
    let mut content_type = None;
    for header in headers {
        match header {
            Header::CallId(value) => call_id = Some(value),
            Header::Via(value) => typed(value.into_typed())?,
            Header::From(value) => typed(value.into_typed())?,
            Header::To(value) => typed(value.into_typed())?,
            Header::CSeq(value) => typed(value.into_typed())?,
            Header::Contact(value) => typed(value.into_typed())?,
            Header::Route(value) => typed(value.into_typed())?,
            Header::RecordRoute(value) => typed(value.into_typed())?,
            Header::ContentType(value) => content_type = Some(value.into_typed().ok()?),
            _ => {}
        }
    }
    let mut ports = 0;
    if content_type.is_some() {
        let text = std::str::from_utf8(&body).ok()?;
        let description = SessionDescription::try_from(text).ok()?;
        for media in &description.media_descriptions {
            ports += u64::from(media.media.port);
        }
    }
    Some(facts(call_id?.value().as_bytes(), ports))
}

/// Has a value read; what it says is not looked at.
fn typed<T>(value: Result<T, rsip::Error>) -> Option<()> {
    value.ok().map(black_box).map(drop)
}
