// SPDX-License-Identifier: GPL-2.0

//! A message rewritten, with what must hold of every rewriting checked on the way.

use std::net::{
    IpAddr,
    SocketAddr, //
};

use alg::call::{
    Memory,
    Policy, //
};
use alg::nat::{
    Edit,
    Edits,
    Flow,
    New,
    Region, //
};
use alg::sip::mime::{
    Part,
    Parts, //
};
use alg::sip::{
    message,
    MediaType,
    Name, //
};
use alg::{
    Span,
    Text, //
};

use crate::table::Table;

/// Room for edits, as in a workspace.
const SLOTS: usize = 256;

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There are no edits.
    Unchanged,
    /// What stood there was put back.
    Undone,
    /// Something stood there that no edit writes, like a port with zeros in front.
    Lasting,
}

/// What becomes of a message on a flow, by a connection that remembers nothing yet.
pub fn rewritten(message: &[u8], flow: &Flow, policy: Policy, table: &mut Table) -> Outcome {
    let mut slots = [Edit::NONE; SLOTS];
    let mut edits = Edits::new(message, &mut slots);
    let mut memory = Memory::default();
    let reasons = alg::translate(flow, policy, &mut memory, table, &mut edits);
    assert!(!reasons.is_fatal() || edits.is_empty(), "{reasons:?}");
    in_order(message, edits.as_slice());
    let new = applied(&edits);
    lengths(message, &new, &edits);
    undone(message, &new, &edits)
}

/// The message with its edits; without any it is the same.
pub fn applied(edits: &Edits<'_>) -> Vec<u8> {
    let message = edits.message();
    let mut room = vec![0; message.len() + 64 * SLOTS];
    let Some(Region { old, new_len }) = edits.render(&mut room) else {
        assert!(edits.is_empty());
        return message.to_vec();
    };
    let mut new = message[..old.start].to_vec();
    new.extend_from_slice(&room[..new_len]);
    new.extend_from_slice(&message[old.end()..]);
    let all = Span {
        start: 0,
        len: message.len(),
    };
    let growth = edits.growth_within(all);
    assert_eq!(new.len() as i64, message.len() as i64 + growth);
    new
}

fn in_order(message: &[u8], edits: &[Edit]) {
    for edit in edits {
        assert!(edit.span.end() <= message.len(), "{edit:?}");
    }
    for pair in edits.windows(2) {
        assert!(pair[0].span.end() <= pair[1].span.start, "{pair:?}");
    }
}

/// The edits that put back what stood there give the message back.
fn undone(message: &[u8], new: &[u8], edits: &Edits<'_>) -> Outcome {
    let mut slots = [Edit::NONE; SLOTS];
    let mut back = Edits::new(new, &mut slots);
    for edit in edits.as_slice() {
        let old = &message[edit.span.start..edit.span.end()];
        let Some(inverse) = inverse(old) else {
            return Outcome::Lasting;
        };
        let (start, len) = moved(edit, edits);
        back.insert(Span { start, len }, inverse)
            .expect("what stood apart stands apart");
    }
    assert_eq!(
        String::from_utf8_lossy(&applied(&back)),
        String::from_utf8_lossy(message)
    );
    match edits.is_empty() {
        true => Outcome::Unchanged,
        false => Outcome::Undone,
    }
}

/// Where the text of an edit lies in the new message.
fn moved(edit: &Edit, edits: &Edits<'_>) -> (usize, usize) {
    let before = Span {
        start: 0,
        len: edit.span.start,
    };
    let start = edit.span.start as i64 + edits.growth_within(before);
    let len = edit.span.len as i64 + edits.growth_within(edit.span);
    (
        usize::try_from(start).expect("edits stay within the message"),
        usize::try_from(len).expect("no text is shorter than nothing"),
    )
}

/// What writes `old` again, where that can be said.
fn inverse(old: &[u8]) -> Option<New> {
    let text = std::str::from_utf8(old).ok()?;
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    let candidates = [
        text.parse().ok().map(|value| New::Number {
            value,
            width: text.len(),
        }),
        text.parse::<SocketAddr>().ok().map(New::HostPort),
        text.parse::<IpAddr>().ok().map(New::Address),
        bare.and_then(|text| text.parse().ok()).map(New::Reference),
    ];
    candidates.into_iter().flatten().find(|new| {
        let mut slots = [Edit::NONE; 1];
        let mut edits = Edits::new(b"", &mut slots);
        let mut room = [0; 64];
        edits.insert(Span { start: 0, len: 0 }, *new).is_ok()
            && edits
                .render(&mut room)
                .is_some_and(|region| &room[..region.new_len] == old)
    })
}

/// The first Content-Length says by as much more as the body that it covers has grown, and so does that of
/// each part of it.
fn lengths(message: &[u8], new: &[u8], edits: &Edits<'_>) {
    let (Some(old), Some(new)) = (Lengths::of(message), Lengths::of(new)) else {
        return;
    };
    if let (Some(old_length), Some(new_length)) = (old.stated, new.stated) {
        let growth = edits.growth_within(edits.span(old.body));
        assert_eq!(i64::from(new_length), i64::from(old_length) + growth);
    }
    let (Some(old), Some(new)) = (old.parts(), new.parts()) else {
        return;
    };
    assert_eq!(old.len(), new.len());
    for (old, new) in old.iter().zip(&new) {
        let growth = edits.growth_within(edits.span(old.body));
        let [old, new] = [old, new].map(|part| part.content_length.and_then(Text::number));
        assert_eq!(new.map(i64::from), old.map(|old| i64::from(old) + growth));
    }
}

/// A body, and what is said of it.
struct Lengths<'a> {
    /// What the first Content-Length says.
    stated: Option<u32>,
    /// As much of it as that covers.
    body: Text<'a>,
    /// What is between its parts, where it has some.
    boundary: Option<Text<'a>>,
}

impl<'a> Lengths<'a> {
    fn of(message: &'a [u8]) -> Option<Self> {
        let (_, mut headers) = message::parse(message).ok()?;
        let (mut stated, mut media_type) = (None, None);
        for field in headers.by_ref() {
            match field.name {
                Name::ContentLength if stated.is_none() => stated = Some(field.value.number()),
                Name::ContentType if media_type.is_none() => {
                    media_type = MediaType::parse(field.value).ok();
                }
                _ => {}
            }
        }
        let all = headers.body()?;
        let stated = stated.flatten();
        Some(Self {
            stated,
            body: all.take(stated.map_or(all.len(), |length| length as usize)),
            boundary: media_type.and_then(|media_type| media_type.boundary()),
        })
    }

    /// The parts of the body, each with those that it has itself behind it; `None` where there are more than are
    /// looked at.
    fn parts(&self) -> Option<Vec<Part<'a>>> {
        let mut all = Vec::new();
        for part in parts(self.body, self.boundary)? {
            let inner = parts(part.body, part.boundary())?;
            all.push(part);
            all.extend(inner);
        }
        Some(all)
    }
}

/// The parts of one body.
fn parts<'a>(body: Text<'a>, boundary: Option<Text<'a>>) -> Option<Vec<Part<'a>>> {
    let Some(boundary) = boundary else {
        return Some(Vec::new());
    };
    let mut parts = Parts::new(body, boundary);
    let all = parts.by_ref().collect();
    (!parts.is_cut()).then_some(all)
}
