// SPDX-License-Identifier: GPL-2.0

//! Calls: header fields, session descriptions, pinholes for media.

use alg::Reason;

use crate::gateway::{
    at,
    same,
    Gateway,
    SERVER, //
};
use crate::messages::{
    audio,
    invite,
    message, //
};

#[test]
fn offer_becomes_public_with_its_length_and_opens_two_ports() {
    let mut gateway = Gateway::new(5060);
    let seen = gateway.out(invite("10.0.0.2:5060", &audio("10.0.0.2", 4000)));
    same(
        seen,
        invite("203.0.113.1:5060", &audio("203.0.113.1", 4000)),
    );
    let pinholes = &gateway.table.pinholes;
    assert_eq!(pinholes.len(), 2);
    for (pinhole, port) in pinholes.iter().zip([4000, 4001]) {
        assert_eq!(pinhole.outside, at([203, 0, 113, 1], port));
        assert_eq!(pinhole.inside, at([10, 0, 0, 2], port));
        assert_eq!(pinhole.from, Some(SERVER.ip()));
    }
}

#[test]
fn answer_of_the_phone_is_translated_like_an_offer() {
    let answer = |host: &str, port| {
        message(
            &[
                "SIP/2.0 200 OK",
                "Via: SIP/2.0/UDP 203.0.113.10;branch=z9hG4bK3",
                "From: <sip:bob@203.0.113.10>;tag=9",
                "To: <sip:alice@203.0.113.10>;tag=8",
                "Call-ID: inward",
                "CSeq: 4 INVITE",
                &format!("m: <sip:alice@{host}>"),
            ],
            &audio(host, port),
        )
    };
    let mut gateway = Gateway::new(5060);
    let asked = [
        "INVITE sip:alice@203.0.113.1 SIP/2.0",
        "Via: SIP/2.0/UDP 203.0.113.10;branch=z9hG4bK3",
        "From: <sip:bob@203.0.113.10>;tag=9",
        "To: <sip:alice@203.0.113.10>",
        "Call-ID: inward",
        "CSeq: 4 INVITE",
    ];
    let unasked = answer("10.0.0.2", 4000);
    let unasked = gateway.out(unasked);
    assert!(gateway.reasons.has(Reason::Unasked));
    assert!(unasked.ends_with(audio("10.0.0.2", 4000).as_bytes()));
    gateway.back(message(&asked, ""));
    same(
        gateway.out(answer("10.0.0.2", 4000)),
        answer("203.0.113.1", 4000),
    );
    assert_eq!(gateway.table.pinholes.len(), 2);
}

#[test]
fn taken_ports_are_exchanged_for_another_pair() {
    let mut gateway = Gateway::new(5060);
    gateway.table.taken.extend([4001, 4002]);
    let seen = gateway.out(invite("10.0.0.2:5060", &audio("10.0.0.2", 4000)));
    same(
        seen,
        invite("203.0.113.1:5060", &audio("203.0.113.1", 4004)),
    );
}

#[test]
fn retransmission_is_translated_alike_and_opens_no_more() {
    let mut gateway = Gateway::new(5060);
    gateway.table.taken.push(4000);
    let sent = invite("10.0.0.2:5060", &audio("10.0.0.2", 4000));
    let first = gateway.out(&sent);
    let again = gateway.out(&sent);
    same(again, first);
    assert_eq!(gateway.table.pinholes.len(), 2);
}

#[test]
fn every_media_line_has_its_own_address_and_pinholes() {
    let body = |own: &str, video| {
        format!(
            "v=0\r\no=- 1 1 IN IP4 {own}\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n\
             c=IN IP4 {own}\r\na=rtcp:4001 IN IP4 {own}\r\nm=video {video} RTP/AVP 96\r\n\
             c=IN IP4 {own}\r\nm=audio 6000 RTP/AVP 8\r\nc=IN IP4 192.0.2.7\r\n"
        )
    };
    let mut gateway = Gateway::new(5060);
    gateway.table.taken.push(5000);
    let seen = gateway.out(invite("10.0.0.2:5060", &body("10.0.0.2", 5000)));
    same(seen, invite("203.0.113.1:5060", &body("203.0.113.1", 5002)));
    assert_eq!(gateway.table.pinholes.len(), 4);
}

