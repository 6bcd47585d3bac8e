// SPDX-License-Identifier: GPL-2.0-only

//! SIP over TCP segment by segment: what goes on for each, and what its sender is told.

use alg::stream::{
    Header,
    Note,
    Position,
    Way, //
};

use super::line::{
    became,
    Line,
    FIRST,
    GROWS,
    SHRINKS, //
};
use super::peer::header;

#[test]
fn part_is_held_and_promised_when_the_receiver_answers() {
    let mut line = Line::new();
    let (head, tail) = GROWS.split_at(25);
    assert_eq!(line.out(0, head, false), (-1, vec![0], false));
    assert_eq!(line.back(0, &[]), (25, vec![]));
    assert_eq!(line.out(25, tail, false), (0, became(GROWS), false));
    // It has half of it: what was promised stays so.
    assert_eq!(line.back(10, &[]), (25, vec![]));
    assert_eq!(
        line.back(became(GROWS).len(), &[]),
        (GROWS.len() as i32, vec![])
    );
}

#[test]
fn probe_is_of_what_the_receiver_has_and_not_of_what_is_on_its_way() {
    let mut line = Line::new();
    line.out(0, GROWS, false);
    assert_eq!(line.out(GROWS.len(), b"ACK sip:", false).0, -1);
    // Nothing is promised while that is not there.
    assert_eq!(line.back(5, &[]).0, 5);
    let there = became(GROWS).len();
    assert_eq!(line.back(there, &[]).0, GROWS.len() as i32 + 8);
    assert_eq!(line.out(GROWS.len() + 8, b"a", false).0, there as i32 - 1);
}

#[test]
fn what_was_promised_goes_out_again_with_what_is_repeated() {
    let mut line = Line::new();
    let (head, tail) = GROWS.split_at(25);
    line.out(0, head, false);
    line.back(0, &[]);
    line.out(25, tail, false);
    assert_eq!(line.out(25, tail, false), (0, became(GROWS), false));
}

#[test]
fn sender_hears_what_has_come_behind_what_it_has_to_repeat() {
    let mut line = Line::new();
    let (head, tail) = GROWS.split_at(25);
    line.out(0, head, false);
    line.back(0, &[]);
    line.out(25, tail, false);
    line.out(GROWS.len(), GROWS, false);
    let [len, grown] = [GROWS, &became(GROWS)[..]].map(<[u8]>::len);
    let ends = (len as i32, 2 * len as i32);
    assert_eq!(line.back(0, &[(grown, 2 * grown)]), (25, vec![ends]));
    // The sender can repeat only what it was not promised: of that, something has to be missing.
    assert_eq!(line.back(0, &[(5, 2 * grown)]), (25, vec![(26, ends.1)]));
    assert_eq!(line.back(0, &[(5, 20), (30, 35)]), (25, vec![(30, 35)]));
    assert_eq!(
        line.out(25, tail, false),
        (0, became(&GROWS.repeat(2))[..grown].to_vec(), false)
    );
}

#[test]
fn block_of_what_is_held_takes_the_place_of_one_that_says_nothing_new() {
    let mut line = Line::new();
    line.out(0, b"ACK sip:a SIP/2.0\r\n", false);
    line.out(30, b"ahead", false);
    assert_eq!(line.back(0, &[(0, 0)]), (19, vec![(30, 35)]));
    assert_eq!(Line::new().back(0, &[(0, 0)]), (0, vec![]));
}

#[test]
fn what_was_reported_as_a_block_and_is_lost_behind_the_gateway_can_be_repeated() {
    let mut line = Line::new();
    let (head, tail) = GROWS.split_at(25);
    line.out(25, tail, false);
    let end = GROWS.len() as i32;
    assert_eq!(line.back(0, &[(0, 0)]), (0, vec![(25, end)]));
    assert_eq!(line.out(0, head, false), (0, became(GROWS), false));
    // Only a part of it has come. Nobody would repeat the rest if it were promised.
    assert_eq!(line.back(25, &[]), (25, vec![]));
    let rest = became(GROWS)[25..].to_vec();
    assert_eq!(line.out(25, tail, false), (25, rest, false));
}

