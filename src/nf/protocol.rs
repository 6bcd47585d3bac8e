// SPDX-License-Identifier: GPL-2.0-only

//! Transport protocols.

use super::bindings;

/// A transport protocol that carries SIP or media.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Protocol {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
}

impl Protocol {
    /// Returns the protocol of this number in the IP header, or [`None`] for any other.
    pub(super) const fn from_raw(number: u8) -> Option<Self> {
        if number == Self::Udp.as_raw() {
            Some(Self::Udp)
        } else if number == Self::Tcp.as_raw() {
            Some(Self::Tcp)
        } else {
            None
        }
    }

    pub(super) const fn as_raw(self) -> u8 {
        // CAST: The numbers are 17 and 6.
        match self {
            Self::Udp => bindings::IPPROTO_UDP as u8,
            Self::Tcp => bindings::IPPROTO_TCP as u8,
        }
    }
}
