// SPDX-License-Identifier: GPL-2.0-only

//! SIP over TCP, cut and lost and reordered: each side gets what the other's messages become, no more and
//! no less.

use super::peer::End;
use super::tcp::{
    in_one_piece,
    Fate,
    Words,
    World, //
};
use alg::sip::{
    message,
    Name, //
};
use alg::stream::{
    Frame,
    Framing,
    Note, //
};
use proptest::prelude::*;

/// A message with so many words that change, and a body of so many bytes.
fn message(words: usize, body: usize, back: bool) -> Vec<u8> {
    let word = if back {
        "{outside-of-the-gateway}"
    } else {
        "{inside}"
    };
    let mut text = String::from("INVITE sip:a@b SIP/2.0\r\n");
    for _ in 0..words {
        text += &format!("X: {word}\r\n");
    }
    text += &format!("Content-Length: {body}\r\n\r\n{}", "b".repeat(body));
    text.into_bytes()
}

fn stream(shapes: &[(usize, usize, bool)], back: bool) -> (Vec<u8>, Vec<u8>) {
    let mut sent = Vec::new();
    let mut wanted = Vec::new();
    for &(words, body, alive) in shapes {
        if alive {
            sent.extend(b"\r\n\r\n");
            wanted.extend(b"\r\n\r\n");
        }
        let message = message(words, body, back);
        wanted.extend(Words::become_of(&message));
        sent.extend(message);
    }
    (sent, wanted)
}

fn shapes() -> impl Strategy<Value = Vec<(usize, usize, bool)>> {
    let body = prop_oneof![3 => 0..40usize, 2 => 200..900usize, 1 => 2000..6000usize];
    prop::collection::vec((0..6usize, body, any::<bool>()), 0..12)
}

fn fates(worst: u32) -> impl Strategy<Value = Vec<Fate>> {
    let fate = prop_oneof![
        100 - worst => Just(Fate::Arrives),
        worst / 3 => Just(Fate::Lost),
        worst / 3 => Just(Fate::Doubled),
        worst / 3 => Just(Fate::Late),
    ];
    prop::collection::vec(fate, 64..400)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// However streams are cut, if nothing is lost each message is translated.
    #[test]
    fn messages_are_translated_whole_however_they_are_cut(
        there in shapes(),
        back in shapes(),
        cuts in prop::collection::vec(1..1400usize, 1..40),
        first in any::<[u32; 2]>(),
    ) {
        let (out, wanted) = stream(&there, false);
        let (answer, wanted_back) = stream(&back, true);
        let [one, other] = first;
        let mut world = World::new([
            End::new(one, other, out, 1400, 1 << 20),
            End::new(other, one, answer, 1400, 1 << 20),
        ]);
        world.exchange(&cuts, &[], true);
        prop_assert_eq!(&world.ends[1].got, &wanted);
        prop_assert_eq!(&world.ends[0].got, &wanted_back);
        prop_assert_eq!(world.words.messages, there.len() + back.len());
    }

    /// However much is lost, doubled and late, each message arrives translated.
    #[test]
    fn messages_are_translated_whole_whatever_the_network_does(
        there in shapes(),
        back in shapes(),
        cuts in prop::collection::vec(1..1400usize, 1..40),
        fates in fates(45),
        first in any::<[u32; 2]>(),
        mss in 40..1460usize,
        window in prop_oneof![1000..4000usize, Just(1 << 16)],
    ) {
        let (out, wanted) = stream(&there, false);
        let (answer, wanted_back) = stream(&back, true);
        let [one, other] = first;
        let mut world = World::new([
            End::new(one, other, out.clone(), mss, window),
            End::new(other, one, answer.clone(), 1460, window),
        ]);
        world.exchange(&cuts, &fates, false);
        let odd: Vec<_> = world.words.notes.iter().filter(|note| **note != Note::Held).collect();
        prop_assert!(odd.is_empty(), "{odd:?}");
        prop_assert_eq!(text(&world.ends[1].got), text(&wanted));
        prop_assert_eq!(text(&world.ends[0].got), text(&wanted_back));
    }
}

/// Streams of which one ends in something else, and what arrives of it.
fn spoilt(there: &[(usize, usize, bool)], rest: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (mut out, mut wanted) = stream(there, false);
    out.extend(rest);
    wanted.extend(rest);
    (out, wanted)
}

