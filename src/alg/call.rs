// SPDX-License-Identifier: GPL-2.0

//! What calls and registrations need of the firewall.
//!
//! [`media`] turns a session description into pinholes for RTP and RTCP, [`dialog`] says what a message
//! makes of them and [`binding`] what has become of them; [`registration`] turns a REGISTER and its
//! answer into one for incoming calls. All ask through [`Pinholes`].

mod binding;
pub(crate) mod dialog;
pub(crate) mod media;
mod memory;
mod pinholes;
pub(crate) mod registration;

pub use binding::{
    Binding,
    Progress,
    Source, //
};
pub use dialog::{
    Exchange,
    Part,
    Party,
    Step,
    Transaction,
    Turn, //
};
pub use media::MAX_MEDIA;
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
