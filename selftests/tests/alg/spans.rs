// SPDX-License-Identifier: GPL-2.0

//! What holds for the places in every message, and for every list of edits.

use std::net::{
    IpAddr,
    Ipv4Addr,
    Ipv6Addr,
    SocketAddr, //
};

use alg::call::Policy;
use alg::nat::{
    Edit,
    Edits,
    New, //
};
use alg::{
    Span,
    Text, //
};
use proptest::prelude::*;

use crate::corpus::corpus;
use crate::gateway::Gateway;
use crate::reader::{
    apart,
    checked,
    description,
    places,
    written_anew, //
};
use crate::rewriting::{
    applied,
    rewritten, //
};
use crate::table::Table;
use crate::vectors::MESSAGES;

/// Own messages with pieces exchanged between them, and bytes changed that mean something.
fn spliced() -> impl Strategy<Value = Vec<u8>> {
    let one = || (prop::sample::select(MESSAGES), any::<prop::sample::Index>());
    let marks = b"\r\n \t,;<>\"@:=*[]/?\\-.0\0\xff".to_vec();
    let change = (
        any::<prop::sample::Index>(),
        prop::sample::select(marks),
        0..3u8,
    );
    (
        one(),
        one(),
        any::<bool>(),
        prop::collection::vec(change, 0..8),
    )
        .prop_map(|((head, cut), (tail, from), splice, changes)| {
            let mut bytes = head.as_bytes().to_vec();
            if splice {
                bytes.truncate(cut.index(bytes.len()));
                bytes.extend_from_slice(&tail.as_bytes()[from.index(tail.len())..]);
            }
            for (place, mark, kind) in changes {
                let at = place.index(bytes.len().max(1));
                match (kind, bytes.get_mut(at)) {
                    (0, Some(there)) => *there = mark,
                    (1, Some(_)) => drop(bytes.remove(at)),
                    _ => bytes.insert(at.min(bytes.len()), mark),
                }
            }
            bytes
        })
}

/// Text made of what parsers look for.
fn marked() -> impl Strategy<Value = Vec<u8>> {
    let pieces: [&[u8]; 24] = [
        b"\r\n",
        b"\n",
        b"\r",
        b" ",
        b"\t",
        b",",
        b";",
        b"<",
        b">",
        b"\"",
        b"\\",
        b"@",
        b":",
        b"=",
        b"SIP/2.0/UDP ",
        b"sip:",
        b"10.0.0.2",
        b"[::1]",
        b"Via:",
        b"m:",
        b"m=audio 4000 RTP/AVP 0",
        b"c=IN IP4 10.0.0.2",
        b"--b",
        b"v=0",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..64)
        .prop_map(|pieces| pieces.concat())
}

fn any_message() -> impl Strategy<Value = Vec<u8>> {
    let behind = |head: &'static [u8]| marked().prop_map(move |tail| [head, &tail].concat());
    prop_oneof![
        4 => spliced(),
        1 => marked(),
        2 => behind(b"INVITE sip:10.0.0.2 SIP/2.0\r\n"),
        2 => behind(b"SIP/2.0 200 OK\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n"),
        1 => behind(b"SIP/2.0 200 OK\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n"),
        1 => prop::collection::vec(any::<u8>(), 0..512),
    ]
}

fn any_new() -> impl Strategy<Value = New> {
    let ip = prop_oneof![
        any::<[u8; 4]>().prop_map(|ip| IpAddr::V4(Ipv4Addr::from(ip))),
        any::<[u8; 16]>().prop_map(|ip| IpAddr::V6(Ipv6Addr::from(ip))),
    ];
    let number = (any::<u32>(), 0..12usize);
    prop_oneof![
        ip.clone().prop_map(New::Address),
        ip.clone().prop_map(New::Reference),
        (ip, any::<u16>()).prop_map(|(ip, port)| New::HostPort(SocketAddr::new(ip, port))),
        number.prop_map(|(value, width)| New::Number { value, width }),
    ]
}

/// What an edit writes, in other words than the core's.
fn text(new: New) -> String {
    match new {
        New::Address(ip) => ip.to_string(),
        New::Reference(IpAddr::V6(ip)) => format!("[{ip}]"),
        New::Reference(ip) => ip.to_string(),
        New::HostPort(endpoint) => endpoint.to_string(),
        New::Number { value, width } => format!("{value:0width$}"),
    }
}

#[test]
fn every_rewriting_of_whole_messages_can_be_undone() {
    let gateway = Gateway::new(1024);
    let own = MESSAGES.iter().map(|message| message.as_bytes().to_vec());
    for message in own.chain(corpus().into_iter().map(|(_, message)| message)) {
        for flow in [gateway.out_flow(), gateway.back_flow()] {
            let table = &mut Table::default();
            rewritten(&message, &flow, gateway.policy, table);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2048, ..ProptestConfig::default() })]

    #[test]
    fn places_lie_within_the_message_in_order_and_apart(message in any_message()) {
        let _ = checked(&message);
    }

    #[test]
    fn fields_written_anew_give_the_bytes_back(message in any_message()) {
        if let Some(anew) = written_anew(&message) {
            prop_assert_eq!(anew, message);
        }
    }

    #[test]
    fn places_of_a_description_lie_apart(body in marked()) {
        let body = [b"v=0\r\n", &body[..]].concat();
        let (mut places, _) = places(&body, |see| description(Text::new(&body), see));
        places.sort_by_key(|place| (place.behind(Text::new(&body)), place.len()));
        apart(&places);
    }

    #[test]
    fn every_rewriting_can_be_undone_and_keeps_lengths_right(
        message in any_message(),
        inwards in any::<bool>(),
        mapped in prop_oneof![Just(5060), Just(1024)],
        direct_media in any::<bool>(),
        taken in prop::collection::vec(4000..4010u16, 0..4),
    ) {
        let gateway = Gateway::new(mapped);
        let flow = if inwards { gateway.back_flow() } else { gateway.out_flow() };
        let policy = Policy { direct_media, direct_signalling: true, any_contact_port: false };
        let mut table = Table { taken, ..Table::default() };
        rewritten(&message, &flow, policy, &mut table);
    }

    #[test]
    fn nothing_changes_without_a_nat(message in any_message()) {
        let mut gateway = Gateway::new(5060);
        gateway.mapped = gateway.phone;
        prop_assert_eq!(gateway.out(&message), &message[..]);
        prop_assert_eq!(gateway.back(&message), &message[..]);
    }

    #[test]
    fn edits_apply_as_they_would_one_by_one(
        message in prop::collection::vec(any::<u8>(), 200),
        wanted in prop::collection::vec((0..190usize, 0..12usize, any_new()), 0..12),
    ) {
        let mut slots = [Edit::NONE; 16];
        let mut edits = Edits::new(&message, &mut slots);
        let mut kept: Vec<(Span, New)> = Vec::new();
        for (start, len, new) in wanted {
            let span = Span { start, len };
            let free = kept.iter().all(|(there, _)| {
                there.start != start && (there.end() <= start || span.end() <= there.start)
            });
            prop_assert_eq!(edits.insert(span, new).is_ok(), free);
            if free {
                kept.push((span, new));
            }
        }
        kept.sort_by_key(|(span, _)| span.start);
        let mut expected = message.clone();
        for (span, new) in kept.iter().rev() {
            expected.splice(span.start..span.end(), text(*new).into_bytes());
        }
        prop_assert_eq!(applied(&edits), expected);
    }
}
