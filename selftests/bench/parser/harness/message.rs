// SPDX-License-Identifier: GPL-2.0

//! The messages that are read, and what is true of them, found without any parser.

use std::fs;
use std::ops::Range;
use std::path::Path;

/// The names of the files, without their ending.
const NAMES: [&str; 4] = ["a_register", "b_invite", "c_200ok", "d_8k"];

/// A message.
pub struct Message {
    /// The file without its ending.
    pub name: &'static str,
    /// The message itself.
    pub bytes: Vec<u8>,
    /// Its header lines for httparse, which wants no SIP/2.0 in front and knows no folded lines: without
    /// the start line, and with blanks for each line end that is none.
    pub lines: Vec<u8>,
    /// Where the value of Call-ID lies.
    pub call_id: Range<usize>,
    /// Where the port of each `m=` line lies.
    pub ports: Vec<Range<usize>>,
}

impl Message {
    /// Reads the messages in a folder.
    pub fn all(folder: &Path) -> Result<Vec<Self>, String> {
        let read = |name| {
            let path = folder.join(name).with_extension("txt");
            let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            Ok(Self::new(name, bytes))
        };
        NAMES.into_iter().map(read).collect()
    }

    fn new(name: &'static str, bytes: Vec<u8>) -> Self {
        let text = String::from_utf8_lossy(&bytes);
        let start_line = text.find("\r\n").map_or(0, |at| at + 2);
        let lines = text[start_line..].replace("\r\n ", "   ").into_bytes();
        let until = |start: usize, end| {
            let len = text[start..].find(end).unwrap_or_default();
            start..start + len
        };
        let call_id = text.find("\r\nCall-ID: ").map_or(0, |at| at + 11);
        let ports = text.match_indices("\r\nm=").filter_map(|(at, _)| {
            let port = at + text[at..].find(' ')? + 1;
            Some(until(port, " "))
        });
        Self {
            name,
            call_id: until(call_id, "\r\n"),
            ports: ports.collect(),
            lines,
            bytes,
        }
    }

    /// The text in a range of the message.
    pub fn text(&self, range: &Range<usize>) -> &str {
        std::str::from_utf8(&self.bytes[range.clone()]).unwrap_or_default()
    }

    /// How many bytes it has up to its body.
    pub fn header_len(&self) -> usize {
        let end = self.bytes.windows(4).position(|bytes| bytes == b"\r\n\r\n");
        end.map_or(0, |at| at + 4)
    }
}
