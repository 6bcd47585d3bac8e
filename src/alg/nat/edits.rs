// SPDX-License-Identifier: GPL-2.0

//! What changes in a message, collected first and written once.

use core::net::{
    IpAddr,
    Ipv4Addr,
    SocketAddr, //
};

use super::write::{
    address_len,
    digits,
    Writer, //
};
use crate::{
    Span,
    Text, //
};

/// The text that takes a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum New {
    /// An address as in a session description.
    Address(IpAddr),
    /// An address as in a URI: IPv6 in brackets.
    Reference(IpAddr),
    /// The same with a port.
    HostPort(SocketAddr),
    /// A number, with zeros in front up to `width` digits.
    Number {
        /// The number.
        value: u32,
        /// The least number of digits.
        width: usize,
    },
}

impl New {
    fn write(&self, out: &mut Writer<'_>) -> Option<()> {
        match *self {
            Self::Address(address) => out.address(address),
            Self::Reference(address) => out.reference(address),
            Self::HostPort(endpoint) => {
                out.reference(endpoint.ip())?;
                out.bytes(b":")?;
                out.number(u32::from(endpoint.port()), 1)
            }
            Self::Number { value, width } => out.number(value, width),
        }
    }

    fn len(&self) -> usize {
        let reference = |address: IpAddr| match address {
            IpAddr::V4(_) => address_len(address),
            // The brackets.
            IpAddr::V6(_) => address_len(address).wrapping_add(2),
        };
        match *self {
            Self::Address(address) => address_len(address),
            Self::Reference(address) => reference(address),
            Self::HostPort(endpoint) => reference(endpoint.ip())
                .wrapping_add(1)
                .wrapping_add(digits(u32::from(endpoint.port()))),
            Self::Number { value, width } => digits(value).max(width),
        }
    }
}

/// One change: `new` in place of the bytes of `span`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What goes.
    pub span: Span,
    /// What comes.
    pub new: New,
}

impl Edit {
    /// An edit that changes nothing, to make storage of.
    pub const NONE: Self = Self {
        span: Span { start: 0, len: 0 },
        new: New::Address(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
    };
}

/// No room for another edit, or it overlaps one that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

/// The part of a message that all edits lie in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Where it lies in the message.
    pub old: Span,
    /// How many bytes take its place.
    pub new_len: usize,
}

/// An ordered list of edits that do not overlap, in storage that the caller lends; and what changes
/// of the packet besides.
#[derive(Debug)]
pub struct Edits<'e> {
    message: Text<'e>,
    slots: &'e mut [Edit],
    len: usize,
    port: Option<u16>,
}

impl<'e> Edits<'e> {
    /// An empty list for `message` with room for as many edits as there are slots.
    pub fn new(message: &'e [u8], slots: &'e mut [Edit]) -> Self {
        Self {
            message: Text::new(message),
            slots,
            len: 0,
            port: None,
        }
    }

    /// The edits, in the order of their places.
    pub fn as_slice(&self) -> &[Edit] {
        self.slots.get(..self.len).unwrap_or(&[])
    }

    /// Whether no text changes.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Puts `new` in place of a part of the message.
    pub(crate) fn replace(&mut self, place: Text<'_>, new: New) -> Result<(), Full> {
        self.insert(self.span(place), new)
    }

    /// Where a part of the message lies in it.
    pub fn span(&self, part: Text<'_>) -> Span {
        part.span_in(self.message)
    }

