// SPDX-License-Identifier: GPL-2.0

//! Start lines, line ends, header fields and their values.

use alg::sip::{
    Header,
    Name, //
};
use alg::Text;

use super::table;
use crate::reader::{
    addresses,
    describe,
    described,
    header,
    single,
    uri,
    vias, //
};

/// What is read of a header field of that name.
fn field(name: Name) -> impl Fn(&str) -> String {
    move |value| {
        let value = Text::new(value.as_bytes());
        describe(value, |see| {
            header(
                Header {
                    name,
                    value,
                    unusual: false,
                },
                see,
            )
        })
    }
}

fn contact(value: &str) -> String {
    let value = Text::new(value.as_bytes());
    describe(value, |see| addresses("contact", value, see))
}

fn to(value: &str) -> String {
    let value = Text::new(value.as_bytes());
    describe(value, |see| single("to", value, see))
}

fn via(value: &str) -> String {
    let value = Text::new(value.as_bytes());
    describe(value, |see| vias(value, see))
}

fn read_uri(value: &str) -> String {
    let value = Text::new(value.as_bytes());
    describe(value, |see| uri(value, see))
}

#[test]
fn start_lines_say_request_or_response() {
    table(
        &[
            (
                "INVITE sip:bob@a.example SIP/2.0\r\n\r\n",
                "request method=Invite user=bob name=a.example",
            ),
            (
                "OPTIONS sip:a.example SIP/2.0\r\n\r\n",
                "request method=Other name=a.example",
            ),
            (
                "BYE  sip:192.0.2.1:5070  SIP/2.0\r\n\r\n",
                "request method=Bye ip=192.0.2.1 port=5070",
            ),
            (
                "ACK sips:bob@a.example sip/2.0\r\n\r\n",
                "request method=Ack scheme=Sips user=bob name=a.example",
            ),
            (
                "invite sip:bob@a.example SIP/2.0\r\n\r\n",
                "request method=Other user=bob name=a.example",
            ),
            (
                "X-it's!%*_+`~. tel:+1 SIP/2.0\r\n\r\n",
                "request method=Other uri=tel:+1",
            ),
            (
                "PRACK urn:service:sos SIP/2.0\r\n\r\n",
                "request method=Prack uri=urn:service:sos",
            ),
            ("SIP/2.0 200 OK\r\n\r\n", "response code=200"),
            ("SIP/2.0 180\r\n\r\n", "response code=180"),
            ("SIP/2.0 180 \r\n\r\n", "response code=180"),
            ("sip/2.0  699  Odd\r\n\r\n", "response code=699"),
            ("SIP/2.0 700 Beyond\r\n\r\n", "!StatusCode@8"),
            ("SIP/2.0 099 Below\r\n\r\n", "!StatusCode@8"),
            ("SIP/2.0 2000 Long\r\n\r\n", "!StatusCode@8"),
            ("SIP/2.0 OK\r\n\r\n", "!StatusCode@8"),
            ("INVITE sip:bob@a.example SIP/3.0\r\n\r\n", "!StartLine@0"),
            ("INVITE sip:bob@a.example\r\n\r\n", "!StartLine@0"),
            ("INVITE SIP/2.0\r\n\r\n", "!StartLine@0"),
            ("IN<VITE sip:bob@a.example SIP/2.0\r\n\r\n", "!StartLine@0"),
            ("GET /sip:a HTTP/1.1\r\n\r\n", "!StartLine@0"),
            ("\r\n\r\n", "!Message@4"),
            ("\r\n\r\nSIP/2.0 x\r\n\r\n", "!StatusCode@12"),
        ],
        |message| described(message.as_bytes()),
    );
}

#[test]
fn lines_end_as_their_sender_likes() {
    let read = "response code=200\nto name=a.example ;tag=1\ncseq number=1 method=Ack";
    for end in ["\r\n", "\n", "\r"] {
        let message = [
            "SIP/2.0 200 OK",
            "t:sip:a.example;tag=1",
            "CSeq:1 ACK",
            "",
            "",
        ]
        .join(end);
        assert_eq!(described(message.as_bytes()), read, "{end:?}");
        let keep_alive = format!("{end}{end}{message}body");
        assert_eq!(described(keep_alive.as_bytes()), read, "{end:?}");
    }
    let mixed = "SIP/2.0 200 OK\nt:sip:a.example;tag=1\rCSeq:1 ACK\r\n\n";
    assert_eq!(described(mixed.as_bytes()), read);
}

