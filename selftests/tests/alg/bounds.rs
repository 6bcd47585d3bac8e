// SPDX-License-Identifier: GPL-2.0-only

//! What is held of a connection is bounded: in bytes, in time and in work; and not by who has no part in it.

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
    GROWS, //
};
use super::peer::header;
use super::tcp::LONGEST;

/// Segments of bulk, and how many of them are more than half of all positions.
const BULK: usize = 60_000;
const MANY: usize = (1 << 31) / BULK + 100;

/// A header of the sender's, at places of both streams.
fn at(sequence: usize, acknowledged: usize) -> Header {
    let first = FIRST.map(Position);
    header(
        first[0].plus(sequence),
        first[1].plus(acknowledged),
        false,
        &[],
    )
}

#[test]
fn segment_of_more_messages_than_anybody_sends_is_passed_on_by_and_by() {
    let tiny = b"ACK sip:a SIP/2.0\r\n\r\n";
    let stream = tiny.repeat(2000);
    let mut line = Line::new();
    let (at, bytes, _) = line.out(0, &stream, false);
    assert_eq!((at, &bytes[..]), (0, &stream[..512 * tiny.len()]));
    assert_eq!(line.words.messages, 512);
    let mut done = bytes.len();
    let mut segments = 1;
    while done < stream.len() {
        assert_eq!(line.back(done, &[]).0 as usize, done);
        let (at, bytes, _) = line.out(done, &stream[done..], false);
        assert_eq!(
            (at as usize, &bytes[..]),
            (done, &stream[done..done + bytes.len()])
        );
        done += bytes.len();
        segments += 1;
    }
    assert_eq!((segments, line.words.messages), (4, 2000));
    assert_eq!(line.notes(), [Note::Crowded; 3]);
    assert_eq!(line.left(), None);
}

#[test]
fn end_of_a_stream_waits_for_whole_messages_that_there_is_no_room_for() {
    let tiny = b"ACK sip:a SIP/2.0\r\n\r\n";
    let stream = tiny.repeat(1000);
    let mut line = Line::new();
    let (at, bytes, fin) = line.out(0, &stream, true);
    assert_eq!((at, bytes.len(), fin), (0, 512 * tiny.len(), false));
    line.back(bytes.len(), &[]);
    let (_, rest, fin) = line.out(bytes.len(), &stream[bytes.len()..], true);
    assert_eq!((rest.len(), fin), (488 * tiny.len(), true));
    assert_eq!(
        (line.words.messages, line.notes()),
        (1000, vec![Note::Crowded])
    );
}

#[test]
fn packet_of_short_messages_is_passed_on_at_once() {
    let short = b"ACK sip:a SIP/2.0\r\nv:SIP/2.0/TCP a;branch=z9hG4bK1\r\nMax-Forwards:9\r\n\
        f:sip:a;tag=1\r\nt:sip:b;tag=1\r\ni:1@a.example\r\nCSeq:1 ACK\r\n\r\n";
    let count = 65_000 / short.len();
    let mut line = Line::new();
    line.out(0, &short.repeat(count), false);
    assert_eq!((line.words.messages, line.notes()), (count, vec![]));
}

#[test]
fn message_whose_end_does_not_come_passes_as_it_is_with_the_next_segment() {
    let message = [&b"ACK sip:a SIP/2.0\r\nX: {inside}\r\nl: 9\r\n\r\n"[..]].concat();
    let mut line = Line::new();
    line.out(0, &message, false);
    line.back(0, &[]);
    line.now = LONGEST / 2 - 1;
    assert_eq!(
        line.out(message.len(), b"some", false),
        (-1, vec![0], false)
    );
    assert_eq!(line.left(), Some(LONGEST / 2 + 1));
    line.now = LONGEST / 2;
    // A keep-alive is enough.
    let came = [&message[..], b"some"].concat();
    let passed = line.out(came.len() - 1, b"", false);
    assert_eq!(passed, (0, came.clone(), false));
    assert_eq!(line.notes(), [Note::Late]);
    assert_eq!(line.left(), None);
    line.back(came.len(), &[]);
    let rest = [&b" more"[..], GROWS].concat();
    let wanted = [&b" more"[..], &became(GROWS)].concat();
    assert_eq!(
        line.out(came.len(), &rest, false),
        (came.len() as i32, wanted, false)
    );
}