#[test]
fn rtcp_that_has_a_port_of_its_own_is_told_where_it_comes_out() {
    let body = |own: &str, rtp, rtcp| {
        audio(own, rtp).replace("a=sendrecv", &format!("a=rtcp:{rtcp}\r\na=sendrecv"))
    };
    let mut gateway = Gateway::new(5060);
    gateway.table.taken.push(4000);
    let seen = gateway.out(invite("10.0.0.2:5060", &body("10.0.0.2", 4000, 4005)));
    same(
        seen,
        invite("203.0.113.1:5060", &body("203.0.113.1", 4002, 4007)),
    );
}

#[test]
fn description_stays_whole_where_a_pinhole_cannot_be_had() {
    let mut gateway = Gateway::new(5060);
    gateway.table.full = true;
    let sdp = audio("10.0.0.2", 4000);
    same(
        gateway.out(invite("10.0.0.2", &sdp)),
        invite("203.0.113.1", &sdp),
    );
    assert!(gateway.reasons.has(Reason::NoRoom));
}

#[test]
fn hold_and_refused_media_open_nothing_and_stay() {
    let mut gateway = Gateway::new(5060);
    let hold = audio("0.0.0.0", 4000);
    same(
        gateway.out(invite("10.0.0.2", &hold)),
        invite("203.0.113.1", &hold),
    );
    let refused = gateway.out(invite("10.0.0.2", &audio("10.0.0.2", 0)));
    same(refused, invite("203.0.113.1", &audio("203.0.113.1", 0)));
    let discard = gateway.out(invite("10.0.0.2", &audio("10.0.0.2", 9)));
    same(discard, invite("203.0.113.1", &audio("203.0.113.1", 9)));
    assert!(gateway.table.pinholes.is_empty());
}

#[test]
fn foreign_media_is_opened_unchanged_only_when_media_may_be_indirect() {
    for direct_media in [true, false] {
        let mut gateway = Gateway::new(5060);
        gateway.policy.direct_media = direct_media;
        let sdp = audio("192.0.2.7", 4000);
        same(
            gateway.out(invite("10.0.0.2", &sdp)),
            invite("203.0.113.1", &sdp),
        );
        assert_eq!(gateway.table.pinholes.is_empty(), direct_media);
    }
}

#[test]
fn neighbour_behind_the_nat_may_receive_media_when_it_may_be_indirect() {
    let sdp = |host| invite("203.0.113.1", &audio(host, 4000));
    let mut gateway = Gateway::new(5060);
    let sent = invite("10.0.0.2", &audio("10.0.0.3", 4000));
    same(gateway.out(&sent), sdp("10.0.0.3"));
    assert!(gateway.table.pinholes.is_empty());
    gateway.policy.direct_media = false;
    same(gateway.out(&sent), sdp("203.0.113.1"));
    assert_eq!(gateway.table.pinholes[0].inside, at([10, 0, 0, 3], 4000));
}

#[test]
fn description_is_known_by_its_type_alone() {
    let text =
        invite("10.0.0.2", &audio("10.0.0.2", 4000)).replace("application/sdp", "text/plain");
    let seen = Gateway::new(5060).out(&text);
    let seen = String::from_utf8_lossy(&seen);
    assert!(seen.contains("c=IN IP4 10.0.0.2"));
}

#[test]
fn content_length_is_adjusted_by_the_difference_in_the_senders_form() {
    let sdp = audio("10.0.0.2", 4000);
    let len = sdp.len();
    let with = |length: &str| {
        let text = invite("10.0.0.2", &sdp);
        let old = format!("Content-Length: {len}\r\n");
        text.replace(&old, length)
    };
    // "10.0.0.2" becomes "203.0.113.1", twice.
    for (sent, seen) in [
        (
            format!("l : {len:05}\r\n"),
            format!("l : {:05}\r\n", len + 6),
        ),
        (String::new(), String::new()),
        (
            format!("Content-Length: {len} \r\n"),
            format!("Content-Length: {} \r\n", len + 6),
        ),
    ] {
        let got = Gateway::new(5060).out(with(&sent));
        let got = String::from_utf8_lossy(&got).into_owned();
        assert!(got.contains(&seen), "{got}");
        assert!(got.ends_with(&audio("203.0.113.1", 4000)), "{got}");
    }
}

