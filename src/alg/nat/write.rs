// SPDX-License-Identifier: GPL-2.0

//! Addresses and numbers as text, into a buffer of fixed size.

use core::net::{
    IpAddr,
    Ipv4Addr,
    Ipv6Addr, //
};

/// As many bytes as an IPv4 address or a number has at most, and a few more.
const FEW: usize = 16;

/// Writes into a borrowed buffer; what does not fit makes the whole fail.
pub(super) struct Writer<'b> {
    buffer: &'b mut [u8],
    len: usize,
}

impl<'b> Writer<'b> {
    pub(super) fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, len: 0 }
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Option<()> {
        let end = self.len.checked_add(bytes.len())?;
        let room = self.buffer.get_mut(self.len..end)?;
        for (to, from) in room.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.len = end;
        Some(())
    }

    /// In decimal, with zeros in front up to `width` digits.
    pub(super) fn number(&mut self, value: u32, width: usize) -> Option<()> {
        let len = digits(value);
        for _ in len..width {
            self.bytes(b"0")?;
        }
        let mut text = [0; FEW];
        let mut rest = value;
        for slot in text.get_mut(..len)?.iter_mut().rev() {
            // `rest % 10` is below ten.
            *slot = b'0'.wrapping_add(rest.wrapping_rem(10).to_le_bytes()[0]);
            rest = rest.wrapping_div(10);
        }
        self.few(text, len)
    }

    /// The first `len` bytes of `text`.
    fn few(&mut self, text: [u8; FEW], len: usize) -> Option<()> {
        // Mostly there is room for all of it; a copy of known length costs nothing.
        match self.buffer.get_mut(self.len..)?.first_chunk_mut() {
            Some(room) => *room = text,
            None => return self.bytes(text.get(..len)?),
        }
        self.len = self.len.wrapping_add(len);
        Some(())
    }

    /// An address without brackets, as session descriptions have it.
    pub(super) fn address(&mut self, address: IpAddr) -> Option<()> {
        match address {
            IpAddr::V4(address) => self.ipv4(address),
            IpAddr::V6(address) => self.ipv6(address),
        }
    }

    /// An address as URIs and Via have it: IPv6 in brackets (RFC 3261 25.1, IPv6reference).
    pub(super) fn reference(&mut self, address: IpAddr) -> Option<()> {
        if address.is_ipv4() {
            return self.address(address);
        }
        self.bytes(b"[")?;
        self.address(address)?;
        self.bytes(b"]")
    }

    fn ipv4(&mut self, address: Ipv4Addr) -> Option<()> {
        let mut text: u128 = 0;
        let mut len: u32 = 0;
        for octet in address.octets() {
            let (shown, digits) = octet_text(octet);
            text |= u128::from(shown).wrapping_shl(len.wrapping_mul(8));
            len = len.wrapping_add(digits).wrapping_add(1);
        }
        // Without the last dot.
        let len = usize::try_from(len.wrapping_sub(1)).ok()?;
        self.few(text.to_le_bytes(), len)
    }

    /// The text form of RFC 5952: lower case, the first longest run of zeros (two or more) as `::`.
    fn ipv6(&mut self, address: Ipv6Addr) -> Option<()> {
        let groups = address.segments();
        let (before, after) = around_zeros(&groups);
        self.groups(before)?;
        if let Some(after) = after {
            self.bytes(b"::")?;
            self.groups(after)?;
        }
        Some(())
    }

    fn groups(&mut self, groups: &[u16]) -> Option<()> {
        let mut colon: &[u8] = b"";
        for group in groups {
            self.bytes(colon)?;
            self.hex(*group)?;
            colon = b":";
        }
        Some(())
    }

    fn hex(&mut self, group: u16) -> Option<()> {
        let mut started = false;
        for shift in [12u32, 8, 4, 0] {
            let nibble = group.wrapping_shr(shift).to_le_bytes()[0] & 0xf;
            started |= nibble != 0 || shift == 0;
            if started {
                let base = if nibble < 10 {
                    b'0'
                } else {
                    b'a'.wrapping_sub(10)
                };
                self.bytes(&[base.wrapping_add(nibble)])?;
            }
        }
        Some(())
    }
}

/// How many digits a number has.
pub(super) fn digits(value: u32) -> usize {
    value
        .checked_ilog10()
        .map_or(1, |log| usize::from(log.to_le_bytes()[0]).wrapping_add(1))
}

/// An octet's digits with a dot behind, the first one in the lowest byte, and how many digits there are.
#[inline(always)]
fn octet_text(octet: u8) -> (u32, u32) {
    let entry = OCTETS.get(usize::from(octet)).copied().unwrap_or(0);
    (entry & !LEN, entry.wrapping_shr(LEN.trailing_zeros()))
}

/// Where the number of digits stands, bits that are clear in digits and dots.
const LEN: u32 = 0xc000_0000;

