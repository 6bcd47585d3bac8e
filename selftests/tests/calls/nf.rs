// SPDX-License-Identifier: GPL-2.0

//! The module's view of netfilter, as far as it is asked here.

use std::cell::Cell;
use std::hash::{
    DefaultHasher,
    Hash,
    Hasher, //
};
use std::net::SocketAddr;

use alg::sdp::Transport;

thread_local! {
    pub(crate) static NOW: Cell<u32> = const { Cell::new(1000) };
}

pub(crate) fn now() -> u32 {
    NOW.get()
}

pub(crate) fn digest(text: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

pub(crate) mod parameters {
    //! As small as may be.

    pub(crate) fn max_calls() -> u32 {
        12
    }

    pub(crate) fn max_calls_per_connection() -> u32 {
        6
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Udp,
    Tcp,
}

impl From<Transport> for Protocol {
    fn from(transport: Transport) -> Self {
        match transport {
            Transport::Udp => Self::Udp,
            Transport::Tcp => Self::Tcp,
        }
    }
}

pub(crate) struct Tuple {
    pub(crate) source: SocketAddr,
    pub(crate) destination: SocketAddr,
    pub(crate) protocol: Protocol,
}
