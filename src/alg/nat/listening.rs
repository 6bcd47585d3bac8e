// SPDX-License-Identifier: GPL-2.0

//! Who listens on another port than the one it sends from.

/// The port that the one who opened a connection wants its answers at, where it sends from another.
///
/// Some devices (Cisco's phones) send from any port and listen on the one in their Via, where RFC 3261
/// 18.2.2 has the response go. Who asks for `rport` gets it at the port that it sent from (RFC 3581 4);
/// the port in Via is then remembered as text alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Listening(u32);

/// Set in the word, above the port, when `rport` was asked for.
const RPORT: u32 = 0x1_0000;

impl Listening {
    pub(crate) fn new(port: u16, rport: bool) -> Self {
        Self(u32::from(port) | if rport { RPORT } else { 0 })
    }

    /// As it was stored.
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// To be stored.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// The port in its Via.
    pub(crate) fn via(self) -> Option<u16> {
        let port = u16::try_from(self.0 & !RPORT).ok();
        port.filter(|&port| port != 0)
    }

    /// The port at which it gets all that is sent to it.
    pub(crate) fn everywhere(self) -> Option<u16> {
        self.via().filter(|_| self.0 & RPORT == 0)
    }
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_listening))]
mod tests {
    use super::*;

    #[test]
    fn rport_leaves_the_port_to_the_text() {
        let here = Listening::default();
        assert_eq!((here.via(), here.everywhere()), (None, None));
        let there = Listening::new(5060, false);
        assert_eq!((there.via(), there.everywhere()), (Some(5060), Some(5060)));
        let asked = Listening::from_bits(Listening::new(5060, true).bits());
        assert_eq!((asked.via(), asked.everywhere()), (Some(5060), None));
    }
}
