// SPDX-License-Identifier: GPL-2.0

//! Ports where services listen: nothing is opened there, and what else a message asks for is.

use alg::sdp::Transport;
use alg::Reason;

use crate::gateway::{
    at,
    same,
    Gateway, //
};
use crate::messages::{
    audio,
    invite,
    register, //
};

/// A service that the administrator has named, over UDP and over TCP.
const SERVICE: u16 = 4500;
const DATABASE: u16 = 3306;

fn gateway() -> Gateway {
    let mut gateway = Gateway::new(1024);
    gateway.table.kept = vec![(Transport::Udp, SERVICE), (Transport::Tcp, DATABASE)];
    gateway
}

/// What is open inside, in order.
fn inside(gateway: &Gateway) -> Vec<u16> {
    let pinholes = gateway.table.pinholes.iter();
    pinholes.map(|one| one.inside.port()).collect()
}

#[test]
fn media_at_a_service_s_port_opens_nothing_and_is_counted() {
    for port in [22, 1023, SERVICE] {
        let mut gateway = gateway();
        gateway.out(invite("10.0.0.2:5060", &audio("10.0.0.2", port)));
        assert!(gateway.reasons.has(Reason::ServicePort), "{port}");
        assert_eq!(inside(&gateway), [], "{port}");
    }
    // Nobody listens there: the port is yet to come, or there is none.
    for port in [0, 9] {
        let mut gateway = gateway();
        gateway.out(invite("10.0.0.2:5060", &audio("10.0.0.2", port)));
        assert!(!gateway.reasons.has(Reason::ServicePort), "{port}");
        assert_eq!(inside(&gateway), [], "{port}");
    }
}

#[test]
fn media_beside_it_are_opened() {
    let mut gateway = gateway();
    let body = audio("10.0.0.2", SERVICE) + "m=video 30000 RTP/AVP 96\r\n";
    let told = audio("203.0.113.1", SERVICE) + "m=video 30000 RTP/AVP 96\r\n";
    let got = gateway.out(invite("10.0.0.2:5060", &body));
    let got = String::from_utf8(got).unwrap();
    same(got.split_once("\r\n\r\n").unwrap().1, told);
    assert!(gateway.reasons.has(Reason::ServicePort));
    assert_eq!(inside(&gateway), [30000, 30001]);
}

#[test]
fn media_whose_rtcp_would_be_at_a_service_s_port_go_without_it() {
    for (port, rtcp) in [
        (SERVICE - 1, ""),
        (30000, "a=rtcp:4500\r\n"),
        (30000, "a=rtcp:22\r\n"),
    ] {
        let mut gateway = gateway();
        gateway.out(invite("10.0.0.2:5060", &(audio("10.0.0.2", port) + rtcp)));
        assert!(!gateway.reasons.has(Reason::ServicePort));
        assert_eq!(inside(&gateway), [port]);
    }
}

#[test]
fn several_ports_of_a_line_do_not_reach_a_service() {
    let mut gateway = gateway();
    let body = audio("10.0.0.2", SERVICE - 4).replace("4496 RTP", "4496/3 RTP");
    gateway.out(invite("10.0.0.2:5060", &body));
    assert!(gateway.reasons.has(Reason::ServicePort));
    assert_eq!(inside(&gateway), []);
}

#[test]
fn service_over_another_transport_is_in_nobody_s_way() {
    let mut gateway = gateway();
    gateway.out(invite("10.0.0.2:5060", &audio("10.0.0.2", DATABASE)));
    assert_eq!(inside(&gateway), [DATABASE, DATABASE + 1]);
    gateway.table.pinholes.clear();
    let over_tcp = |port| {
        let line = format!("m=message {port} TCP/MSRP *\r\na=setup:passive\r\n");
        audio("10.0.0.2", 0) + &line
    };
    gateway.out(invite("10.0.0.2:5060", &over_tcp(DATABASE)));
    assert!(gateway.reasons.has(Reason::ServicePort));
    assert_eq!(inside(&gateway), []);
    gateway.out(invite("10.0.0.2:5060", &over_tcp(SERVICE)));
    assert_eq!(inside(&gateway), [SERVICE]);
}

#[test]
fn contact_at_a_service_s_port_opens_nothing() {
    for (stream, port) in [(false, SERVICE), (true, DATABASE), (false, 53), (true, 22)] {
        let mut gateway = gateway();
        gateway.stream = stream;
        gateway.policy.any_contact_port = true;
        let via = if stream { "SIP/2.0/TCP" } else { "SIP/2.0/UDP" };
        let sent = register("10.0.0.2:5060", &format!("10.0.0.2:{port}"));
        gateway.out(sent.replace("SIP/2.0/UDP", via));
        assert!(gateway.reasons.has(Reason::ServicePort));
        assert_eq!(inside(&gateway), []);
    }
}

#[test]
fn answers_do_not_come_to_a_service() {
    // A phone that sends from one port and wants its answers at another, without rport.
    let mut gateway = gateway();
    gateway.phone = at([10, 0, 0, 2], 33333);
    let sent = |port| invite(&format!("10.0.0.2:{port}"), "");
    gateway.out(sent(SERVICE));
    gateway.back("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 203.0.113.1:1024;branch=z9hG4bK2\r\n\r\n");
    assert_eq!(gateway.port, None);
    gateway.out(sent(5062));
    gateway.back("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 203.0.113.1:1024;branch=z9hG4bK2\r\n\r\n");
    assert_eq!(gateway.port, Some(5062));
}
