// SPDX-License-Identifier: GPL-2.0

//! The floor of all: where the lines of a message end, a word at a time.

use core::sync::atomic::{
    AtomicU32,
    Ordering, //
};

const LINE_FEEDS: u64 = u64::from_ne_bytes([b'\n'; 8]);
const HIGH_BITS: u64 = u64::from_ne_bytes([0x80; 8]);

/// Where the offsets are written down; atomic so that the compiler cannot leave that out.
static INDEX: [AtomicU32; 1024] = [const { AtomicU32::new(0) }; 1024];

/// Writes down the offset of every line feed, and returns how many there are.
pub(crate) fn index(message: &[u8]) -> u64 {
    let mut count: usize = 0;
    let mut note = |offset: usize| {
        if let Some(slot) = INDEX.get(count) {
            slot.store(offset as u32, Ordering::Relaxed);
            count = count.wrapping_add(1);
        }
    };
    let mut words = message.chunks_exact(8);
    let tail = words.remainder();
    let end = message.len().wrapping_sub(tail.len());
    while let Some(word) = words.next() {
        let word = u64::from_le_bytes(word.try_into().unwrap_or_default());
        // The high bit of each byte that is no line feed: of other bytes the low bits carry into it.
        let others = ((word ^ LINE_FEEDS) & !HIGH_BITS).wrapping_add(!HIGH_BITS) | word;
        let mut found = !others & HIGH_BITS;
        while found != 0 {
            let start = end.wrapping_sub(words.len().wrapping_add(1).wrapping_mul(8));
            note(start.wrapping_add(found.trailing_zeros() as usize / 8));
            found &= found.wrapping_sub(1);
        }
    }
    for (offset, byte) in tail.iter().enumerate() {
        if *byte == b'\n' {
            note(end.wrapping_add(offset));
        }
    }
    count as u64
}
