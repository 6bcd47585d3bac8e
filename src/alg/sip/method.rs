// SPDX-License-Identifier: GPL-2.0

//! The methods that a NAT helper tells apart.

use crate::Text;

/// A request method (RFC 3261 7.1); methods are case-sensitive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Starts or changes a call (RFC 3261 13, 14).
    Invite,
    /// Binds a Contact to an address-of-record (RFC 3261 10).
    Register,
    /// Any other.
    Other,
}

impl Method {
    /// The method that a token names.
    pub fn new(token: Text<'_>) -> Self {
        match token.bytes() {
            b"INVITE" => Self::Invite,
            b"REGISTER" => Self::Register,
            _ => Self::Other,
        }
    }
}
