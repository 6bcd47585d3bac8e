// SPDX-License-Identifier: GPL-2.0-only

//! Two ends that speak TCP over a network that loses, doubles and reorders, and a gateway between them.

use alg::stream::{
    Buffer,
    Change,
    Connection,
    Frame,
    Framing,
    Header,
    Note,
    Payload,
    Position,
    Segment,
    Sending,
    Translate,
    Way, //
};
use alg::Span;
use std::collections::VecDeque;

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

    fn grow(&mut self, len: usize) -> bool {
        let fits = len <= self.most;
        if fits {
            self.bytes.resize(len, 0);
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

/// As many bytes as name SIP, with a keep-alive before them.
const FIRST: usize = 16;

/// A segment on its way.
#[derive(Clone, Debug)]
pub struct Packet {
    pub header: Header,
    pub payload: Vec<u8>,
}

/// A header; the options of selective acknowledgements are made room for.
pub fn header(
    sequence: Position,
    acknowledged: Position,
    fin: bool,
    blocks: &[(u32, u32)],
) -> Header {
    let options = if blocks.is_empty() {
        0
    } else {
        4 + 8 * blocks.len()
    };
    let mut bytes = vec![0; 20 + options];
    bytes[12] = u8::try_from(bytes.len() / 4).unwrap() << 4;
    bytes[13] = 0x10 | u8::from(fin);
    if !blocks.is_empty() {
        let head = [1, 1, 5, u8::try_from(2 + 8 * blocks.len()).unwrap()];
        bytes[20..24].copy_from_slice(&head);
        for (place, (left, right)) in blocks.iter().enumerate() {
            let at = 24 + 8 * place;
            bytes[at..at + 4].copy_from_slice(&left.to_be_bytes());
            bytes[at + 4..at + 8].copy_from_slice(&right.to_be_bytes());
        }
    }
    let (mut made, _) = Header::split(&bytes).unwrap();
    made.set_sequence(sequence);
    made.set_acknowledged(acknowledged);
    made
}

/// One end: what it sends, what has come, and what it knows of the other one.
#[derive(Debug)]
pub struct End {
    first: Position,
    out: Vec<u8>,
    /// What is not acknowledged begins there.
    una: usize,
    /// What was never sent begins there.
    next: usize,
    /// What the other end has said that it has.
    sacked: Vec<(usize, usize)>,
    /// Whether it ends its stream.
    pub fin: bool,
    peer_first: Position,
    pub got: Vec<u8>,
    /// What overtook others.
    early: Vec<(usize, Vec<u8>)>,
    peer_fin: Option<usize>,
    /// What came a second time.
    doubled: Option<(u32, u32)>,
    pub mss: usize,
    window: usize,
    /// Whether it says nothing when it is asked whether it is alive.
    pub mute: bool,
}

impl End {
    pub fn new(first: u32, peer_first: u32, out: Vec<u8>, mss: usize, window: usize) -> Self {
        Self {
            first: Position(first),
            out,
            una: 0,
            next: 0,
            sacked: Vec::new(),
            fin: true,
            peer_first: Position(peer_first),
            got: Vec::new(),
            early: Vec::new(),
            peer_fin: None,
            doubled: None,
            mss,
            window,
            mute: false,
        }
    }

    /// Whether it has said all and knows that all has come.
    pub fn is_done(&self) -> bool {
        self.una == self.out.len() + usize::from(self.fin) && self.has_all()
    }

    fn has_all(&self) -> bool {
        self.peer_fin == Some(self.got.len())
    }

    fn packet(&self, from: usize, len: usize) -> Packet {
        let end = (from + len).min(self.out.len());
        let fin = self.fin && end == self.out.len();
        let ack = self.got.len() + usize::from(self.has_all());
        let blocks = self.early.iter().map(|(at, bytes)| {
            let left = self.peer_first.plus(*at);
            (left.0, left.plus(bytes.len()).0)
        });
        let blocks: Vec<_> = self.doubled.into_iter().chain(blocks).take(3).collect();
        Packet {
            header: header(
                self.first.plus(from),
                self.peer_first.plus(ack),
                fin,
                &blocks,
            ),
            payload: self.out[from.min(self.out.len())..end].to_vec(),
        }
    }

    /// What it may send that is new, in pieces of at most `len`; the first one says what it is.
    pub fn send(&mut self, len: usize) -> Option<Packet> {
        let len = if self.next == 0 { len.max(FIRST) } else { len };
        let most = self.window.saturating_sub(self.next - self.una);
        let len = len.min(self.mss).min(most);
        let all = self.next == self.out.len() + usize::from(self.fin);
        if all || len == 0 {
            return None;
        }
        let packet = self.packet(self.next, len);
        self.next += packet.payload.len() + usize::from(packet.header.flags().fin());
        Some(packet)
    }

    /// What it repeats when nothing has come for a while: what the other end does not say it has.
    pub fn repeat(&mut self, len: usize) -> Option<Packet> {
        if self.una == self.next {
            return None;
        }
        let hole = |at: &usize| {
            !self
                .sacked
                .iter()
                .any(|(left, right)| left <= at && at < right)
        };
        let from = (self.una..self.next).find(hole)?;
        let len = if from == 0 { len.max(FIRST) } else { len };
        let len = len.min(self.mss).min(self.next - from);
        Some(self.packet(from, len))
    }

    /// An acknowledgement.
    pub fn acknowledgement(&self) -> Packet {
        let mut packet = self.packet(self.next, 0);
        packet.payload.clear();
        packet.header.clear_fin();
        packet
    }

    /// Takes a packet; whether it wants to say what it has.
    pub fn take(&mut self, packet: &Packet) -> bool {
        let header = &packet.header;
        if let Some(ack) = header.acknowledged() {
            let ack = usize::try_from(ack.beyond(self.first)).unwrap();
            assert!(ack <= self.next, "acknowledges {ack} of {} sent", self.next);
            self.una = self.una.max(ack);
        }
        self.sacked.clear();
        let mut blocks = Vec::new();
        header.clone().map_blocks(|left, right| {
            blocks.push((left, right));
            None
        });
        for (left, right) in blocks {
            let place = |at: Position| usize::try_from(at.beyond(self.first)).unwrap();
            let (left, right) = (place(left), place(right));
            assert!(right <= self.next, "has {right} of {} sent", self.next);
            self.sacked.push((left, right));
        }
        let from = header.sequence().beyond(self.peer_first);
        let mut bytes = &packet.payload[..];
        let skip = usize::try_from(i64::from(self.got.len() as u32) - i64::from(from)).unwrap_or(0);
        if header.flags().fin() {
            let end = i64::from(from) + bytes.len() as i64;
            let end = usize::try_from(end).unwrap();
            assert!(
                self.peer_fin.is_none_or(|fin| fin == end),
                "two ends of the stream"
            );
            self.peer_fin = Some(end);
        }
        let old = from.saturating_add(bytes.len() as i32) <= self.got.len() as i32;
        let left = header.sequence();
        self.doubled = (old && !bytes.is_empty()).then(|| (left.0, left.plus(bytes.len()).0));
        if from <= self.got.len() as i32 {
            bytes = bytes.get(skip..).unwrap_or(&[]);
            self.got.extend(bytes);
        } else if !bytes.is_empty() {
            self.early.push((from as usize, bytes.to_vec()));
        }
        self.early.sort();
        loop {
            let len = self.got.len();
            let Some(at) = self.early.iter().position(|(at, _)| *at <= len) else {
                break;
            };
            let (at, bytes) = self.early.remove(at);
            self.got.extend(bytes.get(len - at..).unwrap_or(&[]));
        }
        let probe = old && packet.payload.len() == 1;
        let speaks = !packet.payload.is_empty() || header.flags().fin();
        speaks && !(probe && self.mute)
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
    fn pass(&mut self, way: usize, packet: Packet) -> Vec<Packet> {
        let segment = Segment {
            header: packet.header.clone(),
            payload: &packet.payload,
        };
        let sending = self
            .connection
            .segment(WAYS[way], segment, self.now, &mut self.words);
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
        for _ in 0..20_000 {
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
        panic!("it does not come to an end");
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
