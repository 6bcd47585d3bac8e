// SPDX-License-Identifier: GPL-2.0-only

//! What a connection goes on with when one of its ends has no room, or somebody says what cannot be.

use super::peer::{
    End,
    Packet, //
};
use super::tcp::{
    Fate,
    World, //
};
use alg::stream::{
    Header,
    Note,
    Position, //
};

const FIRST: u32 = 1000;
const OTHER: u32 = 5000;

/// A message with a body of so many bytes.
fn message(body: usize) -> Vec<u8> {
    let text = format!("ACK sip:a SIP/2.0\r\nl: {body}\r\n\r\n{}", "b".repeat(body));
    text.into_bytes()
}

/// The gateway between an end that sends these bytes and does not end its stream, and one that listens.
fn world(out: Vec<u8>) -> World {
    let mut ends = [
        End::new(FIRST, OTHER, out, 1400, 1 << 20),
        End::new(OTHER, FIRST, Vec::new(), 1400, 1 << 20),
    ];
    ends[0].fin = false;
    World::new(ends)
}

fn all_arrives(world: &mut World) {
    world.run(|| Fate::Arrives);
}

/// What goes on in place of a packet.
fn only(packets: Vec<Packet>) -> Packet {
    assert_eq!(packets.len(), 1);
    packets.into_iter().next().unwrap()
}

#[test]
fn who_asks_in_the_middle_of_a_message_gets_an_answer() {
    let whole = message(100);
    let mut world = world([&whole[..], &whole[..40]].concat());
    while world.send(0, 1400, Fate::Arrives) {}
    all_arrives(&mut world);
    assert_eq!(world.ends[1].got, whole);
    let asks = world.ends[0].keep_alive();
    let last = Position(FIRST).plus(whole.len() + 39);
    assert_eq!(asks.header.sequence(), last);
    let passed = only(world.pass(0, asks));
    let begin = passed.header.sequence().beyond(Position(FIRST));
    assert!(begin < i32::try_from(whole.len()).unwrap(), "at {begin}");
}

#[test]
fn what_nobody_has_sent_is_not_taken_for_acknowledged() {
    let whole = message(100);
    let mut world = world(whole.repeat(3));
    world.send(0, whole.len(), Fate::Arrives);
    world.run(|| Fate::Lost);
    let mut forged = world.ends[1].acknowledgement();
    let beyond = Position(FIRST).plus(1_000_000);
    forged.header.set_acknowledged(beyond);
    let passed = only(world.pass(1, forged));
    assert_eq!(passed.header.acknowledged().map(|at| at.0), Some(FIRST));
    while world.send(0, 1400, Fate::Arrives) {}
    all_arrives(&mut world);
    world.repeat(0, 1400, Fate::Arrives);
    all_arrives(&mut world);
    assert_eq!(world.ends[1].got, whole.repeat(3));
}

#[test]
fn reset_carries_nothing_of_the_stream() {
    let whole = message(100);
    let mut world = world(whole.clone());
    world.send(0, 40, Fate::Arrives);
    all_arrives(&mut world);
    let mut reset = world.ends[0].acknowledgement();
    reset.payload = b"gone".to_vec();
    let mut bytes = reset.header.bytes().to_vec();
    bytes[13] |= 0x04;
    reset.header = Header::split(&bytes).unwrap().0;
    let passed = only(world.pass(0, reset));
    assert_eq!(passed.header.sequence().0, FIRST);
    assert_eq!(passed.payload, b"gone");
}

#[test]
fn sender_that_is_far_ahead_of_a_loss_is_read_on() {
    let whole = message(300);
    let count = 2000;
    let mut world = world(whole.repeat(count));
    let mut first = true;
    for _ in 0..10_000 {
        for _ in 0..400 {
            world.send(0, 1400, Fate::Arrives);
        }
        let lost = core::mem::take(&mut first);
        let mut nth = 0;
        world.run(|| {
            nth += 1;
            match lost && nth == 1 {
                true => Fate::Lost,
                false => Fate::Arrives,
            }
        });
        world.repeat(0, 1400, Fate::Arrives);
        all_arrives(&mut world);
        if world.ends[1].got.len() == whole.len() * count {
            break;
        }
    }
    assert_eq!(world.ends[1].got, whole.repeat(count));
    assert!(
        !world.words.notes.contains(&Note::Left),
        "{:?}",
        world.words.notes
    );
    assert_eq!(world.words.messages, count);
}
