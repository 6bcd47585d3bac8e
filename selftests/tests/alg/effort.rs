// SPDX-License-Identifier: GPL-2.0

//! Messages that are too much to read, and long ones that are not.

use alg::Reason;

use crate::gateway::{
    same,
    Gateway, //
};
use crate::shapes::plain;

const LENGTHS: [usize; 4] = [1 << 10, 1 << 12, 1 << 14, 60_000];

/// What becomes of a request with these fields, and why.
fn passed(fields: &str) -> (Vec<u8>, Vec<u8>, Gateway) {
    let sent = format!(
        "OPTIONS sip:203.0.113.10 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK1\r\n\
         CSeq: 1 OPTIONS\r\n{fields}"
    );
    let mut gateway = Gateway::new(1024);
    let got = gateway.out(&sent);
    (sent.into_bytes(), got, gateway)
}

fn stays(fields: &str) {
    let (sent, got, gateway) = passed(fields);
    same(got, sent);
    assert!(gateway.reasons.has(Reason::TooMuchToRead));
}

fn translated(fields: &str) -> String {
    let (sent, got, gateway) = passed(fields);
    assert_ne!(got, sent);
    assert!(!gateway.reasons.is_fatal());
    String::from_utf8(got).unwrap()
}

#[test]
fn plain_messages_of_every_length_are_translated() {
    for len in LENGTHS {
        let sent = String::from_utf8(plain(len)).unwrap();
        let got = Gateway::new(1024).out(&sent);
        let got = String::from_utf8(got).unwrap();
        assert!(got.contains("\r\nc=IN IP4 203.0.113.1\r\n"), "{len}");
        assert!(
            got.contains("Contact: <sip:alice@203.0.113.1:1024;"),
            "{len}"
        );
    }
}

/// As many as Max-Forwards lets there be (RFC 3261 8.1.1.6).
#[test]
fn hops_of_the_longest_way_are_read() {
    let hops = (0..70).map(|hop| {
        format!(
            "Via: SIP/2.0/UDP proxy-{hop:03}.example.com:5060;branch=z9hG4bK776asdhds{hop:03}\r\n\
             Record-Route: <sip:proxy-{hop:03}.example.com:5060;transport=udp;lr>\r\n"
        )
    });
    translated(&format!("{}\r\n", hops.collect::<String>()));
    let routes = "Record-Route: <sip:proxy-001.example.com:5060;transport=udp;lr>\r\n".repeat(118);
    translated(&format!("{routes}\r\n"));
}

/// Each at an address, and no body lets the message have more.
#[test]
fn hops_by_address_are_read() {
    let hops = (0..12).map(|hop| {
        format!(
            "Via: SIP/2.0/UDP 10.1.0.{hop}:5060;branch=z9hG4bK0000000{hop}\r\n\
             Record-Route: <sip:10.1.0.{hop};lr>\r\n"
        )
    });
    let others = "Max-Forwards: 70\r\nExpires: 120\r\nSession-Expires: 1800\r\nMin-SE: 90\r\n\
        Supported: timer, 100rel\r\nRequire: 100rel\r\nAllow: INVITE, ACK, BYE\r\n\
        User-Agent: x\r\nContent-Type: application/sdp\r\nContent-Length: 0\r\n\
        Contact: <sip:10.0.0.2>\r\n\r\n";
    translated(&format!("{}{others}", hops.collect::<String>()));
}

/// RFC 8898, RFC 7044, RFC 3966.
#[test]
fn tokens_and_histories_are_read() {
    let token = format!("Authorization: Bearer {}\r\n", "eyJhbGciOi.".repeat(400));
    let history =
        (1..13).map(|index| format!("History-Info: <tel:+4930{index}>;index={index}\r\n"));
    let contact = "Contact: <sip:10.0.0.2>\r\n\r\n";
    assert!(translated(&format!("{token}{contact}")).contains("Contact: <sip:203.0.113.1:1024>"));
    translated(&format!("{}{contact}", history.collect::<String>()));
}

#[test]
fn fields_beyond_number_pass_unchanged() {
    stays(&format!("{}\r\n", "a:\r\n".repeat(250)));
    stays(&format!("{}\r\n", "a:\n".repeat(20_000)));
    translated(&format!(
        "{}\r\n",
        "X-Variable: 42 and no more\r\n".repeat(100)
    ));
}

