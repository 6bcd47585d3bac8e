// SPDX-License-Identifier: GPL-2.0

//! Header fields that name an endpoint of the flow: out they are translated, back they are as sent.

use alg::nat::{
    Flow,
    Translation, //
};
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

/// One in which the phone names itself in every way.
pub fn named_everywhere(via: &str, route: &str) -> String {
    let more = format!(
        "Via: SIP/2.0/UDP {route};maddr=10.0.0.2\r\nRecord-Route: <sip:{route};lr>,<sip:{route}>\r\n\
         Path: <sip:p@{route};lr>\r\nP-Asserted-Identity: <sip:alice@10.0.0.2>\r\n\
         History-Info: <sip:alice@10.0.0.2>;index=1\r\nWarning: 399 10.0.0.2 \"x\"\r\n\
         Contact: <sip:alice@{via}>\r\n"
    );
    options(via, &more)
        .replace("@10.0.0.2\r\nCSeq", "\r\nCSeq")
        .replace("alice@example.com", "alice@10.0.0.2")
}

/// The answer to it, in which the server repeats what it got.
pub fn answer(request: &str) -> String {
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

#[test]
fn routes_are_translated_and_restored_in_their_own_form() {
    let routes = |host: &str, route: &str| {
        let more = format!(
            "Record-Route: <sip:10.0.0.3;lr>, \"a,b\" <sip:{route};lr>;x=\"<\"\r\n\
             Record-Route: <sips:p@{route};lr=on>\r\nPath: <sip:{route};lr>\r\n\
             Service-Route: <sip:{route};lr>, <sip:proxy.example.com;lr>\r\n\
             Route: <sip:203.0.113.10;lr>\r\nContact: <sip:alice@{host}>\r\n"
        );
        options(host, &more)
    };
    for host in ["10.0.0.2", "10.0.0.2:5060"] {
        for route in ["10.0.0.2", "10.0.0.2:5060"] {
            let out = "203.0.113.1:1024";
            both_ways(1024, &routes(host, route), &routes(out, out));
            let out = |inside: &str| inside.replace("10.0.0.2", "203.0.113.1");
            both_ways(5060, &routes(host, route), &routes(&out(host), &out(route)));
        }
    }
}

#[test]
fn request_comes_back_through_the_routes_that_were_recorded() {
    let mut gateway = Gateway::new(1024);
    gateway.out(options(
        "10.0.0.2:5060",
        "Record-Route: <sip:10.0.0.2;lr>\r\n",
    ));
    let request = |route: &str| {
        message(
            &[
                "INFO sip:carol@example.com SIP/2.0",
                &format!("Route: <sip:{route};lr>, <sip:{route};lr>"),
                "Route: <sip:10.0.0.3;lr>",
            ],
            "",
        )
    };
    same(
        gateway.back(request("203.0.113.1:1024")),
        request("10.0.0.2"),
    );
}

#[test]
fn route_at_a_port_with_a_pinhole_leads_through_it() {
    let mut gateway = Gateway::new(1024);
    gateway.table.taken.push(5070);
    gateway.out(register("10.0.0.2", "10.0.0.2:5070"));
    let route = |host: &str, other: &str| {
        let routes = format!("Record-Route: <sip:{other}:5999>,<sip:{host}>\r\n");
        options("example.com", &routes)
    };
    let sent = route("10.0.0.2:5070", "10.0.0.2");
    let seen = route("203.0.113.1:5071", "10.0.0.2");
    same(gateway.out(&sent), &seen);
    assert!(gateway.reasons.has(Reason::OtherPort));
    same(gateway.back(answer(&seen)), answer(&sent));
}

#[test]
fn who_somebody_is_becomes_public_and_gets_no_port() {
    let identities = |host: &str| {
        options(
            "example.com",
            &format!(
                "P-Asserted-Identity: \"A, B\" <sip:alice@{host}>, <tel:+15551234>\r\n\
                 P-Preferred-Identity: <sip:alice@{host}>\r\n\
                 Remote-Party-ID: \"Alice\" <sip:alice@{host}>;party=calling;privacy=off\r\n\
                 Referred-By: <sip:alice@{host}>;cid=\"x@10.0.0.2\"\r\n\
                 Diversion: <sip:alice@{host}>;reason=no-answer, <sip:x@10.0.0.3>\r\n\
                 History-Info: <sip:alice@{host}?Reason=x>;index=1,<sip:b@{host}>;index=1.1\r\n\
                 Warning: 399 {host} \"a, b 10.0.0.2\", 301 isi.edu \"10.0.0.2\"\r\n"
            ),
        )
    };
    both_ways(1024, &identities("10.0.0.2"), &identities("203.0.113.1"));
    both_ways(
        1024,
        &identities("10.0.0.2:5060"),
        &identities("203.0.113.1:1024"),
    );
    let other = identities("10.0.0.2:5080");
    both_ways(1024, &other, &other);
}

#[test]
fn agent_of_every_warning_is_read_whatever_stands_beside_it() {
    let warnings = |host: &str| {
        options(
            "example.com",
            &format!(
                "Warning: {host}, 399 <, 399, 307 {host} \"a, \\\"10.0.0.2\", , 301 {host}\t\"\",\r\n \
                 399\r\n {host} \"x\",399 {host}:5060\r\n \"x\",399 [::1] \"x\",  399  {host}\"x\",399 {host}\r\n\
                 Warning: 399 {host}/x \"y\"\r\n"
            ),
        )
    };
    let translated = warnings("203.0.113.1");
    // No code in front, and no host.
    let seen = translated
        .replace("Warning: 203.0.113.1,", "Warning: 10.0.0.2,")
        .replace("203.0.113.1/x", "10.0.0.2/x")
        .replace("203.0.113.1:5060", "203.0.113.1:1024");
    both_ways(1024, &warnings("10.0.0.2"), &seen);
}

#[test]
fn where_others_are_referred_to_is_where_requests_go() {
    let targets = |host: &str| {
        let more = format!(
            "Refer-To: <sip:alice@{host}?Replaces=a%4010.0.0.2>\r\nReply-To: sip:alice@{host};x\r\n\
             Call-Info: <http://10.0.0.2/a>;purpose=icon,<sip:alice@{host}>\r\n\
             Alert-Info: <sips:alice@{host}>\r\n"
        );
        options("example.com", &more)
    };
    let mut gateway = Gateway::new(1024);
    let contact = |host: &str| options("example.com", &format!("Contact: <sip:{host}>\r\n"));
    same(
        gateway.out(contact("10.0.0.2:5060")),
        contact("203.0.113.1:1024"),
    );
    let seen = targets("203.0.113.1:1024");
    same(gateway.out(targets("10.0.0.2")), &seen);
    // In the form in which the phone wants to be called.
    let got = gateway.back(answer(&seen));
    same(got, answer(&targets("10.0.0.2:5060")));
}

#[test]
fn what_names_no_place_to_go_to_stays() {
    let more = "Replaces: a@10.0.0.2;from-tag=1;to-tag=2\r\nIn-Reply-To: a@10.0.0.2\r\n\
        User-Agent: 10.0.0.2\r\nServer: sip:10.0.0.2\r\nTarget-Dialog: a@10.0.0.2\r\n\
        Authorization: Digest username=\"alice\", uri=\"sip:10.0.0.2\"\r\n\
        Record-Route: <tel:10.0.0.2>, <sip:10.0.0.2.example.com>, <sip:10.0.0.2\r\n\
        Warning: 399 10.0.0.2-pbx \"x\", 399\r\nRefer-To: <http://10.0.0.2>\r\n";
    let sent = options("example.com", more);
    both_ways(1024, &sent, &sent);
}

#[test]
fn what_somebody_vouches_for_stays() {
    let sent = |host: &str, identity: &str| {
        let more = format!(
            "P-Asserted-Identity: <sip:alice@10.0.0.2>\r\n{identity}\
             Record-Route: <sip:{host};lr>\r\n"
        );
        options(host, &more).replace("@example.com", "@10.0.0.2")
    };
    for identity in ["Identity: eyJ.x.y;info=<https://a/b>\r\n", "y: eyJ\r\n"] {
        let mut gateway = Gateway::new(1024);
        let seen = sent("203.0.113.1:1024", identity);
        same(gateway.out(sent("10.0.0.2", identity)), &seen);
        assert!(gateway.reasons.has(Reason::IdentityCovered));
        same(
            gateway.back(answer(&seen)),
            answer(&sent("10.0.0.2", identity)),
        );
    }
    let mut gateway = Gateway::new(1024);
    gateway.out(options("10.0.0.2", "Identity: eyJ\r\n"));
    assert!(!gateway.reasons.has(Reason::IdentityCovered));
}

#[test]
fn address_that_the_phone_learned_by_itself_passes_both_ways_with_any_port() {
    for host in ["203.0.113.1:1024", "203.0.113.1:6000"] {
        let more = format!("Record-Route: <sip:{host}>\r\nContact: <sip:alice@{host}>\r\n");
        let sent = options("example.com", &more);
        both_ways(1024, &sent, &sent);
    }
    let mut gateway = Gateway::new(1024);
    gateway.out(options(
        "example.com",
        "Contact: <sip:203.0.113.1:6000>\r\n",
    ));
    assert!(gateway.reasons.has(Reason::Learned));
}

#[test]
fn routes_beyond_number_pass_unchanged() {
    let routes = "<sip:10.0.0.2>,".repeat(300);
    let sent = options("10.0.0.2", &format!("Record-Route: {routes}\r\n"));
    let mut gateway = Gateway::new(1024);
    same(gateway.out(&sent), &sent);
    assert!(gateway.reasons.has(Reason::TooMuchToRead));
}

/// Both are inside, and the caller knows the other by its address outside.
#[test]
fn both_ends_of_a_hairpin_get_their_own_text_back() {
    let caller = Translation {
        before: at([10, 0, 0, 2], 5060),
        after: at([203, 0, 113, 1], 1024),
    };
    let callee = Translation {
        before: at([203, 0, 113, 1], 5080),
        after: at([10, 0, 0, 3], 5060),
    };
    let turned = |there: Translation| Translation {
        before: there.after,
        after: there.before,
    };
    let out = Flow {
        source: caller,
        destination: callee,
        forwarded: true,
        opener: true,
        stream: false,
    };
    let back = Flow {
        source: turned(callee),
        destination: turned(caller),
        forwarded: false,
        opener: false,
        stream: false,
    };
    let request = |to: &str, from: &str| {
        let lines = [
            format!("INFO sip:bob@{to} SIP/2.0"),
            format!("Via: SIP/2.0/UDP {from};branch=z9hG4bK1"),
            format!("Contact: <sip:{from}>"),
        ];
        message(&lines.each_ref().map(String::as_str), "")
    };
    let mut gateway = Gateway::new(1024);
    // The caller leaves its port out, the callee does not.
    same(
        gateway.pass(&out, request("203.0.113.1:5080", "10.0.0.2").as_bytes()),
        request("10.0.0.3:5060", "203.0.113.1:1024"),
    );
    for _ in 0..2 {
        let called = request("203.0.113.1:1024", "10.0.0.3:5060");
        same(
            gateway.pass(&back, called.as_bytes()),
            request("10.0.0.2", "203.0.113.1:5080"),
        );
        let again = request("203.0.113.1:5080", "10.0.0.2");
        same(
            gateway.pass(&out, again.as_bytes()),
            request("10.0.0.3:5060", "203.0.113.1:1024"),
        );
    }
}

#[test]
fn what_leads_through_a_pinhole_is_named_as_it_is_inside_in_every_field() {
    let mut gateway = Gateway::new(1024);
    gateway.table.taken.push(5070);
    gateway.out(register("10.0.0.2", "10.0.0.2:5070"));
    let named = |host: &str| {
        let more = format!(
            "Route: <sip:{host};lr>\r\nRefer-To: <sip:alice@{host}>\r\nContact: <sip:{host}>\r\n"
        );
        options("example.com", &more)
    };
    let inside = named("10.0.0.2:5070");
    same(gateway.back(named("203.0.113.1:5071")), &inside);
    same(gateway.out(inside), named("203.0.113.1:5071"));
}

/// What the server sends the phone, which stays as it is; whether the phone may go to its neighbour
/// at 203.0.113.1:1025 itself, and whether something was left that leads nowhere.
fn told(sent: &str) -> (bool, bool) {
    let mut gateway = Gateway::new(5060);
    let neighbour = at([203, 0, 113, 1], 1025);
    gateway.table.neighbours.push((neighbour, None));
    same(gateway.back(sent), sent);
    let receiver = gateway.table.neighbours[0].1;
    assert!(receiver.is_none_or(|receiver| receiver == PHONE));
    (receiver.is_some(), gateway.reasons.has(Reason::OtherPort))
}

#[test]
fn neighbour_stays_as_it_is_named_outside_and_the_phone_may_go_there() {
    for name in ["Contact", "Refer-To", "Record-Route"] {
        let named = |port| {
            options(
                "example.com",
                &format!("{name}: <sip:x@203.0.113.1:{port}>\r\n"),
            )
        };
        assert_eq!(told(&named(1025)), (true, false), "{name}");
        assert_eq!(told(&named(1026)), (false, true), "{name}");
    }
}

#[test]
fn neighbour_is_reached_by_the_server_where_that_stays_in_the_dialog() {
    let with = |more: &str| {
        let route = "Record-Route: <sip:203.0.113.10;lr>\r\n";
        options(
            "example.com",
            &format!("{more}: <sip:x@203.0.113.1:1025>\r\n{route}"),
        )
    };
    assert_eq!(told(&with("Contact")), (false, true));
    assert_eq!(told(&with("Refer-To")), (true, false));
}

#[test]
fn other_telephone_of_the_same_person_is_not_one_to_go_to() {
    let both = "<sip:alice@203.0.113.1:1025>;expires=60";
    assert_eq!(told(&registered("example.com", both)), (false, true));
}
