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

/// Seconds granted, forms, the deadline, where the opener listens and who has asked, the cookie; the last
/// three belong to [`crate::streams`].
type Words = [Atomic<u32>; 8];

/// The bits of their word that say who has asked; the others say where the opener listens.
const ASKED: u32 = asked(true) | asked(false);

const fn asked(opener: bool) -> u32 {
    match opener {
        true => 1 << 30,
        false => 1 << 31,
    }
}

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
        listening: Listening::from_bits(listening.load(Relaxed) & !ASKED),
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
    if memory.listening != before.listening {
        change(listening, !ASKED, memory.listening.bits());
    }
}

/// Changes some bits of a word, where both directions may be at others.
pub(crate) fn change(word: &Atomic<u32>, mask: u32, bits: u32) {
    let mut known = word.load(Relaxed);
    while let Err(other) = word.cmpxchg(known, known & !mask | bits, Relaxed) {
        known = other;
    }
}

/// Whether somebody has begun an exchange (an offer and its answer) by the connection that this one goes back to:
/// who has opened that, or the other side.
pub(crate) fn has_asked(conn: &Conn, opener: bool) -> bool {
    match conn.root().data::<Words>() {
        Some([_, _, _, word, ..]) => word.load(Relaxed) & asked(opener) != 0,
        None => false,
    }
}

/// Remembers that they [have](has_asked).
pub(crate) fn set_asked(conn: &Conn, opener: bool) {
    let bit = asked(opener);
    match conn.root().data::<Words>() {
        Some([_, _, _, word, ..]) if word.load(Relaxed) & bit == 0 => change(word, bit, bit),
        _ => {}
    }
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
