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
//! Accepted beyond the grammar, because real equipment sends it and the receiver will understand; what it is in
//! session descriptions stands in [`sdp`](crate::sdp). Each has a vector of its name.
//!
//! | what | read as | where |
//! |---|---|---|
//! | CR or LF alone as line end, CR CR LF, all of them mixed | a line end | [`message`] |
//! | line ends in front of the start line (RFC 3261 7.5) | nothing | [`message`] |
//! | several blanks in the start line, or blanks behind it (RFC 4475 3.1.2.9, 3.1.2.10) | one, none | [`message`] |
//! | TABs in the line of a request | blanks | [`message`] |
//! | a status line without a reason, and without the blank in front of it | what it is | [`message`] |
//! | a first field that begins with a blank | no field; the others count | [`message`] |
//! | a line without a colon, or with a name that is no token | no field; the others count | [`message`] |
//! | folding in front of the colon of a field | a blank | [`message`] |
//! | another Content-Length, Call-ID, From, To, ... | the first counts | `facts` |
//! | another CSeq, Content-Type, Expires or Session-Expires | the first that can be read counts | `facts` |
//! | a Content-Length beyond the end (RFC 4475 3.1.2.2) | the body goes to the end | `facts` |
//! | a Content-Length that is negative, no number or beyond 32 bits (RFC 4475 3.1.2.3) | none: it stays, and the body goes to the end | `facts` |
//! | a part's Content-Length that is not its length | the boundary ends the part | [`mime`] |
//! | a display name that is neither token nor quoted | a name, up to `<`; it holds no `;`, and in a list no comma | [`address`] |
//! | a comma in such a name of From and To (RFC 4475 3.1.2.15) | a part of it | [`address`] |
//! | something else than `;` behind the brackets | the URI counts, parameters do not | [`address`] |
//! | URI headers without brackets (RFC 4475 3.1.2.13) | the URI's, up to a `;` | [`address`] |
//! | blanks within brackets (RFC 4475 3.1.2.14) | nothing | [`address`] |
//! | blanks around the colon of a port, as Via has them, in a URI | nothing | [`host`] |
//! | `<*>` | `*` | [`address`] |
//! | an empty element of a comma list, or a comma at its end | nothing | [`address`], [`via`] |
//! | a broken value in a comma list | the others count, unless it leaves a bracket or a quote open | [`address`], [`via`] |
//! | a stray `;` | a parameter without a name | [`params`], [`via`] |
//! | `=` without a value behind it | an empty value | [`params`], [`via`] |
//! | a tag, branch or other value that is no token, or empty | a value, up to `;` | [`params`], [`via`] |
//! | a stray `>` behind a parameter | the end of its value | [`params`] |
//! | a quote in a parameter that is never closed | the string goes to the end of the field | [`params`], [`via`] |
//! | letters in a user part that have to be escaped | what they are, up to `@` | [`uri`] |
//! | letters of a Call-ID that are none of a word | what they are | `facts` |
//! | `_` in a host name | a letter | [`host`] |
//! | a zone id in an IPv6 reference (RFC 6874), or a colon too many (RFC 5118 4.10) | a name and no address | [`host`] |
//! | IPv6 in `received` with brackets and without (RFC 5118 4.5) | the address | [`via`] |
//! | a method of CSeq that is no token | one that nobody knows | [`value`] |
//! | a number beyond 32 bits in a time | the largest there is | [`value`] |
//! | words behind a time | nothing | [`value`] |
//! | a warning without a text, or with folding or several blanks in it | its agent counts | `translate` |
//!
//! A quote that is never closed in front of `<` is not among them (RFC 4475 3.1.2.6): nobody knows where the name
//! ends, and the value is lost with all behind it in its field.

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
