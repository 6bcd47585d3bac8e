// SPDX-License-Identifier: GPL-2.0-only

//! Two ends that speak TCP over a network that loses, doubles and reorders, and a gateway between them.

use alg::stream::{
    Buffer,
    Change,
    Connection,
    Frame,
    Framing,
    Header,
    Moment,
    Note,
    Payload,
    Segment,
    Sending,
    Translate,
    Way, //
};
use alg::Span;
use std::collections::VecDeque;

use crate::peer::{
    End,
    Packet, //
};

/// Memory, of which there may be little.
#[derive(Debug)]
pub struct Memory {
    bytes: Vec<u8>,
    most: usize,
}

/// None yet, of at most so many bytes.
pub fn memory(most: usize) -> Memory {
    let bytes = Vec::new();
    Memory { bytes, most }
}

impl Buffer for Memory {
    fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    fn reserve(&mut self, len: usize) -> bool {
        len <= self.most
    }

    fn grow(&mut self, len: usize) -> bool {
        let fits = self.reserve(len);
        if fits {
            self.bytes.resize(len, 0);
        }
        fits
    }

    fn push(&mut self, bytes: &[u8]) -> bool {
        let fits = self.reserve(self.bytes.len() + bytes.len());
        if fits {
            self.bytes.extend(bytes);
        }
        fits
    }

    fn shorten(&mut self, len: usize) {
        self.bytes.truncate(len);
    }

    fn free(&mut self) {
        self.bytes.clear();
    }
}

/// Puts other words in place of some, and counts.
#[derive(Debug, Default)]
pub struct Words {
    pub notes: Vec<Note>,
    pub messages: usize,
    new: Vec<u8>,
}

/// What a stream becomes that comes in one piece, message by message.
pub fn in_one_piece(stream: &[u8]) -> Vec<u8> {
    let mut rest = stream;
    let mut new = Vec::new();
    while !rest.is_empty() {
        let (len, message) = match Framing::default().frame(rest) {
            Frame::KeepAlive(len) => (len, false),
            Frame::Message(len) if len <= rest.len() => (len, true),
            _ => (rest.len(), false),
        };
        let (bytes, behind) = rest.split_at(len);
        if message {
            new.extend(Words::become_of(bytes));
        } else {
            new.extend(bytes);
        }
        rest = behind;
    }
    new
}

impl Words {
    /// What a message becomes.
    pub fn become_of(message: &[u8]) -> Vec<u8> {
        let Ok(text) = std::str::from_utf8(message) else {
            return message.to_vec();
        };
        text.replace("{inside}", "outside-of-the-gateway")
            .replace("{outside-of-the-gateway}", "in")
            .into_bytes()
    }
}

impl Translate for Words {
    fn message(&mut self, message: &[u8]) -> Option<Change<'_>> {
        self.messages += 1;
        self.new = Self::become_of(message);
        let start = 3.min(message.len());
        (self.new != message).then(|| Change {
            old: Span {
                start,
                len: message.len() - start,
            },
            new: &self.new[start..],
        })
    }

    fn note(&mut self, note: Note) {
        self.notes.push(note);
    }
}

/// What happens to a packet in the network.
#[derive(Clone, Copy, Debug)]
pub enum Fate {
    Arrives,
    Lost,
    Doubled,
    Late,
}

/// The gateway and both networks, with time.
pub struct World {
    pub ends: [End; 2],
    pub connection: Connection<Memory>,
    pub words: Words,
    /// Before the gateway and behind it, for either way.
    queues: [[VecDeque<Packet>; 2]; 2],
    now: u32,
    /// Milliseconds after which an end repeats.
    pub pause: u32,
}

/// For how many milliseconds anything may be held.
pub const LONGEST: u32 = 300_000;

/// So many milliseconds of a clock.
pub fn moment(now: u32) -> Moment {
    let longest = LONGEST;
    Moment { now, longest }
}

const WAYS: [Way; 2] = [Way::Original, Way::Reply];

impl World {
    pub fn new(ends: [End; 2]) -> Self {
        Self::with_memory(ends, usize::MAX)
    }

    /// One whose gateway has so many bytes for each use.
    pub fn with_memory(ends: [End; 2], most: usize) -> Self {
        let buffers = || [memory(most), memory(most)];
        let first = [ends[0].first, ends[1].first];
        Self {
            ends,
            connection: Connection::new(first, [buffers(), buffers()]),
            words: Words::default(),
            queues: Default::default(),
            now: 0,
            pause: 1,
        }
    }