#[test]
fn last_bytes_of_a_message_that_shrank_are_answered() {
    let mut line = Line::new();
    line.out(0, SHRINKS, false);
    let len = became(SHRINKS).len();
    let from = SHRINKS.len() - 5;
    let (at, bytes, _) = line.out(from, &SHRINKS[from..], false);
    assert_eq!(
        (at, &bytes[..]),
        (len as i32 - 1, &became(SHRINKS)[len - 1..])
    );
}

#[test]
fn old_acknowledgement_is_told_as_the_last_one() {
    let mut line = Line::new();
    line.out(0, GROWS, false);
    line.out(GROWS.len(), GROWS, false);
    line.back(became(GROWS).len(), &[]);
    assert_eq!(line.back(3, &[]), (GROWS.len() as i32, vec![]));
}

#[test]
fn who_has_ended_goes_on_acknowledging_from_behind_its_end() {
    let mut line = Line::new();
    let grown = became(GROWS).len();
    assert_eq!(line.out(0, GROWS, true), (0, became(GROWS), true));
    assert_eq!(line.back(grown + 1, &[]).0, GROWS.len() as i32 + 1);
    assert_eq!(
        line.out(GROWS.len() + 1, b"", false),
        (grown as i32 + 1, vec![], false)
    );
}

#[test]
fn who_knows_nothing_of_a_stream_ends_and_moves_nothing() {
    let mut line = Line::new();
    line.out(0, GROWS, false);
    line.out(GROWS.len(), &GROWS[..25], false);
    let grown = became(GROWS).len();
    // Were it moved to what the receiver waits for, that would take it for its peer's.
    let beyond = GROWS.len() + 26;
    assert_eq!(line.out(beyond, b"", false).0, grown as i32 + 26);
    assert_eq!(line.back(beyond + 100_000, &[]).0, 0);
    let tail = line.out(GROWS.len() + 25, &GROWS[25..], false);
    assert_eq!((tail.0, tail.1), (grown as i32, became(GROWS)));
}

#[test]
fn end_of_a_stream_waits_for_what_does_not_fit_into_one_packet() {
    let body = 65_270;
    let head = format!("ACK sip:a SIP/2.0\r\nX: {{inside}}\r\nl: {body}\r\n\r\n");
    let message = [head.as_bytes(), &vec![b'b'; body][..]].concat();
    let mut line = Line::new();
    let (one, other) = message.split_at(60_000);
    line.out(0, one, false);
    let (at, bytes, fin) = line.out(60_000, other, true);
    assert_eq!((at, fin), (0, false));
    assert!(became(&message).starts_with(&bytes) && bytes.len() < became(&message).len());
    line.back(bytes.len(), &[]);
    let (at, rest, fin) = line.out(60_000, other, true);
    assert!(fin && at as usize + rest.len() == became(&message).len());
}

#[test]
fn gap_is_closed_however_much_is_ahead() {
    let len = GROWS.len();
    let stream = GROWS.repeat(9);
    let mut line = Line::new();
    for nth in 1..9 {
        line.out(
            nth * len + 2,
            &stream[nth * len + 2..(nth + 1) * len],
            false,
        );
    }
    line.out(0, &stream[..5], false);
    line.out(5, &stream[5..len + 2], false);
    assert_eq!(line.words.messages, 2);
    for nth in 2..9 {
        line.out(nth * len, &stream[nth * len..nth * len + 2], false);
    }
    assert_eq!(line.words.messages, 9);
    assert_eq!(line.back(became(&stream).len(), &[]).0, stream.len() as i32);
}

#[test]
fn both_directions_are_left_alone_together() {
    let mut line = Line::new();
    assert_eq!(
        line.out(0, b"POST / HTTP/1.1\r\n", false).1,
        b"POST / HTTP/1.1\r\n"
    );
    let answer = header(Position(FIRST[1]), Position(FIRST[0] + 17), false, &[]);
    assert_eq!(line.pass(Way::Reply, answer, GROWS).1, GROWS);
    assert_eq!(
        (line.words.messages, line.notes()),
        (0, vec![Note::Left; 2])
    );
    assert!(line.connection.is_over());
}

