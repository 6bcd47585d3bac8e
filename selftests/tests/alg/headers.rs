// SPDX-License-Identifier: GPL-2.0

//! Header fields that name an endpoint of the flow: out they are translated, back they are as sent.

use crate::gateway::{
    same,
    Gateway, //
};
use crate::messages::message;

/// An OPTIONS of the phone's with more header fields, which end in CRLF.
fn options(host: &str, more: &str) -> String {
    let text = message(
        &[
            "OPTIONS sip:bob@203.0.113.10 SIP/2.0",
            &format!("Via: SIP/2.0/UDP {host};branch=z9hG4bK2;rport"),
            "From: <sip:alice@example.com>;tag=1",
            "To: <sip:bob@example.com>",
            "Call-ID: call@10.0.0.2",
            "CSeq: 2 OPTIONS",
        ],
        "",
    );
    text.replace("Call-ID", &format!("{more}Call-ID"))
}

/// The answer to it, in which the server repeats what it got.
fn answer(request: &str) -> String {
    let (_, header) = request.split_once("\r\n").unwrap();
    format!("SIP/2.0 200 OK\r\n{header}")
}

/// What the phone writes, what the server sees of it, and by what port the phone is known.
fn both_ways(mapped: u16, sent: &str, seen: &str) {
    let mut gateway = Gateway::new(mapped);
    same(gateway.out(sent), seen);
    same(gateway.back(answer(seen)), answer(sent));
}

#[test]
fn every_via_that_names_the_flow_is_translated_and_restored() {
    let vias = |host: &str, lower: &str| {
        let more = format!(
            "v: SIP/2.0/UDP 10.0.0.3;branch=z9hG4bK1;received=10.0.0.2, \
             SIP/2.0/UDP {lower};branch=z9hG4bK0\r\nVia: SIP/2.0/UDP pbx.example.com,\
             SIP/2.0/TCP {lower};received=10.0.0.2\r\n"
        );
        options(host, &more)
    };
    for host in ["10.0.0.2", "10.0.0.2:5060"] {
        for lower in ["10.0.0.2", "10.0.0.2:5060"] {
            let out = "203.0.113.1:1024";
            both_ways(1024, &vias(host, lower), &vias(out, out));
            let out = |inside: &str| inside.replace("10.0.0.2", "203.0.113.1");
            both_ways(5060, &vias(host, lower), &vias(&out(host), &out(lower)));
        }
    }
}

#[test]
fn via_at_another_port_than_the_flow_s_stays_below_the_first() {
    let more = "Via: SIP/2.0/UDP 10.0.0.2:5080;branch=z9hG4bK1\r\n";
    both_ways(
        1024,
        &options("10.0.0.2", more),
        &options("203.0.113.1:1024", more),
    );
}

#[test]
fn maddr_is_translated_and_restored() {
    let maddr = |host: &str, maddr: &str| options(host, "").replace("rport", maddr);
    both_ways(
        1024,
        &maddr("10.0.0.2", "maddr = 10.0.0.2"),
        &maddr("203.0.113.1:1024", "maddr = 203.0.113.1"),
    );
    for other in [
        "maddr=239.1.2.3",
        "maddr=203.0.113.1",
        "maddr=10.0.0.2.example.com",
        "maddr",
    ] {
        both_ways(
            1024,
            &maddr("10.0.0.2", other),
            &maddr("203.0.113.1:1024", other),
        );
    }
}

#[test]
fn where_a_request_came_from_stays_as_the_server_says_it() {
    let mut gateway = Gateway::new(1024);
    let sent = options("10.0.0.2", "");
    let seen = options("203.0.113.1:1024", "");
    same(gateway.out(&sent), &seen);
    let told = |text: &str| answer(text).replace("rport", "rport=1024;received=203.0.113.1");
    same(gateway.back(told(&seen)), told(&sent));
}
