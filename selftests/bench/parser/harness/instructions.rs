// SPDX-License-Identifier: GPL-2.0

//! How many instructions readers take, which callgrind counts.

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::process::{
    Command,
    Stdio, //
};
use std::{
    env,
    fs, //
};

use super::checks;
use super::message::Message;
use super::readers::Reader;
use super::Table;

/// What callgrind counts, and writes down each time that it is left.
#[no_mangle]
#[inline(never)]
fn counted_call(reader: &Reader, bytes: &[u8]) -> u64 {
    reader.read(bytes)
}

/// Calls a reader once, when all that is done but once has been done.
pub fn call(reader: &Reader, message: &Message) {
    let bytes = checks::bytes(reader, message);
    for _ in 0..3 {
        black_box(reader.read(bytes));
    }
    black_box(counted_call(reader, bytes));
}

/// The instructions of each reader for each message in `folder` that it accepts. What callgrind writes
/// goes to `dumps`.
pub fn all(
    folder: &Path,
    dumps: &Path,
    accepted: &[Vec<bool>],
) -> Result<Table<u64>, Box<dyn Error>> {
    eprintln!("    Counting instructions");
    if dumps.exists() {
        fs::remove_dir_all(dumps)?;
    }
    fs::create_dir_all(dumps)?;
    let status = Command::new("valgrind")
        .args(["-q", "--tool=callgrind", "--collect-atstart=no"])
        .args(["--toggle-collect=counted_call", "--dump-after=counted_call"])
        .arg(format!(
            "--callgrind-out-file={}",
            dumps.join("dump").display()
        ))
        .arg(env::current_exe()?)
        .arg("--count")
        .arg(folder)
        .stdout(Stdio::null())
        .status()?;
    if !status.success() {
        return Err(format!("valgrind: {status}").into());
    }
    let mut number = 0;
    let mut total = || {
        number += 1;
        let dump = fs::read_to_string(dumps.join(format!("dump.{number}")))?;
        let total = dump.lines().find_map(|line| line.strip_prefix("totals: "));
        let total = total.ok_or("callgrind wrote no totals")?;
        Ok::<u64, Box<dyn Error>>(total.trim().parse()?)
    };
    let mut row = |row: &Vec<bool>| {
        let cells = row
            .iter()
            .map(|accepted| accepted.then(&mut total).transpose());
        cells.collect::<Result<Vec<_>, _>>()
    };
    accepted.iter().map(&mut row).collect()
}