/// Messages, parts of such, and what comes between them.
fn scraps() -> impl Strategy<Value = Vec<u8>> {
    let whole = (0..6usize, 0..300usize).prop_map(|(words, body)| message(words, body, false));
    let part =
        (0..6usize, 0..300usize, any::<prop::sample::Index>()).prop_map(|(words, body, at)| {
            let whole = message(words, body, false);
            whole[at.index(whole.len())..].to_vec()
        });
    let known = prop::sample::select(vec![
        &b"\r\n\r\n"[..],
        b"\n",
        b"ACK sip:a SIP/2.0\r\nl: 3\r\nl: 4\r\n\r\n",
        b"ACK sip:{inside} SIP/2.0\n\n",
        b"SIP/2.0 200 OK\r\rX: {inside}\r\r",
        b"INVITE 1 SIP/2.0\r\n",
    ]);
    prop_oneof![4 => whole, 1 => part, 2 => known.prop_map(<[u8]>::to_vec)]
}

/// The gateway between an end that sends these bytes and one that sends nothing.
fn one_way(first: [u32; 2], out: Vec<u8>, memory: usize) -> World {
    let [one, other] = first;
    let ends = [
        End::new(one, other, out, 1400, 1 << 16),
        End::new(other, one, Vec::new(), 1400, 1 << 16),
    ];
    World::with_memory(ends, memory)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// What is no SIP passes as it is, and so does all that follows it.
    #[test]
    fn stream_is_left_alone_where_it_is_sip_no_more(
        there in shapes(),
        more in shapes(),
        cuts in prop::collection::vec(1..1400usize, 1..40),
        fates in fates(30),
        first in any::<[u32; 2]>(),
    ) {
        let mut rest = b"POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n".to_vec();
        rest.extend(stream(&more, false).0);
        let (out, wanted) = spoilt(&there, &rest);
        let mut world = one_way(first, out, usize::MAX);
        world.exchange(&cuts, &fates, false);
        prop_assert_eq!(text(&world.ends[1].got), text(&wanted));
        prop_assert!(world.words.notes.contains(&Note::Left));
        prop_assert_eq!(world.words.messages, there.len());
    }

    /// Whatever it holds, a stream becomes what it would in one piece.
    #[test]
    fn stream_becomes_the_same_however_it_is_cut(
        pieces in prop::collection::vec(scraps(), 0..12),
        cuts in prop::collection::vec(1..1400usize, 1..40),
        fates in fates(30),
        first in any::<[u32; 2]>(),
    ) {
        let out = pieces.concat();
        let wanted = in_one_piece(&out);
        let mut world = one_way(first, out, usize::MAX);
        world.exchange(&cuts, &fates, false);
        // It may begin with a word of which nobody knows what it is.
        prop_assume!(!world.words.notes.contains(&Note::Repeated));
        prop_assert_eq!(text(&world.ends[1].got), text(&wanted));
    }

    /// Who sends a word that may be a method, and waits for an answer, gets one.
    #[test]
    fn word_that_is_no_start_line_is_not_promised(len in 1..40usize, first in any::<[u32; 2]>()) {
        let mut world = one_way(first, vec![b'A'; len], usize::MAX);
        world.ends[0].fin = false;
        world.pause = 400;
        for _ in 0..20 {
            world.send(0, 10, Fate::Arrives);
            world.run(|| Fate::Arrives);
            world.repeat(0, 10, Fate::Arrives);
            world.run(|| Fate::Arrives);
        }
        prop_assert_eq!(text(&world.ends[1].got), "A".repeat(len));
    }

    /// Half a message at the end of a stream passes as it is.
    #[test]
    fn half_a_message_is_passed_on_when_its_stream_ends(
        there in shapes(),
        cuts in prop::collection::vec(1..1400usize, 1..40),
        fates in fates(30),
        first in any::<[u32; 2]>(),
        len in 16..100usize,
    ) {
        let last = message(3, 50, false);
        let (out, wanted) = spoilt(&there, &last[..len]);
        let mut world = one_way(first, out, usize::MAX);
        world.exchange(&cuts, &fates, false);
        prop_assert_eq!(text(&world.ends[1].got), text(&wanted));
        prop_assert!(world.words.notes.contains(&Note::Ended));
    }

    /// A receiver that does not say whether it is alive gets messages all the same, as they are.
    #[test]
    fn sender_that_nobody_answers_is_not_held_for_ever(
        there in prop::collection::vec((0..6usize, 2000..6000usize, any::<bool>()), 1..4),
        first in any::<[u32; 2]>(),
    ) {
        let (out, _) = stream(&there, false);
        let [one, other] = first;
        let mut world = World::new([
            End::new(one, other, out, 1000, 1000),
            End::new(other, one, Vec::new(), 1400, 1 << 16),
        ]);
        world.ends[1].mute = true;
        world.pause = 1500;
        world.exchange(&[1000], &[], true);
        prop_assert!(is_made_of(&world.ends[1].got, &there));
        prop_assert!(world.words.notes.contains(&Note::Repeated));
    }

    /// Where memory is short messages pass as they are, and nothing is lost.
    #[test]
    fn nothing_is_lost_where_memory_is_short(
        there in shapes(),
        cuts in prop::collection::vec(1..1400usize, 1..40),
        fates in fates(30),
        first in any::<[u32; 2]>(),
        memory in 0..9000usize,
    ) {
        let (out, _) = stream(&there, false);
        let mut world = one_way(first, out, memory);
        world.exchange(&cuts, &fates, false);
        prop_assert!(is_made_of(&world.ends[1].got, &there));
    }
}