#[test]
fn what_lies_behind_the_body_is_no_part_of_it() {
    let sdp = audio("10.0.0.2", 4000);
    let tail = "m=audio 9000 RTP/AVP 0\r\nc=IN IP4 10.0.0.2\r\n";
    let seen = Gateway::new(5060).out(invite("10.0.0.2", &sdp) + tail);
    same(
        seen,
        invite("203.0.113.1", &audio("203.0.113.1", 4000)) + tail,
    );
}

#[test]
fn lf_alone_and_folding_change_nothing() {
    let lf = |host: &str| invite(host, &audio(host, 4000)).replace("\r\n", "\n");
    let seen = Gateway::new(5060).out(lf("10.0.0.2"));
    let seen = String::from_utf8_lossy(&seen);
    assert!(seen.contains("c=IN IP4 203.0.113.1\n"), "{seen}");
    let folded =
        |host: &str| invite(host, "").replace("Via: SIP/2.0/UDP ", "Via: SIP/2.0/UDP\r\n  ");
    same(
        Gateway::new(5060).out(folded("10.0.0.2")),
        folded("203.0.113.1"),
    );
}

/// A request to the phone with credentials in `header` for `uri`.
fn with_credentials(header: &str, uri: &str) -> String {
    message(
        &[
            "INVITE sip:203.0.113.1:5060 SIP/2.0",
            "Via: SIP/2.0/UDP 203.0.113.10",
            &format!("{header}: Digest username=\"a\",uri=\"{uri}\",response=\"0\""),
            "CSeq: 1 INVITE",
        ],
        "",
    )
}

#[test]
fn request_uri_under_a_digest_stays() {
    let covered = with_credentials("Authorization", "sip:203.0.113.1:5060");
    let mut gateway = Gateway::new(5060);
    same(gateway.back(&covered), &covered);
    assert!(gateway.reasons.has(Reason::DigestCovered));
    let other = gateway.back(with_credentials("Authorization", "sip:example.com"));
    assert!(other.starts_with(b"INVITE sip:10.0.0.2:5060 SIP/2.0\r\n"));
}

#[test]
fn credentials_for_a_proxy_matter_to_a_proxy_only() {
    let covered = with_credentials("Proxy-Authorization", "sip:203.0.113.1:5060");
    let mut gateway = Gateway::new(5060);
    let got = gateway.back(&covered);
    assert!(got.starts_with(b"INVITE sip:10.0.0.2:5060 SIP/2.0\r\n"));
    gateway.forwarded = true;
    same(gateway.back(&covered), &covered);
}

#[test]
fn message_with_too_many_changes_passes_whole() {
    let contacts = vec!["Contact: <sip:a@10.0.0.2:5060>"; 17].join("\r\n");
    let text = invite("10.0.0.2", "").replace("CSeq: 2", &format!("{contacts}\r\nCSeq: 2"));
    let mut gateway = Gateway::new(5060);
    same(gateway.out(&text), &text);
    assert!(gateway.reasons.has(Reason::TooManyContacts));
}

#[test]
fn description_in_a_part_is_translated_with_both_lengths() {
    let typed = |host: &str, kind: &str, body: &str| {
        let length = format!("Content-Type: {kind}\r\nContent-Length: {}", body.len());
        invite(host, "").replace("Content-Length: 0", &length) + body
    };
    let flat = |host: &str| {
        let sdp = audio(host, 4000);
        let len = sdp.len();
        format!(
            "--b\r\nContent-Type: application/isup\r\n\r\n10.0.0.2\r\n\
             --b\r\nContent-Type: application/sdp\r\nl: {len}\r\n\r\n{sdp}\r\n--b--\r\n"
        )
    };
    let nested = |host: &str| {
        let inner = flat(host);
        format!("--c\r\nc: multipart/related;boundary=b\r\n\r\n{inner}\r\n--c--\r\n")
    };
    let kind = "multipart/mixed;boundary=\"b\"";
    same(
        Gateway::new(5060).out(typed("10.0.0.2", kind, &flat("10.0.0.2"))),
        typed("203.0.113.1", kind, &flat("203.0.113.1")),
    );
    let kind = "multipart/mixed;boundary=c";
    same(
        Gateway::new(5060).out(typed("10.0.0.2", kind, &nested("10.0.0.2"))),
        typed("203.0.113.1", kind, &nested("203.0.113.1")),
    );
}

