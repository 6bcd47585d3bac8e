// SPDX-License-Identifier: GPL-2.0

//! SIP messages as text (RFC 3261).
//!
//! [`message`] reads the start line and walks the header fields; a [`header`] is a name and a
//! value that stays text until somebody asks what it says. [`address`], [`via`] and [`uri`] read
//! the values that name a place in the network, [`params`] what is appended to them.
//!
//! # Leniency
//!
//! Accepted beyond the grammar, because real equipment sends it: CR or LF alone as line end, line
//! ends in front of the start line, several blanks where one belongs, blanks around every
//! separator, a header line without a colon (skipped, the others count).

pub mod address;
pub mod header;
pub mod host;
pub mod message;
pub mod method;
pub mod params;
pub mod uri;
pub mod via;

pub use address::Address;
pub use header::{
    Header,
    Name, //
};
pub use host::HostPort;
pub use message::{
    Error,
    Headers,
    StartLine, //
};
pub use method::Method;
pub use params::Params;
pub use uri::Uri;
pub use via::Via;

/// The port that a SIP URI without one names (RFC 3261 19.1.2).
pub const DEFAULT_PORT: u16 = 5060;
