// SPDX-License-Identifier: GPL-2.0

//! How much of a message is looked at.

use crate::reason::Reason;
use crate::sip::{
    Header,
    Name, //
};

/// What there is for the shortest message: RFC 4475 3.1.1.7 has more than thirty Vias in less than 2 KiB.
const LEAST: usize = 64;

/// What is left of the effort that a message may take.
///
/// What is read costs by the field and by the value, and those of a message that is meant to be read are
/// not so short that there are many of them. So one that is made of nothing else takes no longer than
/// another of its length; it passes as it came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    left: usize,
}

impl Effort {
    /// As many bytes make room for one more.
    const BYTES: usize = 24;

    /// A header field.
    pub(crate) const FIELD: usize = 1;
    /// A parameter that is looked at more closely, or a Via that is changed.
    pub(crate) const PARAMETER: usize = 2;
    /// A Via.
    pub(crate) const VIA: usize = 3;
    /// A value of another list.
    pub(crate) const VALUE: usize = 4;
    /// A part of a body.
    pub(crate) const PART: usize = 6;

    /// What there is for a message of so many bytes.
    pub(crate) const fn new(len: usize) -> Self {
        Self {
            left: len.wrapping_div(Self::BYTES).wrapping_add(LEAST),
        }
    }

    /// A header field. Those that are not known are mostly longer.
    #[inline(always)]
    pub(crate) fn field(header: Header<'_>) -> usize {
        let short = header.value.len() < Self::BYTES && header.name == Name::Other;
        Self::FIELD.wrapping_add(usize::from(short))
    }

    /// A route of so many bytes. A message may have come a long way, and has many that are long enough to pay
    /// for themselves.
    pub(crate) const fn hop(len: usize) -> usize {
        match len < Self::BYTES {
            true => Self::VALUE,
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
