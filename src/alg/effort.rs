// SPDX-License-Identifier: GPL-2.0

//! How much of a message is looked at.

use crate::reason::Reason;
use crate::sip::mime::Part;
use crate::sip::Header;

/// What there is for the shortest message: RFC 4475 3.1.1.7 has more than thirty Vias in less than 2 KiB.
const LEAST: usize = 88;

/// Some leave out the blank behind the colon in all fields of a message.
const EXCUSED: usize = 32;

/// What is left of the effort that a message may take.
///
/// What is read costs by the field and by the value, and those of a message that is meant to be read are
/// not so short that there are many of them. So one that is made of nothing else takes no longer than
/// another of its length; it passes as it came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    left: usize,
    /// How many more fields may begin in an unusual way for nothing.
    excused: usize,
}

impl Effort {
    /// As many bytes make room for one more.
    const BYTES: usize = 24;

    /// A header field.
    pub(crate) const FIELD: usize = 1;
    /// One that begins in an unusual way, besides.
    const UNUSUAL: usize = 4;
    /// A parameter that is looked at more closely, or a Via or route that is changed.
    pub(crate) const PARAMETER: usize = 2;
    /// A Via.
    pub(crate) const VIA: usize = 3;
    /// A value of another list.
    pub(crate) const VALUE: usize = 5;
    /// A route.
    pub(crate) const HOP: usize = 3;
    /// A value or route that is none.
    pub(crate) const UNREADABLE: usize = 6;
    /// A part of a body.
    const PART: usize = 6;
    /// The description that it is.
    const DESCRIPTION: usize = 14;

    /// What there is for a message of so many bytes.
    pub(crate) const fn new(len: usize) -> Self {
        Self {
            left: len.wrapping_div(Self::BYTES).wrapping_add(LEAST),
            excused: EXCUSED,
        }
    }

    /// Takes what a header field costs. Most are longer, and begin as they should.
    #[inline(always)]
    pub(crate) fn field(&mut self, header: Header<'_>) -> Result<(), Reason> {
        let short = header.value.len() < Self::BYTES;
        if header.unusual {
            self.unusual_field()?;
        }
        self.spend(Self::FIELD.wrapping_add(usize::from(short)))
    }

    /// Takes what it costs more, where that is not just how its sender writes.
    #[cold]
    fn unusual_field(&mut self) -> Result<(), Reason> {
        match self.excused.checked_sub(1) {
            Some(left) => self.excused = left,
            None => self.spend(Self::UNUSUAL)?,
        }
        Ok(())
    }

    /// A part of a body, with its header.
    pub(crate) fn part(part: &Part<'_>) -> usize {
        // Mostly there is one type, and few fields besides.
        let fields = part.fields.wrapping_mul(Self::FIELD);
        let types = part.types.saturating_sub(1).wrapping_mul(Self::VALUE);
        let body = if part.is_sdp() { Self::DESCRIPTION } else { 0 };
        let header = Self::PART.wrapping_add(fields).wrapping_add(types);
        header.wrapping_add(body)
    }

    /// So many quoted strings in a parameter of so many bytes, which is read several times.
    pub(crate) const fn quoted(marks: usize, len: usize) -> usize {
        marks.wrapping_add(len.wrapping_div(Self::BYTES))
    }

    /// A route to a name, of so many bytes. A message may have come a long way, and has many that are long
    /// enough to pay for themselves.
    pub(crate) const fn named_hop(len: usize) -> usize {
        match len < Self::BYTES {
            true => Self::HOP,
            false => Self::FIELD,
        }
    }

    /// Takes a part of it, if there is so much.
    #[inline(always)]
    pub(crate) fn spend(&mut self, effort: usize) -> Result<(), Reason> {
        self.left = self.left.checked_sub(effort).ok_or(Reason::TooMuchToRead)?;
        Ok(())
    }
}
