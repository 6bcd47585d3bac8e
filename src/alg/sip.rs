// SPDX-License-Identifier: GPL-2.0

//! SIP messages as text (RFC 3261).
//!
//! [`message`] reads the start line and walks the header fields; a [`header`] is a name and a value
//! that stays text until somebody asks what it says. [`address`], [`via`] and [`uri`] read the values
//! that name a place in the network, [`params`] what is appended to them, [`value`] the small ones, and
//! [`mime`] a body of several parts.
//! What cannot be read is an [`Error`]: the element of the grammar, and where it was looked for.
//!
//! # Leniency
//!
//! Accepted beyond the grammar, because real equipment sends it and the receiver will understand:
//!
//! | what | where |
//! |---|---|
//! | CR or LF alone as line end, also mixed, CR CR LF as one; line ends in front of the start line (RFC 3261 7.5) | [`message`] |
//! | a header line without a colon, or with a name that is no token: skipped, the others count | [`message`] |
//! | several blanks or TABs where one belongs, in the start line too; a status line without a reason | [`message`] |
//! | blanks and folding around every separator, also around the colon of a header (RFC 3261 7.3.1) | everywhere |
//! | `sip:` and `SIP/2.0` in any case, method names as they are | [`uri`], [`via`], [`message`] |
//! | a display name that is neither token nor quoted, as long as it holds no `<` and, in a list, no comma | [`address`] |
//! | empty elements of a comma list, a comma at its end | [`address`], [`via`] |
//! | a broken value in a comma list: the others count, unless it leaves a bracket open | [`address`], [`via`] |
//! | a missing closing quote: the string ends with the value | [`params`], [`address`] |
//! | `_` in host names; a zone id in an IPv6 reference (no address then, RFC 6874) | [`host`] |
//! | a number beyond 32 bits in `expires`: the largest there is | [`value`] |
//! | a second Content-Length, CSeq, Call-ID ...: the first counts | whoever collects |

pub mod address;
mod error;
pub mod header;
pub mod host;
pub mod message;
pub mod method;
pub mod mime;
mod name;
pub mod params;
pub mod uri;
pub mod value;
pub mod via;

pub use address::Address;
pub use error::{
    Element,
    Error, //
};
pub use header::Header;
pub use host::HostPort;
pub use message::{
    Headers,
    StartLine, //
};
pub use method::Method;
pub use name::Name;
pub use params::Params;
pub use uri::{
    Scheme,
    Uri, //
};
pub use value::{
    CSeq,
    MediaType, //
};
pub use via::Via;

/// The port that a SIP URI without one names (RFC 3261 19.1.2).
pub const DEFAULT_PORT: u16 = 5060;
