// SPDX-License-Identifier: GPL-2.0

//! A stream over TCP, whatever is in it: what arrives is what it would be in one piece. The first bytes
//! say how it is cut and what the network does to each packet.

#![no_main]

use alg::stream::Note;
use fuzz::peer::End;
use fuzz::tcp::{
    in_one_piece,
    Fate,
    World, //
};

/// Bytes that say how it is cut, and what becomes of packets.
const PLAN: usize = 24;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((plan, stream)) = bytes.split_at_checked(PLAN) else {
        return;
    };
    let (cuts, fates) = plan.split_at(PLAN / 2);
    let cuts: Vec<_> = cuts.iter().map(|cut| 1 + usize::from(*cut) * 5).collect();
    let fate = |bits: u8| match bits & 7 {
        0 => Fate::Lost,
        1 => Fate::Doubled,
        2 => Fate::Late,
        _ => Fate::Arrives,
    };
    let fates: Vec<_> = fates
        .iter()
        .flat_map(|byte| [fate(*byte), fate(byte >> 3)])
        .cycle()
        .take(200)
        .collect();
    let first = u32::from(plan[0]) << 24;
    let mut world = World::new([
        End::new(first, 0, stream.to_vec(), 1400, 1 << 16),
        End::new(0, first, Vec::new(), 1400, 1 << 16),
    ]);
    world.exchange(&cuts, &fates, plan[1] & 1 != 0);
    let notes = &world.words.notes;
    assert!(!notes.contains(&Note::NoMemory));
    if notes.contains(&Note::Repeated) {
        // It begins with a word of which nobody knows what it is.
        return;
    }
    assert!(world.ends[1].got == in_one_piece(stream));
});