#[test]
fn sender_whose_answer_was_lost_is_answered_again_however_late() {
    let mut line = Line::new();
    line.out(0, &GROWS[..25], false);
    line.back(0, &[]);
    line.now = 60_000;
    assert_eq!(line.out(0, &GROWS[..25], false), (-1, vec![0], false));
    assert_eq!(line.notes(), []);
}

#[test]
fn message_that_was_let_go_is_followed_to_its_end() {
    let mut line = Line::new();
    let head = b"ACK sip:a SIP/2.0\r\nl: 9\r\n\r\n";
    line.out(0, head, false);
    line.now = 4000;
    assert_eq!(line.out(0, head, false), (0, head.to_vec(), false));
    assert_eq!(line.notes(), [Note::Repeated]);
    let rest = [b"ACK sip:x", GROWS].concat();
    let wanted = [&b"ACK sip:x"[..], &became(GROWS)].concat();
    assert_eq!(
        line.out(head.len(), &rest, false),
        (head.len() as i32, wanted, false)
    );
    // The same where its length is not known yet.
    let mut line = Line::new();
    line.out(0, b"ACK sip:a ", false);
    line.now = 4000;
    line.out(0, b"ACK sip:a ", false);
    line.back(10, &[]);
    let rest = b"SIP/2.0\r\n\r\nPOST /";
    assert_eq!(line.out(10, rest, false), (10, rest.to_vec(), false));
    assert_eq!(line.notes(), [Note::Repeated, Note::Left, Note::Left]);
}

#[test]
fn message_waits_for_room_that_acknowledgements_make() {
    let long = format!(
        "ACK sip:a SIP/2.0\r\nX: {{inside}}\r\nl: 500\r\n\r\n{}",
        "b".repeat(500)
    );
    let mut line = Line::with_memory(1200);
    assert_eq!(
        line.out(0, long.as_bytes(), false).1,
        became(long.as_bytes())
    );
    assert_eq!(line.out(long.len(), long.as_bytes(), false).1, vec![0]);
    // What is whole is not promised: nobody would bring it along.
    let grown = became(long.as_bytes()).len();
    assert_eq!(line.back(grown, &[]), (long.len() as i32, vec![]));
    let again = line.out(long.len(), long.as_bytes(), false);
    assert_eq!(again, (grown as i32, became(long.as_bytes()), false));
    assert_eq!(line.notes(), []);
}

/// A header of the sender's with the time of its clock (RFC 7323 3.2).
fn at_time(at: usize, time: u32) -> Header {
    let plain = header(Position(FIRST[0]).plus(at), Position(FIRST[1]), false, &[]);
    let mut bytes = plain.bytes().to_vec();
    bytes[12] = 8 << 4;
    bytes.extend([1, 1, 8, 10]);
    bytes.extend(time.to_be_bytes());
    bytes.extend([0; 4]);
    Header::split(&bytes).unwrap().0
}

/// The time in a header.
fn time_of(header: &Header) -> u32 {
    u32::from_be_bytes(*header.bytes()[24..].first_chunk().unwrap())
}

#[test]
fn what_comes_late_is_not_older_to_its_receiver_than_what_it_was_asked_with() {
    // It would take it for a segment of long ago (RFC 7323 5.3).
    for clock in [1000, u32::MAX - 2] {
        let time = |later: u32| clock.wrapping_add(later);
        let mut line = Line::new();
        let stream = GROWS.repeat(2);
        let mut pass = |at: usize, payload: &[u8], later| {
            let (header, bytes) = line.pass(Way::Original, at_time(at, time(later)), payload);
            (time_of(&header), bytes)
        };
        assert_eq!(pass(25, &stream[25..], 3), (time(3), vec![0]));
        // An acknowledgement has no place behind what is missing, either.
        assert_eq!(pass(stream.len(), b"", 5), (time(5), vec![]));
        assert_eq!(pass(25, &stream[25..], 4), (time(5), vec![0]));
        assert_eq!(pass(0, &stream[..25], 0), (time(5), became(&stream)));
        assert_eq!(pass(stream.len(), GROWS, 6), (time(6), became(GROWS)));
        let next = stream.len() + GROWS.len();
        assert_eq!(pass(next, GROWS, 2), (time(2), became(GROWS)));
    }
}
