// SPDX-License-Identifier: GPL-2.0

//! Calls from offer to BYE: which pinholes stand when, and where media is let in from.

use std::net::{
    IpAddr,
    SocketAddr, //
};

use crate::gateway::{
    at,
    Gateway,
    SERVER, //
};
use crate::messages::{
    audio,
    message, //
};

/// Where the server has its media, which is another machine.
const RELAY: SocketAddr = at([203, 0, 113, 20], 7000);

/// A message of Alice's call: `start` line, the To tag (or nothing), CSeq, body.
fn of_call(start: &str, to: &str, cseq: &str, body: &str) -> String {
    let tag = if to.is_empty() {
        String::new()
    } else {
        format!(";tag={to}")
    };
    message(
        &[
            start,
            "Via: SIP/2.0/UDP 203.0.113.10;branch=z9hG4bK3",
            "From: <sip:alice@example.com>;tag=alice",
            &format!("To: <sip:bob@example.com>{tag}"),
            "Call-ID: one",
            &format!("CSeq: {cseq}"),
        ],
        body,
    )
}

fn request(method: &str, number: u32, to: &str, body: &str) -> String {
    let start = format!("{method} sip:bob@example.com SIP/2.0");
    of_call(&start, to, &format!("{number} {method}"), body)
}

fn response(code: u16, number: u32, to: &str, body: &str) -> String {
    let start = format!("SIP/2.0 {code} Whatever");
    of_call(&start, to, &format!("{number} INVITE"), body)
}

/// The same in a transaction that Bob began.
fn by_bob(text: String) -> String {
    text.replace("sip:alice@example.com>;tag=alice", "sip:BOB")
        .replace(
            "sip:bob@example.com>;tag=bob",
            "sip:alice@example.com>;tag=alice",
        )
        .replace("sip:BOB", "sip:bob@example.com>;tag=bob")
}

fn offer(port: u16) -> String {
    audio("10.0.0.2", port)
}

fn answer(port: u16) -> String {
    audio("203.0.113.10", port)
}

/// The outside ports of the phone that are open, in order.
fn open(gateway: &Gateway) -> Vec<u16> {
    let mut ports: Vec<_> = gateway
        .table
        .pinholes
        .iter()
        .filter(|pinhole| pinhole.inside.ip() == gateway.phone.ip())
        .map(|pinhole| pinhole.outside.port())
        .collect();
    ports.sort();
    ports
}

/// Alice offers and Bob answers.
fn established() -> Gateway {
    let mut gateway = Gateway::new(5060);
    gateway.out(request("INVITE", 1, "", &offer(4000)));
    gateway.back(response(200, 1, "bob", &answer(6000)));
    gateway.out(request("ACK", 1, "bob", ""));
    gateway
}

#[test]
fn call_has_its_pinholes_until_bye() {
    let mut gateway = established();
    assert_eq!(open(&gateway), [4000, 4001]);
    gateway.back(by_bob(request("BYE", 1, "bob", "")));
    assert!(gateway.table.pinholes.is_empty());
    assert!(gateway.table.calls.is_empty());
}

#[test]
fn bye_and_refusal_of_one_call_touch_no_other() {
    let other = |text: String| text.replace("Call-ID: one", "Call-ID: two");
    let mut gateway = established();
    gateway.out(other(request("INVITE", 1, "", &offer(5000))));
    assert_eq!(open(&gateway), [4000, 4001, 5000, 5001]);
    gateway.back(other(response(486, 1, "bob", "")));
    assert_eq!(open(&gateway), [4000, 4001]);
    gateway.out(other(request("BYE", 2, "bob", "")));
    assert_eq!(open(&gateway), [4000, 4001]);
}

#[test]
fn cancelled_and_refused_calls_leave_nothing() {
    for end in ["CANCEL", ""] {
        let mut gateway = Gateway::new(5060);
        gateway.out(request("INVITE", 1, "", &offer(4000)));
        gateway.back(response(183, 1, "bob", &answer(6000)));
        if end == "CANCEL" {
            gateway.out(request("CANCEL", 1, "", ""));
            assert!(gateway.table.pinholes.is_empty());
        }
        gateway.back(response(487, 1, "bob", ""));
        assert!(gateway.table.pinholes.is_empty());
        assert!(gateway.table.calls.is_empty());
    }
}