#[test]
fn header_that_is_not_ended_is_said_so() {
    table(
        &[
            ("SIP/2.0 200 OK\r\n", "!Message@16"),
            ("SIP/2.0 200 OK\r\nTo: sip:a\r\n", "!Message@27"),
            ("SIP/2.0 200 OK\r\nTo: sip:a", "!Message@25"),
        ],
        |message| described(message.as_bytes()),
    );
}

#[test]
fn folding_may_stand_wherever_white_space_may() {
    let folded = "INVITE sip:b@a.example SIP/2.0\r\n\
        Via\r\n : SIP\r\n / 2.0\r\n / UDP\r\n\t192.0.2.1\r\n : 5062\r\n ; branch\r\n = z9hG4bK1\r\n\
        From:\r\n \"A\"\r\n <sip:a@a.example>\r\n ;\r\n tag\r\n =\r\n 1\r\n\
        Contact: <sip:a@192.0.2.1>\r\n ;q=0.5,\r\n <sip:b@192.0.2.2>\r\n\
        CSeq: 1\r\n  INVITE\r\n\
        Call-ID:\r\n x\r\n\
        Session-Expires: 90\r\n ;refresher=uac\r\n\
        Expires:\r\n\t60\r\n \r\n\
        Content-Length:\r\n 5\r\n\
        Content-Type: application\r\n / sdp\r\n\r\n";
    let read = "request method=Invite user=b name=a.example\n\
        via transport=UDP ip=192.0.2.1 port=5062 ;branch=z9hG4bK1\n\
        from user=a name=a.example ;tag=1\n\
        contact user=a ip=192.0.2.1 ;q=0.5\n\
        contact user=b ip=192.0.2.2\n\
        cseq number=1 method=Invite\n\
        call-id text=x\n\
        session-expires seconds=90\n\
        expires seconds=60\n\
        content-length number=5\n\
        content-type kind=application subtype=sdp";
    assert_eq!(described(folded.as_bytes()), read);
    assert_eq!(described(folded.replace("\r\n", "\n").as_bytes()), read);
    assert_eq!(described(folded.replace("\r\n", "\r").as_bytes()), read);
}

#[test]
fn compact_and_full_names_in_any_case_are_the_same_fields() {
    for (full, compact, value) in [
        ("Via", "v", "SIP/2.0/UDP h"),
        ("From", "f", "sip:h"),
        ("To", "t", "sip:h"),
        ("Contact", "m", "sip:h"),
        ("Call-ID", "i", "id"),
        ("Content-Length", "l", "0"),
        ("Content-Type", "c", "a/b"),
        ("Refer-To", "r", "sip:h"),
        ("Referred-By", "b", "sip:h"),
        ("Session-Expires", "x", "90"),
        ("Supported", "k", "path"),
        ("Identity", "y", "abc"),
    ] {
        let shown =
            |name: &str| described(format!("SIP/2.0 200 OK\r\n{name}: {value}\r\n\r\n").as_bytes());
        let expected = shown(full);
        assert!(expected.contains(&full.to_lowercase()), "{expected}");
        for name in [
            compact,
            &compact.to_uppercase(),
            &full.to_lowercase(),
            &full.to_uppercase(),
            &format!("{full} \t"),
        ] {
            assert_eq!(shown(name), expected, "{name}");
        }
        for name in [
            &format!("{full}x"),
            &format!("x{full}"),
            &format!("{compact}{compact}"),
            &format!("{full}-{full}"),
            &format!("{full} {compact}"),
        ] {
            assert_eq!(shown(name), "response code=200", "{name}");
        }
    }
}

