// SPDX-License-Identifier: GPL-2.0

//! The whole core with nothing behind it: what is generic comes into being here, where the gate that
//! looks for panics can see it.

#![no_std]

use core::net::{
    IpAddr,
    SocketAddr, //
};

use alg::call::{
    MediaPinhole,
    MediaPorts,
    Memory,
    Part,
    Pinholes,
    Policy,
    Refusal,
    Registration,
    SignallingPinhole,
    Turn, //
};
use alg::nat::{
    Edits,
    Flow,
    Region, //
};
use alg::sdp::Transport;
use alg::Reasons;

/// Answers of which the compiler knows nothing.
#[derive(Clone, Copy)]
pub struct Answers {
    pub media: Result<MediaPorts, Refusal>,
    pub signalling: Result<SocketAddr, Refusal>,
    pub known: Option<SocketAddr>,
    pub registration: Registration,
}

impl Pinholes for Answers {
    fn open_media(
        &mut self,
        _: Option<&Part<'_>>,
        _: &MediaPinhole,
    ) -> Result<MediaPorts, Refusal> {
        self.media
    }

    fn take_back(&mut self, _: Option<&Part<'_>>, _: u8) {}

    fn media_comes_from(&mut self, _: &Part<'_>, _: u8, _: SocketAddr) {}

    fn media_inside(&mut self, _: SocketAddr) -> Option<SocketAddr> {
        self.known
    }

    fn is_near(&mut self, _: IpAddr) -> bool {
        self.known.is_some()
    }

    fn turn(&mut self, _: &[u8], _: Turn) {}

    fn open_signalling(&mut self, _: &SignallingPinhole) -> Result<SocketAddr, Refusal> {
        self.signalling
    }

    fn admit(&mut self, _: SocketAddr, _: u32) {}

    fn expect_answers(&mut self, _: SocketAddr, _: SocketAddr) -> Result<(), Refusal> {
        Ok(())
    }

    fn close_signalling(&mut self, _: u16) {}

    fn is_kept(&mut self, _: Transport, _: u16) -> bool {
        self.known.is_some()
    }

    fn registration(&mut self, _: &[u8]) -> Option<Registration> {
        Some(self.registration)
    }

    fn remember(&mut self, _: &[u8], _: Registration, _: u32) {}

    fn is_bound_besides(&mut self, _: &[u8], _: u16) -> bool {
        false
    }

    fn inside(&mut self, _: SocketAddr) -> Option<SocketAddr> {
        self.known
    }

    fn outside(&mut self, _: SocketAddr) -> Option<SocketAddr> {
        self.known
    }

    fn lead_round(&mut self, _: SocketAddr, _: SocketAddr) -> bool {
        self.known.is_some()
    }
}

/// All that the kernel does with a message.
#[no_mangle]
pub fn whole(
    flow: &Flow,
    policy: Policy,
    memory: &mut Memory,
    answers: &mut Answers,
    edits: &mut Edits<'_>,
    out: &mut [u8],
) -> (Reasons, Option<Region>) {
    let reasons = alg::translate(flow, policy, memory, answers, edits);
    (reasons, edits.render(out))
}
