// SPDX-License-Identifier: GPL-2.0

//! Messages, values and descriptions of our own, each with what has to be read of it.
//!
//! Tables of input and of what [`describe`](crate::reader::describe) shows of it; `!Element@offset` is
//! what could not be read.

mod leniency;
mod mime;
mod sdp;
mod sip;
mod whole;

pub use whole::MESSAGES;

/// Compares every line of a table.
#[track_caller]
fn table(rows: &[(&str, &str)], show: impl Fn(&str) -> String) {
    for (input, expected) in rows {
        assert_eq!(show(input), *expected, "{input:?}");
    }
}
