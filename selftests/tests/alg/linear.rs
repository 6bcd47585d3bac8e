// SPDX-License-Identifier: GPL-2.0

//! No message costs more than so many instructions for each of its bytes, however long it is.
//!
//! Instructions are counted, not time: callgrind runs this very program with [`counted`] as its only
//! test, and writes down what each call of [`work`] takes.

use std::net::{
    IpAddr,
    SocketAddr, //
};
use std::process::Command;
use std::{
    env,
    fs, //
};

use alg::call::{
    MediaPinhole,
    MediaPorts,
    Memory,
    Part,
    Pinholes,
    Policy,
    Refusal,
    Registration,
    SignallingPinhole,
    Turn, //
};
use alg::nat::{
    Edit,
    Edits,
    Flow, //
};

use crate::gateway::Gateway;
use crate::reader::walk;

/// Lengths of the messages, from that of a common one to that of the longest datagram.
const LENGTHS: [usize; 4] = [1 << 10, 1 << 12, 1 << 14, 1 << 16];

/// How much dearer a byte of a longer message may be than one of the shortest, in percent.
const TOLERANCE: u64 = 125;

/// What a message begins with, what is repeated until it is as long as wanted, and how it ends.
type Case = (&'static str, &'static str, &'static str, &'static str);

const REQUEST: &str = "INVITE sip:10.0.0.2 SIP/2.0\r\n";
const CONTACT: &str = "REGISTER sip:h SIP/2.0\r\nCSeq: 1 REGISTER\r\nContact: ";
const FROM: &str = "INVITE sip:10.0.0.2 SIP/2.0\r\nFrom: ";
const VIA: &str = "INVITE sip:10.0.0.2 SIP/2.0\r\nVia: ";
const DIGEST: &str = "INVITE sip:10.0.0.2 SIP/2.0\r\nAuthorization: Digest ";
const SDP: &str =
    "SIP/2.0 200 OK\r\nContent-Type: application/sdp\r\n\r\nv=0\r\nc=IN IP4 10.0.0.2\r\n";
const MEDIA: &str = "SIP/2.0 200 OK\r\nContent-Type: application/sdp\r\n\r\n\
    v=0\r\nc=IN IP4 10.0.0.2\r\nm=audio 4000 RTP/AVP 0\r\n";
const PARTS: &str = "SIP/2.0 200 OK\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n--b\r\n";
const END: &str = "\r\n\r\n";

