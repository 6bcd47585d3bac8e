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
        // By length first, so that what is compared is a word or two.
        let is = |name: &[u8]| token.bytes() == name;
        let method = match token.len() {
            3 if is(b"ACK") => Self::Ack,
            3 if is(b"BYE") => Self::Bye,
            5 if is(b"PRACK") => Self::Prack,
            6 if is(b"INVITE") => Self::Invite,
            6 if is(b"CANCEL") => Self::Cancel,
            6 if is(b"UPDATE") => Self::Update,
            8 if is(b"REGISTER") => Self::Register,
            _ => return Self::other(token),
        };
        Some(method)
    }

    fn other(token: Text<'_>) -> Option<Self> {
        let all = token.bytes().iter().all(|&byte| Class::TOKEN.has(byte));
        (all && !token.is_empty()).then_some(Self::Other)
    }
}