    /// What is to be changed.
    pub fn message(&self) -> &'e [u8] {
        self.message.bytes()
    }

    /// Puts an edit in its place; edits mostly come in order.
    pub fn insert(&mut self, span: Span, new: New) -> Result<(), Full> {
        let mut before = self.as_slice().last().into_iter();
        if before.any(|last| last.span.end() > span.start || last.span.start == span.start) {
            return self.insert_between(span, new);
        }
        *self.slots.get_mut(self.len).ok_or(Full)? = Edit { span, new };
        self.len = self.len.wrapping_add(1);
        Ok(())
    }

    /// The same for one that does not come in order, or overlaps.
    #[inline(never)]
    fn insert_between(&mut self, span: Span, new: New) -> Result<(), Full> {
        let place = self.before(span.start);
        let end = self.len.checked_add(1).ok_or(Full)?;
        let moved = self.slots.get_mut(place..end).ok_or(Full)?;
        let mut carried = Edit { span, new };
        for slot in moved {
            core::mem::swap(slot, &mut carried);
        }
        self.len = end;
        if self.overlaps(place) {
            self.remove(place);
            return Err(Full);
        }
        Ok(())
    }

    /// Takes back all edits.
    pub fn clear(&mut self) {
        self.len = 0;
        self.port = None;
    }

    /// Sends the packet on to another port than its own.
    pub(crate) fn deliver_to(&mut self, port: Option<u16>) {
        self.port = port;
    }

    /// The port that the packet goes to, if not its own.
    pub const fn destination_port(&self) -> Option<u16> {
        self.port
    }

    /// Takes back the edits that begin where a part of the message does or behind it.
    pub fn discard_from(&mut self, part: Text<'_>) {
        self.len = self.before(part.behind(self.message));
    }

    /// Takes back the edits within `span`.
    pub fn discard_within(&mut self, span: Span) {
        let mut kept: usize = 0;
        for place in 0..self.len {
            let Some(&edit) = self.slots.get(place) else {
                break;
            };
            if edit.span.start >= span.start && edit.span.end() <= span.end() {
                continue;
            }
            if let Some(slot) = self.slots.get_mut(kept) {
                *slot = edit;
            }
            kept = kept.saturating_add(1);
        }
        self.len = kept;
    }

    /// Whether the message is with its edits no longer than this.
    pub fn fits(&self, longest: usize) -> bool {
        /// As many bytes as an edit adds at most: an IPv6 address in brackets, and a port.
        const MOST_ADDED: usize = 2 + 39 + 6;

        let most = MOST_ADDED.saturating_mul(self.len);
        self.message.len().saturating_add(most) <= longest || self.new_len() <= longest
    }

    /// How long the message is with its edits.
    pub fn new_len(&self) -> usize {
        let all = Span {
            start: 0,
            len: self.message.len(),
        };
        let growth = self.growth_within(all);
        usize::try_from(signed(self.message.len()).saturating_add(growth)).unwrap_or(0)
    }

    /// By how many bytes the edits within `span` make it longer.
    pub fn growth_within(&self, span: Span) -> i64 {
        self.as_slice()
            .iter()
            .rev()
            .skip_while(|edit| edit.span.start >= span.end())
            .take_while(|edit| edit.span.start >= span.start)
            .fold(0, |growth, edit| {
                growth
                    .saturating_add(signed(edit.new.len()))
                    .saturating_sub(signed(edit.span.len))
            })
    }

    /// Writes what takes the place of the smallest region that holds all edits to the front of
    /// `out`.
    ///
    /// `None` when there are no edits, or `out` is too small.
    pub fn render(&self, out: &mut [u8]) -> Option<Region> {
        let message = self.message.bytes();
        let edits = self.as_slice();
        let start = edits.first()?.span.start;
        let end = edits.last()?.span.end();
        let mut out = Writer::new(out);
        let mut done = start;
        for edit in edits {
            out.bytes(message.get(done..edit.span.start)?)?;
            edit.new.write(&mut out)?;
            done = edit.span.end();
        }
        Some(Region {
            old: Span {
                start,
                len: end.saturating_sub(start),
            },
            new_len: out.len(),
        })
    }

    /// How many edits begin before `offset`; counted from behind, where that mostly is.
    fn before(&self, offset: usize) -> usize {
        let mut count = self.len;
        for edit in self.as_slice().iter().rev() {
            if edit.span.start < offset {
                break;
            }
            count = count.saturating_sub(1);
        }
        count
    }

    fn overlaps(&self, place: usize) -> bool {
        let from = place.saturating_sub(1);
        let near = self.as_slice().get(from..).unwrap_or(&[]);
        near.iter()
            .zip(near.iter().skip(1))
            .take(2)
            .any(|(one, next)| {
                one.span.end() > next.span.start || one.span.start == next.span.start
            })
    }

    fn remove(&mut self, place: usize) {
        let Some(rest) = self.slots.get_mut(place..self.len) else {
            return;
        };
        let mut carried = Edit::NONE;
        for slot in rest.iter_mut().rev() {
            core::mem::swap(slot, &mut carried);
        }
        self.len = self.len.saturating_sub(1);
    }
}

