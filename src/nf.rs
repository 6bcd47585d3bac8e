// SPDX-License-Identifier: GPL-2.0-only

//! Netfilter's connection tracking and NAT, as far as a helper needs them, in safe Rust.
//!
//! This is the only part of nf_sip that says `unsafe`. The types are views of the kernel's own:
//!
//! | here | there |
//! |---|---|
//! | [`Packet`] | `struct sk_buff` inside a helper's callback |
//! | [`Conn`] | `struct nf_conn` |
//! | [`Tuple`], [`Direction`] | `struct nf_conntrack_tuple`, `enum ip_conntrack_dir` |
//! | [`NewConn`] | a `struct nf_conn` that is being set up because it was expected |
//! | [`Expectation`] | a `struct nf_conntrack_expect` that nobody else sees yet |
//! | [`ExpectationRef`] | one that was inserted |
//! | [`Held`] | the same, under `nf_conntrack_expect_lock` |
//! | [`helper`], [`nat`] | the registrations |
//!
//! # Context
//!
//! A helper runs under RCU, in softirq context or, for traffic of the machine itself, in process
//! context with softirqs off, so a spin lock may be taken without more ado. Packets of both directions
//! of one connection may be in it at the same time. Nothing here sleeps but the making and dropping of
//! registrations and of [`scratch::Pool`].
//!
//! # Unloading
//!
//! Three things of the module may be in use by packets when it is unloaded, and each registration
//! waits, when dropped, until its own is not:
//!
//! 1. [`helper::Registration`] drops first, since only helpers make new expectations. It then drops
//!    the helper's state, which is where everything that the helper uses belongs: scratch
//!    memory and the two NAT registrations. The order is right by construction.
//! 2. [`nat::ExpectfnRegistration`] removes the expectations that still carry our function.
//! 3. [`nat::Registration`] is a mere name in a list.

mod bindings;
mod clock;
mod conn;
mod digest;
mod direction;
mod expectation;
mod expected;
mod packet;
mod per_cpu;
mod protocol;
mod tuple;

pub(crate) mod helper;
pub(crate) mod nat;
pub(crate) mod parameters;
pub(crate) mod scratch;

pub(crate) use self::{
    clock::{
        milliseconds,
        now, //
    },
    conn::Conn,
    digest::digest,
    direction::Direction,
    expectation::{
        Expectation,
        RelateError, //
    },
    expected::{
        ExpectationRef,
        Expectations, //
    },
    helper::{
        Helper,
        Policy,
        Verdict, //
    },
    nat::NewConn,
    packet::Packet,
    per_cpu::PerCpu,
    protocol::Protocol,
    tuple::Tuple, //
};
