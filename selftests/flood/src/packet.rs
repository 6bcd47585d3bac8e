// SPDX-License-Identifier: GPL-2.0

//! Packets of IPv4 and UDP as they are on the wire, right and wrong.

use std::net::{
    SocketAddr,
    SocketAddrV4, //
};

const UDP: u8 = 17;
const DONT_FRAGMENT: u16 = 0x4000;
const MORE: u16 = 0x2000;

/// What the wire takes.
const MTU: usize = 1500;

/// A datagram and what is odd about its packet.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// What the UDP header says instead of the length.
    pub length: Option<u16>,
    /// What is added to the right checksum.
    pub checksum: u16,
    /// No checksum at all.
    pub unsummed: bool,
    /// Bytes behind the datagram.
    pub trailer: Vec<u8>,
    /// IP options (no-operation), in words.
    pub options: usize,
    pub dont_fragment: bool,
    /// Bytes of the fragments; 0 for what the wire takes.
    pub fragment: usize,
    /// How the fragments are sent.
    pub order: Order,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    #[default]
    Forwards,
    Backwards,
    /// Some come twice.
    Doubled,
    /// The last is not sent.
    Incomplete,
    /// One claims bytes that another has.
    Overlapping,
}

fn sum(mut total: u32, data: &[u8]) -> u32 {
    for pair in data.chunks(2) {
        total += (u32::from(pair[0]) << 8) | u32::from(*pair.get(1).unwrap_or(&0));
        total = (total & 0xffff) + (total >> 16);
    }
    total
}

/// The sum of a datagram with its pseudo header; 0xffff where its checksum is right.
fn datagram_sum(from: [u8; 4], to: [u8; 4], datagram: &[u8]) -> u16 {
    let length = datagram.len() as u32;
    let pseudo = sum(u32::from(UDP) + length, &[from, to].concat());
    sum(pseudo, datagram) as u16
}

/// Changes what is to stand behind a datagram of an even length so that its checksum is right with it, too:
/// conntrack looks at all that the packet carries.
pub fn settle(trailer: &mut [u8]) {
    let len = trailer.len();
    if let (0, Some(last)) = (len % 2, trailer.last_chunk_mut()) {
        *last = [0; 2];
        let total = sum(len as u32, trailer);
        trailer[len - 2..].copy_from_slice(&(!(total as u16)).to_be_bytes());
    }
}

/// The packets that carry a payload.
pub fn packets(
    from: SocketAddrV4,
    to: SocketAddrV4,
    id: u16,
    payload: &[u8],
    form: &Form,
) -> Vec<Vec<u8>> {
    let length = form.length.unwrap_or((payload.len() + 8) as u16);
    let mut datagram = Vec::with_capacity(payload.len() + 8 + form.trailer.len());
    for field in [from.port(), to.port(), length, 0] {
        datagram.extend_from_slice(&field.to_be_bytes());
    }
    datagram.extend_from_slice(payload);
    if !form.unsummed {
        let covered = &datagram[..usize::from(length).clamp(8, datagram.len())];
        let total = !datagram_sum(from.ip().octets(), to.ip().octets(), covered);
        let total = total.wrapping_add(form.checksum);
        datagram[6..8].copy_from_slice(&if total == 0 { 0xffff } else { total }.to_be_bytes());
    }
    datagram.extend_from_slice(&form.trailer);
    fragments(from, to, id, &datagram, form)
}

fn fragments(
    from: SocketAddrV4,
    to: SocketAddrV4,
    id: u16,
    datagram: &[u8],
    form: &Form,
) -> Vec<Vec<u8>> {
    let header = 20 + 4 * form.options;
    let most = (MTU - header) & !7;
    let size = match form.fragment & !7 {
        0 => most,
        size => size.min(most),
    };
    let whole = form.fragment == 0 && datagram.len() + header <= MTU;
    let size = if whole { datagram.len() } else { size };
    let mut found = Vec::new();
    for at in (0..datagram.len()).step_by(size.max(1)) {
        let end = (at + size).min(datagram.len());
        let more = if end < datagram.len() { MORE } else { 0 };
        let forbids = if form.dont_fragment && whole {
            DONT_FRAGMENT
        } else {
            0
        };
        let mut place = at;
        if form.order == Order::Overlapping && at > 0 {
            place -= 8;
        }
        let flags = (place / 8) as u16 | more | forbids;
        found.push(ip(from, to, id, flags, form.options, &datagram[at..end]));
    }
    match form.order {
        Order::Backwards => found.reverse(),
        Order::Doubled => {
            let again = found[0].clone();
            found.insert(0, again);
        }
        Order::Incomplete => {
            found.pop();
        }
        Order::Forwards | Order::Overlapping => {}
    }
    found
}

fn ip(
    from: SocketAddrV4,
    to: SocketAddrV4,
    id: u16,
    flags: u16,
    options: usize,
    data: &[u8],
) -> Vec<u8> {
    let length = 20 + 4 * options + data.len();
    let mut packet = vec![0x45 + options as u8, 0];
    for field in [length as u16, id, flags] {
        packet.extend_from_slice(&field.to_be_bytes());
    }
    // The kernel writes the checksum.
    packet.extend_from_slice(&[64, UDP, 0, 0]);
    packet.extend_from_slice(&from.ip().octets());
    packet.extend_from_slice(&to.ip().octets());
    packet.extend(std::iter::repeat_n(1, 4 * options));
    packet.extend_from_slice(data);
    packet
}

/// A datagram that has come, put together by the kernel.
#[derive(Debug)]
pub struct Arrived {
    pub id: u16,
    pub from: SocketAddr,
    pub to: SocketAddr,
    pub payload: Vec<u8>,
    pub sum: Sum,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sum {
    None,
    Right,
    Wrong,
}

impl Arrived {
    /// Reads what a raw socket says; [`None`] where there is no UDP header.
    pub fn read(packet: &[u8]) -> Option<Self> {
        let header = usize::from(packet.first()? & 15) * 4;
        let word = |at: usize| Some(u16::from_be_bytes([*packet.get(at)?, *packet.get(at + 1)?]));
        let octets = |at: usize| <[u8; 4]>::try_from(packet.get(at..at + 4)?).ok();
        let (from, to) = (octets(12)?, octets(16)?);
        let datagram = packet.get(header..)?;
        let stated = usize::from(word(header + 4)?);
        let datagram = datagram.get(..stated.max(8)).unwrap_or(datagram);
        let sum = match word(header + 6)? {
            0 => Sum::None,
            _ if datagram_sum(from, to, datagram) == 0xffff => Sum::Right,
            _ => Sum::Wrong,
        };
        Some(Self {
            id: word(4)?,
            from: (from, word(header)?).into(),
            to: (to, word(header + 2)?).into(),
            payload: datagram.get(8..)?.to_vec(),
            sum,
        })
    }
}
