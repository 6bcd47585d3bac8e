// SPDX-License-Identifier: GPL-2.0

//! Session descriptions.

#![no_main]

use alg::Text;
use fuzz::reader;

libfuzzer_sys::fuzz_target!(|body: &[u8]| {
    let (mut places, _) = reader::places(body, |see| reader::description(Text::new(body), see));
    places.sort_by_key(|place| (place.behind(Text::new(body)), place.len()));
    reader::apart(&places);
});
