// SPDX-License-Identifier: GPL-2.0

//! The module's src/calls.rs without its locks.

#![allow(dead_code, reason = "not all that the module asks is asked here")]

#[path = "../../../src/calls/book.rs"]
mod book;
#[path = "../../../src/calls/call.rs"]
mod call;
#[path = "../../../src/calls/ledger.rs"]
mod ledger;
#[path = "../../../src/calls/places.rs"]
mod places;
mod properties;
#[path = "../../../src/calls/receiver.rs"]
mod receiver;
#[path = "../../../src/calls/registrar.rs"]
mod registrar;
#[path = "../../../src/calls/shares.rs"]
mod shares;

use std::net::{
    IpAddr,
    SocketAddr, //
};

pub(crate) use receiver::Receiver;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) root: u32,
    pub(crate) call: u64,
}

impl Key {
    const fn with(self, call: u64) -> Self {
        Self { call, ..self }
    }

    fn first(self) -> Self {
        Self { root: 0, ..self }
    }
}

#[allow(clippy::large_enum_variant, reason = "as in the module")]
pub(crate) enum Known {
    Told(Receiver, Option<IpAddr>),
    From(Option<IpAddr>),
    Asked,
    Unasked,
}

pub(crate) struct Flowing {
    pub(crate) leaves_from: Option<SocketAddr>,
    pub(crate) past: Option<SocketAddr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    Free,
    Made,
    None,
}

impl Room {
    fn is_none(self) -> bool {
        matches!(self, Self::None)
    }
}
