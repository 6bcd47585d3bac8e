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
use alg::sip::{
    message,
    Name, //
};
use alg::{
    Span,
    Text, //
};

use crate::table::Table;

/// Room for edits, as in a workspace.
const SLOTS: usize = 256;

/// What becomes of a message on a flow, by a connection that remembers nothing yet.
pub fn rewritten(message: &[u8], flow: &Flow, policy: Policy, table: &mut Table) -> Vec<u8> {
    let mut slots = [Edit::NONE; SLOTS];
    let mut edits = Edits::new(message, &mut slots);
    let mut memory = Memory::default();
    let reasons = alg::translate(flow, policy, &mut memory, table, &mut edits);
    assert!(!reasons.is_fatal() || edits.is_empty(), "{reasons:?}");
    in_order(message, edits.as_slice());
    let new = applied(&edits);
    undone(message, &new, &edits);
    lengths(message, &new, &edits);
    new
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
fn undone(message: &[u8], new: &[u8], edits: &Edits<'_>) {
    let mut slots = [Edit::NONE; SLOTS];
    let mut back = Edits::new(new, &mut slots);
    for edit in edits.as_slice() {
        let old = &message[edit.span.start..edit.span.end()];
        let Some(inverse) = inverse(old) else {
            return;
        };
        let (start, len) = moved(edit, edits);
        back.insert(Span { start, len }, inverse)
            .expect("what stood apart stands apart");
    }
    assert_eq!(
        String::from_utf8_lossy(&applied(&back)),
        String::from_utf8_lossy(message)
    );
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

/// The first Content-Length says by as much more as the body that it covers has grown.
fn lengths(message: &[u8], new: &[u8], edits: &Edits<'_>) {
    let (Some((old_length, body)), Some((new_length, _))) = (length(message), length(new)) else {
        return;
    };
    let covered = body.take(old_length as usize);
    let growth = edits.growth_within(edits.span(covered));
    assert_eq!(i64::from(new_length), i64::from(old_length) + growth);
}

/// What the first Content-Length says, and the body with all behind it.
fn length(message: &[u8]) -> Option<(u32, Text<'_>)> {
    let (_, mut headers) = message::parse(message).ok()?;
    let field = headers
        .by_ref()
        .find(|field| field.name == Name::ContentLength);
    headers.by_ref().for_each(drop);
    Some((field?.value.number()?, headers.body()?))
}
