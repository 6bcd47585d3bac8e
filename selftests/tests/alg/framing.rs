// SPDX-License-Identifier: GPL-2.0-only

//! SIP over TCP, cut and lost and reordered: each side gets what the other's messages become, no more and
//! no less.

use super::tcp::{
    End,
    Fate,
    Words,
    World, //
};
use alg::stream::Note;
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

/// Sends all of both streams through a network with these fates; then it is well again.
fn exchange(world: &mut World, cuts: &[usize], fates: &[Fate], whole_repeats: bool) {
    let mut drawn = 0;
    let mut cut = cuts.iter().cycle();
    for round in 0..20_000 {
        let mut fate = || {
            drawn += 1;
            fates.get(drawn).copied().unwrap_or(Fate::Arrives)
        };
        let mut any = false;
        for way in 0..2 {
            for _ in 0..3 {
                any |= world.send(way, *cut.next().unwrap(), fate());
            }
        }
        world.run(&mut fate);
        if !any {
            for way in 0..2 {
                let len = if whole_repeats {
                    usize::MAX
                } else {
                    *cut.next().unwrap()
                };
                world.repeat(way, len, fate());
            }
            world.run(&mut fate);
        }
        if world.ends.iter().all(End::is_done) {
            return;
        }
        assert!(round < 19_999, "it does not come to an end");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

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
        exchange(&mut world, &cuts, &[], true);
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
        exchange(&mut world, &cuts, &fates, false);
        let odd: Vec<_> = world.words.notes.iter().filter(|note| **note != Note::Held).collect();
        prop_assert!(odd.is_empty(), "{odd:?}");
        prop_assert_eq!(text(&world.ends[1].got), text(&wanted));
        prop_assert_eq!(text(&world.ends[0].got), text(&wanted_back));
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
