// SPDX-License-Identifier: GPL-2.0

//! What may have become of a message on its way.

use std::net::IpAddr;

use crate::dialog::Ends;

/// How a message that arrived differs from what was sent.
#[derive(PartialEq, Eq, Debug)]
pub enum Finding {
    /// Not at all.
    Equal,
    /// Where addresses and lengths stand, and nowhere else.
    Translated,
    /// Elsewhere: the first line that should be as it was, and what came.
    Changed(String, String),
}

/// Compares line by line: a translation adds none, takes none away, and leaves those that name neither
/// an end of the connection nor a length or a port that goes with one.
pub fn judge(sent: &[u8], got: &[u8], ends: &Ends) -> Finding {
    if sent == got {
        return Finding::Equal;
    }
    if line_ends(sent).ne(line_ends(got)) {
        let text = "line ends".to_owned();
        return Finding::Changed(text.clone(), text);
    }
    let named = [ends.phone, ends.public, ends.server].map(|end| name(end.ip()));
    let (mut before, mut after) = (lines(sent), lines(got));
    let mut free = false;
    loop {
        let (old, new) = (before.next(), after.next());
        if old.is_none() && new.is_none() {
            return Finding::Translated;
        }
        // What goes on in another line is free where the first one is.
        let goes_on = old.is_some_and(|line| line.starts_with(b" ") || line.starts_with(b"\t"));
        free = (goes_on && free) || old.is_some_and(|line| may_change(line, &named));
        if old != new && !free {
            return Finding::Changed(shown(old), shown(new));
        }
    }
}

/// How lines name an address: one of IPv6 may end in another way and mean the same.
fn name(ip: IpAddr) -> Vec<u8> {
    let text = ip.to_string();
    let common = text.split_inclusive("::").next();
    common.unwrap_or_default().as_bytes().to_vec()
}

/// A CR alone ends a line as well.
fn is_line_end(byte: &u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

fn line_ends(text: &[u8]) -> impl Iterator<Item = &u8> {
    text.iter().filter(|byte| is_line_end(byte))
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(is_line_end).filter(|line| !line.is_empty())
}

fn may_change(line: &[u8], named: &[Vec<u8>]) -> bool {
    let folded = line.to_ascii_lowercase();
    let names = named.iter().any(|name| has(&folded, name));
    names || is_length(line) || has(line, b"m=") || has(&folded, b"a=rtcp:")
}

fn has(line: &[u8], part: &[u8]) -> bool {
    line.windows(part.len()).any(|found| found == part)
}

/// Whether a header field of that name stands there.
fn is_length(line: &[u8]) -> bool {
    let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
    let name = name.trim_ascii().to_ascii_lowercase();
    name == b"l" || name == b"content-length"
}

fn shown(line: Option<&[u8]>) -> String {
    let Some(line) = line else {
        return "(nothing)".to_owned();
    };
    line[..line.len().min(300)].escape_ascii().to_string()
}
