// SPDX-License-Identifier: GPL-2.0

//! What makes a good message a bad one.

use crate::random::Random;

/// The longest message in IPv4 and UDP.
pub const LONGEST: usize = 65507;

/// What takes the place of a number.
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "-1",
    "00000000000000000000005060",
    "65534",
    "65535",
    "65536",
    "2147483648",
    "4294967295",
    "4294967296",
    "18446744073709551616",
    "99999999999999999999999999999999",
    "1e9",
    "",
];

/// What takes the place of an address.
const ADDRESSES: &[&str] = &[
    "0.0.0.0",
    "127.0.0.1",
    "255.255.255.255",
    "224.0.0.1",
    "256.1.1.1",
    "10.0.0.3",
    "010.000.000.002",
    "1.2.3",
    "203.0.113.1",
    "203.0.113.10",
    "[::1]",
    "[2001:db8::9]",
    "2001:db8::9",
    "::ffff:10.0.0.2",
    "[::ffff:203.0.113.1]",
    "[",
    "example.com",
    "",
];

/// Bytes that mean something somewhere.
const SIGNS: &[u8] = b"\0\r\n\t \"\\<>()[]{};:,@%=/?&*'`~!#$^|+-.0a\x7f\x80\xc0\xff";

/// Changes a message in one to four ways.
pub fn mutate(random: &mut Random, text: &mut Vec<u8>, other: &[u8]) {
    let count = random.size(4);
    for _ in 0..count {
        once(random, text, other);
    }
    text.truncate(LONGEST);
}

fn once(random: &mut Random, text: &mut Vec<u8>, other: &[u8]) {
    if text.is_empty() {
        return;
    }
    match random.below(15) {
        0 | 1 => flip(random, text),
        2 => text.truncate(random.below(text.len())),
        3 => cut(random, text),
        4 => insert(random, text),
        5 | 6 => number(random, text),
        7 => address(random, text),
        8 => repeat_line(random, text),
        9 => move_line(random, text),
        10 => fold(random, text),
        11 => line_ends(random, text),
        12 => splice(random, text, other),
        13 => case(random, text),
        _ => long_value(random, text),
    }
}

fn flip(random: &mut Random, text: &mut [u8]) {
    let count = random.size(8);
    for _ in 0..count {
        let at = random.below(text.len());
        text[at] ^= 1 << random.below(8);
    }
}

fn cut(random: &mut Random, text: &mut Vec<u8>) {
    let from = random.below(text.len());
    let len = random.size(64).min(text.len() - from);
    text.drain(from..from + len);
}

fn insert(random: &mut Random, text: &mut Vec<u8>) {
    let count = random.size(16);
    for _ in 0..count {
        let at = random.below(text.len() + 1);
        text.insert(at, *random.pick(SIGNS));
    }
}

/// Where the parts of a text lie that `is` true of every byte of.
fn runs(text: &[u8], is: impl Fn(u8) -> bool) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut from = None;
    for (at, byte) in text.iter().chain([&0]).enumerate() {
        match (is(*byte) && at < text.len(), from) {
            (true, None) => from = Some(at),
            (false, Some(begin)) => {
                found.push((begin, at));
                from = None;
            }
            _ => {}
        }
    }
    found
}

fn replace(text: &mut Vec<u8>, (from, to): (usize, usize), new: &[u8]) {
    text.splice(from..to, new.iter().copied());
}

fn number(random: &mut Random, text: &mut Vec<u8>) {
    let found = runs(text, |byte| byte.is_ascii_digit());
    if let Some(&place) = found.get(random.below(found.len())) {
        let new = random.pick(NUMBERS);
        replace(text, place, new.as_bytes());
    }
}

fn address(random: &mut Random, text: &mut Vec<u8>) {
    let found = runs(text, |byte| byte.is_ascii_digit() || byte == b'.');
    let mut found = found
        .into_iter()
        .filter(|(from, to)| to - from >= 7)
        .collect::<Vec<_>>();
    if !found.is_empty() {
        let place = found.swap_remove(random.below(found.len()));
        let new = random.pick(ADDRESSES);
        replace(text, place, new.as_bytes());
    }
}