/// What there is, and what a field takes of it, is what README.md says.
#[test]
fn message_may_have_as_many_fields_as_the_manual_says() {
    let room = |len: usize| 88 + len / 24;
    // Its Via, which names the sender, and its CSeq.
    let base = (1 + 3 + 2) + 2;
    for (field, takes) in [
        ("X-Variable: 42\r\n", 2),
        (
            "Via: SIP/2.0/UDP proxy.example.com;branch=z9hG4bK2\r\n",
            1 + 3,
        ),
        ("Route: <sip:a@proxy.example.com:5060;lr>\r\n", 1 + 3),
        ("History-Info: <sip:a@example.com>;index=1.1.1\r\n", 1 + 5),
    ] {
        let read = |count: usize| {
            let (sent, _, gateway) = passed(&format!("{}\r\n", field.repeat(count)));
            let fits = base + takes * count <= room(sent.len());
            (gateway.reasons.has(Reason::TooMuchToRead), !fits)
        };
        let first = (0..300).find(|count| read(*count).0);
        let expected = (0..300).find(|count| read(*count).1);
        assert_eq!(first, expected, "{field}");
        assert!(first.is_some(), "{field}");
    }
}

#[test]
fn values_beyond_number_pass_unchanged() {
    for field in [
        "Record-Route: ",
        "Via: SIP/2.0/UDP ",
        "History-Info: ",
        "Warning: 399 ",
    ] {
        stays(&format!("{field}{}\r\n\r\n", "h,".repeat(100)));
    }
    let route = "<sip:proxy.example.com;lr>,".repeat(16);
    translated(&format!("Record-Route: {route}<sip:10.0.0.2>\r\n\r\n"));
}

/// A telephone that writes all of its fields so is read as any other.
#[test]
fn fields_without_a_blank_behind_the_colon_are_read() {
    let fields = "Supported:replaces\nX-Info:some words of the telephone\n".repeat(15);
    let sent = format!("{fields}Contact:<sip:10.0.0.2>\n\n");
    assert!(translated(&sent).contains("Contact:<sip:203.0.113.1:1024>"));
    stays(&format!(
        "{}\n",
        "Supported:a list of what it can do\n".repeat(300)
    ));
}

#[test]
fn credentials_of_several_realms_are_read() {
    let one = "Authorization: Digest username=\"alice\", realm=\"sip.example.com\", \
        nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"sip:sip.example.com\", \
        response=\"6629fae49393a05397450978507c4ef1\", algorithm=MD5, cnonce=\"0a4f113b\", \
        opaque=\"5ccc069c403ebaf9f0171e9517f40e41\", qop=auth, nc=00000001\r\n";
    let contact = "Contact: <sip:10.0.0.2>\r\n\r\n";
    let got = translated(&format!("{}{contact}", one.repeat(4)));
    assert!(got.contains("<sip:203.0.113.1:1024>"));
}

/// A registrar lists all bindings of an address in one field.
#[test]
fn contacts_with_quoted_parameters_are_all_read() {
    let one = "<sip:h>;+sip.instance=\"<urn:uuid:1>\";methods=\"INVITE\";a=\"1\";b=\"2\";c=\"3\";d=\"4\",";
    let got = translated(&format!(
        "Contact: {}<sip:10.0.0.2>\r\n\r\n",
        one.repeat(14)
    ));
    assert!(got.contains(",<sip:203.0.113.1:1024>"));
}

#[test]
fn quoted_strings_beyond_number_pass_unchanged() {
    let list = |count| {
        let marks = "\"\"".repeat(20);
        let hops = format!("<sip:h>;a={marks},").repeat(count);
        format!("Record-Route: {hops}<sip:10.0.0.2>\r\n\r\n")
    };
    assert!(translated(&list(2)).contains(",<sip:203.0.113.1:1024>"));
    stays(&list(20));
}

#[test]
fn via_with_parameters_beyond_number_hides_those_behind_it() {
    let vias = |count| {
        let params = ";a".repeat(count);
        format!("Via: SIP/2.0/UDP h{params}, SIP/2.0/UDP 10.0.0.2\r\n\r\n")
    };
    assert!(translated(&vias(40)).contains(", SIP/2.0/UDP 203.0.113.1:1024"));
    assert!(translated(&vias(60)).contains(", SIP/2.0/UDP 10.0.0.2"));
}

