// SPDX-License-Identifier: GPL-2.0

//! The decision core of nf_sip: text in, decisions out.
//!
//! Reads SIP (RFC 3261) and session descriptions (RFC 8866), decides what a NAT has to change in
//! them and which pinholes the call needs, and collects the changes as [`nat::Edits`]. It never
//! touches a packet: the caller hands in the message, the [`nat::Flow`] it travels on, what it
//! [remembers](call::Memory) of the connection, and [`call::Pinholes`], through which conntrack
//! is asked.
//!
//! The crate depends on nothing but `core`, allocates nothing, holds no path to a panic and is the
//! same on the host and in the kernel.

// The kernel build says so by itself.
#![cfg_attr(not(CONFIG_RUST), no_std)]
#![forbid(unsafe_code)]
#![deny(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

#[cfg(test)]
extern crate std;

pub mod call;
mod class;
mod effort;
mod facts;
mod glance;
pub mod nat;
mod reason;
mod recent;
mod scan;
pub mod sdp;
pub mod sip;
pub mod stream;
mod text;
mod translate;
mod word;

pub use glance::glance;
pub use reason::{
    Reason,
    Reasons, //
};
pub use text::{
    Span,
    Text, //
};
pub use translate::{
    translate,
    LONGEST, //
};
