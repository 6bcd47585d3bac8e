// SPDX-License-Identifier: GPL-2.0

//! Phones that listen on the port in their Via, and send from another.

use crate::gateway::{
    at,
    same,
    Gateway,
    SERVER, //
};
use crate::messages::message;

/// A request with this Via, and its sender's Contact.
fn request(via: &str, contact: &str) -> String {
    message(
        &[
            "OPTIONS sip:bob@203.0.113.10 SIP/2.0",
            &format!("Via: SIP/2.0/UDP {via}"),
            "From: <sip:alice@example.com>;tag=1",
            "To: <sip:bob@example.com>",
            "CSeq: 2 OPTIONS",
            &format!("Contact: <sip:alice@{contact}>"),
        ],
        "",
    )
}

/// A response that repeats a Via.
fn response(via: &str) -> String {
    let lines = ["SIP/2.0 200 OK", &format!("Via: SIP/2.0/UDP {via}")];
    message(&lines, "")
}

/// The server calls the phone at this Contact.
fn call(contact: &str, via: &str) -> String {
    let lines = [
        &*format!("INFO sip:alice@{contact} SIP/2.0"),
        &format!("Via: SIP/2.0/UDP {via}"),
    ];
    message(&lines, "")
}

/// A phone that sends from port 33333, which the provider knows as 1024.
fn phone() -> Gateway {
    let mut gateway = Gateway::new(1024);
    gateway.phone = at([10, 0, 0, 2], 33333);
    gateway
}

/// The same without NAT.
fn firewall() -> Gateway {
    let mut gateway = phone();
    gateway.mapped = gateway.phone;
    gateway
}

#[test]
fn answer_goes_to_the_port_in_via_and_names_it() {
    for own in ["10.0.0.2:5060", "10.0.0.2"] {
        let mut gateway = phone();
        let seen = "203.0.113.1:1024;branch=z9hG4bK1";
        same(
            gateway.out(request(&format!("{own};branch=z9hG4bK1"), own)),
            request(seen, "203.0.113.1:1024"),
        );
        assert_eq!(gateway.port, None);
        same(
            gateway.back(response(seen)),
            response(&format!("{own};branch=z9hG4bK1")),
        );
        assert_eq!(gateway.port, Some(5060));
    }
}

#[test]
fn requests_to_it_go_there_too() {
    for own in ["10.0.0.2:5060", "10.0.0.2"] {
        let mut gateway = phone();
        gateway.out(request(own, own));
        let got = gateway.back(call("203.0.113.1:1024", "203.0.113.10;rport"));
        same(got, call(own, "203.0.113.10;rport"));
        assert_eq!(gateway.port, Some(5060));
    }
}

#[test]
fn who_asks_for_rport_is_answered_where_it_sent_from() {
    let mut gateway = phone();
    let seen = "203.0.113.1:1024;rport";
    same(
        gateway.out(request("10.0.0.2:5060;rport", "10.0.0.2:33333")),
        request(seen, "203.0.113.1:1024"),
    );
    let told = |host: &str| response(&format!("{host};rport=1024;received=203.0.113.1"));
    same(
        gateway.back(told("203.0.113.1:1024")),
        told("10.0.0.2:5060"),
    );
    assert_eq!(gateway.port, None);
    // A server that knows no rport, and one that forgets it.
    for via in [seen, "203.0.113.1:1024"] {
        gateway.back(response(via));
        assert_eq!(gateway.port, None);
    }
    let got = gateway.back(call("203.0.113.1:1024", "203.0.113.10"));
    same(got, call("10.0.0.2:33333", "203.0.113.10"));
    assert_eq!(gateway.port, None);
}

#[test]
fn next_request_says_anew_where_it_listens() {
    let mut gateway = phone();
    gateway.out(request("10.0.0.2", "10.0.0.2"));
    gateway.out(request("10.0.0.2:33333", "10.0.0.2:33333"));
    gateway.back(response("203.0.113.1:1024"));
    assert_eq!(gateway.port, None);
    gateway.out(request("10.0.0.2:5062", "10.0.0.2"));
    gateway.back(response("203.0.113.1:1024"));
    assert_eq!(gateway.port, Some(5062));
    // Somebody else listens there.
    gateway.out(request("10.0.0.3:5062", "10.0.0.2"));
    gateway.back(response("10.0.0.3:5062"));
    assert_eq!(gateway.port, None);
}

#[test]
fn nothing_but_its_own_requests_moves_it() {
    let mut gateway = phone();
    gateway.out(request("10.0.0.2:33333", "10.0.0.2:33333"));
    let forged = [
        call("203.0.113.1:1024", "203.0.113.10:5080"),
        call("203.0.113.1:1024", "10.0.0.2:5080"),
        call("203.0.113.1:1024", "203.0.113.1:5080"),
        response("10.0.0.2:5080"),
    ];
    for forged in forged {
        gateway.back(forged);
        assert_eq!(gateway.port, None);
    }
    gateway.out(response("10.0.0.2:5080"));
    for via in ["10.0.0.2:22", "10.0.0.2:1023"] {
        gateway.out(request(via, "10.0.0.2:33333"));
    }
    gateway.out(request("x", "10.0.0.2").replace("UDP x", "TCP 10.0.0.2"));
    gateway.back(response("203.0.113.1:1024"));
    assert_eq!(gateway.port, None);
}

#[test]
fn client_of_a_server_inside_is_left_alone() {
    let mut gateway = Gateway::new(5060);
    gateway.forwarded = true;
    let sent = request("203.0.113.10:5090", "example.com");
    same(gateway.back(&sent), &sent);
    gateway.out(response("203.0.113.10:5090"));
    assert_eq!(gateway.port, None);
}

#[test]
fn without_nat_nothing_changes_and_answers_come_where_they_are_wanted() {
    let listens = vec![(SERVER, at([10, 0, 0, 2], 5060))];
    for (via, told, answers) in [
        ("10.0.0.2", "10.0.0.2;received=10.0.0.2", listens.clone()),
        ("10.0.0.2:5060", "10.0.0.2:5060", listens),
        ("10.0.0.2:5060;rport", "10.0.0.2:5060;rport=33333", vec![]),
    ] {
        let mut gateway = firewall();
        let sent = request(via, "10.0.0.2:5060");
        same(gateway.out(&sent), &sent);
        let answer = response(told);
        same(gateway.back(&answer), &answer);
        assert_eq!(gateway.port, None);
        assert_eq!(gateway.table.answers, answers);
    }
}
