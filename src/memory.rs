// SPDX-License-Identifier: GPL-2.0

//! What is remembered of a connection, kept in the helper data of its conntrack.
//!
//! Both directions may be at work at once. Each word is read and written whole, and only written
//! when a message has changed it.

use alg::call::Memory;
use alg::nat::{
    Forms,
    Listening, //
};
use kernel::sync::atomic::{
    Atomic,
    Relaxed, //
};

use crate::nf::Conn;

type Words = [Atomic<u32>; 8];

/// What was stored last; nothing for a new connection.
pub(crate) fn load(conn: &Conn) -> Memory {
    let Some([granted, _, _, listening, ..]) = conn.data::<Words>() else {
        return Memory::default();
    };
    Memory {
        granted: granted.load(Relaxed),
        forms: forms(conn),
        listening: Listening::from_bits(listening.load(Relaxed)),
    }
}

/// Stores what has changed since `before` was loaded; the other direction may change the rest.
pub(crate) fn store(conn: &Conn, before: Memory, memory: Memory) {
    let Some([granted, forms, _, listening, ..]) = conn.data::<Words>() else {
        return;
    };
    let update = |word: &Atomic<u32>, before: u32, now: u32| {
        if now != before {
            word.store(now, Relaxed);
        }
    };
    update(granted, before.granted, memory.granted);
    update(forms, before.forms.bits(), memory.forms.bits());
    update(listening, before.listening.bits(), memory.listening.bits());
}

/// A connection that came in through a pinhole begins with the forms of the one that opened it.
fn forms(conn: &Conn) -> Forms {
    let own = |conn: &Conn| match conn.data::<Words>() {
        Some([_, forms, ..]) => forms.load(Relaxed),
        None => 0,
    };
    let inherited = || conn.master().map_or(0, own);
    Forms::from_bits(match own(conn) {
        0 => inherited(),
        bits => bits,
    })
}

/// Until when, by [`crate::nf::now`], the connection is to live because of SIP it has carried; zero
/// when there was none.
pub(crate) fn deadline(conn: &Conn) -> u32 {
    match conn.data::<Words>() {
        Some([_, _, deadline, ..]) => deadline.load(Relaxed),
        None => 0,
    }
}

/// Stores [`deadline`].
pub(crate) fn set_deadline(conn: &Conn, deadline: u32) {
    if let Some([_, _, word, ..]) = conn.data::<Words>() {
        word.store(deadline, Relaxed);
    }
}
