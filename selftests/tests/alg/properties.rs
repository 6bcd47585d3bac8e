// SPDX-License-Identifier: GPL-2.0

//! What holds for every message.

use alg::nat::{
    Edit,
    Edits,
    New, //
};
use alg::Span;
use proptest::prelude::*;

use crate::gateway::Gateway;
use crate::headers::{
    answer,
    named_everywhere, //
};
use crate::messages::{
    audio,
    invite,
    register,
    registered, //
};

/// Valid messages with some bytes exchanged, doubled or cut off.
fn broken() -> impl Strategy<Value = Vec<u8>> {
    let valid = prop_oneof![
        Just(invite("10.0.0.2:5060", &audio("10.0.0.2", 4000))),
        Just(named_everywhere("10.0.0.2", "10.0.0.2:5060")),
        Just(register("10.0.0.2", "10.0.0.2")),
        Just(registered(
            "203.0.113.1:1024",
            "<sip:alice@203.0.113.1:1024>"
        )),
    ];
    let change = (any::<prop::sample::Index>(), any::<u8>(), 0..4u8);
    (valid, prop::collection::vec(change, 0..12)).prop_map(|(text, changes)| {
        let mut bytes = text.into_bytes();
        for (place, byte, kind) in changes {
            let at = place.index(bytes.len().max(1));
            match kind {
                0 => bytes.truncate(at),
                1 => bytes.insert(at, byte),
                2 => {
                    let line = b"\r\n \t,;<>\"@:=*[]/?"[usize::from(byte) % 17];
                    bytes.insert(at, line);
                }
                _ => {
                    if let Some(there) = bytes.get_mut(at) {
                        *there = byte;
                    }
                }
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_come_out_somehow(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        let mut gateway = Gateway::new(1024);
        gateway.out(&bytes);
        gateway.back(&bytes);
    }

    #[test]
    fn no_private_address_is_added_and_nothing_else_changes(bytes in broken()) {
        let mut gateway = Gateway::new(1024);
        let seen = gateway.out(&bytes);
        let strip = |bytes: &[u8]| {
            let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
            text.replace("203.0.113.1:1024", "X")
                .replace("203.0.113.1", "X")
                .replace("10.0.0.2:5060", "X")
                .replace("10.0.0.2", "X")
                .chars()
                .filter(|letter| !letter.is_ascii_digit())
                .collect::<String>()
                // Who listens on another port is written with the one it sends from.
                .replace("X:", "X")
        };
        prop_assert_eq!(strip(&seen), strip(&bytes));
    }

    #[test]
    fn what_goes_out_comes_back(host in prop_oneof![Just("10.0.0.2"), Just("10.0.0.2:5060")],
                                mapped in 1024..u16::MAX) {
        let mut gateway = Gateway::new(mapped);
        let sent = invite(host, "");
        let seen = gateway.out(&sent);
        let answer = |text: &[u8]| {
            let text = String::from_utf8_lossy(text).into_owned();
            text.replace("INVITE sip:bob@203.0.113.10 SIP/2.0", "SIP/2.0 180 Ringing")
        };
        let got = gateway.back(answer(&seen));
        prop_assert_eq!(String::from_utf8_lossy(&got).into_owned(), answer(sent.as_bytes()));
    }

    #[test]
    fn all_that_is_repeated_comes_back(via in prop_oneof![Just("10.0.0.2"), Just("10.0.0.2:5060")],
                                       route in prop_oneof![Just("10.0.0.2"), Just("10.0.0.2:5060")],
                                       mapped in 1024..u16::MAX) {
        let mut gateway = Gateway::new(mapped);
        let sent = named_everywhere(via, route);
        let seen = String::from_utf8(gateway.out(&sent)).unwrap();
        prop_assert!(!seen.contains("10.0.0.2"));
        let got = gateway.back(answer(&seen));
        prop_assert_eq!(String::from_utf8_lossy(&got).into_owned(), answer(&sent));
    }

    #[test]
    fn edits_are_kept_in_order_and_apart(places in prop::collection::vec((0..90usize, 0..9usize), 0..12)) {
        let mut slots = [Edit::NONE; 8];
        let message = [b'x'; 100];
        let mut edits = Edits::new(&message, &mut slots);
        for (start, len) in places {
            let _ = edits.insert(Span { start, len }, New::Number { value: 1, width: 1 });
        }
        let kept = edits.as_slice();
        prop_assert!(kept.windows(2).all(|pair| pair[0].span.end() <= pair[1].span.start
            && pair[0].span.start < pair[1].span.start));
        let mut out = [0; 200];
        if let Some(region) = edits.render(&mut out) {
            let whole = 100 - region.old.len + region.new_len;
            prop_assert_eq!(i64::try_from(whole).unwrap(), 100 + edits.growth_within(Span { start: 0, len: 100 }));
        }
    }
}
