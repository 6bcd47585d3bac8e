// SPDX-License-Identifier: GPL-2.0

//! Memory for what is held of streams: taken without waiting, and bounded for all of them.

use alg::stream::Buffer;
use kernel::alloc::AllocError;
use kernel::prelude::*;
use kernel::sync::atomic::{
    Atomic,
    Relaxed, //
};
use kernel::sync::Arc;

use crate::nf::parameters;

/// What all streams have together, in bytes.
static TAKEN: Atomic<u64> = Atomic::new(0);

/// The least that is taken at a time.
const LEAST: usize = 512;

/// A connection may have as much as one of so many parts of what is left.
///
/// So those who conspire leave something to others, however many they are: the more have much, the less
/// anyone gets, and `n` of them take all but one part in `1 + n / 16`. Nobody has to be asked, and nothing
/// is taken away from anyone, since what a sender was told has come must not be lost. At the default a
/// connection by itself has room for all that it may ever hold.
const PARTS: u64 = 16;

/// What one connection has, in bytes.
pub(super) struct Share(Atomic<u64>);

impl Share {
    /// Nothing yet.
    pub(super) fn new() -> Result<Arc<Self>, AllocError> {
        Arc::new(Self(Atomic::new(0)), GFP_ATOMIC)
    }

    /// Whether it may have so much more.
    ///
    /// Somebody else may take some in between; all have a little more then than they should.
    fn may_take(&self, bytes: u64) -> bool {
        let most = u64::from(parameters::max_stream_memory()) * 1024;
        let left = most.saturating_sub(TAKEN.load(Relaxed));
        self.0.load(Relaxed).saturating_add(bytes) <= left / PARTS
    }

    fn take(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Relaxed);
        TAKEN.fetch_add(bytes as u64, Relaxed);
    }

    fn give_back(&self, bytes: usize) {
        self.0.fetch_sub(bytes as u64, Relaxed);
        TAKEN.fetch_sub(bytes as u64, Relaxed);
    }
}

/// A buffer of a stream's.
pub(super) struct Memory {
    bytes: KVec<u8>,
    share: Arc<Share>,
}

impl Memory {
    /// It counts for the connection whose share that is.
    pub(super) fn new(share: &Arc<Share>) -> Self {
        Self {
            bytes: KVec::new(),
            share: share.clone(),
        }
    }

    /// Makes room for so many bytes, of which there is none yet.
    fn reserve_more(&mut self, len: usize) -> bool {
        let before = self.bytes.capacity();
        let wanted = len.max(LEAST).checked_next_power_of_two().unwrap_or(len);
        if !self.share.may_take(wanted.saturating_sub(before) as u64) {
            return false;
        }
        let more = wanted.saturating_sub(self.bytes.len());
        let flags = GFP_ATOMIC | __GFP_NOWARN;
        let done = self.bytes.reserve(more, flags).is_ok();
        let grown = self.bytes.capacity().saturating_sub(before);
        self.share.take(grown);
        done
    }
}

impl Buffer for Memory {
    fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    fn reserve(&mut self, len: usize) -> bool {
        len <= self.bytes.capacity() || self.reserve_more(len)
    }

    fn grow(&mut self, len: usize) -> bool {
        self.reserve(len) && self.bytes.resize(len, 0, GFP_ATOMIC).is_ok()
    }

    fn push(&mut self, bytes: &[u8]) -> bool {
        let len = self.bytes.len().saturating_add(bytes.len());
        self.reserve(len) && self.bytes.extend_from_slice(bytes, GFP_ATOMIC).is_ok()
    }

    fn shorten(&mut self, len: usize) {
        self.bytes.truncate(len);
    }

    fn free(&mut self) {
        let taken = self.bytes.capacity();
        if taken > 0 {
            self.bytes = KVec::new();
            self.share.give_back(taken);
        }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.free();
    }
}
