// SPDX-License-Identifier: GPL-2.0-only

//! One end of a connection: what it sends, and what has come.

use alg::stream::{
    Header,
    Position, //
};

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
    /// The position of its first byte.
    pub first: Position,
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

    /// The bytes of all that it has to send.
    pub fn will_send(&self) -> usize {
        self.out.len()
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

    /// What asks the other end whether it is alive (RFC 9293 3.8.4).
    pub fn keep_alive(&self) -> Packet {
        let mut packet = self.acknowledgement();
        packet
            .header
            .set_sequence(self.first.plus(self.una).shifted(-1));
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
