// SPDX-License-Identifier: GPL-2.0

//! No message costs more than so many instructions for each of its bytes, however long it is.
//!
//! Instructions are counted, not time: callgrind runs this very program with [`counted`] as its only
//! test, and writes down what each call of [`work`] takes.

use std::process::Command;
use std::{
    env,
    fs, //
};

use alg::call::{
    Memory,
    Policy, //
};
use alg::nat::{
    Edit,
    Edits,
    Flow, //
};

use crate::gateway::Gateway;
use crate::generous::Generous;
use crate::reader::walk;
use crate::shapes::{
    message,
    CASES, //
};

/// Lengths of the messages, from that of a common one to that of the longest datagram.
const LENGTHS: [usize; 4] = [1 << 10, 1 << 12, 1 << 14, 1 << 16];

/// How much dearer a byte of a longer message may be than one of the shortest, in percent: beyond a number of
/// them lines are folded no more, and a line costs more than a fold. What grows with the square is 64 times
/// as dear in the longest.
const TOLERANCE: u64 = 150;

/// What is counted: everything is read, and what concerns the NAT is translated.
#[inline(never)]
fn work(message: &[u8], flow: &Flow) -> usize {
    let mut count = 0;
    let _ = walk(message, &mut |_| count += 1);
    count + translated(message, flow)
}

/// What concerns the NAT is translated; the number of changes.
fn translated(message: &[u8], flow: &Flow) -> usize {
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
    edits.as_slice().len()
}

/// Header fields are found, and nothing is done with them; their number.
fn skipped(message: &[u8]) -> usize {
    let (_, headers) = alg::sip::message::parse(message).expect("it is one");
    headers.map(std::hint::black_box).count()
}

/// What is counted of fields: the message is translated, or its fields are only found.
#[inline(never)]
fn header(message: &[u8], flow: Option<&Flow>) -> usize {
    flow.map_or_else(|| skipped(message), |flow| translated(message, flow))
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

/// How many more fields the second of two messages has.
const MORE: usize = 32;

/// Fields that nobody asks for: of a usual length, a long one, one whose name begins as that of a known one, and
/// one that names the sender.
const UNKNOWN: [&str; 4] = [
    "X-Info: what a proxy has to say of a call, in some words\r\n",
    "P-Charging-Vector: icid-value=\"a84b4c76e66710@pcscf.example.com\";icid-generated-at=192.0.2.1;\
     orig-ioi=example.com;term-ioi=example.net;transit-ioi=\"example.org, example.edu\"\r\n",
    "Content-Language: en, de, and others that are understood\r\n",
    "Subject: <sip:alice@10.0.0.2:5060>;tag=10.0.0.2, \"10.0.0.2\"\r\n",
];

/// A message with so many fields of that kind.
fn with_unknown(field: &str, count: usize) -> Vec<u8> {
    let others = field.repeat(count);
    let message = format!(
        "OPTIONS sip:203.0.113.10 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK1\r\n\
         CSeq: 1 OPTIONS\r\n{others}Contact: <sip:10.0.0.2>\r\n\r\n"
    );
    message.into_bytes()
}

#[test]
#[ignore = "is run under callgrind by the test beside it"]
fn counted_unknown() {
    let flow = Gateway::new(1024).out_flow();
    for field in UNKNOWN {
        for count in [4, 4 + MORE] {
            let message = with_unknown(field, count);
            assert_eq!(header(&message, Some(&flow)), 2, "{field}");
            assert_eq!(header(&message, None), count + 3, "{field}");
        }
    }
}

/// The instructions of each call of a function by a test, in order; nothing where callgrind is not to be had.
fn counts(test: &str, function: &str, calls: usize) -> Vec<u64> {
    let program = env::current_exe().unwrap();
    let folder = program.with_extension(format!("{test}.callgrind"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet", "--collect-atstart=no"])
        .arg(format!("--toggle-collect=alg::linear::{function}"))
        .arg(format!("--dump-after=alg::linear::{function}"))
        .arg(format!("--callgrind-out-file={}/out", folder.display()))
        .arg(&program)
        .args(["--ignored", "--exact", "--test-threads=1"])
        .arg(format!("linear::{test}"))
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
    (1..=calls).map(count).collect()
}

#[test]
fn every_byte_costs_the_same_however_long_the_message() {
    let counts = counts("counted", "work", CASES.len() * LENGTHS.len());
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

/// How much more an unknown field may cost than finding where it ends and that nobody knows its name, in percent.
const SKIP: u64 = 150;

#[test]
fn unknown_field_costs_a_skip_and_nothing_more() {
    let counts = counts("counted_unknown", "header", UNKNOWN.len() * 4);
    if counts.is_empty() {
        std::println!("# SKIP no callgrind to count with");
        return;
    }
    for (field, counts) in UNKNOWN.iter().zip(counts.chunks(4)) {
        // Few fields are translated, then skipped; then many.
        let [translated, skipped] =
            [0, 1].map(|which| (counts[which + 2] - counts[which]) / MORE as u64);
        std::println!("{translated} {skipped} instructions for {field:?}");
        assert!(
            translated * 100 <= skipped * SKIP,
            "{translated} {skipped} {field}"
        );
    }
}