/// The text of every octet.
static OCTETS: [u32; 256] = {
    let mut table = [0; 256];
    let mut rest: &mut [u32] = &mut table;
    let mut octet: u8 = 0;
    while let Some((slot, behind)) = rest.split_first_mut() {
        let hundreds = b'0'.wrapping_add(octet.wrapping_div(100));
        let tens = b'0'.wrapping_add(octet.wrapping_div(10).wrapping_rem(10));
        let ones = b'0'.wrapping_add(octet.wrapping_rem(10));
        let (text, len): (_, u32) = match octet {
            100.. => ([hundreds, tens, ones, b'.'], 3),
            10.. => ([tens, ones, b'.', 0], 2),
            _ => ([ones, b'.', 0, 0], 1),
        };
        *slot = u32::from_le_bytes(text) | len.wrapping_shl(LEN.trailing_zeros());
        octet = octet.wrapping_add(1);
        rest = behind;
    }
    table
};

/// How long an address is as text, without brackets.
pub(super) fn address_len(address: IpAddr) -> usize {
    match address {
        IpAddr::V4(address) => {
            let octets = address.octets().into_iter();
            octets.fold(3, |len: usize, octet| {
                len.wrapping_add(1)
                    .wrapping_add(usize::from(octet > 9))
                    .wrapping_add(usize::from(octet > 99))
            })
        }
        IpAddr::V6(address) => {
            let mut buffer = [0; 40];
            let mut out = Writer::new(&mut buffer);
            out.ipv6(address).map_or(0, |()| out.len())
        }
    }
}

/// The groups before and behind the first longest run of zeros; all, when none is longer than one.
fn around_zeros(groups: &[u16]) -> (&[u16], Option<&[u16]>) {
    let mut longest = 1;
    let mut parts = (groups, None);
    let mut rest = groups;
    while let Some((_, tail)) = rest.split_first() {
        let zeros = rest.iter().take_while(|&&group| group == 0).count();
        if zeros > longest {
            longest = zeros;
            let before = groups.len().saturating_sub(rest.len());
            parts = (groups.get(..before).unwrap_or(&[]), rest.get(zeros..));
        }
        rest = tail;
    }
    parts
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_write))]
mod tests {
    use super::*;

    fn written(expected: &[u8], write: impl Fn(&mut Writer<'_>) -> Option<()>) -> bool {
        let mut buffer = [0; 64];
        let mut writer = Writer::new(&mut buffer);
        if write(&mut writer).is_none() {
            return false;
        }
        let len = writer.len();
        buffer.get(..len) == Some(expected)
    }

    #[test]
    fn numbers_keep_their_width() {
        assert!(written(b"0", |out| out.number(0, 1)));
        assert!(written(b"0129", |out| out.number(129, 4)));
        assert!(written(b"4294967295", |out| out.number(u32::MAX, 3)));
        for value in [0, 9, 10, 99, 100, 65535, 999_999_999, u32::MAX] {
            let mut buffer = [0; 10];
            let mut out = Writer::new(&mut buffer);
            assert_eq!(
                out.number(value, 1).map(|()| out.len()),
                Some(digits(value))
            );
        }
    }

    #[test]
    fn addresses_as_rfc_5952_has_them() {
        let six = |groups: [u16; 8]| IpAddr::V6(Ipv6Addr::from(groups));
        assert!(written(b"10.0.0.255", |out| out
            .address(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 255)))));
        assert!(written(b"2001:db8::1", |out| out
            .address(six([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1]))));
        assert!(written(b"[::]", |out| out.reference(six([0; 8]))));
        assert!(written(b"1::", |out| out.address(six([1, 0, 0, 0, 0, 0, 0, 0]))));
        assert!(written(b"1:0:2:3:4:5:6:70a0", |out| out
            .address(six([1, 0, 2, 3, 4, 5, 6, 0x70a0]))));
        assert!(written(b"1:0:0:2::3", |out| out
            .address(six([1, 0, 0, 2, 0, 0, 0, 3]))));
    }

    #[test]
    fn lengths_are_known_without_writing() {
        for octets in [[0, 9, 10, 99], [100, 255, 1, 11], [1, 2, 3, 4]] {
            let address = IpAddr::V4(Ipv4Addr::from(octets));
            let mut buffer = [0; 15];
            let mut out = Writer::new(&mut buffer);
            let len = out.address(address).map(|()| out.len());
            assert_eq!(len, Some(address_len(address)));
        }
        assert_eq!(address_len(IpAddr::V6(Ipv6Addr::LOCALHOST)), 3);
    }

    #[test]
    fn what_does_not_fit_fails() {
        let mut buffer = [0; 9];
        let address = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 100));
        assert_eq!(Writer::new(&mut buffer).address(address), None);
        assert_eq!(Writer::new(&mut buffer).number(1_234_567_890, 1), None);
        let mut buffer = [0; 3];
        assert_eq!(Writer::new(&mut buffer).bytes(b"1234"), None);
    }
}
