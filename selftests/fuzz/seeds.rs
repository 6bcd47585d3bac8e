// SPDX-License-Identifier: GPL-2.0

//! `seeds FOLDER [MESSAGE...]` writes what the fuzzers begin with, below FOLDER in one folder for each
//! target: the project's own vectors, and the messages of the files named.

mod names;
#[path = "../tests/alg/vectors/whole.rs"]
mod whole;

use std::path::{
    Path,
    PathBuf, //
};
use std::{
    env,
    fs,
    io, //
};

use alg::sip::message;

use names::NAMES;

fn main() -> io::Result<()> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let folder = arguments.next().expect("seeds FOLDER [MESSAGE...]");
    for target in ["message", "values", "sdp", "edits", "streams"] {
        fs::create_dir_all(folder.join(target))?;
    }
    for (place, text) in whole::MESSAGES.iter().enumerate() {
        seed(&folder, &format!("own-{place}"), text.as_bytes())?;
    }
    for (place, file) in arguments.enumerate() {
        seed(&folder, &format!("other-{place}"), &fs::read(file)?)?;
    }
    Ok(())
}

/// Writes one message for every target.
fn seed(folder: &Path, name: &str, text: &[u8]) -> io::Result<()> {
    fs::write(folder.join("message").join(name), text)?;
    for how in [0b0011, 0b0110_u8] {
        let file = folder.join("edits").join(format!("{name}-{how}"));
        fs::write(file, [&[how], text].concat())?;
    }
    for plan in [[0xff; 24], [40; 24]] {
        let file = folder.join("streams").join(format!("{name}-{}", plan[0]));
        fs::write(file, [&plan, text, text].concat())?;
    }
    let Ok((_, mut headers)) = message::parse(text) else {
        return Ok(());
    };
    for (place, header) in headers.by_ref().enumerate() {
        let Some(which) = NAMES.iter().position(|&known| known == header.name) else {
            continue;
        };
        let file = folder.join("values").join(format!("{name}-{place}"));
        fs::write(file, [&[which as u8], header.value.bytes()].concat())?;
    }
    match headers.body() {
        Some(body) if body.bytes().starts_with(b"v=") => {
            fs::write(folder.join("sdp").join(name), body.bytes())
        }
        _ => Ok(()),
    }
}
