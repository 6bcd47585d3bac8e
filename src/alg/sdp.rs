// SPDX-License-Identifier: GPL-2.0

//! Session descriptions as text (RFC 8866).
//!
//! [`Session`] holds what stands in front of the first `m=` line, [`Media`] one `m=` line and what
//! belongs to it; both are read in one walk over the body. [`Attribute`]s are those that say where
//! media goes; all others cost a look at their first letters.
//!
//! # Leniency
//!
//! Accepted beyond the grammar, as in [`sip`](crate::sip), which has the list of what is accepted in front of the
//! body. Each has a vector of its name.
//!
//! | what | read as |
//! |---|---|
//! | CR or LF alone as line end | a line end |
//! | empty lines, and lines that are no `letter=value`, also in front of `v=` | nothing |
//! | several blanks or TABs where one belongs, or where none does: in front of the first word, behind the last | one, none |
//! | another version than 0 | 0 |
//! | lines in any order behind `v=`, and none of `o=`, `s=`, `t=` | what they are |
//! | several `o=`, or several `c=` of the session | the first `o=`, the last `c=` |
//! | a line that cannot be read, `m=` aside | nothing |
//! | an `m=` line that cannot be read | it takes its own lines with it and no others |
//! | `m=` without formats | media |
//! | a count of ports that is no number | none |
//! | a port beyond 16 bits | media without a port |
//! | `IN`, `IP4`, media types, protocols, and names of attributes in any case | what they are |
//! | a `c=` that names no address of its family | it keeps its place, but has no address |

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
pub(crate) use candidate::{
    is_address,
    may_be_address, //
};
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
    Description,
    MediaList,
    Session, //
};
