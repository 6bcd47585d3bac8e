// SPDX-License-Identifier: GPL-2.0

//! The methods that decisions tell apart.

use crate::class::Class;
use crate::Text;

/// A request method (RFC 3261 7.1); methods are case-sensitive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Confirms the answer to an INVITE (RFC 3261 13.2.2.4).
    Ack,
    /// Ends a call (RFC 3261 15).
    Bye,
    /// Takes an INVITE back (RFC 3261 9).
    Cancel,
    /// Starts or changes a call (RFC 3261 13, 14).
    Invite,
    /// Confirms a provisional answer (RFC 3262).
    Prack,
    /// Binds a Contact to an address-of-record (RFC 3261 10).
    Register,
    /// Changes a call that is not answered yet (RFC 3311).
    Update,
    /// Any other.
    Other,
}

impl Method {
    /// The method that a token names; `None` for what is no token.
    pub fn parse(token: Text<'_>) -> Option<Self> {
        let method = match token.bytes() {
            b"ACK" => Self::Ack,
            b"BYE" => Self::Bye,
            b"CANCEL" => Self::Cancel,
            b"INVITE" => Self::Invite,
            b"PRACK" => Self::Prack,
            b"REGISTER" => Self::Register,
            b"UPDATE" => Self::Update,
            _ => return Self::other(token),
        };
        Some(method)
    }

    fn other(token: Text<'_>) -> Option<Self> {
        let all = token.bytes().iter().all(|&byte| Class::TOKEN.has(byte));
        (all && !token.is_empty()).then_some(Self::Other)
    }
}
