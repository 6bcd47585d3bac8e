// SPDX-License-Identifier: GPL-2.0

//! What is remembered of a connection, kept in the helper data of its conntrack.
//!
//! Both directions may be at work at once. Each word is read and written whole, and only written
//! when a message has changed it.

use alg::call::{
    Leaving,
    Memory, //
};
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

/// Above all ports: every Contact leaves.
const ALL: u32 = 0x1_0000;

/// What was stored last; nothing for a new connection.
pub(crate) fn load(conn: &Conn) -> Memory {
    let Some([cseq, leaving, granted, _, _, listening, ..]) = conn.data::<Words>() else {
        return Memory::default();
    };
    Memory {
        register_cseq: cseq.load(Relaxed),
        leaving: match leaving.load(Relaxed) {
            0 => Leaving::None,
            port => u16::try_from(port).map_or(Leaving::All, Leaving::Port),
        },
        granted: granted.load(Relaxed),
        forms: forms(conn),
        listening: Listening::from_bits(listening.load(Relaxed)),
    }
}

/// Stores what has changed since `before` was loaded; the other direction may change the rest.
pub(crate) fn store(conn: &Conn, before: Memory, memory: Memory) {
    let Some([cseq, leaving, granted, forms, _, listening, ..]) = conn.data::<Words>() else {
        return;
    };
    let update = |word: &Atomic<u32>, before: u32, now: u32| {
        if now != before {
            word.store(now, Relaxed);
        }
    };
    update(cseq, before.register_cseq, memory.register_cseq);
    update(leaving, word(before.leaving), word(memory.leaving));
    update(granted, before.granted, memory.granted);
    update(forms, before.forms.bits(), memory.forms.bits());
    update(listening, before.listening.bits(), memory.listening.bits());
}

fn word(leaving: Leaving) -> u32 {
    match leaving {
        Leaving::None => 0,
        Leaving::Port(port) => u32::from(port),
        Leaving::All => ALL,
    }
}

/// A connection that came in through a pinhole begins with the forms of the one that opened it.
fn forms(conn: &Conn) -> Forms {
    let own = |conn: &Conn| match conn.data::<Words>() {
        Some([_, _, _, forms, ..]) => forms.load(Relaxed),
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
        Some([_, _, _, _, deadline, ..]) => deadline.load(Relaxed),
        None => 0,
    }
}

/// Stores [`deadline`].
pub(crate) fn set_deadline(conn: &Conn, deadline: u32) {
    if let Some([_, _, _, _, word, ..]) = conn.data::<Words>() {
        word.store(deadline, Relaxed);
    }
}
