// SPDX-License-Identifier: GPL-2.0

//! SIP over TCP: a phone that has opened a connection from any port, and listens for others at 5060.

use alg::Reason;

use crate::gateway::{
    at,
    same,
    Gateway,
    PHONE, //
};
use crate::messages::{
    message,
    register,
    registered, //
};

/// A phone whose connection comes from port 33333, which the provider knows as 1024.
fn phone() -> Gateway {
    let mut gateway = Gateway::new(1024);
    gateway.phone = at([10, 0, 0, 2], 33333);
    gateway.stream = true;
    gateway
}

fn over_tcp(message: &str) -> String {
    message.replace("SIP/2.0/UDP", "SIP/2.0/TCP")
}

/// A REGISTER with this host in Via and this Contact.
fn asks(via: &str, contact: &str) -> String {
    over_tcp(&register(via, contact))
}

/// Its answer.
fn grants(via: &str, contact: &str) -> String {
    over_tcp(&registered(
        via,
        &format!("<sip:alice@{contact}>;expires=60"),
    ))
}

fn request(own: &str) -> String {
    let lines = [
        "OPTIONS sip:bob@203.0.113.10 SIP/2.0",
        &format!("Via: SIP/2.0/TCP {own};branch=z9hG4bK1"),
        "From: <sip:alice@example.com>;tag=1",
        "To: <sip:bob@example.com>",
        "Call-ID: a",
        "CSeq: 2 OPTIONS",
        &format!("Contact: <sip:alice@{own};transport=tcp>"),
    ];
    message(&lines, "")
}

#[test]
fn phone_is_named_by_its_connection_and_gets_back_what_it_wrote() {
    for own in [
        "10.0.0.2:5060",
        "10.0.0.2",
        "10.0.0.2:33333",
        "10.0.0.2:40001",
    ] {
        let mut gateway = phone();
        same(gateway.out(request(own)), request("203.0.113.1:1024"));
        let answer = |host: &str| {
            let via = format!("Via: SIP/2.0/TCP {host};branch=z9hG4bK1");
            message(&["SIP/2.0 200 OK", &via, "CSeq: 2 OPTIONS"], "")
        };
        same(gateway.back(answer("203.0.113.1:1024")), answer(own));
        assert_eq!(gateway.port, None);
        let call = |host: &str| {
            let line = format!("MESSAGE sip:alice@{host};transport=tcp SIP/2.0");
            message(
                &[&line, "Via: SIP/2.0/TCP 203.0.113.10;branch=z9hG4bK2"],
                "",
            )
        };
        same(gateway.back(call("203.0.113.1:1024")), call(own));
        assert_eq!(gateway.port, None);
    }
}

#[test]
fn calls_come_in_by_a_connection_of_their_own() {
    let mut gateway = phone();
    same(
        gateway.out(asks("10.0.0.2:5060", "10.0.0.2:5060;transport=tcp")),
        asks("203.0.113.1:1024", "203.0.113.1:5060;transport=tcp"),
    );
    let pinhole = &gateway.table.pinholes[0];
    assert_eq!(
        (pinhole.inside, pinhole.outside),
        (PHONE, at([203, 0, 113, 1], 5060))
    );
    same(
        gateway.back(grants("203.0.113.1:1024", "203.0.113.1:5060;transport=tcp")),
        grants("10.0.0.2:5060", "10.0.0.2:5060;transport=tcp"),
    );
    assert_eq!(gateway.table.pinholes[0].open_for, Some(60));
}

#[test]
fn port_where_no_telephone_listens_is_not_opened() {
    for port in [3389, 5059, 5081, 8080, 65535] {
        let contact = format!("10.0.0.2:{port}");
        let mut gateway = phone();
        gateway.out(asks("10.0.0.2:5060", &contact));
        assert!(gateway.reasons.has(Reason::UnusualPort));
        assert!(gateway.table.pinholes.is_empty());
        gateway.policy.any_contact_port = true;
        gateway.out(asks("10.0.0.2:5060", &contact));
        assert_eq!(gateway.table.pinholes[0].inside.port(), port);
        let mut datagrams = Gateway::new(1024);
        datagrams.out(register("10.0.0.2:5060", &contact));
        assert_eq!(datagrams.table.pinholes[0].inside.port(), port);
    }
    for port in [5060, 5061, 5080, 33333] {
        let mut gateway = phone();
        gateway.out(asks("10.0.0.2:5060", &format!("10.0.0.2:{port}")));
        assert_eq!(gateway.table.pinholes[0].inside.port(), port);
    }
}

#[test]
fn contact_that_is_called_by_something_else_opens_nothing() {
    let mut gateway = phone();
    gateway.out(asks("10.0.0.2:5060", "10.0.0.2:5060;transport=udp"));
    assert!(gateway.table.pinholes.is_empty());
}

#[test]
fn register_that_lacks_what_every_one_has_opens_nothing() {
    for field in ["Via", "From", "To", "Call-ID", "CSeq"] {
        let whole = asks("10.0.0.2:5060", "10.0.0.2:5060");
        let without = whole.replacen(&format!("\r\n{field}:"), "\r\nX:", 1);
        assert_ne!(whole, without);
        let mut gateway = phone();
        gateway.out(without);
        assert!(gateway.table.pinholes.is_empty(), "without {field}");
    }
}

#[test]
fn answer_that_does_not_belong_to_the_register_opens_nothing() {
    let ok = grants("203.0.113.1:1024", "203.0.113.1:5060");
    for (what, other) in [
        ("branch=z9hG4bK", "branch=z9hG4bKx"),
        ("CSeq: 1", "CSeq: 2"),
        ("Call-ID: ", "Call-ID: x"),
        ("\r\nTo:", "\r\nX:"),
    ] {
        let forged = ok.replacen(what, other, 1);
        assert_ne!(forged, ok);
        let mut gateway = phone();
        gateway.out(asks("10.0.0.2:5060", "10.0.0.2:5060"));
        gateway.back(forged);
        assert_eq!(gateway.table.pinholes[0].open_for, None, "{what}");
        assert!(gateway.reasons.has(Reason::NotRegistering));
        gateway.back(&ok);
        assert_eq!(gateway.table.pinholes[0].open_for, Some(60));
    }
}
