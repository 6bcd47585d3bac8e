// SPDX-License-Identifier: GPL-2.0

//! Session descriptions as text (RFC 8866).
//!
//! [`Session`] holds what stands in front of the first `m=` line, [`Media`] one `m=` line and what
//! belongs to it. Both are read in one walk over the body.

mod address;
mod line;
mod media;
mod session;

pub use address::Address;
pub use media::{
    Kind,
    Media,
    Rtcp, //
};
pub use session::{
    parse,
    MediaList,
    Session, //
};
