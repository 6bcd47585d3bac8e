// SPDX-License-Identifier: GPL-2.0

//! A conntrack that takes no work.

use std::net::{
    IpAddr,
    SocketAddr, //
};

use alg::call::{
    MediaPinhole,
    MediaPorts,
    Part,
    Pinholes,
    Refusal,
    Registration,
    SignallingPinhole,
    Turn, //
};
use alg::sdp::Transport;

/// A conntrack that gives what is wished for and remembers nothing, so that its work is not counted.
pub struct Generous;

impl Pinholes for Generous {
    fn open_media(
        &mut self,
        _: Option<&Part<'_>>,
        wish: &MediaPinhole,
    ) -> Result<MediaPorts, Refusal> {
        Ok(wish.ports)
    }

    fn take_back(&mut self, _: Option<&Part<'_>>, _: u8) {}

    fn media_comes_from(&mut self, _: &Part<'_>, _: u8, _: SocketAddr) {}

    fn media_inside(&mut self, outside: SocketAddr) -> Option<SocketAddr> {
        Some(outside)
    }

    fn is_near(&mut self, _: IpAddr) -> bool {
        true
    }

    fn turn(&mut self, _: &[u8], _: Turn) {}

    fn open_signalling(&mut self, wish: &SignallingPinhole) -> Result<SocketAddr, Refusal> {
        Ok(wish.outside)
    }

    fn admit(&mut self, _: SocketAddr, _: u32) {}

    fn expect_answers(&mut self, _: SocketAddr, _: SocketAddr) -> Result<(), Refusal> {
        Ok(())
    }

    fn close_signalling(&mut self, _: u16) {}

    fn is_kept(&mut self, _: Transport, _: u16) -> bool {
        false
    }

    fn registration(&mut self, _: &[u8]) -> Option<Registration> {
        None
    }

    fn remember(&mut self, _: &[u8], _: Registration, _: u32) {}

    fn is_bound_besides(&mut self, _: &[u8], _: u16) -> bool {
        false
    }

    fn inside(&mut self, outside: SocketAddr) -> Option<SocketAddr> {
        Some(outside)
    }

    fn outside(&mut self, inside: SocketAddr) -> Option<SocketAddr> {
        Some(inside)
    }

    fn lead_round(&mut self, _: SocketAddr, _: SocketAddr) -> bool {
        true
    }
}
