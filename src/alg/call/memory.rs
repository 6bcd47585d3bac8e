// SPDX-License-Identifier: GPL-2.0

//! What is remembered of a signalling connection from one message to the next.

use crate::nat::{
    Forms,
    Listening, //
};

/// State of one signalling connection, in both directions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Seconds for which the registrar last bound a Contact; the connection has to live as long.
    pub granted: u32,
    /// How the parties write themselves.
    pub forms: Forms,
    /// Where the one who opened the connection listens.
    pub listening: Listening,
}