/// Whatever a part says of its length, all lengths change by as much as the description does.
#[test]
fn length_of_a_part_changes_by_the_difference_in_the_senders_form() {
    // "10.0.0.2" becomes "203.0.113.1", twice.
    const GROWTH: usize = 6;
    let len = audio("10.0.0.2", 4000).len();
    type Form = fn(usize) -> String;
    let forms: [(usize, Form); 7] = [
        (len, |len| format!("l: {len:03}\r\n")),
        (len, |len| format!("Content-Length : {len:09} \r\n")),
        (len, |len| format!("L:\r\n {len}\r\n")),
        (len + 7, |len| format!("Content-Length: {len}\r\n")),
        (len - 7, |len| format!("Content-Length: {len:04}\r\n")),
        (0, |_| "Content-Length: -1\r\n".to_owned()),
        (0, |_| String::new()),
    ];
    for (declared, form) in forms {
        let body = |host: &str, grown: usize, nested: bool| {
            let sdp = audio(host, 4000);
            let length = form(declared + grown);
            let part = format!("Content-Type: application/sdp\r\n{length}\r\n{sdp}");
            let body = format!("--b\r\n{part}\r\n--b--\r\n");
            if !nested {
                return body;
            }
            let length = form((body.len() + declared).saturating_sub(len));
            format!("--c\r\nc: multipart/x;boundary=b\r\n{length}\r\n{body}\r\n--c--\r\n")
        };
        for (boundary, nested) in [("b", false), ("c", true)] {
            let whole = |host: &str, grown: usize| {
                let body = body(host, grown, nested);
                let kind = format!("Content-Type: multipart/mixed;boundary={boundary}");
                let length = format!("{kind}\r\nContent-Length: {}", body.len());
                invite(host, "").replace("Content-Length: 0", &length) + &body
            };
            let mut gateway = Gateway::new(5060);
            same(
                gateway.out(whole("10.0.0.2", 0)),
                whole("203.0.113.1", GROWTH),
            );
        }
    }
}

#[test]
fn media_of_all_parts_are_counted() {
    let part = |host: &str| {
        let lines = "m=audio 4000 RTP/AVP 0\r\n".repeat(9);
        format!(
            "--b\r\nContent-Type: application/sdp\r\n\r\n\
             v=0\r\nc=IN IP4 {host}\r\n{lines}\r\n"
        )
    };
    let all = |host: &str, first: &str, second: &str| {
        let body = format!("{}{}--b--\r\n", part(first), part(second));
        let length = "Content-Type: multipart/mixed;boundary=b";
        invite(host, "").replace("Content-Length: 0", length) + &body
    };
    let mut gateway = Gateway::new(5060);
    same(
        gateway.out(all("10.0.0.2", "10.0.0.2", "10.0.0.2")),
        all("203.0.113.1", "203.0.113.1", "10.0.0.2"),
    );
    assert!(gateway.reasons.has(Reason::TooMuchMedia));
}

#[test]
fn several_ports_of_a_line_are_all_opened() {
    let offer = |host: &str, port: u16| {
        audio(host, port)
            .replace(" RTP", "/3 RTP")
            .replace("m=audio", "m=video")
    };
    for (taken, told) in [(vec![], 4000), (vec![4001], 4002), (vec![4000], 4002)] {
        let mut gateway = Gateway::new(5060);
        gateway.table.taken = taken;
        same(
            gateway.out(invite("10.0.0.2", &offer("10.0.0.2", 4000))),
            invite("203.0.113.1", &offer("203.0.113.1", told)),
        );
        let pinholes = gateway.table.pinholes.iter();
        let ports = pinholes.map(|there| (there.outside.port(), there.inside.port()));
        let wanted = (0..6).map(|step| (told + step, 4000 + step));
        assert!(ports.eq(wanted));
    }
    let mut gateway = Gateway::new(5060);
    gateway.table.taken = vec![4003];
    let sent = invite("10.0.0.2", &offer("10.0.0.2", 4000));
    let seen = gateway.out(&sent);
    assert!(gateway.reasons.has(Reason::NoPort));
    assert!(gateway.table.pinholes.is_empty());
    assert!(seen.ends_with(offer("10.0.0.2", 4000).as_bytes()));
}

