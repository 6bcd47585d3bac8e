// SPDX-License-Identifier: GPL-2.0

//! Bytes that come in behind and go in front.

/// Bytes in memory that the caller owns.
pub trait Buffer {
    /// All of them.
    fn bytes(&self) -> &[u8];

    /// The same, to be changed.
    fn bytes_mut(&mut self) -> &mut [u8];

    /// Makes room for so many bytes in all. False, and nothing done, where there is none.
    fn reserve(&mut self, len: usize) -> bool;

    /// Makes it longer, by zeros. The same.
    fn grow(&mut self, len: usize) -> bool;

    /// Puts bytes behind the others. The same.
    fn push(&mut self, bytes: &[u8]) -> bool;

    /// Makes it shorter; the room stays.
    fn shorten(&mut self, len: usize);

    /// Gives back the room.
    fn free(&mut self);
}

/// A buffer that is moved up seldom enough for a byte to be moved once at most, on the average.
#[derive(Debug)]
pub(super) struct Queue<B> {
    buffer: B,
    /// How many bytes in front are gone.
    gone: usize,
}

impl<B: Buffer> Queue<B> {
    /// It begins with what the buffer holds.
    pub(super) const fn new(buffer: B) -> Self {
        Self { buffer, gone: 0 }
    }

    /// What there is.
    pub(super) fn bytes(&self) -> &[u8] {
        self.buffer.bytes().get(self.gone..).unwrap_or(&[])
    }

    /// The same, to be changed.
    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        self.buffer
            .bytes_mut()
            .get_mut(self.gone..)
            .unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.bytes().len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes().is_empty()
    }

    /// Makes room for so many bytes in all. False, and nothing done, where there is none.
    pub(super) fn reserve(&mut self, len: usize) -> bool {
        self.buffer.reserve(self.gone.saturating_add(len))
    }

    /// Makes it longer, by zeros. The same.
    pub(super) fn grow(&mut self, len: usize) -> bool {
        self.buffer.grow(self.gone.saturating_add(len))
    }

    /// Makes it shorter; the room stays.
    pub(super) fn shorten(&mut self, len: usize) {
        self.buffer.shorten(self.gone.saturating_add(len));
    }

    /// Takes everything away, and the room.
    pub(super) fn clear(&mut self) {
        self.gone = 0;
        self.buffer.free();
    }

    /// Puts bytes behind the others. The same.
    pub(super) fn push(&mut self, bytes: &[u8]) -> bool {
        self.buffer.push(bytes)
    }

    /// Takes bytes away in front.
    pub(super) fn drop_front(&mut self, count: usize) {
        self.gone = self.gone.saturating_add(count.min(self.len()));
        let left = self.len();
        if left == 0 {
            self.clear();
        } else if left <= self.gone {
            let gone = self.gone;
            self.buffer.bytes_mut().copy_within(gone.., 0);
            self.gone = 0;
            self.buffer.shorten(left);
        }
    }
}
