// SPDX-License-Identifier: GPL-2.0

//! `type=value` lines, ended by CRLF, LF or CR.

use crate::scan::begins_exactly;
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
        loop {
            match self.rest.bytes() {
                [] => return None,
                [letter, b'=', ..] if *letter == stop => return None,
                [letter, b'=', ..] => return Some(self.line(*letter)),
                _ => self.rest = self.rest.split_line().1,
            }
        }
    }

    /// Passes over attributes that are about formats, which most of them are.
    #[inline(always)]
    pub(super) fn skip_formats(&mut self) {
        while begins_exactly(self.rest.bytes(), [*b"a=rtpm", *b"a=fmtp"]) {
            self.rest = self.rest.split_line().1;
        }
    }

    /// The line in front, which has that letter and an equals sign.
    #[inline(always)]
    fn line(&mut self, letter: u8) -> Line<'a> {
        let (value, rest) = self.rest.skip(2).split_line();
        self.rest = rest;
        Line { letter, value }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    #[inline(always)]
    fn next(&mut self) -> Option<Line<'a>> {
        loop {
            match self.rest.bytes() {
                [] => return None,
                [letter, b'=', ..] => return Some(self.line(*letter)),
                _ => self.rest = self.rest.split_line().1,
            }
        }
    }
}
