// SPDX-License-Identifier: GPL-2.0

//! The header of a TCP segment (RFC 9293 3.1).

use core::mem::size_of;

use super::Position;

/// The longest header, options included.
const LONGEST: usize = 60;

/// The header without options.
const SHORTEST: usize = 20;

/// Options (RFC 9293 3.2, RFC 2018 3, RFC 7323 3.2, RFC 2385 3, RFC 5925 2.2, RFC 8684 3).
const END: u8 = 0;
const NOTHING: u8 = 1;
const MAXIMUM_SEGMENT_SIZE: u8 = 2;
const SELECTIVE_ACK: u8 = 5;
const TIMESTAMPS: u8 = 8;
const SIGNATURE: u8 = 19;
const AUTHENTICATION: u8 = 29;
const MULTIPATH: u8 = 30;

/// Two numbers.
const BLOCK: usize = 8;

/// What a segment is for besides its payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    const FIN: u8 = 0x01;
    const SYN: u8 = 0x02;
    const RST: u8 = 0x04;
    const PSH: u8 = 0x08;
    const ACK: u8 = 0x10;
    const URG: u8 = 0x20;

    /// The sender has nothing more to say.
    pub const fn fin(self) -> bool {
        self.0 & Self::FIN != 0
    }

    /// It begins a stream.
    pub const fn syn(self) -> bool {
        self.0 & Self::SYN != 0
    }

    /// It ends the connection.
    pub const fn rst(self) -> bool {
        self.0 & Self::RST != 0
    }

    /// It acknowledges something.
    pub const fn ack(self) -> bool {
        self.0 & Self::ACK != 0
    }

    /// A part of the payload is urgent.
    pub const fn urg(self) -> bool {
        self.0 & Self::URG != 0
    }
}

/// A header, in a copy that can be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    bytes: [u8; LONGEST],
    len: u8,
}

/// More is copied in a way that takes a processor many times as long.
const _: () = assert!(size_of::<Header>() <= 64);

impl Header {
    /// Reads the header that a segment begins with; the rest is its payload.
    pub fn split(segment: &[u8]) -> Option<(Self, &[u8])> {
        let words = segment.get(12)? >> 4;
        let len = words.wrapping_mul(4);
        let (header, payload) = segment.split_at_checked(usize::from(len))?;
        let mut bytes = [0; LONGEST];
        bytes.get_mut(..header.len())?.copy_from_slice(header);
        (header.len() >= SHORTEST).then_some((Self { bytes, len }, payload))
    }

