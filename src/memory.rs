// SPDX-License-Identifier: GPL-2.0

//! What the core remembers of a connection, kept in the helper data of its conntrack.
//!
//! Both directions may be at work at once. Each word is read and written whole; a word that is a
//! message old makes a pinhole or a port form wait for the next retransmission, no more.

use alg::call::{
    Leaving,
    Memory, //
};
use alg::nat::PortForms;
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
    let Some([cseq, leaving, granted, forms, ..]) = conn.data::<Words>() else {
        return Memory::default();
    };
    Memory {
        register_cseq: cseq.load(Relaxed),
        leaving: match leaving.load(Relaxed) {
            0 => Leaving::None,
            port => u16::try_from(port).map_or(Leaving::All, Leaving::Port),
        },
        granted: granted.load(Relaxed),
        forms: PortForms::from_bits(forms.load(Relaxed)),
    }
}

/// Stores for the next message.
pub(crate) fn store(conn: &Conn, memory: Memory) {
    let Some([cseq, leaving, granted, forms, ..]) = conn.data::<Words>() else {
        return;
    };
    cseq.store(memory.register_cseq, Relaxed);
    leaving.store(
        match memory.leaving {
            Leaving::None => 0,
            Leaving::Port(port) => u32::from(port),
            Leaving::All => ALL,
        },
        Relaxed,
    );
    granted.store(memory.granted, Relaxed);
    forms.store(memory.forms.bits(), Relaxed);
}