#[rustfmt::skip]
const CASES: &[Case] = &[
    ("line ends in front", "", "\r\n", "SIP/2.0 200 OK\r\n\r\n"),
    ("a long method", "", "X", " sip:h SIP/2.0\r\n\r\n"),
    ("blanks in the start line", "INVITE ", " ", "sip:h SIP/2.0\r\n\r\n"),
    ("at signs in the Request-URI", "INVITE sip:", "@", " SIP/2.0\r\n\r\n"),
    ("many short fields", REQUEST, "a:\r\n", END),
    ("many short fields, LF only", REQUEST, "a:\n", "\n"),
    ("many lines without a colon", REQUEST, "Contact\r\n", END),
    ("TABs within a field", REQUEST, "\t", END),
    ("a CR after each byte", REQUEST, "a\r", END),
    ("folding in an unknown field", "SIP/2.0 200 OK\r\nSubject: x", "\r\n ", END),
    ("folding in front of a colon", "SIP/2.0 200 OK\r\nTo", "\r\n ", ": sip:h\r\n\r\n"),
    ("folding in a Via", VIA, "\r\n ", "SIP/2.0/UDP h\r\n\r\n"),
    ("folding between parameters", "SIP/2.0 200 OK\r\nTo: <sip:h>", "\r\n ;a", END),
    ("blanks behind a value", "SIP/2.0 200 OK\r\nTo: x", " ", END),
    ("blanks around parameters", "SIP/2.0 200 OK\r\nTo: <sip:h>", ";   a   =   b   ", END),
    ("many Vias", REQUEST, "Via: SIP/2.0/UDP 10.0.0.2\r\n", END),
    ("Via values", VIA, "SIP/2.0/UDP 10.0.0.2,", END),
    ("Via maddr", VIA, "SIP/2.0/UDP h;maddr=10.0.0.2,", END),
    ("Via commas", VIA, ",", END),
    ("Via slashes", VIA, "SIP/", END),
    ("Vias of no protocol", VIA, "x,", END),
    ("Via open angle brackets", VIA, "SIP/2.0/UDP h;<,", END),
    ("Via open brackets", VIA, "SIP/2.0/UDP [,", END),
    ("Via open quotes", VIA, "SIP/2.0/UDP h;a=\",", END),
    ("Via protocols with brackets", VIA, "x<,", END),
    ("Contact fields", "SIP/2.0 200 OK\r\n", "m: <sip:10.0.0.2>\r\n", END),
    ("Contact values", CONTACT, "<sip:10.0.0.2>,", END),
    ("Contact values without brackets", CONTACT, "sip:10.0.0.2,", END),
    ("Contact commas", CONTACT, ",", END),
    ("Contact open brackets", CONTACT, "<", END),
    ("Contact open brackets and commas", CONTACT, "a<,", END),
    ("Contact parameters with brackets", CONTACT, "a;<,", END),
    ("Contact open references", CONTACT, "sip:[,", END),
    ("Contact quotes", CONTACT, "\"", END),
    ("Contact escapes", CONTACT, "\"\\", END),
    ("Contact names without URI", CONTACT, "\"\",", END),
    ("Contact parameters", CONTACT, "<sip:h>;a;b=\"c\";expires=1,", END),
    ("Contact semicolons", "REGISTER sip:h SIP/2.0\r\nCSeq: 1 REGISTER\r\nContact: <sip:h>", ";", END),
    ("Route fields", REQUEST, "Route: <sip:10.0.0.2:9>\r\n", END),
    ("Record-Route values", "INVITE sip:h SIP/2.0\r\nRecord-Route: ", "<sip:10.0.0.2;lr>,", END),
    ("Record-Route open brackets", "INVITE sip:h SIP/2.0\r\nRecord-Route: ", "a<,", END),
    ("identities", "INVITE sip:h SIP/2.0\r\nHistory-Info: ", "<sip:10.0.0.2>;index=1,", END),
    ("asserted identities", "INVITE sip:h SIP/2.0\r\n", "P-Asserted-Identity: <sip:10.0.0.2>\r\n", END),
    ("covered identities", "INVITE sip:h SIP/2.0\r\ny: x\r\nP-Asserted-Identity: ", "<sip:10.0.0.3>,", END),
    ("warnings", "SIP/2.0 200 OK\r\nWarning: ", "399 10.0.0.2 \"a\",", END),
    ("open warnings", "SIP/2.0 200 OK\r\nWarning: ", "399 <,", END),
    ("From brackets", FROM, "<", END),
    ("From semicolons", "SIP/2.0 200 OK\r\nFrom: <sip:h>", ";", END),
    ("From parameters with brackets", "SIP/2.0 200 OK\r\nFrom: <sip:h>", ";<", END),
    ("From parameters with quotes", "SIP/2.0 200 OK\r\nFrom: <sip:h>", ";\"\"", END),
    ("From parameters with equals signs", "SIP/2.0 200 OK\r\nFrom: <sip:h>;", "=", END),
    ("From at signs", "SIP/2.0 200 OK\r\nFrom: <sip:", "@", ">\r\n\r\n"),
    ("credentials", DIGEST, "a=\"b\",", END),
    ("credentials with brackets", DIGEST, "a=<,", END),
    ("credentials for the Request-URI", DIGEST, "uri=\"sip:x\" ", END),
    ("media", SDP, "m=audio 4000 RTP/AVP 0\r\n", ""),
    ("media that cannot be read", SDP, "m=x\r\n", ""),
    ("media with attributes", SDP, "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 10.0.0.2\r\na=mid:1\r\n", ""),
    ("connections of one media", MEDIA, "c=IN IP4 10.0.0.2\r\n", ""),
    ("candidates", MEDIA, "a=candidate:1 1 UDP 1 10.0.0.2 4000 typ host\r\n", ""),
    ("a long candidate", "SIP/2.0 200 OK\r\nContent-Type: application/sdp\r\n\r\n\
        v=0\r\nm=audio 4000 RTP/AVP 0\r\na=candidate:1 1 UDP 1 10.0.0.2 4000 typ host", " raddr 10.0.0.2", ""),
    ("remote candidates", "SIP/2.0 200 OK\r\nContent-Type: application/sdp\r\n\r\n\
        v=0\r\nm=audio 4000 RTP/AVP 0\r\na=remote-candidates:", "1 10.0.0.2 4000 ", ""),
    ("a=rtcp again and again", MEDIA, "a=rtcp:4001 IN IP4 10.0.0.2\r\n", ""),
    ("unknown attributes", MEDIA, "a=x\r\n", ""),
    ("empty lines of a description", SDP, "\r\n", ""),
    ("lines without equals sign", SDP, "x\n", ""),
    ("TABs in a description", SDP, "\t", ""),
    ("boundaries", PARTS, "--b\r\n", "--b--"),
    ("what is nearly a boundary", PARTS, "--bb\r\n", "--b--"),
    ("parts that are not ended", PARTS, "\r\n-", ""),
    ("descriptions in parts", PARTS, "c: application/sdp\r\n\r\nv=0\r\n--b\r\n", "--b--"),
    ("parts in parts", PARTS, "c: multipart/mixed;boundary=c\r\n\r\n--c\r\n\r\n--c--\r\n--b\r\n", "--b--"),
    ("open parts in parts", PARTS, "c: multipart/mixed;boundary=c\r\n\r\n--c\r\n--b\r\n", "--b--"),
    ("a long boundary", "SIP/2.0 200 OK\r\nContent-Type: multipart/mixed;boundary=", "--b", "\r\n\r\n----b--b"),
];

