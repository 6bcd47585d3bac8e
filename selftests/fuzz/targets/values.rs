// SPDX-License-Identifier: GPL-2.0

//! Values of header fields; the first byte says of which.

#![no_main]

use alg::sip::{
    header::Header,
    Name, //
};
use alg::Text;
use fuzz::reader;

/// One name for each way to read a value.
const NAMES: [Name; 8] = [
    Name::Via,
    Name::Contact,
    Name::From,
    Name::CSeq,
    Name::ContentLength,
    Name::ContentType,
    Name::Expires,
    Name::CallId,
];

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((which, value)) = bytes.split_first() else {
        return;
    };
    let text = Text::new(value);
    let (places, _) = reader::places(value, |see| match NAMES.get(usize::from(which % 9)) {
        Some(&name) => reader::header(Header { name, value: text }, see),
        None => reader::uri(text, see),
    });
    reader::apart(&places);
});
