// SPDX-License-Identifier: GPL-2.0

//! What could not be read, and where.

use crate::Text;

/// An element of the grammar (RFC 3261 25.1, RFC 8866 9).
///
/// As wide as a word: results are taken apart in registers then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Element {
    /// Anything at all: there are only line ends, a keep-alive (RFC 5626 3.5.1).
    Message,
    /// `METHOD uri SIP/2.0` or `SIP/2.0 code reason`.
    StartLine,
    /// The three digits of a status line.
    StatusCode,
    /// `scheme:` of a URI.
    Scheme,
    /// A host name, IPv4 address or IPv6 reference.
    Host,
    /// The digits behind a host's colon.
    Port,
    /// What follows a host.
    HostEnd,
    /// A host's parameters, as far as they are read.
    Params,
    /// `<` and what belongs to it.
    NameAddr,
    /// `SIP/2.0/transport` of a Via.
    Protocol,
    /// `number method` of a CSeq.
    CSeq,
    /// `type/subtype`.
    MediaType,
    /// A number.
    Number,
    /// `v=`
    Version,
    /// `o=`
    Origin,
    /// `IN IP4 host`
    Connection,
    /// `m=`
    Media,
    /// `a=`
    Attribute,
    /// `--boundary`
    Boundary,
}

/// An element that was looked for in vain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    /// What should have stood there.
    pub element: Element,
    /// In memory; a message is not read in two places at once.
    address: usize,
}

impl Error {
    /// `element` is not where `text` begins.
    #[cold]
    pub fn new(element: Element, text: Text<'_>) -> Self {
        Self {
            element,
            address: text.address(),
        }
    }

    /// How many bytes behind the beginning of `text` it was looked for.
    pub fn offset_in(&self, text: Text<'_>) -> usize {
        self.address.wrapping_sub(text.address())
    }
}
