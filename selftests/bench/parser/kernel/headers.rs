// SPDX-License-Identifier: GPL-2.0

//! The floor of readers: the names and values of header lines, and nothing of what they say.

use httparse::{
    parse_headers,
    Status,
    EMPTY_HEADER, //
};

/// Splits the header lines of a message that has lost its start line. Returns how many there are and,
/// in the lower half, the offset of the body; zero where they cannot be read.
pub(crate) fn split(lines: &[u8]) -> u64 {
    let mut headers = [EMPTY_HEADER; 64];
    match parse_headers(lines, &mut headers) {
        Ok(Status::Complete((body, headers))) => ((headers.len() as u64) << 32) | body as u64,
        _ => 0,
    }
}