fn lines(text: &[u8]) -> Vec<Vec<u8>> {
    text.split_inclusive(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect()
}

/// Many Vias, Contacts, routes, media or candidates.
fn repeat_line(random: &mut Random, text: &mut Vec<u8>) {
    let mut lines = lines(text);
    let at = random.below(lines.len());
    let most = (LONGEST.saturating_sub(text.len()) / lines[at].len().max(1)).min(4000);
    let count = random.size(most.max(1));
    let line = lines[at].clone();
    lines.splice(at..at, std::iter::repeat_n(line, count));
    *text = lines.concat();
}

fn move_line(random: &mut Random, text: &mut Vec<u8>) {
    let mut lines = lines(text);
    let one = random.below(lines.len());
    let other = random.below(lines.len());
    lines.swap(one, other);
    *text = lines.concat();
}

/// Line ends where there may be white space, perhaps very many.
fn fold(random: &mut Random, text: &mut Vec<u8>) {
    let found = runs(text, |byte| byte == b' ' || byte == b';');
    if let Some(&(_, at)) = found.get(random.below(found.len())) {
        let most = LONGEST.saturating_sub(text.len()) / 4;
        let count = random.size(most.max(1));
        replace(text, (at, at), &b"\r\n \t".repeat(count));
    }
}

fn line_ends(random: &mut Random, text: &mut Vec<u8>) {
    let new: &[u8] = random.pick::<&[u8]>(&[b"\n", b"\r", b"\r\r\n", b"\n\r", b"\0\n"]);
    let all = random.percent(50);
    let mut out = Vec::with_capacity(text.len());
    for (at, byte) in text.iter().enumerate() {
        let ends = text[at..].starts_with(b"\r\n") && (all || random.percent(20));
        match byte {
            b'\r' if ends => out.extend_from_slice(new),
            b'\n' if all && at > 0 && text[at - 1] == b'\r' => {}
            _ => out.push(*byte),
        }
    }
    *text = out;
}

/// The beginning of one message, the end of another.
fn splice(random: &mut Random, text: &mut Vec<u8>, other: &[u8]) {
    text.truncate(random.below(text.len() + 1));
    text.extend_from_slice(&other[random.below(other.len() + 1)..]);
}

fn case(random: &mut Random, text: &mut [u8]) {
    for byte in text {
        if byte.is_ascii_alphabetic() && random.percent(10) {
            *byte ^= 0x20;
        }
    }
}

/// A value that is very long, or has very many parameters, or a body with parts within parts.
fn long_value(random: &mut Random, text: &mut Vec<u8>) {
    let part: &[u8] = random.pick::<&[u8]>(&[
        b"x",
        b";lr",
        b",",
        b", <sip:a@10.0.0.2:5060>",
        b"\"",
        b"<",
        b"(",
        b"\\",
        b"%41",
        b"[::1]",
        b"\r\n--b\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n",
        b"\r\na=candidate:1 1 UDP 1 10.0.0.2 20000 typ host",
        b"\r\nm=audio 20000 RTP/AVP 0",
        b"\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK1",
    ]);
    let most = LONGEST.saturating_sub(text.len()) / part.len();
    let count = random.size(most.max(1));
    let at = random.below(text.len() + 1);
    replace(text, (at, at), &part.repeat(count));
}

/// Bytes that are no SIP by any reading, so that nothing may be changed.
pub fn garbage(random: &mut Random) -> Vec<u8> {
    let len = random.size(1400);
    let mut data: Vec<u8> = (0..len).map(|_| random.byte()).collect();
    match random.below(6) {
        0 => data
            .splice(..0, *b"\x00\x01\x00\x00\x21\x12\xa4\x42")
            .count(),
        1 => data.splice(..0, *b"\x80\x08").count(),
        2 => data.splice(..0, *b"\x16\x03\x01").count(),
        3 => data
            .splice(..0, *b"GET / HTTP/1.1\r\nHost: 10.0.0.2\r\n")
            .count(),
        4 => {
            data = b"\r\n".repeat(random.between(0, 3));
            0
        }
        _ => {
            data[0] |= 0x80;
            0
        }
    };
    data
}
