// SPDX-License-Identifier: GPL-2.0

//! `type=value` lines, ended by CRLF, LF or CR.
//!
//! A line is read from its front, as far as it is wanted; where it ends is looked for from there on, and
//! so only once. The line end and what the next line begins with are looked at in one word.

use super::Address;
use crate::scan::find_line_end_near;
use crate::sip::Error;
use crate::word::first_word;
use crate::Text;

/// Line end, letter and equals sign, as they stand in the lower half of a word.
const fn start(line: &[u8; 4]) -> u32 {
    u32::from_le_bytes(*line)
}

pub(super) const VERSION: u32 = start(b"\r\nv=");
pub(super) const ORIGIN: u32 = start(b"\r\no=");
pub(super) const CONNECTION: u32 = start(b"\r\nc=");
pub(super) const MEDIA: u32 = start(b"\r\nm=");
pub(super) const ATTRIBUTE: u32 = start(b"\r\na=");

/// How attributes begin that are about formats, which most of them are.
const FORMATS: [u64; 2] = [
    u64::from_le_bytes(*b"\r\na=rtpm"),
    u64::from_le_bytes(*b"\r\na=fmtp"),
];

const CRLF: u16 = u16::from_le_bytes(*b"\r\n");

/// What stands in a line that has no room for a letter and an equals sign.
#[cold]
fn nothing<'a>() -> Text<'a> {
    Text::new(&[])
}

/// Walks the lines of a description.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines<'a> {
    /// The line in front, or what has not been read of it, and all behind it.
    rest: Text<'a>,
    /// The line end before it, and the first six characters from there on.
    front: u64,
    /// How many more are looked at, or [`CUT`].
    left: usize,
}

/// There were more lines than are looked at.
const CUT: usize = usize::MAX;

/// For so many more lines counts one that cannot be read, which takes long.
const BROKEN: usize = 8;

/// For as many more one that holds a TAB, or goes beyond ASCII.
const UNUSUAL: usize = 8;

impl<'a> Lines<'a> {
    /// The lines that fill `text`.
    #[inline(always)]
    pub(super) fn new(text: Text<'a>) -> Self {
        Self::of(text, usize::MAX.wrapping_sub(1))
    }

    /// The same, unless there are many more than in one that is meant to be read.
    #[inline(always)]
    pub(super) fn within_bounds(text: Text<'a>) -> Self {
        Self::of(text, text.len().wrapping_div(20).wrapping_add(56))
    }

    #[inline(always)]
    fn of(text: Text<'a>, left: usize) -> Self {
        Self {
            rest: text,
            front: first_word(text.bytes()).wrapping_shl(16) | u64::from(CRLF),
            left,
        }
    }

    /// Whether there are more than are looked at.
    pub(super) const fn is_cut(&self) -> bool {
        self.left == CUT
    }

    /// Goes behind a line end with few characters behind, if any.
    #[cold]
    fn go_to_last(&mut self, end: Text<'a>) -> Option<u32> {
        if end.bytes() != b"\r\n" {
            return self.go_behind_unusual(end);
        }
        self.rest = end.skip(2);
        None
    }

    /// Goes behind a line end other than CRLF, or to one if there is none.
    #[cold]
    fn go_behind_unusual(&mut self, end: Text<'a>) -> Option<u32> {
        let (next, more) = match end.line_end() {
            0 => (end.split_line().1, UNUSUAL),
            len => (end.skip(len), 0),
        };
        *self = Self::of(next, self.left.saturating_sub(more));
        self.start()
    }

    /// The end, where there are too many.
    #[cold]
    fn cut(self) -> Self {
        Self {
            rest: self.rest.skip(self.rest.len()),
            front: 0,
            left: CUT,
        }
    }

    /// The line in front and all behind it.
    #[inline(always)]
    pub(super) const fn rest(&self) -> Text<'a> {
        self.rest
    }

    /// What the line in front begins with; `None` where there is no line.
    #[inline(always)]
    pub(super) const fn start(&self) -> Option<u32> {
        match self.rest.is_empty() {
            true => None,
            // CAST: The first four of the eight characters.
            false => Some(self.front as u32),
        }
    }

    /// What stands behind letter and equals sign of the line in front, and all lines behind it.
    #[inline(always)]
    pub(super) fn value(&self) -> Text<'a> {
        match self.rest.bytes() {
            [_, _, value @ ..] => Text::new(value),
            _ => nothing(),
        }
    }

    /// The first four characters of the value.
    #[inline(always)]
    pub(super) const fn name(&self) -> u32 {
        // CAST: The last four of the eight characters.
        self.front.wrapping_shr(32) as u32
    }

    /// Goes behind a part of the line in front, up to which it has been read.
    #[inline(always)]
    pub(super) fn go_behind(&mut self, part: Text<'a>) {
        let read = part.behind(self.rest).wrapping_add(part.len());
        self.rest = self.rest.skip_within(read);
    }

    /// Goes behind the address that stands in the line in front, where it could be read.
    #[inline(always)]
    pub(super) fn address(&mut self, read: Result<Address<'a>, Error>) -> Option<Address<'a>> {
        let Ok(address) = read else {
            // There is one in most descriptions, if any.
            self.broken();
            return None;
        };
        self.go_behind(address.host);
        Some(address)
    }

    /// Counts that the line in front cannot be read, or should not be there.
    #[cold]
    pub(super) fn broken(&mut self) {
        self.left = self.left.saturating_sub(BROKEN);
    }

    /// For how many lines those count that have been passed since `before`.
    #[inline(always)]
    pub(super) const fn since(&self, before: &Self) -> usize {
        before.left.wrapping_sub(self.left)
    }

    /// Goes to the next line, over those that are about formats; tells what it begins with.
    #[inline(always)]
    pub(super) fn advance(&mut self) -> Option<u32> {
        let mut rest = self.rest;
        let mut formats: usize = 1;
        loop {
            let end = rest.skip_within(find_line_end_near(rest.bytes()));
            let Some((front, behind)) = end.bytes().split_first_chunk() else {
                return self.go_to_last(end);
            };
            let front = u64::from_le_bytes(*front);
            if FORMATS.contains(&front) {
                rest = Text::new(behind);
                formats = formats.wrapping_add(1);
                continue;
            }
            let Some(left) = self.left.checked_sub(formats) else {
                *self = self.cut();
                return None;
            };
            self.left = left;
            // CAST: The first two of the eight characters.
            if front as u16 != CRLF {
                return self.go_behind_unusual(end);
            }
            self.rest = end.skip_within(2);
            self.front = front;
            // CAST: The first four.
            return Some(front as u32);
        }
    }

    /// The same where it seldom is done.
    #[inline(never)]
    pub(super) fn skip(&mut self) {
        self.advance();
    }

    /// The value of each line that begins so.
    pub(super) fn values(self, wanted: u32) -> impl Iterator<Item = Text<'a>> {
        self.values_of(wanted, |_| true)
    }

    /// The same where the first four characters of the value are wanted, too.
    pub(super) fn values_of(
        mut self,
        wanted: u32,
        is_wanted: impl Fn(u32) -> bool,
    ) -> impl Iterator<Item = Text<'a>> {
        core::iter::from_fn(move || {
            while let Some(start) = self.start() {
                if start != wanted || !is_wanted(self.name()) {
                    self.skip();
                    continue;
                }
                let (value, _) = self.value().split_line();
                self.go_behind(value);
                self.skip();
                return Some(value);
            }
            None
        })
    }
}
