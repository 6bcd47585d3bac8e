// SPDX-License-Identifier: GPL-2.0

//! That readers find what is there: one that gives up at once would be the fastest of all.

use super::extract::{
    extract,
    place, //
};
use super::message::Message;
use super::readers::{
    Kind,
    Reader,
    READERS, //
};

/// What a peer shows that it has read: the length and first eight bytes of Call-ID, and the sum of the
/// ports that media has. The same as `facts` in peers.h.
pub fn facts(call_id: &[u8], ports: u64) -> u64 {
    let word = call_id.first_chunk().copied().unwrap_or_default();
    u64::from_ne_bytes(word) ^ ((call_id.len() as u64) << 32) ^ ports
}

/// Which messages each reader accepts; an error where nf_sip or a floor finds anything but the truth.
pub fn accepted(messages: &[Message]) -> Result<Vec<Vec<bool>>, String> {
    let accepts = |reader: &Reader, message: &Message| {
        let found = reader.read(bytes(reader, message));
        let truth = truth(reader, message)?;
        if found != truth && (found != 0 || reader.kind != Kind::Peer) {
            let Reader { name, .. } = reader;
            let message = message.name;
            return Err(format!(
                "{name} reads {found:#x} in {message}, not {truth:#x}"
            ));
        }
        Ok(found == truth)
    };
    let row = |reader| {
        messages
            .iter()
            .map(|message| accepts(reader, message))
            .collect()
    };
    READERS.iter().map(row).collect()
}

/// What of a message a reader is given.
pub fn bytes<'a>(reader: &Reader, message: &'a Message) -> &'a [u8] {
    match reader.kind {
        Kind::Headers => &message.lines,
        _ => &message.bytes,
    }
}

/// What a reader has to find.
fn truth(reader: &Reader, message: &Message) -> Result<u64, String> {
    let count = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
    Ok(match reader.kind {
        Kind::Lines => count(&message.bytes),
        Kind::Headers => {
            let body = message.header_len() + message.lines.len() - message.bytes.len();
            // The empty line is none of them.
            ((count(&message.lines[..body]) - 1) << 32) | body as u64
        }
        Kind::Own => own(message)?,
        Kind::Peer => {
            let port = |range| message.text(range).parse::<u64>().unwrap_or_default();
            let ports = message.ports.iter().map(port).sum();
            facts(message.text(&message.call_id).as_bytes(), ports)
        }
    })
}

/// What nf_sip finds when it is compiled for the host, where Call-ID and all ports have to be.
fn own(message: &Message) -> Result<u64, String> {
    let mut values = Vec::new();
    extract(&message.bytes, |value| values.push(value));
    for range in message.ports.iter().chain([&message.call_id]) {
        if range.is_empty() || !values.contains(&place(range.start, range.len())) {
            let (text, message) = (message.text(range), message.name);
            return Err(format!("nf_sip does not find {text} in {message}"));
        }
    }
    Ok(values.iter().fold(0, |sum, value| sum ^ value))
}
