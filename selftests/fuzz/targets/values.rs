// SPDX-License-Identifier: GPL-2.0

//! Values of header fields; the first byte says of which.

#![no_main]

use alg::sip::header::Header;
use alg::Text;
use fuzz::{
    names::NAMES,
    reader, //
};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((which, value)) = bytes.split_first() else {
        return;
    };
    let text = Text::new(value);
    let (places, _) = reader::places(value, |see| match NAMES.get(usize::from(which % 9)) {
        Some(&name) => reader::header(
            Header {
                name,
                value: text,
                unusual: false,
            },
            see,
        ),
        None => reader::uri(text, see),
    });
    reader::apart(&places);
});
