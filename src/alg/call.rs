// SPDX-License-Identifier: GPL-2.0

//! What calls and registrations need of the firewall.
//!
//! [`media`] turns a session description into pinholes for RTP and RTCP, [`registration`] a
//! REGISTER and its answer into one for incoming calls. Both ask through [`Pinholes`].

pub(crate) mod media;
mod memory;
mod pinholes;
pub(crate) mod registration;

pub use memory::{
    Leaving,
    Memory, //
};
pub use pinholes::{
    MediaPinhole,
    MediaPorts,
    Pinholes,
    Policy,
    Refusal,
    SignallingPinhole,
    LOWEST_PORT, //
};