#[test]
fn refused_change_leaves_the_running_call_alone() {
    let mut gateway = established();
    let video = "m=video 5000 RTP/AVP 96\r\n";
    gateway.out(request("INVITE", 2, "bob", &(offer(4000) + video)));
    assert_eq!(open(&gateway), [4000, 4001, 5000, 5001]);
    gateway.back(response(488, 2, "bob", ""));
    gateway.out(request("ACK", 2, "bob", ""));
    assert_eq!(open(&gateway), [4000, 4001]);
}

#[test]
fn media_that_is_no_longer_described_is_closed_with_the_answer() {
    let mut gateway = established();
    gateway.out(request("INVITE", 2, "bob", &offer(4002)));
    assert_eq!(open(&gateway), [4000, 4001, 4002, 4003]);
    gateway.back(response(200, 2, "bob", &answer(6000)));
    assert_eq!(open(&gateway), [4002, 4003]);
}

#[test]
fn mapping_outlives_its_pinhole() {
    let mut gateway = Gateway::new(5060);
    gateway.table.taken.push(4000);
    let seen = gateway.out(request("INVITE", 1, "", &offer(4000)));
    gateway.back(response(200, 1, "bob", &answer(6000)));
    let phone = gateway.table.media(at([203, 0, 113, 1], 4002), SERVER.ip());
    assert_eq!(phone, Some(at([10, 0, 0, 2], 4000)));
    gateway.table.taken.clear();
    let again = gateway.out(request("INVITE", 2, "bob", &offer(4000)));
    let described = audio("203.0.113.1", 4002);
    assert!(seen.ends_with(described.as_bytes()) && again.ends_with(described.as_bytes()));
}

#[test]
fn branches_of_a_fork_have_their_own_media_until_one_answers() {
    let mut gateway = Gateway::new(5060);
    gateway.out(request("INVITE", 1, "", &offer(4000)));
    gateway.back(response(183, 1, "bob", &answer(6000)));
    gateway.back(response(183, 1, "voicemail", &answer(8000)));
    let far = |gateway: &Gateway| gateway.table.calls[0].bindings.len() - 1;
    assert_eq!(far(&gateway), 2);
    assert_eq!(open(&gateway), [4000, 4001]);
    gateway.back(response(200, 1, "bob", &answer(6000)));
    assert_eq!(far(&gateway), 1);
    assert_eq!(open(&gateway), [4000, 4001]);
}

/// From where media is let in at Alice's RTP port.
fn let_in(gateway: &Gateway) -> Option<IpAddr> {
    let phone = at([203, 0, 113, 1], 4000);
    let mut pinholes = gateway.table.pinholes.iter();
    pinholes.find(|pinhole| pinhole.outside == phone)?.from
}

#[test]
fn media_of_each_branch_is_let_in_from_where_it_says_until_another_one_answers() {
    let relayed = audio("203.0.113.20", RELAY.port());
    let mut gateway = Gateway::new(5060);
    gateway.out(request("INVITE", 1, "", &offer(4000)));
    gateway.back(response(183, 1, "bob", &answer(6000)));
    assert_eq!(let_in(&gateway), Some(SERVER.ip()));
    gateway.back(response(183, 1, "voicemail", &relayed));
    assert_eq!(let_in(&gateway), Some(RELAY.ip()));
    // The 200 need not repeat the description of the 183.
    gateway.back(response(200, 1, "bob", ""));
    assert_eq!(let_in(&gateway), Some(SERVER.ip()));
    // What comes late of another branch changes nothing.
    gateway.back(response(183, 1, "voicemail", &relayed));
    assert_eq!(let_in(&gateway), Some(SERVER.ip()));
    gateway.back(by_bob(request("BYE", 1, "bob", "")));
    assert!(open(&gateway).is_empty());
}

#[test]
fn late_offer_is_answered_in_the_ack() {
    let mut gateway = Gateway::new(5060);
    gateway.out(request("INVITE", 1, "", ""));
    gateway.back(response(200, 1, "bob", &answer(6000)));
    gateway.out(request("ACK", 1, "bob", &offer(4000)));
    assert_eq!(open(&gateway), [4000, 4001]);
    gateway.out(request("INVITE", 2, "bob", ""));
    gateway.back(response(200, 2, "bob", &answer(6000)));
    gateway.out(request("ACK", 2, "bob", &offer(4004)));
    assert_eq!(open(&gateway), [4004, 4005]);
}