#[test]
fn alternatives_that_name_the_same_endpoint_become_the_same() {
    let offer = |host: &str, port: u16| {
        let lines = [
            &format!("a=altc:1 IP4 {host} {port}")[..],
            "a=altc:2 IP6 2001:db8::2 4000",
            &format!("a=alt:1 2 : user pass {host} {}", port + 1),
            "a=alt:2 1 : user pass 10.0.0.9 4000",
            "a=alt: \x01",
            "a=altc:",
        ];
        audio(host, port) + &lines.map(|line| format!("{line}\r\n")).concat()
    };
    let mut gateway = Gateway::new(5060);
    gateway.table.taken = vec![4000];
    same(
        gateway.out(invite("10.0.0.2", &offer("10.0.0.2", 4000))),
        invite("203.0.113.1", &offer("203.0.113.1", 4002)),
    );
}

/// As of a host with a bridge for each of its containers, which offers the port at all of them.
#[test]
fn candidates_of_a_host_with_many_networks_keep_nothing_from_being_translated() {
    let candidates = |at: &dyn Fn(u8) -> String| {
        let of = |network| {
            let address = at(network);
            let rtp = format!(
                "a=candidate:Hac{network:02x}0001 1 UDP 2130706431 {address} 4000 typ host\r\n"
            );
            rtp + &format!(
                "a=candidate:Hac{network:02x}0001 2 UDP 2130706430 {address} 4001 typ host\r\n"
            )
        };
        (0..60).map(of).collect::<String>()
    };
    for others in [
        candidates(&|network| format!("172.{network}.0.1")),
        candidates(&|network| format!("fd00:0:0:{network}::1")),
        candidates(&|network| format!("network-{network}.example")),
    ] {
        let mut gateway = Gateway::new(5060);
        same(
            gateway.out(invite("10.0.0.2", &(audio("10.0.0.2", 4000) + &others))),
            invite("203.0.113.1", &(audio("203.0.113.1", 4000) + &others)),
        );
    }
}

#[test]
fn candidates_as_long_as_usual_ones_may_be_keep_nothing_from_being_translated() {
    for len in 40..=64 {
        let behind = " 1 UDP 1 2001:db8::1 7000 typ host";
        let foundation = "f".repeat(len - behind.len());
        let others = format!("a=candidate:{foundation}{behind}\r\n").repeat(100);
        let mut gateway = Gateway::new(5060);
        same(
            gateway.out(invite("10.0.0.2", &(audio("10.0.0.2", 4000) + &others))),
            invite("203.0.113.1", &(audio("203.0.113.1", 4000) + &others)),
        );
    }
}

/// A description of audio with so many lines, each at a pair of ports of its own.
fn lines(host: &str, first: u16, count: u16) -> String {
    let further = (1..count).map(|line| format!("m=audio {} RTP/AVP 8\r\n", first + 2 * line));
    audio(host, first) + &further.collect::<String>()
}

#[test]
fn description_that_is_refused_midway_leaves_nothing_open() {
    let offer = lines("10.0.0.2", 4000, 17);
    // As part of a call, and of none.
    for method in ["INVITE", "OPTIONS"] {
        let sent = invite("10.0.0.2", &offer).replace("INVITE", method);
        let seen = invite("203.0.113.1", &offer).replace("INVITE", method);
        let mut gateway = Gateway::new(5060);
        same(gateway.out(&sent), &seen);
        assert!(gateway.reasons.has(Reason::TooMuchMedia));
        assert!(gateway.table.pinholes.is_empty(), "{method}");
        let bindings = gateway.table.calls.iter().map(|call| call.bindings.len());
        assert_eq!(bindings.sum::<usize>(), 0);
    }
}

