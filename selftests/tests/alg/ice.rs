// SPDX-License-Identifier: GPL-2.0

//! Candidates, and media between neighbours: every mention of an endpoint takes its one mapping.

use alg::nat::{
    Flow,
    Translation, //
};

use crate::gateway::{
    at,
    same,
    Gateway, //
};
use crate::messages::{
    audio,
    invite, //
};

/// Audio at `host` and `port` with a host candidate for RTP and RTCP, one of another interface, and a
/// reflexive one that was derived of the first.
fn with_candidates(host: &str, port: u16) -> String {
    let rtcp = port + 1;
    audio(host, port)
        + &format!(
            "a=rtcp:{rtcp} IN IP4 {host}\r\na=ice-ufrag:x\r\n\
             a=candidate:1 1 UDP 2130706431 {host} {port} typ host\r\n\
             a=candidate:1 2 udp 2130706430 {host} {rtcp} typ host\r\n\
             a=candidate:2 1 UDP 2130706000 192.168.5.2 4000 typ host\r\n\
             a=candidate:3 1 TCP 2130706000 10.0.0.2 4000 typ host tcptype passive\r\n\
             a=candidate:4 1 UDP 1694498815 198.51.100.7 51000 typ srflx raddr {host} rport {port}\r\n"
        )
}

#[test]
fn candidates_of_the_media_s_own_endpoint_take_its_mapping() {
    let mut gateway = Gateway::new(5060);
    gateway.table.taken.push(4000);
    same(
        gateway.out(invite("10.0.0.2:5060", &with_candidates("10.0.0.2", 4000))),
        invite("203.0.113.1:5060", &with_candidates("203.0.113.1", 4002)),
    );
}

#[test]
fn candidates_stay_where_the_agent_knows_its_outside_endpoint() {
    let learned =
        with_candidates("10.0.0.2", 4000).replace("c=IN IP4 10.0.0.2", "c=IN IP4 203.0.113.1");
    let mut gateway = Gateway::new(5060);
    let seen = gateway.out(invite("10.0.0.2:5060", &learned));
    let seen = String::from_utf8(seen).unwrap();
    assert!(seen.contains("a=candidate:1 1 UDP 2130706431 10.0.0.2 4000 typ host\r\n"));
    assert!(seen.contains("c=IN IP4 203.0.113.1\r\n"));
}

#[test]
fn chosen_candidates_come_back_as_the_phone_knows_them() {
    let mut gateway = Gateway::new(5060);
    gateway.table.taken.push(4000);
    gateway.out(invite("10.0.0.2:5060", &audio("10.0.0.2", 4000)));
    let chosen = |first: &str, second: &str| {
        let attribute = format!("a=remote-candidates:1 {first} 2 {second}\r\n");
        invite("203.0.113.10", &(audio("203.0.113.10", 6000) + &attribute))
    };
    let seen = gateway.back(chosen("203.0.113.1 4002", "203.0.113.1 4003"));
    let wanted = chosen("10.0.0.2 4000", "10.0.0.2 4001");
    assert!(String::from_utf8(seen)
        .unwrap()
        .ends_with(wanted.split_once("\r\n\r\n").unwrap().1));
}

/// Alice's gateway, where her neighbour has offered audio at port 7000, which is 7000 outside, too.
fn beside_carol() -> Gateway {
    let mut gateway = Gateway::new(5060);
    let (phone, mapped) = (gateway.phone, gateway.mapped);
    gateway.phone = at([10, 0, 0, 3], 5060);
    gateway.mapped.set_port(1024);
    let offer = invite("10.0.0.3", &audio("10.0.0.3", 7000)).replace("call@", "carol@");
    gateway.out(offer);
    (gateway.phone, gateway.mapped) = (phone, mapped);
    gateway
}

/// A description of audio and video, the addresses in the session's `c=` or in each line's own.
fn two_lines(host: &str, audio: u16, video: u16, own: bool) -> String {
    let connection = format!("c=IN IP4 {host}\r\n");
    let (session, line) = if own {
        ("", &*connection)
    } else {
        (&*connection, "")
    };
    format!(
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n{session}t=0 0\r\n\
         m=audio {audio} RTP/AVP 8\r\n{line}m=video {video} RTP/AVP 96\r\n{line}"
    )
}

#[test]
fn neighbours_behind_one_nat_send_to_each_other_directly() {
    let body = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).unwrap();
        text.split_once("\r\n\r\n").unwrap().1.to_owned()
    };
    let from_server = |sdp: &str| invite("203.0.113.10", sdp);
    let mut gateway = beside_carol();
    let seen = gateway.back(from_server(&audio("203.0.113.1", 7000)));
    let wanted = audio("10.0.0.3", 7000).replacen("10.0.0.3", "203.0.113.1", 1);
    same(body(seen), wanted);
    for own in [true, false] {
        // Video goes to a port that no neighbour has: only lines of their own can be told apart.
        let seen = gateway.back(from_server(&two_lines("203.0.113.1", 7000, 9000, own)));
        let (near, far) = ("c=IN IP4 10.0.0.3\r\n", "c=IN IP4 203.0.113.1\r\n");
        let seen = body(seen);
        assert_eq!(
            (seen.contains(near), seen.contains(far)),
            (own, true),
            "{seen}"
        );
    }
}

#[test]
fn outside_endpoints_stay_for_those_who_are_outside() {
    let mut gateway = beside_carol();
    let sdp = audio("203.0.113.1", 7000);
    let seen = gateway.out(invite("10.0.0.2:5060", &sdp));
    assert!(seen.ends_with(sdp.as_bytes()));
}

#[test]
fn description_that_turns_around_at_the_gateway_stays_where_media_need_not() {
    for (receiver, stays) in [([10, 0, 0, 3], true), ([192, 168, 5, 3], false)] {
        let mut gateway = Gateway::new(5060);
        let source = Translation {
            before: at(receiver, 5060),
            after: at([203, 0, 113, 1], 1024),
        };
        let destination = Translation {
            before: gateway.mapped,
            after: gateway.phone,
        };
        let flow = Flow {
            source,
            destination,
            forwarded: false,
            opener: true,
            stream: false,
        };
        let host = source.before.ip().to_string();
        let sdp = audio(&host, 7000);
        let seen = gateway.pass(&flow, invite(&format!("{host}:5060"), &sdp).as_bytes());
        assert_eq!(seen.ends_with(sdp.as_bytes()), stays, "{host}");
        assert_eq!(gateway.table.pinholes.is_empty(), stays, "{host}");
    }
}