#[test]
fn media_is_let_in_from_where_the_other_side_says_that_it_comes_from() {
    let relayed = audio("203.0.113.20", RELAY.port());
    let phone = at([203, 0, 113, 1], 4000);
    let from = |gateway: &Gateway| {
        let pinholes = &gateway.table.pinholes;
        let one = pinholes.iter().find(|pinhole| pinhole.outside == phone);
        one.and_then(|pinhole| pinhole.from)
    };
    let mut gateway = Gateway::new(5060);
    gateway.out(request("INVITE", 1, "", &offer(4000)));
    assert_eq!(from(&gateway), Some(SERVER.ip()));
    gateway.back(response(183, 1, "bob", &relayed));
    assert_eq!(from(&gateway), Some(RELAY.ip()));
    // A retransmission changes nothing.
    gateway.out(request("INVITE", 1, "", &offer(4000)));
    assert_eq!(from(&gateway), Some(RELAY.ip()));
    gateway.back(response(200, 1, "bob", &relayed));
    // The call is moved to another machine.
    gateway.back(by_bob(request("INVITE", 7, "bob", &answer(6000))));
    assert_eq!(from(&gateway), Some(SERVER.ip()));
}

#[test]
fn media_that_moves_to_another_port_finds_its_pinhole_open_once_more() {
    let phone = at([203, 0, 113, 1], 4000);
    for direct_media in [true, false] {
        let mut gateway = Gateway::new(5060);
        gateway.policy.direct_media = direct_media;
        gateway.out(request("INVITE", 1, "", &offer(4000)));
        gateway.back(response(200, 1, "bob", &answer(6000)));
        assert!(gateway.table.media(phone, SERVER.ip()).is_some());
        gateway.back(by_bob(request("INVITE", 7, "bob", &answer(6000))));
        assert!(gateway.table.media(phone, SERVER.ip()).is_none());
        gateway.back(by_bob(request("INVITE", 8, "bob", &answer(6002))));
        assert!(gateway.table.media(phone, SERVER.ip()).is_some());
    }
}

#[test]
fn media_of_the_phone_comes_from_its_inside_address_whatever_it_says() {
    for said in ["10.0.0.2", "203.0.113.1"] {
        let mut gateway = Gateway::new(5060);
        gateway.out(request("INVITE", 1, "", &audio(said, 4000)));
        gateway.back(response(200, 1, "bob", &answer(6000)));
        gateway.out(request("INVITE", 2, "bob", &audio(said, 4000)));
        let mut pinholes = gateway.table.pinholes.iter();
        let outward = pinholes.find(|pinhole| pinhole.inside.ip() == SERVER.ip());
        assert_eq!(
            outward.and_then(|pinhole| pinhole.from),
            Some(gateway.phone.ip())
        );
    }
}

#[test]
fn phone_may_send_to_where_the_server_has_its_media_but_not_to_its_neighbours() {
    for (host, opened) in [("203.0.113.20", true), ("10.0.0.3", false)] {
        let mut gateway = Gateway::new(5060);
        gateway.out(request("INVITE", 1, "", &offer(4000)));
        gateway.back(response(200, 1, "bob", &audio(host, 7000)));
        let mut pinholes = gateway.table.pinholes.iter();
        assert_eq!(
            pinholes.any(|pinhole| pinhole.outside.port() == 7000),
            opened
        );
    }
}

#[test]
fn caller_outside_may_have_its_media_elsewhere() {
    let mut gateway = Gateway::new(5060);
    gateway.back(request("INVITE", 1, "", &audio("203.0.113.20", 7000)));
    gateway.out(response(200, 1, "bob", &offer(4000)));
    let inward = gateway.table.pinholes.iter().filter(|pinhole| {
        pinhole.inside == at([10, 0, 0, 2], 4000) && pinhole.from == Some(RELAY.ip())
    });
    assert_eq!(inward.count(), 1);
}

#[test]
fn hold_keeps_what_the_call_has() {
    let mut gateway = established();
    for (number, theirs) in [(9, audio("0.0.0.0", 6000)), (10, answer(6000))] {
        gateway.back(by_bob(request("INVITE", number, "bob", &theirs)));
        gateway.out(by_bob(response(200, number, "bob", &offer(4000))));
        assert_eq!(open(&gateway), [4000, 4001]);
        assert_eq!(gateway.table.calls[0].bindings.len(), 2);
    }
}
