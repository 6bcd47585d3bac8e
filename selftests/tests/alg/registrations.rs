// SPDX-License-Identifier: GPL-2.0

//! REGISTER, its answers, and the pinhole for incoming calls.

use alg::Reason;

use crate::gateway::{
    at,
    same,
    Gateway,
    PHONE,
    SERVER, //
};
use crate::messages::{
    register,
    registered, //
};

#[test]
fn contact_and_via_become_public_and_come_back_as_sent() {
    for (sent, seen, mapped) in [
        ("10.0.0.2:5060", "203.0.113.1:5060", 5060),
        ("10.0.0.2", "203.0.113.1", 5060),
        ("10.0.0.2:5060", "203.0.113.1:1024", 1024),
        ("10.0.0.2", "203.0.113.1:1024", 1024),
    ] {
        let mut gateway = Gateway::new(mapped);
        same(gateway.out(register(sent, sent)), register(seen, seen));
        let contact = |host: &str| format!("<sip:alice@{host}>;expires=3600");
        same(
            gateway.back(registered(seen, &contact(seen))),
            registered(sent, &contact(sent)),
        );
    }
}

#[test]
fn calls_come_in_when_the_registrar_has_agreed_and_for_as_long() {
    let mut gateway = Gateway::new(1024);
    gateway.out(register("10.0.0.2:5060", "10.0.0.2:5060"));
    let pinhole = gateway.table.pinholes[0];
    assert_eq!(pinhole.inside, PHONE);
    assert_eq!(pinhole.outside, at([203, 0, 113, 1], 1024));
    assert_eq!(pinhole.from, Some(SERVER.ip()));
    assert_eq!(pinhole.open_for, None);
    gateway.back(registered(
        "203.0.113.1:1024",
        "<sip:alice@203.0.113.1:1024>;expires=60",
    ));
    assert_eq!(gateway.table.pinholes[0].open_for, Some(60));
}

#[test]
fn refresh_and_challenge_leave_the_pinhole_open() {
    let mut gateway = Gateway::new(1024);
    let answer = registered(
        "203.0.113.1:1024",
        "<sip:alice@203.0.113.1:1024>;expires=60",
    );
    gateway.out(register("10.0.0.2", "10.0.0.2"));
    gateway.back(&answer);
    let refresh = register("10.0.0.2", "10.0.0.2").replace("CSeq: 1", "CSeq: 2");
    gateway.out(&refresh);
    assert_eq!(gateway.table.pinholes[0].open_for, Some(60));
    let challenge = answer
        .replace("200 OK", "401 Unauthorized")
        .replace("CSeq: 1", "CSeq: 2");
    gateway.back(challenge);
    assert_eq!(gateway.table.pinholes.len(), 1);
    assert_eq!(gateway.table.pinholes[0].open_for, Some(60));
}

#[test]
fn answer_to_another_register_opens_nothing() {
    let mut gateway = Gateway::new(1024);
    gateway.out(register("10.0.0.2", "10.0.0.2").replace("CSeq: 1", "CSeq: 7"));
    gateway.back(registered(
        "203.0.113.1:1024",
        "<sip:alice@203.0.113.1:1024>;expires=60",
    ));
    assert_eq!(gateway.table.pinholes[0].open_for, None);
}

#[test]
fn contact_that_is_taken_back_closes_its_pinhole_with_the_answer() {
    let mut gateway = Gateway::new(1024);
    gateway.out(register("10.0.0.2", "10.0.0.2"));
    gateway.back(registered(
        "203.0.113.1:1024",
        "<sip:alice@203.0.113.1:1024>;expires=60",
    ));
    let leave = register("10.0.0.2", "10.0.0.2").replace("Expires: 3600", "Expires: 0");
    let seen = gateway.out(&leave);
    assert!(String::from_utf8_lossy(&seen).contains("Contact: <sip:alice@203.0.113.1:1024>"));
    assert_eq!(gateway.table.pinholes.len(), 1);
    gateway.back(registered(
        "203.0.113.1:1024",
        "<sip:other@192.0.2.9>;expires=60",
    ));
    assert!(gateway.table.pinholes.is_empty());
}

#[test]
fn star_takes_back_all_contacts() {
    let mut gateway = Gateway::new(1024);
    gateway.out(register("10.0.0.2", "10.0.0.2"));
    gateway.back(registered(
        "203.0.113.1:1024",
        "<sip:alice@203.0.113.1:1024>;expires=60",
    ));
    let star = register("10.0.0.2", "10.0.0.2")
        .replace("Expires: 3600", "Expires: 0")
        .replace("<sip:alice@10.0.0.2>\r\nExp", "*\r\nExp");
    let seen = gateway.out(&star);
    assert!(String::from_utf8_lossy(&seen).contains("Contact: *\r\n"));
    gateway.back(registered("203.0.113.1:1024", "*"));
    assert!(gateway.table.pinholes.is_empty());
}

