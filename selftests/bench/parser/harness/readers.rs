// SPDX-License-Identifier: GPL-2.0

//! Who is measured.

use super::rust;

/// Reads a message and folds what it finds into a number; zero for one that it refuses.
pub type Read = unsafe extern "C" fn(bytes: *const u8, len: usize) -> u64;

/// What a reader does, and so what it has to find.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Counts lines.
    Lines,
    /// Splits header lines.
    Headers,
    /// Is what the others are compared with.
    Own,
    /// Reads headers and description, too.
    Peer,
}

/// Somebody who is measured.
pub struct Reader {
    pub name: &'static str,
    pub kind: Kind,
    pub read: Read,
}

extern "C" {
    fn newline_index(bytes: *const u8, len: usize) -> u64;
    fn httparse_headers(bytes: *const u8, len: usize) -> u64;
    fn nf_sip(bytes: *const u8, len: usize) -> u64;
    fn sofia_sip(bytes: *const u8, len: usize) -> u64;
    fn libosip2(bytes: *const u8, len: usize) -> u64;
    fn libre(bytes: *const u8, len: usize) -> u64;
}

/// All of them, in the order of the table.
pub static READERS: [Reader; 7] = [
    Reader::new("newline index (L)", Kind::Lines, newline_index),
    Reader::new("httparse, headers", Kind::Headers, httparse_headers),
    Reader::new("nf_sip", Kind::Own, nf_sip),
    Reader::new("Sofia-SIP", Kind::Peer, sofia_sip),
    Reader::new("libosip2", Kind::Peer, libosip2),
    Reader::new("libre", Kind::Peer, libre),
    Reader::new("rsip, sdp-rs", Kind::Peer, rust::rsip),
];

impl Reader {
    const fn new(name: &'static str, kind: Kind, read: Read) -> Self {
        Self { name, kind, read }
    }

    /// Has it read a message.
    #[inline(always)]
    pub fn read(&self, bytes: &[u8]) -> u64 {
        // SAFETY: They are as many bytes as the slice has, and borrowed for as long.
        unsafe { (self.read)(bytes.as_ptr(), bytes.len()) }
    }
}