#[test]
fn list_and_repeated_headers_say_the_same() {
    let read = "response code=200\n\
        via transport=UDP name=a ;branch=1\n\
        via transport=TCP name=b port=5061\n\
        via transport=TLS name=c\n\
        contact user=x ip=192.0.2.1\n\
        contact user=y ip=192.0.2.2 ;q=1";
    for message in [
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=1,SIP/2.0/TCP b:5061 , SIP/2.0/TLS c\r\n\
         Contact: <sip:x@192.0.2.1>, sip:y@192.0.2.2;q=1\r\n\r\n",
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=1\r\nVia: SIP/2.0/TCP b:5061\r\n\
         v: SIP/2.0/TLS c\r\nContact: <sip:x@192.0.2.1>\r\nm: sip:y@192.0.2.2;q=1\r\n\r\n",
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=1,,\r\nVia: ,SIP/2.0/TCP b:5061,SIP/2.0/TLS c,\r\n\
         Contact: , <sip:x@192.0.2.1>,\r\n ,sip:y@192.0.2.2;q=1,\r\n\r\n",
    ] {
        assert_eq!(described(message.as_bytes()), read, "{message}");
    }
}

#[test]
fn quoted_strings_hold_what_they_like() {
    table(
        &[
            (
                r#""sip:x@192.0.2.9" <sip:a@h>;tag=1"#,
                "contact user=a name=h ;tag=1",
            ),
            (
                r#""<sip:x@y>, z;q=1" <sip:a@h>, "b" <sip:c@i>"#,
                "contact user=a name=h\ncontact user=c name=i",
            ),
            (r#""a \" <sip:x@y>, \\" <sip:a@h>"#, "contact user=a name=h"),
            (
                r#"<sip:a@h>;x="1;expires=0,\"2";expires=60"#,
                r#"contact user=a name=h ;x="1;expires=0,\"2" ;expires=60"#,
            ),
            (
                r#"<sip:a@h>;+sip.instance="<urn:uuid:0-1>";reg-id=1;ob"#,
                r#"contact user=a name=h ;+sip.instance="<urn:uuid:0-1>" ;reg-id=1 ;ob"#,
            ),
            (r#""" <sip:a@h>"#, "contact user=a name=h"),
            (r#""open <sip:a@h>"#, "contact !NameAddr@15"),
            (
                r#""no uri", <sip:a@h>"#,
                "contact !NameAddr@8\ncontact user=a name=h",
            ),
        ],
        contact,
    );
}

#[test]
fn parameters_belong_to_the_header_without_brackets_and_to_the_uri_within() {
    table(
        &[
            (
                "sip:a@h;transport=tcp;q=0.1",
                "contact user=a name=h ;transport=tcp ;q=0.1",
            ),
            (
                "<sip:a@h;transport=tcp>;q=0.1",
                "contact user=a name=h tail=;transport=tcp ;q=0.1",
            ),
            (
                "<sip:a@h;lr?Subject=x%2Cy&b=c>",
                "contact user=a name=h tail=;lr?Subject=x%2Cy&b=c",
            ),
            ("A. B <sip:a@h> ; Q = 1", "contact user=a name=h ;Q=1"),
            ("sip:a,sip:b", "contact name=a\ncontact name=b"),
            (
                "<sip:a,b;c?d@h>;expires=5",
                "contact user=a,b;c?d name=h ;expires=5",
            ),
            ("*", "contact all=*"),
            (" < sip:a@h > ", "contact user=a name=h"),
            ("<sip:a@h", "contact !NameAddr@0"),
            ("<>", "contact uri="),
            (
                ";q=1, <sip:a@h>",
                "contact !NameAddr@0\ncontact user=a name=h",
            ),
        ],
        contact,
    );
}

#[test]
fn from_and_to_are_no_lists() {
    table(
        &[
            ("<sip:a@h>;tag=1", "to user=a name=h ;tag=1"),
            ("sip:a@h;tag=1", "to user=a name=h ;tag=1"),
            ("\"A\"<sip:a@h>;TAG=x", "to user=a name=h ;TAG=x"),
            ("<tel:+1-2;isub=3>;tag=1", "to uri=tel:+1-2;isub=3 ;tag=1"),
            ("tel:+12;tag=1", "to uri=tel:+12 ;tag=1"),
            ("B, A <sip:a@h>;tag=1", "to user=a name=h ;tag=1"),
            (
                "<sip:a@h>;x-tag=0;tag=1",
                "to user=a name=h ;x-tag=0 ;tag=1",
            ),
            ("", "to !NameAddr@0"),
        ],
        to,
    );
}

#[test]
fn uris_of_every_scheme_and_form() {
    table(
        &[
            ("sip:h", " name=h"),
            ("SIP:h", " name=h"),
            ("sips:h", " scheme=Sips name=h"),
            ("sip:a:pw@h:1", " user=a:pw name=h port=1"),
            ("sip:a;x=y?z@h", " user=a;x=y?z name=h"),
            ("sip:+1%40@h", " user=+1%40 name=h"),
            ("sip:@h", " user= name=h"),
            ("sip:192.0.2.1", " ip=192.0.2.1"),
            ("sip:192.0.2.1.example.com", " name=192.0.2.1.example.com"),
            ("sip:192.0.2.1-pbx:5060", " name=192.0.2.1-pbx port=5060"),
            ("sip:a_b.example", " name=a_b.example"),
            ("sip:a.example.", " name=a.example."),
            ("sip:256.0.2.1", " name=256.0.2.1"),
            ("sip:192.0.2.01", " name=192.0.2.01"),
            ("sip:[2001:db8::1]:5062", " ip=[2001:db8::1] port=5062"),
            ("sip:[::ffff:192.0.2.1]", " ip=[::ffff:192.0.2.1]"),
            (
                "sip:a@[fe80::1%25eth0];lr",
                " user=a name=[fe80::1%25eth0] tail=;lr",
            ),
            ("sip:h : 5060", " name=h port=5060"),
            (
                "sip:a@192.0.2.1\t:5060;lr",
                " user=a ip=192.0.2.1 port=5060 tail=;lr",
            ),
            // RFC 5118 4.3, 4.4: the port is a part of the address without brackets between.
            ("sip:[2001:db8::10:5070]", " ip=[2001:db8::10:5070]"),
            ("sip:[2001:db8::10]:5070", " ip=[2001:db8::10] port=5070"),
            // RFC 5118 4.10: what the first grammar of SIP allowed, and what is meant.
            (
                "sip:a@[2001:db8:::192.0.2.1]",
                " user=a name=[2001:db8:::192.0.2.1]",
            ),
            (
                "sip:a@[2001:db8::192.0.2.1]",
                " user=a ip=[2001:db8::192.0.2.1]",
            ),
            ("sip:[not six]", " !Host@4"),
            ("sip:[::1", " !Host@4"),
            ("sip:2001:db8::1", " !Port@9"),
            ("sip:", " !Host@4"),
            ("sip:a@", " !Host@6"),
            ("sip:h:x", " !Port@6"),
            ("sip:h/x", " !HostEnd@5"),
            (
                "tel:+1234;phone-context=example.com",
                " uri=tel:+1234;phone-context=example.com",
            ),
            ("im:a@192.0.2.1", " uri=im:a@192.0.2.1"),
            ("https://192.0.2.1/x", " uri=https://192.0.2.1/x"),
            ("siphon:h", " uri=siphon:h"),
            ("192.0.2.1", " uri=192.0.2.1"),
        ],
        read_uri,
    );
}

#[test]
fn via_with_all_its_parts() {
    table(
        &[
            ("SIP/2.0/UDP h", "via transport=UDP name=h"),
            (
                "SIP/2.0/TCP 192.0.2.1:5062;rport;branch=z9hG4bK1",
                "via transport=TCP ip=192.0.2.1 port=5062 ;rport ;branch=z9hG4bK1",
            ),
            (
                "SIP/2.0/UDP 192.0.2.1;received=192.0.2.2;rport=1024;maddr=192.0.2.3;ttl=1",
                "via transport=UDP ip=192.0.2.1 ;received=192.0.2.2 ;rport=1024 ;maddr=192.0.2.3 ;ttl=1",
            ),
            (
                "SIP/2.0/TLS-SCTP [2001:db8::1]:5061;received=2001:db8::2;branch=1",
                "via transport=TLS-SCTP ip=[2001:db8::1] port=5061 ;received=2001:db8::2 ;branch=1",
            ),
            (
                "SIP/2.0/UDP [2001:db8::1];received=[2001:db8::2]",
                "via transport=UDP ip=[2001:db8::1] ;received=[2001:db8::2]",
            ),
            ("SIP/2.0/UDP  h : 5060 ; a = b", "via transport=UDP name=h port=5060 ;a=b"),
            (
                "SIP / 2.0 / UDP h;x=\"a,b;c\"",
                "via transport=UDP name=h ;x=\"a,b;c\"",
            ),
            (
                "SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111",
                "via transport=UDP ip=[2001:db8::9:1] ;branch=z9hG4bKas3-111",
            ),
            (
                "SIP/2.0/UDP [2001:db8:::192.0.2.1]:5062;rport",
                "via transport=UDP name=[2001:db8:::192.0.2.1] port=5062 ;rport",
            ),
            ("sip/2.0/udp h", "via transport=udp name=h"),
            ("SIP/2.0/UDP h;", "via transport=UDP name=h ;"),
            ("SIP/3.0/UDP h", "via !Protocol@0"),
            ("UDP h", "via !Protocol@0"),
            ("SIP/2.0/UDP", "via !Host@11"),
            ("SIP/2.0/UDP h x", "via !HostEnd@14"),
            (
                "h, SIP/2.0/UDP i, SIP/2.0/UDP j:x, SIP/2.0/UDP k",
                "via !Protocol@0\nvia transport=UDP name=i\nvia !Port@32\nvia transport=UDP name=k",
            ),
        ],
        via,
    );
}

#[test]
fn numbers_and_times() {
    table(
        &[
            ("1 INVITE", "cseq number=1 method=Invite"),
            ("0000001\tREGISTER", "cseq number=1 method=Register"),
            ("4294967295 UPDATE", "cseq number=4294967295 method=Update"),
            ("4294967296 INVITE", "cseq !CSeq@0"),
            ("INVITE 1", "cseq !CSeq@0"),
            ("1", "cseq !CSeq@1"),
            ("1INVITE", "cseq !CSeq@1"),
        ],
        field(Name::CSeq),
    );
    table(
        &[
            ("0", "content-length number=0"),
            ("0042", "content-length number=42"),
            ("4294967296", "content-length !Number@0"),
            ("-1", "content-length !Number@0"),
            ("42x", "content-length !Number@0"),
            ("", "content-length !Number@0"),
        ],
        field(Name::ContentLength),
    );
    for (name, what) in [
        (Name::Expires, "expires"),
        (Name::MinExpires, "min-expires"),
        (Name::SessionExpires, "session-expires"),
    ] {
        for (value, read) in [
            ("3600", "seconds=3600"),
            ("1800;refresher=uac", "seconds=1800"),
            ("90 ; refresher=uas", "seconds=90"),
            ("99999999999", "seconds=4294967295"),
            ("Thu, 01 Dec 1994 16:00:00 GMT", "!Number@0"),
            ("", "!Number@0"),
        ] {
            assert_eq!(field(name)(value), format!("{what} {read}"), "{value}");
        }
    }
}

#[test]
fn content_types_with_boundary() {
    table(
        &[
            (
                "application/sdp",
                "content-type kind=application subtype=sdp",
            ),
            (
                "Application / SDP ; charset = utf-8",
                "content-type kind=Application subtype=SDP ;charset=utf-8",
            ),
            (
                "multipart/mixed;boundary=\"a;b\"",
                "content-type kind=multipart subtype=mixed ;boundary=\"a;b\"",
            ),
            ("sdp", "content-type !MediaType@0"),
            ("", "content-type !MediaType@0"),
        ],
        field(Name::ContentType),
    );
}

#[test]
fn every_header_of_addresses_is_read_as_such() {
    for (name, line) in [
        (Name::Route, "route"),
        (Name::RecordRoute, "record-route"),
        (Name::Path, "path"),
        (Name::ServiceRoute, "service-route"),
        (Name::PAssertedIdentity, "p-asserted-identity"),
        (Name::PPreferredIdentity, "p-preferred-identity"),
        (Name::RemotePartyId, "remote-party-id"),
        (Name::Diversion, "diversion"),
        (Name::HistoryInfo, "history-info"),
        (Name::ReferTo, "refer-to"),
        (Name::ReferredBy, "referred-by"),
        (Name::ReplyTo, "reply-to"),
    ] {
        let text = format!("SIP/2.0 200 OK\r\n{line}: \"N\" <sip:a@192.0.2.1:5062;lr>;x=y\r\n\r\n");
        let read = format!("{line} user=a ip=192.0.2.1 port=5062 tail=;lr ;x=y");
        assert_eq!(described(text.as_bytes()).lines().nth(1), Some(&*read));
        assert_eq!(Name::new(Text::new(line.as_bytes())), name);
    }
    assert_eq!(
        field(Name::ReferTo)("<sip:b@h?Replaces=1%3Bto-tag%3D2>"),
        "refer-to user=b name=h tail=?Replaces=1%3Bto-tag%3D2"
    );
    assert_eq!(
        field(Name::CallInfo)("<http://192.0.2.1/a.png> ;purpose=icon"),
        "call-info uri=http://192.0.2.1/a.png ;purpose=icon"
    );
}

#[test]
fn values_that_are_compared_are_kept_as_they_are() {
    for (name, what, value) in [
        (Name::CallId, "call-id", "a84b4c76e66710@pc33.example.com"),
        // All that a word may be of (RFC 3261 25.1).
        (
            Name::CallId,
            "call-id",
            r#"-.!%*_+`'~()<>:\"/[]?{}@-.!%*_+`'~()<>:\"/[]?{}"#,
        ),
        (Name::Require, "require", "100rel, path"),
        (Name::Supported, "supported", "replaces,timer , x-\"y\""),
        (
            Name::Warning,
            "warning",
            r#"307 isi.edu "a, b", 399 192.0.2.1:5070 "c""#,
        ),
    ] {
        let line = format!("{what} text={value}");
        assert_eq!(field(name)(value), line);
        let message = format!("SIP/2.0 200 OK\r\n{what} :\t {value} \r\nt: sip:h\r\n\r\n");
        let read = described(message.as_bytes());
        assert_eq!(read, format!("response code=200\n{line}\nto name=h"));
    }
}

#[test]
fn those_who_inform_are_read_value_by_value() {
    for (name, what) in [
        (Name::CallInfo, "call-info"),
        (Name::AlertInfo, "alert-info"),
    ] {
        for (value, read) in [
            (
                "<sip:a@192.0.2.1:5070>;purpose=info, <http://192.0.2.1/a,b> ;purpose=icon,",
                "{} user=a ip=192.0.2.1 port=5070 ;purpose=info\n{} uri=http://192.0.2.1/a,b ;purpose=icon",
            ),
            ("<urn:alert:tone:1>", "{} uri=urn:alert:tone:1"),
            ("x>, <sip:192.0.2.1>", "{} uri=x>\n{} ip=192.0.2.1"),
            ("<http://192.0.2.1, <sip:192.0.2.1", "{} !NameAddr@0"),
        ] {
            assert_eq!(field(name)(value), read.replace("{}", what), "{value}");
        }
    }
}

#[test]
fn broken_or_unknown_field_hides_no_other() {
    let message = "SIP/2.0 200 OK\r\n\
        no colon here\r\n\
        : no name\r\n\
        Subject: Via: SIP/2.0/UDP 192.0.2.9\r\n\
        X-Long: \"unbalanced\r\n\
        Contact: <sip:open@h\r\n\
        CSeq: x\r\n\
        Bad Name: 1\r\n\
        To: <sip:a@h>;tag=1\r\n\r\nFrom: <sip:body@h>\r\n";
    assert_eq!(
        described(message.as_bytes()),
        "response code=200\ncontact !NameAddr@109\ncseq !CSeq@128\nto user=a name=h ;tag=1"
    );
}