fn signed(len: usize) -> i64 {
    i64::try_from(len).unwrap_or(i64::MAX)
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_edits))]
mod tests {
    use super::*;

    const MESSAGE: &[u8] = b"Via: 10.0.0.2:5060 and 129 bytes";
    const HOST: Span = Span { start: 5, len: 8 };
    const PORT: Span = Span { start: 14, len: 4 };
    const COUNT: Span = Span { start: 23, len: 3 };
    const PUBLIC: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1));

    fn number(value: u32) -> New {
        New::Number { value, width: 1 }
    }

    #[test]
    fn edits_come_in_any_order_and_are_written_once() {
        let mut slots = [Edit::NONE; 3];
        let mut edits = Edits::new(MESSAGE, &mut slots);
        assert!(edits.insert(COUNT, number(132)).is_ok());
        assert!(edits.insert(HOST, New::Reference(PUBLIC)).is_ok());
        assert!(edits.insert(PORT, number(1024)).is_ok());
        let mut out = [0; 64];
        let region = edits.render(&mut out);
        assert_eq!(
            region.map(|region| region.old),
            Some(Span { start: 5, len: 21 })
        );
        let len = region.map_or(0, |region| region.new_len);
        assert_eq!(out.get(..len), Some(&b"203.0.113.1:1024 and 132"[..]));
        let all = Span { start: 0, len: 32 };
        assert_eq!(edits.growth_within(all), 3);
        assert_eq!(edits.growth_within(PORT), 0);
        assert_eq!(edits.growth_within(HOST), 3);
    }

    #[test]
    fn overlap_and_overflow_are_refused_and_leave_the_rest() {
        let mut slots = [Edit::NONE; 2];
        let mut edits = Edits::new(MESSAGE, &mut slots);
        assert!(edits.insert(HOST, New::Reference(PUBLIC)).is_ok());
        assert_eq!(edits.insert(HOST, number(1)), Err(Full));
        assert_eq!(
            edits.insert(Span { start: 12, len: 3 }, number(1)),
            Err(Full)
        );
        assert_eq!(
            edits.insert(Span { start: 3, len: 3 }, number(1)),
            Err(Full)
        );
        assert_eq!(edits.as_slice().len(), 1);
        assert!(edits.insert(PORT, number(1)).is_ok());
        assert_eq!(edits.insert(COUNT, number(1)), Err(Full));
        assert_eq!(edits.as_slice().len(), 2);
    }

    #[test]
    fn edits_can_be_taken_back() {
        let mut slots = [Edit::NONE; 3];
        let mut edits = Edits::new(MESSAGE, &mut slots);
        assert!(edits.insert(HOST, New::Reference(PUBLIC)).is_ok());
        assert!(edits.insert(PORT, number(1)).is_ok());
        assert!(edits.insert(COUNT, number(1)).is_ok());
        edits.discard_from(Text::new(MESSAGE).skip(COUNT.start));
        assert_eq!(edits.as_slice().len(), 2);
        edits.discard_within(Span { start: 0, len: 13 });
        assert_eq!(edits.as_slice().first().map(|edit| edit.span), Some(PORT));
    }

    #[test]
    fn nothing_is_written_without_edits() {
        let mut slots = [Edit::NONE; 1];
        let mut edits = Edits::new(MESSAGE, &mut slots);
        assert_eq!(edits.render(&mut [0; 64]), None);
        assert!(edits.insert(HOST, New::Reference(PUBLIC)).is_ok());
        edits.clear();
        assert_eq!(edits.render(&mut [0; 64]), None);
        assert_eq!(edits.new_len(), MESSAGE.len());
    }

    #[test]
    fn too_small_a_buffer_gives_nothing() {
        let mut slots = [Edit::NONE; 1];
        let mut edits = Edits::new(MESSAGE, &mut slots);
        assert!(edits.insert(HOST, New::Reference(PUBLIC)).is_ok());
        assert_eq!(edits.render(&mut [0; 4]), None);
    }
}