#[test]
fn end_that_comes_late_is_still_that_of_the_message() {
    let mut line = Line::new();
    line.out(0, &GROWS[..25], false);
    line.back(0, &[]);
    line.now = LONGEST - 1;
    assert_eq!(line.out(25, &GROWS[25..], false).1, became(GROWS));
    assert_eq!(line.notes(), []);
}

#[test]
fn time_of_a_message_begins_where_the_one_before_it_ends() {
    let mut line = Line::new();
    line.out(0, &GROWS[..25], false);
    line.back(0, &[]);
    line.now = LONGEST / 2;
    let rest = [&GROWS[25..], &GROWS[..25]].concat();
    assert_eq!(line.out(25, &rest, false), (0, became(GROWS), false));
    assert_eq!((line.left(), line.notes()), (Some(LONGEST), vec![]));
    line.now = LONGEST;
    let end = line.out(25 + rest.len(), &GROWS[25..], false);
    assert_eq!(
        (end.0 as usize, end.1),
        (became(GROWS).len(), became(GROWS))
    );
    assert_eq!(line.notes(), []);
}

/// What is held at most, and segments whose bytes go beyond.
const MOST_HELD: usize = 2 * 65535;
const LARGE: usize = 60_000;

#[test]
fn as_much_of_a_segment_is_held_as_there_is_room_for() {
    let mut line = Line::new();
    line.out(0, b"ACK sip:a SIP/2.0\r\n", false);
    let gap = 1000;
    for nth in 0..3 {
        line.out(gap + nth * LARGE, &[b'x'; LARGE], false);
    }
    let (gap, most) = (gap as i32, MOST_HELD as i32);
    assert_eq!(line.back(0, &[(0, 0)]), (19, vec![(gap, most)]));
    // What has no room is lost, and nothing else for it.
    line.out(MOST_HELD, b"beyond", false);
    line.out(MOST_HELD + 1, b"beyond", false);
    assert_eq!(line.back(0, &[(0, 0)]), (19, vec![(gap, most)]));
    assert_eq!(line.notes(), []);
}

#[test]
fn header_that_is_longer_than_anything_held_leaves_the_connection_alone() {
    let header = [&b"ACK sip:a SIP/2.0\r\nX: "[..], &[b'x'; 3 * LARGE][..]].concat();
    let mut line = Line::new();
    for begin in [0, LARGE, 2 * LARGE] {
        assert_eq!(line.out(begin, &header[begin..begin + LARGE], false).1, [0]);
        line.back(0, &[]);
    }
    // Nothing is promised of what had no room.
    assert_eq!(line.back(0, &[]).0, MOST_HELD as i32);
    assert_eq!(line.notes(), []);
    let (at, bytes, _) = line.out(MOST_HELD, &header[MOST_HELD..], false);
    assert_eq!((at, &bytes[..100]), (0, &header[..100]));
    assert_eq!(line.notes(), [Note::TooLong, Note::Left, Note::Left]);
}

#[test]
fn header_without_end_leaves_the_connection_alone() {
    let mut line = Line::new();
    line.out(0, &GROWS[..25], false);
    line.back(0, &[]);
    line.now = LONGEST / 2;
    let (at, bytes, _) = line.out(25, b"X", false);
    assert_eq!((at, &bytes[..25]), (0, &GROWS[..25]));
    assert_eq!(line.notes(), [Note::Late, Note::Left, Note::Left]);
    assert_eq!(line.left(), None);
}

#[test]
fn what_was_never_promised_is_forgotten_whoever_speaks() {
    let mut line = Line::new();
    line.out(GROWS.len(), GROWS, false);
    assert_eq!(line.left(), Some(LONGEST));
    line.now = LONGEST / 2;
    line.back(0, &[]);
    assert_eq!((line.left(), line.notes()), (None, vec![Note::Late]));
    // As if the network had lost it.
    let stream = GROWS.repeat(2);
    assert_eq!(line.out(0, &stream, false).1, became(&stream));
}