#[test]
fn contact_on_another_port_gets_a_pinhole_of_its_own() {
    let mut gateway = Gateway::new(1024);
    let seen = gateway.out(register("10.0.0.2", "10.0.0.2:5070"));
    same(seen, register("203.0.113.1:1024", "203.0.113.1:5070"));
    let answer = registered(
        "203.0.113.1:1024",
        "<sip:alice@203.0.113.1:5070>;expires=60",
    );
    let got = gateway.back(answer);
    same(
        got,
        registered("10.0.0.2", "<sip:alice@10.0.0.2:5070>;expires=60"),
    );
    assert_eq!(gateway.table.pinholes[0].open_for, Some(60));
}

#[test]
fn taken_port_is_exchanged_for_another() {
    let mut gateway = Gateway::new(5060);
    gateway.table.taken.push(5060);
    let seen = gateway.out(register("10.0.0.2:5060", "10.0.0.2:5060"));
    same(seen, register("203.0.113.1:5060", "203.0.113.1:5061"));
}

#[test]
fn registration_for_somebody_else_passes_and_opens_nothing() {
    let mut gateway = Gateway::new(1024);
    let seen = gateway.out(register("10.0.0.2", "192.0.2.7:5060"));
    same(seen, register("203.0.113.1:1024", "192.0.2.7:5060"));
    assert!(gateway.table.pinholes.is_empty());
    assert!(gateway.reasons.has(Reason::ThirdParty));
}

#[test]
fn without_room_for_a_pinhole_the_contact_still_names_the_flow() {
    let mut gateway = Gateway::new(1024);
    gateway.table.full = true;
    let seen = gateway.out(register("10.0.0.2", "10.0.0.2"));
    same(seen, register("203.0.113.1:1024", "203.0.113.1:1024"));
    assert!(gateway.reasons.has(Reason::NoRoom));
}

#[test]
fn time_beyond_all_bounds_is_a_long_time() {
    let mut gateway = Gateway::new(1024);
    gateway.out(register("10.0.0.2", "10.0.0.2"));
    gateway.back(registered(
        "203.0.113.1:1024",
        "<sip:alice@203.0.113.1:1024>;expires=99999999999",
    ));
    assert_eq!(gateway.table.pinholes[0].open_for, Some(u32::MAX));
}

#[test]
fn contact_that_the_phone_learned_by_itself_passes_both_ways() {
    let mut gateway = Gateway::new(1024);
    let seen = gateway.out(register("10.0.0.2", "203.0.113.1:1024"));
    same(seen, register("203.0.113.1:1024", "203.0.113.1:1024"));
    let contact = "<sip:alice@203.0.113.1:1024>;expires=60";
    let got = gateway.back(registered("203.0.113.1:1024", contact));
    same(got, registered("10.0.0.2", contact));
}

/// Two accounts of one phone, which has one port for both.
fn accounts() -> (Gateway, [String; 2], [String; 2]) {
    let of = |text: String, call: &str| text.replace("reg@10.0.0.2", call);
    let asked = ["one", "two"].map(|call| of(register("10.0.0.2", "10.0.0.2"), call));
    let contact = "<sip:alice@203.0.113.1:1024>;expires=60";
    let granted = ["one", "two"].map(|call| of(registered("203.0.113.1:1024", contact), call));
    (Gateway::new(1024), asked, granted)
}

#[test]
fn registrations_of_one_connection_are_answered_each_for_itself() {
    let (mut gateway, asked, granted) = accounts();
    for (number, text) in asked.iter().enumerate() {
        gateway.out(text.replace("CSeq: 1", &format!("CSeq: {}", 5 + number)));
    }
    gateway.back(granted[0].replace("CSeq: 1", "CSeq: 5"));
    assert_eq!(gateway.table.pinholes[0].open_for, Some(60));
}

#[test]
fn what_one_account_gives_up_another_may_still_have() {
    let (mut gateway, asked, granted) = accounts();
    for (asked, granted) in asked.iter().zip(&granted) {
        gateway.out(asked);
        gateway.back(granted);
    }
    for (account, left) in [(0, 1), (1, 0)] {
        let leaves = asked[account].replace("Expires: 3600", "Expires: 0");
        gateway.out(leaves.replace("CSeq: 1", "CSeq: 2"));
        let contact = "Contact: <sip:alice@203.0.113.1:1024>;expires=60\r\n";
        let gone = granted[account]
            .replace(contact, "")
            .replace("CSeq: 1", "CSeq: 2");
        gateway.back(gone);
        assert_eq!(gateway.table.pinholes.len(), left);
    }
}

#[test]
fn what_the_registrar_no_longer_lists_is_closed() {
    let (mut gateway, asked, granted) = accounts();
    gateway.out(&asked[0]);
    gateway.back(&granted[0]);
    assert_eq!(gateway.table.pinholes.len(), 1);
    gateway.out(asked[0].replace("CSeq: 1", "CSeq: 2"));
    let other = granted[0].replace("203.0.113.1:1024>;", "198.51.100.7:5060>;");
    gateway.back(other.replace("CSeq: 1", "CSeq: 2"));
    assert!(gateway.table.pinholes.is_empty());
}
