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

use crate::nf::{
    self,
    Conn, //
};

/// Seconds granted, forms, the deadline, where the opener listens, the cookie; the last three belong to
/// [`crate::streams`].
type Words = [Atomic<u32>; 8];

/// What was stored last; nothing for a new connection.
pub(crate) fn load(conn: &Conn) -> Memory {
    let Some([granted, forms, _, listening, ..]) = conn.data::<Words>() else {
        return Memory::default();
    };
    // A connection that came in through a pinhole begins with the forms of the one that opened it.
    let forms = match forms.load(Relaxed) {
        0 => conn.master().map_or(0, forms_of),
        own => own,
    };
    Memory {
        granted: granted.load(Relaxed),
        forms: Forms::from_bits(forms),
        listening: Listening::from_bits(listening.load(Relaxed)),
    }
}

fn forms_of(conn: &Conn) -> u32 {
    match conn.data::<Words>() {
        Some([_, forms, ..]) => forms.load(Relaxed),
        None => 0,
    }
}

/// Stores what has changed since `before` was loaded; the other direction may change the rest.
pub(crate) fn store(conn: &Conn, before: Memory, memory: Memory) {
    if memory == before {
        return;
    }
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

/// What tells connections apart, for as long as anything is remembered of one; zero is none's.
///
/// Their addresses come again as soon as one is freed.
pub(crate) fn cookie(conn: &Conn) -> u32 {
    static ISSUED: Atomic<u32> = Atomic::new(0);

    let Some([_, _, _, _, cookie, ..]) = conn.data::<Words>() else {
        return 0;
    };
    let known = cookie.load(Relaxed);
    if known != 0 {
        return known;
    }
    // Connections keep theirs when the module is loaded again, which then begins elsewhere.
    let [a, b, c, d, ..] = nf::digest(b"cookie").to_le_bytes();
    let first = u32::from_le_bytes([a, b, c, d]);
    let fresh = first.wrapping_add(ISSUED.fetch_add(1, Relaxed)).max(1);
    match cookie.cmpxchg(0, fresh, Relaxed) {
        Ok(_) => fresh,
        Err(other) => other,
    }
}