    /// The header as it is sent, but for the checksum.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or(&[])
    }

    fn number(&self, at: usize) -> u32 {
        let rest = self.bytes.get(at..).and_then(|rest| rest.first_chunk());
        u32::from_be_bytes(*rest.unwrap_or(&[0; 4]))
    }

    fn set_number(&mut self, at: usize, value: u32) {
        let rest = self.bytes.get_mut(at..);
        if let Some(place) = rest.and_then(|rest| rest.first_chunk_mut()) {
            *place = value.to_be_bytes();
        }
    }

    /// The position of the first byte, the SYN's own one included.
    pub fn sequence(&self) -> Position {
        Position(self.number(4))
    }

    /// Sets [`Self::sequence`].
    pub fn set_sequence(&mut self, at: Position) {
        self.set_number(4, at.0);
    }

    /// The position in the other direction up to which everything has come.
    pub fn acknowledged(&self) -> Option<Position> {
        self.flags().ack().then(|| Position(self.number(8)))
    }

    /// Sets [`Self::acknowledged`].
    pub fn set_acknowledged(&mut self, at: Position) {
        self.set_number(8, at.0);
    }

    /// The flags.
    pub const fn flags(&self) -> Flags {
        Flags(self.bytes[13])
    }

    /// It ends nothing and pushes nothing.
    pub fn clear_fin(&mut self) {
        self.bytes[13] &= !(Flags::FIN | Flags::PSH);
    }

    /// The longest payload that the sender takes, of a SYN.
    pub fn maximum_segment_size(&self) -> Option<u16> {
        let at = self
            .options()
            .find(|option| option.kind == MAXIMUM_SEGMENT_SIZE)?;
        let size = self.bytes.get(at.start..at.end)?.first_chunk()?;
        Some(u16::from_be_bytes(*size))
    }

    /// Whether the sender signs what it sends, or sends a part of a stream whose others go by other ways:
    /// neither bears a change.
    pub fn is_bound(&self) -> bool {
        let bound = [SIGNATURE, AUTHENTICATION, MULTIPATH];
        self.options().any(|option| bound.contains(&option.kind))
    }

    /// Takes out of a SYN that its sender would use several ways for the stream (RFC 8684 3.1). False if it
    /// says no such thing.
    pub fn remove_multipath(&mut self) -> bool {
        const CAPABLE: u8 = 0;

        let offer = self.options().find(|option| {
            let value = self.bytes.get(option.start..option.end);
            let subtype = value.and_then(|value| value.first()).map(|byte| byte >> 4);
            option.kind == MULTIPATH && subtype == Some(CAPABLE)
        });
        match offer {
            Some(option) => self.shorten(option, option.start),
            None => return false,
        }
        true
    }

    /// What the sender's clock says, if the segment says so.
    pub fn time(&self) -> Option<u32> {
        self.time_at().map(|at| self.number(at))
    }

    /// Sets [`Self::time`], where there is one.
    pub fn set_time(&mut self, time: u32) {
        if let Some(at) = self.time_at() {
            self.set_number(at, time);
        }
    }

    fn time_at(&self) -> Option<usize> {
        let option = self.options().find(|option| option.kind == TIMESTAMPS)?;
        (option.end.wrapping_sub(option.start) == BLOCK).then_some(option.start)
    }

    /// Changes the blocks that are acknowledged out of order, each by its first position and the one
    /// behind it; those that become nothing are taken out.
    pub fn map_blocks(
        &mut self,
        mut map: impl FnMut(Position, Position) -> Option<(Position, Position)>,
    ) {
        let option = self.options().find(|option| option.kind == SELECTIVE_ACK);
        let Some(option) = option else {
            return;
        };
        let mut kept = option.start;
        for at in (option.start..option.end).step_by(BLOCK) {
            if option.end.saturating_sub(at) < BLOCK {
                break;
            }
            let edges = [at, at.wrapping_add(4)].map(|at| Position(self.number(at)));
            if let Some((left, right)) = map(edges[0], edges[1]) {
                self.set_number(kept, left.0);
                self.set_number(kept.wrapping_add(4), right.0);
                kept = kept.wrapping_add(BLOCK);
            }
        }
        self.shorten(option, kept);
    }

    /// Ends an option before it did; without a value there is none.
    fn shorten(&mut self, option: TcpOption, end: usize) {
        let begin = option.start.wrapping_sub(2);
        let end = if end == option.start { begin } else { end };
        let rest = self.bytes.get_mut(end..option.end);
        rest.unwrap_or_default().fill(NOTHING);
        let len = u8::try_from(end.wrapping_sub(begin)).ok();
        let place = self.bytes.get_mut(begin.wrapping_add(1));
        if let (Some(place), Some(len @ 1..)) = (place, len) {
            *place = len;
        }
    }

    /// The options, in their order.
    fn options(&self) -> Options<'_> {
        Options {
            bytes: self.bytes(),
            at: SHORTEST,
        }
    }
}

/// An option, and where its value lies in the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct TcpOption {
    kind: u8,
    start: usize,
    end: usize,
}

/// The options of a header; ends where it is broken.
struct Options<'h> {
    bytes: &'h [u8],
    at: usize,
}

impl Iterator for Options<'_> {
    type Item = TcpOption;

    fn next(&mut self) -> Option<TcpOption> {
        while self.bytes.get(self.at) == Some(&NOTHING) {
            self.at = self.at.wrapping_add(1);
        }
        let [kind, len, ..] = *self.bytes.get(self.at..)? else {
            return None;
        };
        let end = self.at.wrapping_add(usize::from(len));
        if kind == END || len < 2 || end > self.bytes.len() {
            return None;
        }
        let start = self.at.wrapping_add(2);
        self.at = end;
        Some(TcpOption { kind, start, end })
    }
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_header_of_tcp))]
mod tests {
    use super::*;

