// SPDX-License-Identifier: GPL-2.0

//! What is remembered of a signalling connection from one message to the next.

use crate::nat::{
    Forms,
    Listening, //
};

/// Which Contacts the last REGISTER takes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Leaving {
    /// None.
    #[default]
    None,
    /// The one that is known outside by this port.
    Port(u16),
    /// All (RFC 3261 10.2.2, `Contact: *`).
    All,
}

/// State of one signalling connection, in both directions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// CSeq number of the last REGISTER; answers to others change nothing.
    pub register_cseq: u32,
    /// What that REGISTER takes back.
    pub leaving: Leaving,
    /// Seconds for which the registrar last bound a Contact; the connection has to live as long.
    pub granted: u32,
    /// How the parties write themselves.
    pub forms: Forms,
    /// Where the one who opened the connection listens.
    pub listening: Listening,
}
