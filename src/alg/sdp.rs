// SPDX-License-Identifier: GPL-2.0

//! Session descriptions as text (RFC 8866).
//!
//! [`Session`] holds what stands in front of the first `m=` line, [`Media`] one `m=` line and what
//! belongs to it; both are read in one walk over the body. [`Attribute`]s are those that say where
//! media goes; all others cost a look at their first letters.
//!
//! # Leniency
//!
//! Accepted beyond the grammar: CR or LF alone as line end; empty lines; several blanks or TABs where
//! one belongs; lines in any order behind `v=`; lines that are no `letter=value` (passed over); an `m=`
//! line that cannot be read takes its own lines with it and no others; `IN IP4` and the names of
//! attributes in any case; a `c=` that names no address of its family keeps its place but has no address.

mod address;
mod attribute;
mod candidate;
mod line;
mod media;
mod path;
mod session;

pub use address::{
    Address,
    Family, //
};
pub use attribute::{
    Alternative,
    Attribute,
    Flow,
    Rtcp,
    Setup, //
};
pub(crate) use candidate::ip;
pub use candidate::{
    Candidate,
    RemoteCandidate,
    RemoteCandidates, //
};
pub use media::{
    Candidates,
    Kind,
    Media,
    Transport, //
};
pub use path::Path;
pub use session::{
    parse,
    MediaList,
    Session, //
};