    /// A header with these options, of twelve bytes, and a payload.
    fn segment(flags: u8, options: [u8; 12]) -> [u8; 34] {
        let mut bytes = [0; 34];
        let head = [
            0x13, 0xc4, 0x13, 0xc4, 0, 0, 0, 100, 0, 0, 0, 200, 0x80, flags, 1, 0, 0, 0, 0, 0,
        ];
        let parts = head.into_iter().chain(options).chain(*b"hi");
        for (place, byte) in bytes.iter_mut().zip(parts) {
            *place = byte;
        }
        bytes
    }

    #[test]
    fn numbers_and_flags() {
        let bytes = segment(0x11, [0; 12]);
        let split = Header::split(&bytes);
        assert!(split.is_some_and(|(header, payload)| {
            let numbers = (header.sequence().0, header.acknowledged().map(|at| at.0));
            numbers == (100, Some(200)) && header.flags().fin() && payload == b"hi"
        }));
        let without = Header::split(&segment(0x02, [0; 12])).map(|parts| parts.0.acknowledged());
        assert_eq!(without, Some(None));
        let short = bytes.get(..31).unwrap_or(&[]);
        assert!(Header::split(short).is_none());
    }

    #[test]
    fn blocks_are_moved_or_taken_out() {
        let options = [1, 1, 5, 10, 0, 0, 1, 0, 0, 0, 2, 0];
        let bytes = segment(0x10, options);
        let moved = Header::split(&bytes).map(|(mut header, _)| {
            header.map_blocks(|left, right| Some((left.plus(1), right.plus(2))));
            header
        });
        let options = |header: &Header, wanted| header.bytes().get(20..) == Some(wanted);
        let wanted = [1, 1, 5, 10, 0, 0, 1, 1, 0, 0, 2, 2];
        assert!(moved
            .as_ref()
            .is_some_and(|header| options(header, &wanted[..])));
        let without = moved.map(|mut header| {
            header.map_blocks(|_, _| None);
            header
        });
        assert!(without.is_some_and(|header| options(&header, &[1; 12][..])));
    }

    #[test]
    fn time_is_that_of_the_sender() {
        let bytes = segment(0x10, [1, 1, 8, 10, 0, 0, 1, 0, 0, 0, 2, 0]);
        let time = Header::split(&bytes).map(|(mut header, _)| {
            let before = header.time();
            header.set_time(77);
            (
                before,
                header.time(),
                header.bytes().get(28..) == Some(&[0, 0, 2, 0]),
            )
        });
        assert_eq!(time, Some((Some(256), Some(77), true)));
        let other = segment(0x10, [8, 4, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]);
        let time = Header::split(&other).map(|(header, _)| header.time());
        assert_eq!(time, Some(None));
    }

    #[test]
    fn offer_of_several_ways_is_taken_out() {
        let without = |options| {
            let bytes = segment(2, options);
            Header::split(&bytes).map(|(mut header, _)| (header.remove_multipath(), header))
        };
        let offer = without([2, 4, 5, 0xb4, 30, 4, 1, 0x81, 1, 1, 1, 1]);
        assert!(offer.is_some_and(|(taken, header)| {
            let left = [2, 4, 5, 0xb4, 1, 1, 1, 1, 1, 1, 1, 1];
            taken && !header.is_bound() && header.bytes().get(20..) == Some(&left)
        }));
        let joins = [30, 12, 0x10, 1, 2, 3, 4, 5, 6, 7, 8, 9];
        assert!(without(joins).is_some_and(|(taken, header)| !taken && header.is_bound()));
        let none = without([2, 4, 5, 0xb4, 30, 2, 1, 1, 1, 1, 1, 1]);
        assert!(none.is_some_and(|(taken, _)| !taken));
    }

    #[test]
    fn segment_size_is_found_behind_other_options() {
        let size = |options| {
            Header::split(&segment(2, options))?
                .0
                .maximum_segment_size()
        };
        assert_eq!(size([1, 3, 3, 7, 2, 4, 5, 0xb4, 0, 0, 0, 0]), Some(1460));
        assert_eq!(size([0, 2, 4, 5, 0xb4, 0, 0, 0, 0, 0, 0, 0]), None);
        // Broken ones end the list.
        assert_eq!(size([3, 0, 2, 4, 5, 0xb4, 0, 0, 0, 0, 0, 0]), None);
        assert_eq!(size([3, 90, 2, 4, 5, 0xb4, 0, 0, 0, 0, 0, 0]), None);
        assert_eq!(size([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2]), None);
    }
}