/// Whether bytes are these messages in order, each as it was or translated.
fn is_made_of(got: &[u8], shapes: &[(usize, usize, bool)]) -> bool {
    let mut rest = got;
    for shape in shapes {
        let (plain, new) = stream(std::slice::from_ref(shape), false);
        let behind = rest.strip_prefix(&plain[..]);
        let Some(behind) = behind.or_else(|| rest.strip_prefix(&new[..])) else {
            return false;
        };
        rest = behind;
    }
    rest.is_empty()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// However it is cut.
#[test]
fn start_line_that_does_not_say_soon_what_it_is_begins_no_message() {
    for begin in ["X".repeat(300), format!("INVITE{}", " ".repeat(300))] {
        let line = format!("{begin} sip:a@b SIP/2.0\r\n\r\n");
        for len in [270, line.len()] {
            let frame = Framing::default().frame(&line.as_bytes()[..len]);
            assert_eq!(frame, Frame::Foreign);
        }
    }
    let long = format!("INVITE sip:{} SIP/2.0\r\n\r\n", "a".repeat(4000));
    let mut framing = Framing::default();
    for len in 1..long.len() {
        assert_eq!(framing.frame(&long.as_bytes()[..len]), Frame::Partial);
    }
    assert_eq!(framing.frame(long.as_bytes()), Frame::Message(long.len()));
}

#[test]
fn message_that_says_its_length_again_and_again_is_none() {
    let message = |count| format!("ACK sip:a SIP/2.0\r\n{}\r\n", "l:0\r\n".repeat(count));
    let frame = |text: String| Framing::default().frame(text.as_bytes());
    assert_eq!(frame(message(64)), Frame::Message(message(64).len()));
    assert_eq!(frame(message(65)), Frame::Foreign);
}

#[test]
fn number_of_fields_does_not_matter() {
    let message = format!(
        "ACK sip:a SIP/2.0\r\n{}l: 2\r\n\r\nab",
        "a:\r\n".repeat(9000)
    );
    let frame = Framing::default().frame(message.as_bytes());
    assert_eq!(frame, Frame::Message(message.len()));
}

/// What a message is to those who read its fields: where its body begins, and how long that is.
fn read(text: &[u8]) -> Option<(usize, Option<u32>)> {
    let (_, mut headers) = message::parse(text).ok()?;
    let mut lengths: Vec<_> = headers
        .by_ref()
        .filter(|header| header.name == Name::ContentLength)
        .map(|header| header.value.number())
        .collect();
    lengths.dedup();
    let body = headers.body()?;
    let length = match lengths[..] {
        [] => Some(0),
        [length] => length,
        _ => None,
    };
    Some((text.len() - body.len(), length))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    /// Whatever ends its lines, and however few bytes come at a time.
    #[test]
    fn message_ends_where_those_who_read_it_find_its_end(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "\r\n", "\r\n", "\r\n", "\n", "\r", " ", "\t", "a:", "é", "l:", "L :1", "Content-Length: 1",
                "content-length", "Content-Length : 02", "Content-Lengths: 3", "Call-ID: l:", "1", "2",
            ]),
            0..24,
        ),
        pieces in prop::collection::vec(1..9usize, 1..20),
    ) {
        // An empty line, behind which something else stands than a line end, is there at last.
        let text = format!("ACK sip:a SIP/2.0\r\n{}\r\n\r\nx", parts.concat());
        let text = text.as_bytes();
        let mut framing = Framing::default();
        let mut come = 0;
        let mut frame = Frame::Partial;
        for piece in pieces.iter().cycle() {
            if frame != Frame::Partial || come == text.len() {
                break;
            }
            come = text.len().min(come + piece);
            frame = framing.frame(&text[..come]);
        }
        let wanted = match read(text) {
            Some((header, Some(body))) => Frame::Message(header + body as usize),
            Some((_, None)) => Frame::Foreign,
            None => Frame::Partial,
        };
        prop_assert_eq!(frame, wanted, "{:?}", String::from_utf8_lossy(text));
    }
}
