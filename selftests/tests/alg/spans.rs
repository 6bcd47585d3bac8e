// SPDX-License-Identifier: GPL-2.0

//! What holds for the places in every message, and for every list of edits.

use std::cell::Cell;
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
    Flow,
    New, //
};
use alg::sip::{
    message,
    Name, //
};
use alg::{
    Span,
    Text, //
};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::corpus::corpus;
use crate::gateway::Gateway;
use crate::reader::{
    apart,
    checked,
    description,
    places,
    walk,
    written_anew,
    Seen, //
};
use crate::rewriting::{
    applied,
    rewritten,
    Outcome, //
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

/// The message as sent from an endpoint: that stands in its Vias and Contacts and, where IPv4 stood, in its
/// descriptions. The Content-Length is off by as much as before.
fn sent_from(endpoint: SocketAddr, message: &[u8]) -> Vec<u8> {
    let mut found: Vec<(Text<'_>, New)> = Vec::new();
    let mut begun = "";
    let _ = walk(message, &mut |seen| match (begun, seen) {
        (_, Seen::Begin(what)) => begun = what,
        ("via" | "contact", Seen::Text("ip" | "name", host)) => {
            found.push((host, New::HostPort(endpoint)));
        }
        ("via" | "contact", Seen::Text("port", port)) => {
            let (host, _) = found.last_mut().expect("a port has a host");
            let all = Text::new(message).skip(host.behind(Text::new(message)));
            *host = all.take(port.behind(all) + port.len());
        }
        ("origin" | "connection", Seen::Text("ip", ip)) if !ip.bytes().contains(&b':') => {
            found.push((ip, New::Address(endpoint.ip())));
        }
        _ => {}
    });
    let mut slots = [Edit::NONE; 256];
    let mut edits = Edits::new(message, &mut slots);
    for (place, new) in found {
        let _ = edits.insert(edits.span(place), new);
    }
    if let Some((place, value)) = stated_anew(message, &edits) {
        let _ = edits.insert(edits.span(place), New::Number { value, width: 1 });
    }
    applied(&edits)
}

/// The first Content-Length, and what it says of the body with its edits; nothing where that is the same.
fn stated_anew<'a>(message: &'a [u8], edits: &Edits<'_>) -> Option<(Text<'a>, u32)> {
    let (_, mut headers) = message::parse(message).ok()?;
    let field = headers
        .by_ref()
        .find(|field| field.name == Name::ContentLength)?;
    headers.by_ref().for_each(drop);
    let stated = field.value.number()?;
    let body = headers.body()?.take(stated as usize);
    let growth = edits.growth_within(edits.span(body));
    let value = u32::try_from(i64::from(stated) + growth).ok()?;
    (growth != 0).then_some((field.value, value))
}

/// What becomes of every message on a flow, if it was sent from there.
fn outcomes(flow: &Flow, endpoint: Option<SocketAddr>, messages: &[Vec<u8>]) -> Counts {
    let policy = Gateway::new(1024).policy;
    let mut counts = Counts::default();
    for message in messages {
        let sent = endpoint.map_or(message.clone(), |endpoint| sent_from(endpoint, message));
        counts.add(rewritten(&sent, flow, policy, &mut Table::default()));
    }
    counts
}

/// How many messages came to what.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    unchanged: usize,
    undone: usize,
    lasting: usize,
}

impl Counts {
    fn add(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Unchanged => self.unchanged += 1,
            Outcome::Undone => self.undone += 1,
            Outcome::Lasting => self.lasting += 1,
        }
    }
}

#[test]
fn every_rewriting_of_whole_messages_can_be_undone() {
    let own: Vec<_> = MESSAGES
        .iter()
        .map(|message| message.as_bytes().to_vec())
        .collect();
    let gateway = Gateway::new(1024);
    for flow in [gateway.out_flow(), gateway.back_flow()] {
        let counts = outcomes(&flow, None, &own);
        assert!(counts.undone > 2, "{counts:?}");
    }
}

#[test]
fn every_rewriting_of_the_corpus_can_be_undone() {
    let all: Vec<_> = corpus().into_iter().map(|(_, message)| message).collect();
    if all.is_empty() {
        std::println!("# SKIP no corpus beside the repository");
        return;
    }
    let gateway = Gateway::new(1024);
    for (flow, sender) in [
        (gateway.out_flow(), gateway.phone),
        (gateway.back_flow(), gateway.mapped),
    ] {
        outcomes(&flow, None, &all);
        let counts = outcomes(&flow, Some(sender), &all);
        assert!(counts.undone > 1100, "{counts:?}");
        assert_eq!(counts.lasting, 0);
    }
}

#[test]
fn every_rewriting_can_be_undone_and_keeps_lengths_right() {
    let mapped = prop_oneof![Just(5060), Just(1024)];
    let taken = prop::collection::vec(4000..4010u16, 0..4);
    let case = (any_message(), any::<bool>(), mapped, any::<bool>(), taken);
    let config = ProptestConfig {
        cases: 2048,
        ..ProptestConfig::with_source_file(file!())
    };
    let counts = Cell::new(Counts::default());
    let run =
        TestRunner::new(config).run(&case, |(message, inwards, mapped, direct_media, taken)| {
            let gateway = Gateway::new(mapped);
            let flow = if inwards {
                gateway.back_flow()
            } else {
                gateway.out_flow()
            };
            let policy = Policy {
                direct_media,
                ..gateway.policy
            };
            let mut table = Table {
                taken,
                ..Table::default()
            };
            let mut all = counts.get();
            all.add(rewritten(&message, &flow, policy, &mut table));
            counts.set(all);
            Ok(())
        });
    let counts = counts.get();
    run.unwrap();
    assert!(counts.undone > 200, "{counts:?}");
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
