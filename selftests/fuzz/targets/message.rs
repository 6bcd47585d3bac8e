// SPDX-License-Identifier: GPL-2.0

//! Whole messages: every place lies where it says, and the fields give the bytes back.

#![no_main]

use fuzz::reader;
libfuzzer_sys::fuzz_target!(|message: &[u8]| {
    let _ = reader::checked(message);
    if let Some(anew) = reader::written_anew(message) {
        assert_eq!(anew, message);
    }
});