fn message(&(_, head, repeated, tail): &Case, len: usize) -> Vec<u8> {
    let count = len.saturating_sub(head.len() + tail.len()) / repeated.len();
    [head, &repeated.repeat(count), tail].concat().into_bytes()
}

/// A conntrack that gives what is wished for and remembers nothing, so that its work is not counted.
struct Generous;

impl Pinholes for Generous {
    fn open_media(
        &mut self,
        _: Option<&Part<'_>>,
        wish: &MediaPinhole,
    ) -> Result<MediaPorts, Refusal> {
        Ok(wish.ports)
    }

    fn take_back(&mut self, _: Option<&Part<'_>>, _: u8) {}

    fn media_comes_from(&mut self, _: &Part<'_>, _: u8, _: SocketAddr) {}

    fn media_inside(&mut self, outside: SocketAddr) -> Option<SocketAddr> {
        Some(outside)
    }

    fn is_near(&mut self, _: IpAddr) -> bool {
        true
    }

    fn turn(&mut self, _: &[u8], _: Turn) {}

    fn open_signalling(&mut self, wish: &SignallingPinhole) -> Result<SocketAddr, Refusal> {
        Ok(wish.outside)
    }

    fn admit(&mut self, _: SocketAddr, _: u32) {}

    fn expect_answers(&mut self, _: SocketAddr, _: SocketAddr) -> Result<(), Refusal> {
        Ok(())
    }

    fn close_signalling(&mut self, _: u16) {}

    fn registration(&mut self, _: &[u8]) -> Option<Registration> {
        None
    }

    fn remember(&mut self, _: &[u8], _: Registration, _: u32) {}

    fn is_bound_besides(&mut self, _: &[u8], _: u16) -> bool {
        false
    }

    fn inside(&mut self, outside: SocketAddr) -> Option<SocketAddr> {
        Some(outside)
    }

    fn outside(&mut self, inside: SocketAddr) -> Option<SocketAddr> {
        Some(inside)
    }

    fn lead_round(&mut self, _: SocketAddr, _: SocketAddr) -> bool {
        true
    }
}

/// What is counted: everything is read, and what concerns the NAT is translated.
#[inline(never)]
fn work(message: &[u8], flow: &Flow) -> usize {
    let mut count = 0;
    let _ = walk(message, &mut |_| count += 1);
    let mut slots = [Edit::NONE; 256];
    let mut edits = Edits::new(message, &mut slots);
    let policy = Policy {
        direct_media: true,
        direct_signalling: true,
        any_contact_port: false,
    };
    alg::translate(
        flow,
        policy,
        &mut Memory::default(),
        &mut Generous,
        &mut edits,
    );
    count + edits.as_slice().len()
}

#[test]
#[ignore = "is run under callgrind by the test beside it"]
fn counted() {
    let flow = Gateway::new(1024).out_flow();
    for case in CASES {
        for len in LENGTHS {
            let message = message(case, len);
            std::hint::black_box(work(&message, &flow));
        }
    }
}

/// The instructions of each call of [`work`], in order; nothing where callgrind is not to be had.
fn counts() -> Vec<u64> {
    let program = env::current_exe().unwrap();
    let folder = program.with_extension("callgrind");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let work = "alg::linear::work";
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet", "--collect-atstart=no"])
        .arg(format!("--toggle-collect={work}"))
        .arg(format!("--dump-after={work}"))
        .arg(format!("--callgrind-out-file={}/out", folder.display()))
        .arg(&program)
        .args([
            "--ignored",
            "--exact",
            "linear::counted",
            "--test-threads=1",
        ])
        .output();
    let Ok(run) = run else {
        return Vec::new();
    };
    assert!(run.status.success(), "{run:?}");
    let count = |number: usize| {
        let text = fs::read_to_string(folder.join(format!("out.{number}"))).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("totals: "));
        line.unwrap().trim().parse().unwrap()
    };
    (1..=CASES.len() * LENGTHS.len()).map(count).collect()
}

#[test]
fn every_byte_costs_the_same_however_long_the_message() {
    let counts = counts();
    if counts.is_empty() {
        std::println!("# SKIP no callgrind to count with");
        return;
    }
    let mut steep = Vec::new();
    for (case, counts) in CASES.iter().zip(counts.chunks(LENGTHS.len())) {
        let lens = LENGTHS.map(|len| message(case, len).len() as u64);
        let each: Vec<_> = counts
            .iter()
            .zip(lens)
            .map(|(count, len)| count / len)
            .collect();
        std::println!("{:36} {each:5?} instructions for a byte", case.0);
        if each.iter().any(|cost| cost * 100 > each[0] * TOLERANCE) {
            steep.push(format!("{}: {each:?}", case.0));
        }
    }
    assert!(steep.is_empty(), "{}", steep.join("\n"));
}
