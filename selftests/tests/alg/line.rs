// SPDX-License-Identifier: GPL-2.0-only

//! A gateway between one who sends segment by segment and one who says what has come.

use alg::stream::{
    Connection,
    Header,
    Note,
    Payload,
    Position,
    Segment,
    Sending,
    Way, //
};

use super::peer::header;
use super::tcp::{
    memory,
    moment,
    Memory,
    Words, //
};

/// Positions of the first bytes: of the sender's, and of what comes back.
pub const FIRST: [u32; 2] = [1000, 5000];

/// A message that grows by 14 bytes, and one that shrinks by 22.
pub const GROWS: &[u8] = b"ACK sip:a SIP/2.0\r\nX: {inside}\r\nl: 0\r\n\r\n";
pub const SHRINKS: &[u8] = b"ACK sip:a SIP/2.0\r\nX: {outside-of-the-gateway}\r\nl: 0\r\n\r\n";

/// One sender, at whose positions segments are counted from its first byte.
pub struct Line {
    pub connection: Connection<Memory>,
    pub words: Words,
    pub now: u32,
}

/// What went on: from the first byte on at the receiver, and whether the stream ends with it.
pub type Went = (i32, Vec<u8>, bool);

impl Line {
    pub fn new() -> Self {
        Self::with_memory(usize::MAX)
    }

    pub fn with_memory(most: usize) -> Self {
        let buffers = || [memory(most), memory(most)];
        Self {
            connection: Connection::new(FIRST.map(Position), [buffers(), buffers()]),
            words: Words::default(),
            now: 0,
        }
    }

    pub fn pass(&mut self, way: Way, header: Header, payload: &[u8]) -> (Header, Vec<u8>) {
        let segment = Segment {
            header: header.clone(),
            payload,
        };
        let sending = self
            .connection
            .segment(way, segment, moment(self.now), &mut self.words);
        match sending {
            Sending::AsIs => (header, payload.to_vec()),
            Sending::Changed {
                header,
                payload: new,
            } => match new {
                Payload::Own => (header, payload.to_vec()),
                Payload::New { bytes, .. } => (header, bytes.to_vec()),
            },
        }
    }

    /// A segment of the sender's.
    pub fn out(&mut self, at: usize, payload: &[u8], fin: bool) -> Went {
        let first = FIRST.map(Position);
        let header = header(first[0].plus(at), first[1], fin, &[]);
        let (header, bytes) = self.pass(Way::Original, header, payload);
        (
            header.sequence().beyond(first[0]),
            bytes,
            header.flags().fin(),
        )
    }

    /// The receiver has so much, and blocks besides; what the sender is told.
    pub fn back(&mut self, at: usize, blocks: &[(usize, usize)]) -> (i32, Vec<(i32, i32)>) {
        let first = FIRST.map(Position);
        let place = |at: usize| first[0].plus(at).0;
        let raw: Vec<_> = blocks
            .iter()
            .map(|&(left, right)| (place(left), place(right)))
            .collect();
        let header = header(first[1], first[0].plus(at), false, &raw);
        let (mut header, _) = self.pass(Way::Reply, header, b"");
        let told = header.acknowledged().unwrap().beyond(first[0]);
        let mut blocks = Vec::new();
        header.map_blocks(|left, right| {
            blocks.push((left.beyond(first[0]), right.beyond(first[0])));
            None
        });
        (told, blocks)
    }

    /// For how many milliseconds anything may still be held.
    pub fn left(&self) -> Option<u32> {
        self.connection.time_left(moment(self.now))
    }

    pub fn notes(&self) -> Vec<Note> {
        let all = self.words.notes.iter().copied();
        all.filter(|note| *note != Note::Held).collect()
    }
}

pub fn became(message: &[u8]) -> Vec<u8> {
    Words::become_of(message)
}
