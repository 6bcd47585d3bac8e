// SPDX-License-Identifier: GPL-2.0

//! Media over TCP, whose connection one of the sides opens (RFC 4145).

use crate::gateway::{
    at,
    same,
    Gateway,
    SERVER, //
};
use crate::messages::invite;

/// A description with one `m=` line and attributes of it.
fn media(host: &str, line: &str) -> String {
    format!("v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm={line}\r\n")
}

/// The ports that are open outside once the phone has offered that, and what the server reads.
fn opened(line: &str, seen: &str) -> Vec<u16> {
    let mut gateway = Gateway::new(5060);
    same(
        gateway.out(invite("10.0.0.2:5060", &media("10.0.0.2", line))),
        invite("203.0.113.1:5060", &media("203.0.113.1", seen)),
    );
    let pinholes = &gateway.table.pinholes;
    pinholes.iter().map(|there| there.outside.port()).collect()
}

#[test]
fn who_waits_for_the_connection_gets_a_port_alone() {
    for line in [
        "message 40000 TCP/MSRP *",
        "image 40000 TCP t38\r\na=setup:passive",
        "application 40000 tcp/BFCP *\r\na=setup:actpass",
    ] {
        assert_eq!(opened(line, line), [40000], "{line}");
    }
}

#[test]
fn rtp_over_tcp_has_its_rtcp_beside_it() {
    let line = "audio 40000 TCP/RTP/AVP 8";
    assert_eq!(opened(line, line), [40000, 40001]);
    let line = "audio 40000 TCP/RTP/AVP 8\r\na=rtcp:40009";
    assert_eq!(opened(line, line), [40000, 40009]);
}

#[test]
fn who_opens_the_connection_needs_none() {
    for line in [
        "message 9 TCP/MSRP *\r\na=setup:active",
        "message 40000 TCP/MSRP *\r\na=setup:active",
    ] {
        assert_eq!(opened(line, line), [], "{line}");
    }
    let session = "a=setup:active\r\nm=message 40000 TCP/MSRP *";
    let offer = |host: &str| media(host, "").replace("m=\r\n", "") + session + "\r\n";
    let mut gateway = Gateway::new(5060);
    gateway.out(invite("10.0.0.2:5060", &offer("10.0.0.2")));
    assert_eq!(gateway.table.pinholes, []);
}

#[test]
fn taken_port_is_exchanged_in_the_line() {
    let mut gateway = Gateway::new(5060);
    gateway.table.taken = vec![40000];
    let seen = gateway.out(invite(
        "10.0.0.2:5060",
        &media("10.0.0.2", "message 40000 TCP/MSRP *"),
    ));
    let told = gateway.table.pinholes[0].outside;
    assert_ne!(told.port(), 40000);
    assert_eq!(gateway.table.pinholes[0].inside, at([10, 0, 0, 2], 40000));
    assert_eq!(gateway.table.pinholes[0].from, Some(SERVER.ip()));
    let line = format!("message {} TCP/MSRP *", told.port());
    same(
        seen,
        invite("203.0.113.1:5060", &media("203.0.113.1", &line)),
    );
}