#[test]
fn stream_that_is_left_alone_goes_on_beyond_half_of_all_positions() {
    let mut line = Line::new();
    line.out(0, GROWS, false);
    let grown = became(GROWS).len();
    line.back(grown, &[]);
    let bulk = vec![b'x'; BULK];
    for nth in 0..MANY {
        let (at, bytes, _) = line.out(GROWS.len() + nth * BULK, &bulk, false);
        let begin = Position(0).plus(grown + nth * BULK);
        assert_eq!((at, bytes.len()), (begin.0 as i32, BULK), "{nth}");
        let end = begin.plus(BULK);
        let told = line.back(end.0 as usize, &[]).0;
        assert_eq!(
            told,
            Position(0).plus(GROWS.len() + (nth + 1) * BULK).0 as i32
        );
    }
}

#[test]
fn promise_is_kept_beyond_half_of_all_positions() {
    let mut line = Line::new();
    line.out(0, &GROWS[..25], false);
    line.back(0, &[]);
    line.out(25, &GROWS[25..], false);
    let grown = became(GROWS).len();
    line.back(grown, &[]);
    let head = format!("ACK sip:a SIP/2.0\r\nl: {BULK}\r\n\r\n");
    let bulk = [head.as_bytes(), &vec![b'x'; BULK][..]].concat();
    for nth in 0..MANY {
        let (at, bytes, _) = line.out(GROWS.len() + nth * bulk.len(), &bulk, false);
        let begin = Position(0).plus(grown + nth * bulk.len());
        assert_eq!((at, bytes.len()), (begin.0 as i32, bulk.len()), "{nth}");
        // It says that it lacks this one, and has something behind it.
        let here = begin.0 as usize;
        let ahead = begin.plus(bulk.len() / 2).0 as usize;
        let (_, blocks) = line.back(here, &[(ahead, ahead + 100)]);
        assert_eq!(blocks.len(), 1, "{nth}");
        line.back(begin.plus(bulk.len()).0 as usize, &[]);
    }
}

#[test]
fn segment_from_nowhere_acknowledges_nothing() {
    let mut line = Line::new();
    line.out(0, GROWS, false);
    let grown = became(GROWS).len();
    let first = FIRST.map(Position);
    // The receiver's own next byte is its first.
    let forged = header(first[1].plus(1 << 30), first[0].plus(grown), false, &[]);
    line.pass(Way::Reply, forged, b"");
    assert_eq!(line.out(0, GROWS, false), (0, became(GROWS), false));
}

#[test]
fn payload_that_acknowledges_what_nobody_has_sent_is_not_taken_in() {
    let mut line = Line::new();
    line.out(0, &GROWS[..25], false);
    for acknowledged in [1, 1 << 30, usize::MAX << 30] {
        let (_, bytes) = line.pass(Way::Original, at(25, acknowledged), b"\r\n\r\nPOST / HTTP");
        assert_eq!(bytes, [0]);
    }
    assert_eq!(line.out(25, &GROWS[25..], false).1, became(GROWS));
    assert_eq!(line.notes(), []);
}

/// An urgent segment.
fn urgent(sequence: usize) -> Header {
    let mut bytes = at(sequence, 0).bytes().to_vec();
    bytes[13] |= 0x20;
    Header::split(&bytes).unwrap().0
}

#[test]
fn urgent_segment_leaves_the_connection_alone_only_where_the_stream_is() {
    let mut line = Line::new();
    line.out(0, GROWS, false);
    for place in [GROWS.len() + 1, 1 << 20, 1 << 30, usize::MAX << 30] {
        line.pass(Way::Original, urgent(place), b"!");
        line.pass(Way::Original, urgent(place), b"");
    }
    assert_eq!(line.out(GROWS.len(), GROWS, false).1, became(GROWS));
    assert_eq!(line.notes(), []);
    line.pass(Way::Original, urgent(2 * GROWS.len()), b"!");
    assert_eq!(line.notes(), [Note::Left; 2]);
}
