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
    #[inline(always)]
    pub(super) fn next_unless(&mut self, stop: u8) -> Option<Line<'a>> {
        let mut ahead = *self;
        if let [letter, b'=', ..] = ahead.rest.bytes() {
            if *letter == stop {
                return None;
            }
        }
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

    #[inline(always)]
    fn next(&mut self) -> Option<Line<'a>> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let (line, rest) = self.rest.split_line();
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
