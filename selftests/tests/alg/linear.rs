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
