// SPDX-License-Identifier: GPL-2.0

//! `harness FOLDER DUMPS JSON` measures nf_sip, floors and peers with the messages of FOLDER, prints a
//! table and writes the figures to JSON, and to DUMPS what callgrind writes. `harness --count FOLDER` is
//! what it runs in callgrind.

mod checks;
#[path = "../kernel/extract.rs"]
mod extract;
mod instructions;
mod message;
mod readers;
mod report;
mod rust;
mod time;

use std::env;
use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use message::Message;
use readers::READERS;

/// What one reader needs for one message.
#[derive(Clone, Copy)]
pub struct Figures {
    /// Nanoseconds, the best of all rounds.
    pub ns: f64,
    /// Instructions of one call.
    pub instructions: u64,
}

/// By reader and message, in the order of both; `None` for a message that the reader refuses.
pub type Table<T> = Vec<Vec<Option<T>>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments[..] {
        ["--count", folder] => count(Path::new(folder)),
        [folder, dumps, json] => measure(Path::new(folder), Path::new(dumps), Path::new(json)),
        _ => {
            eprintln!("usage: harness FOLDER DUMPS JSON");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench-parser: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Calls every reader with every message that it accepts, once warm, in the order of both.
fn count(folder: &Path) -> Result<(), Box<dyn Error>> {
    let messages = Message::all(folder)?;
    for (reader, accepted) in READERS.iter().zip(checks::accepted(&messages)?) {
        for (message, accepted) in messages.iter().zip(accepted) {
            if accepted {
                instructions::call(reader, message);
            }
        }
    }
    Ok(())
}

fn measure(folder: &Path, dumps: &Path, json: &Path) -> Result<(), Box<dyn Error>> {
    let messages = Message::all(folder)?;
    let accepted = checks::accepted(&messages)?;
    let times = time::best(&messages, &accepted);
    let instructions = instructions::all(folder, dumps, &accepted)?;
    let figures: Table<Figures> = times
        .into_iter()
        .zip(instructions)
        .map(|(times, instructions)| {
            let both = times.into_iter().zip(instructions);
            both.map(|(ns, instructions)| {
                Some(Figures {
                    ns: ns?,
                    instructions: instructions?,
                })
            })
            .collect()
        })
        .collect();
    report::print(&messages, &figures);
    std::fs::write(json, report::json(&messages, &figures))?;
    Ok(())
}