    fn put(&mut self, hop: usize, way: usize, packet: Packet, fate: Fate) {
        let queue = &mut self.queues[hop][way];
        match fate {
            Fate::Arrives => queue.push_back(packet),
            Fate::Lost => {}
            Fate::Doubled => {
                queue.push_back(packet.clone());
                queue.push_back(packet);
            }
            Fate::Late => queue.push_front(packet),
        }
    }

    /// A packet through the gateway.
    pub fn pass(&mut self, way: usize, packet: Packet) -> Vec<Packet> {
        let segment = Segment {
            header: packet.header.clone(),
            payload: &packet.payload,
        };
        let sending =
            self.connection
                .segment(WAYS[way], segment, moment(self.now), &mut self.words);
        match sending {
            Sending::AsIs => vec![packet],
            Sending::Changed { header, payload } => {
                let bytes = match payload {
                    Payload::Own => packet.payload,
                    Payload::New { bytes, .. } => bytes.to_vec(),
                };
                cut(header, &bytes, self.ends[1 - way].mss)
            }
        }
    }

    /// Lets everything arrive that is on its way, each packet with the fate that is drawn for it.
    pub fn run(&mut self, mut fate: impl FnMut() -> Fate) {
        loop {
            let mut idle = true;
            for way in 0..2 {
                if let Some(packet) = self.queues[0][way].pop_front() {
                    idle = false;
                    for out in self.pass(way, packet) {
                        self.put(1, way, out, fate());
                    }
                }
                if let Some(packet) = self.queues[1][way].pop_front() {
                    idle = false;
                    let end = &mut self.ends[1 - way];
                    if end.take(&packet) {
                        let answer = end.acknowledgement();
                        self.put(0, 1 - way, answer, fate());
                    }
                }
            }
            if idle {
                return;
            }
        }
    }

    /// An end sends something new.
    pub fn send(&mut self, way: usize, len: usize, fate: Fate) -> bool {
        let packet = self.ends[way].send(len);
        let sent = packet.is_some();
        if let Some(packet) = packet {
            self.put(0, way, packet, fate);
        }
        sent
    }

    /// Nothing has come for long: what is not acknowledged is repeated, with all that may be new.
    pub fn repeat(&mut self, way: usize, len: usize, fate: Fate) {
        self.now += self.pause;
        if let Some(packet) = self.ends[way].repeat(len) {
            self.put(0, way, packet, fate);
        }
    }

    /// Sends all of both streams, in pieces of these lengths, through a network with these fates; then
    /// it is well again. Repeats are as long as they may be, or as the pieces.
    pub fn exchange(&mut self, cuts: &[usize], fates: &[Fate], whole_repeats: bool) {
        let mut drawn = 0;
        let mut cut = cuts.iter().copied().cycle();
        // A byte at a time, each of which may have to be repeated alone, takes a turn for each of them.
        let bytes: usize = self.ends.iter().map(End::will_send).sum();
        for _ in 0..20_000 + 2 * bytes {
            let mut fate = || {
                drawn += 1;
                fates.get(drawn).copied().unwrap_or(Fate::Arrives)
            };
            let mut any = false;
            for way in 0..2 {
                for _ in 0..3 {
                    any |= self.send(way, cut.next().unwrap(), fate());
                }
            }
            self.run(&mut fate);
            if !any {
                for way in 0..2 {
                    let drawn = cut.next().unwrap();
                    let len = if whole_repeats { usize::MAX } else { drawn };
                    self.repeat(way, len, fate());
                }
                self.run(&mut fate);
            }
            if self.ends.iter().all(End::is_done) {
                return;
            }
        }
        // What is repeated for three seconds goes on as it is, perhaps a byte each time; a turn is a millisecond.
        let notes = self.words.notes.iter();
        let went_on = notes.filter(|note| **note == Note::Repeated).count();
        assert!(went_on > 5, "it does not come to an end");
    }
}

/// Segments of at most so many bytes, as a network card cuts them.
fn cut(header: Header, bytes: &[u8], mss: usize) -> Vec<Packet> {
    if bytes.len() <= mss {
        let payload = bytes.to_vec();
        return vec![Packet { header, payload }];
    }
    let last = bytes.len().div_ceil(mss) - 1;
    let pieces = bytes.chunks(mss).enumerate();
    pieces
        .map(|(nth, piece)| {
            let mut header = header.clone();
            header.set_sequence(header.sequence().plus(nth * mss));
            if nth < last {
                header.clear_fin();
            }
            Packet {
                header,
                payload: piece.to_vec(),
            }
        })
        .collect()
}
