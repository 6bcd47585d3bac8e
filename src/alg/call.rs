// SPDX-License-Identifier: GPL-2.0

//! What calls and registrations need of the firewall.
//!
//! [`media`] turns a session description into pinholes for RTP and RTCP, [`dialog`] says for how long
//! they are needed, [`registration`] turns a REGISTER and its answer into one for incoming calls. All
//! ask through [`Pinholes`].

pub(crate) mod dialog;
pub(crate) mod media;
mod memory;
mod pinholes;
pub(crate) mod registration;

pub use dialog::{
    Binding,
    Exchange,
    Part,
    Party,
    Progress,
    Source,
    Turn, //
};
pub use memory::Memory;
pub use pinholes::{
    MediaPinhole,
    MediaPorts,
    Pinholes,
    Policy,
    Refusal,
    SignallingPinhole,
    LOWEST_PORT, //
};
pub use registration::{
    Ports,
    Registration, //
};