#[test]
fn refused_description_closes_nothing_that_was_there_before() {
    let mut gateway = Gateway::new(5060);
    gateway.out(invite("10.0.0.2", &lines("10.0.0.2", 4000, 2)));
    let more = lines("10.0.0.2", 4000, 17);
    gateway.out(invite("10.0.0.2", &more).replace("2 INVITE", "3 INVITE"));
    assert!(gateway.reasons.has(Reason::TooMuchMedia));
    let pinholes = gateway.table.pinholes.iter();
    let ports = pinholes.map(|there| there.outside.port());
    assert!(ports.eq(4000..4004));
}

#[test]
fn refused_part_of_a_body_leaves_the_other_its_pinholes() {
    let part = |host: &str, first, count| {
        let sdp = lines(host, first, count);
        format!("--b\r\nContent-Type: application/sdp\r\n\r\n{sdp}\r\n")
    };
    let body = format!(
        "{}{}--b--\r\n",
        part("10.0.0.2", 4000, 2),
        part("10.0.0.2", 5000, 15)
    );
    let typed = "Content-Type: multipart/mixed;boundary=b";
    let sent = invite("10.0.0.2", "").replace("Content-Length: 0", typed) + &body;
    let mut gateway = Gateway::new(5060);
    gateway.out(sent);
    assert!(gateway.reasons.has(Reason::TooMuchMedia));
    let pinholes = gateway.table.pinholes.iter();
    let ports = pinholes.map(|there| there.outside.port());
    assert!(ports.eq(4000..4004));
}

#[test]
fn message_that_passes_unchanged_leaves_nothing_open() {
    let length = format!("Content-Length: {}", u32::MAX);
    let offer = audio("10.0.0.2", 4000);
    let sent = invite("10.0.0.2", &offer);
    let sent = sent.replace(&format!("Content-Length: {}", offer.len()), &length);
    let mut gateway = Gateway::new(5060);
    same(gateway.out(&sent), &sent);
    assert!(gateway.reasons.has(Reason::TooManyChanges));
    assert!(gateway.table.pinholes.is_empty());
}

#[test]
fn message_that_a_datagram_could_not_hold_passes_and_leaves_nothing_open() {
    let padded = |host: &str, padding: usize| {
        let subject = format!("Subject: {}\r\nContact:", "x".repeat(padding));
        invite(host, &audio(host, 4000)).replace("Contact:", &subject)
    };
    let unpadded = padded("203.0.113.1", 0).len();
    for (len, fits) in [(alg::LONGEST, true), (alg::LONGEST + 1, false)] {
        let mut gateway = Gateway::new(5060);
        let sent = padded("10.0.0.2", len - unpadded);
        let there = if fits { "203.0.113.1" } else { "10.0.0.2" };
        same(gateway.out(&sent), padded(there, len - unpadded));
        assert_eq!(gateway.reasons.has(Reason::TooLong), !fits);
        assert_eq!(gateway.table.pinholes.is_empty(), !fits);
    }
}

#[test]
fn path_of_msrp_that_names_the_same_endpoint_becomes_the_same() {
    let offer = |host: &str, port: u16| {
        let media = format!("m=message {port} TCP/MSRP *\r\na=accept-types:*\r\n");
        let path = format!(
            "a=path:msrp://10.0.0.9:2855/r;tcp  msrp://u@{host}:{port}/10.0.0.2:4000;tcp \r\n\
             a=path:msrp://10.0.0.2:4001/s;tcp\r\na=path:10.0.0.2:4000\r\na=path:\r\n"
        );
        audio(host, 0).replace("a=sendrecv\r\n", &(media + &path))
    };
    for told in [4000, 4002] {
        let mut gateway = Gateway::new(5060);
        gateway.table.taken = if told == 4000 { vec![] } else { vec![4000] };
        same(
            gateway.out(invite("10.0.0.2", &offer("10.0.0.2", 4000))),
            invite("203.0.113.1", &offer("203.0.113.1", told)),
        );
    }
}
