// SPDX-License-Identifier: GPL-2.0

//! `type=value` lines, ended by CRLF, LF or CR.

use crate::Text;

/// One line: its letter and what stands behind the equals sign.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    pub(super) letter: u8,
    pub(super) value: Text<'a>,
}

/// Walks the lines of a description; what has no `=` in second place is passed over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines<'a> {
    pub(super) rest: Text<'a>,
}

impl<'a> Lines<'a> {
    /// The next line, if its letter is not `stop`, which stays to be read.
    pub(super) fn next_unless(&mut self, stop: u8) -> Option<Line<'a>> {
        let mut ahead = *self;
        let line = ahead.next()?;
        if line.letter == stop {
            return None;
        }
        *self = ahead;
        Some(line)
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        loop {
            let start = self
                .rest
                .split_where(|byte| !matches!(byte, b'\r' | b'\n'))
                .1;
            if start.is_empty() {
                self.rest = start;
                return None;
            }
            let (line, rest) = start.split_where(|byte| matches!(byte, b'\r' | b'\n'));
            self.rest = rest;
            if let [letter, b'=', ..] = line.bytes() {
                return Some(Line {
                    letter: *letter,
                    value: line.skip(2),
                });
            }
        }
    }
}

/// Splits off the first word; blanks in front of it and behind it are dropped.
pub(super) fn word(text: Text<'_>) -> (Text<'_>, Text<'_>) {
    let (word, rest) = text.trim_start().split_where(|byte| byte == b' ');
    (word, rest.trim_start())
}
