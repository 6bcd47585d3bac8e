// SPDX-License-Identifier: GPL-2.0

//! Memory for what is held of streams: taken without waiting, and bounded for all of them.

use alg::stream::Buffer;
use kernel::prelude::*;
use kernel::sync::atomic::{
    Atomic,
    Relaxed, //
};

use crate::nf::parameters;

/// What all streams have together, in bytes.
static TAKEN: Atomic<u64> = Atomic::new(0);

/// The least that is taken at a time.
const LEAST: usize = 512;

/// A buffer of a stream's.
pub(super) struct Memory(KVec<u8>);

impl Memory {
    pub(super) const fn new() -> Self {
        Self(KVec::new())
    }

    /// Makes room for so many bytes.
    fn reserve(&mut self, len: usize) -> bool {
        let before = self.0.capacity();
        if len <= before {
            return true;
        }
        let wanted = len.max(LEAST).checked_next_power_of_two().unwrap_or(len);
        let most = u64::from(parameters::max_stream_memory()) * 1024;
        // Another one may come in between; it is then a little more.
        if TAKEN.load(Relaxed).saturating_add(wanted as u64) > most {
            return false;
        }
        let more = wanted.saturating_sub(self.0.len());
        let done = self.0.reserve(more, GFP_ATOMIC | __GFP_NOWARN).is_ok();
        let grown = self.0.capacity().saturating_sub(before);
        TAKEN.fetch_add(grown as u64, Relaxed);
        done
    }
}

impl Buffer for Memory {
    fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }

    fn grow(&mut self, len: usize) -> bool {
        self.reserve(len) && self.0.resize(len, 0, GFP_ATOMIC).is_ok()
    }

    fn shorten(&mut self, len: usize) {
        self.0.truncate(len);
    }

    fn free(&mut self) {
        let taken = self.0.capacity();
        if taken > 0 {
            self.0 = KVec::new();
            TAKEN.fetch_sub(taken as u64, Relaxed);
        }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.free();
    }
}