#[test]
fn commas_beyond_number_end_a_list() {
    let contact = |count| {
        format!(
            "Contact: <sip:h>{}<sip:10.0.0.2>\r\n\r\n",
            ",".repeat(count)
        )
    };
    assert!(translated(&contact(500)).contains(",<sip:203.0.113.1:1024>"));
    assert!(translated(&contact(600)).contains(",<sip:10.0.0.2>"));
}

#[test]
fn part_with_fields_beyond_number_stays() {
    let body = |count| {
        let fields = "X-Other: some words of a part\r\n".repeat(count);
        let sdp = "v=0\r\nc=IN IP4 10.0.0.2\r\nm=audio 4000 RTP/AVP 0\r\n";
        format!(
            "c: multipart/mixed;boundary=b\r\n\r\n\
             --b\r\nc: application/sdp\r\n{fields}\r\n{sdp}--b--\r\n"
        )
    };
    assert!(translated(&body(20)).contains("c=IN IP4 203.0.113.1"));
    assert!(translated(&body(40)).contains("c=IN IP4 10.0.0.2"));
}

#[test]
fn credentials_beyond_number_pass_unchanged() {
    stays(&format!(
        "Authorization: Digest {}\r\n\r\n",
        "a=b,".repeat(100)
    ));
}

#[test]
fn folded_lines_beyond_number_are_no_longer_folded() {
    stays(&format!("Subject: x{}\r\n\r\n", "\r\n ".repeat(1000)));
    let folded = "\r\n <sip:h>,".repeat(10);
    let got = translated(&format!(
        "Record-Route: {folded}\r\n <sip:10.0.0.2>\r\n\r\n"
    ));
    assert!(got.contains("\r\n <sip:203.0.113.1:1024>"));
}

#[test]
fn parts_beyond_number_pass_unchanged() {
    let body = |part: &str, count| {
        let parts = part.repeat(count);
        format!("c: multipart/mixed;boundary=b\r\n\r\n{parts}--b--\r\n")
    };
    stays(&body("--b\r\n\r\n\r\n", 100));
    stays(&body("x\n", 1000));
    translated(&body("--b\r\n\r\nwords that are read by nobody\r\n", 12));
}

#[test]
fn description_of_lines_beyond_number_stays() {
    let head = "c: application/sdp\r\n\r\nv=0\r\nc=IN IP4 10.0.0.2\r\nm=audio 4000 RTP/AVP 0\r\n";
    let (_, got, gateway) = passed(&format!("{head}{}", "a=x\r\n".repeat(1000)));
    let got = String::from_utf8(got).unwrap();
    assert!(got.contains("Via: SIP/2.0/UDP 203.0.113.1") && got.contains("c=IN IP4 10.0.0.2"));
    assert!(gateway.reasons.has(Reason::TooMuchMedia));
    assert!(gateway.table.pinholes.is_empty());
    let got = translated(&format!("{head}{}", "a=rtcp-fb:96 nack\r\n".repeat(1000)));
    assert!(got.contains("c=IN IP4 203.0.113.1"));
}

#[test]
fn addresses_of_media_beyond_number_leave_the_description() {
    let media = "v=0\r\nc=IN IP4 10.0.0.2\r\nm=audio 4000 RTP/AVP 0\r\n";
    let layers = "c=IN IP4 10.0.0.2\r\n".repeat(20);
    let chosen = format!("a=remote-candidates:{}\r\n", "1 192.0.2.1 4000 ".repeat(70));
    for more in [layers, chosen] {
        let (_, got, gateway) = passed(&format!("c: application/sdp\r\n\r\n{media}{more}"));
        assert!(String::from_utf8(got)
            .unwrap()
            .contains("c=IN IP4 10.0.0.2"));
        assert!(gateway.reasons.has(Reason::TooMuchMedia));
    }
}

/// As of a telephone that says all that it is able to do (RFC 3840).
#[test]
fn contact_behind_one_with_many_parameters_is_translated() {
    let able = ";+g.example.able=\"a,b\"".repeat(40);
    let got = translated(&format!("Contact: <sip:h>{able}, <sip:10.0.0.2>\r\n\r\n"));
    assert!(got.contains(", <sip:203.0.113.1:1024>"));
}
