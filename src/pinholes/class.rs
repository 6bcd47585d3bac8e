// SPDX-License-Identifier: GPL-2.0

//! Classes of expectations.

use alg::sdp::{
    Kind,
    Transport, //
};
use kernel::prelude::*;

use crate::nf::{
    self,
    ExpectationRef,
    Protocol, //
};

/// Pinholes for calls that one connection may have.
pub(super) const MOST_SIGNALLING: u8 = 32;

/// Seconds for which a pinhole waits for its first packet.
pub(super) const PATIENCE: u32 = 3 * 60;

pub(crate) enum Class {
    Signalling,
    Audio,
    Video,
    Image,
}

impl Class {
    pub(crate) const POLICIES: [nf::Policy; 4] = [
        policy(c"signalling", MOST_SIGNALLING),
        policy(c"audio", 255),
        policy(c"video", 128),
        policy(c"image", 32),
    ];

    pub(super) const fn number(self) -> u8 {
        match self {
            Self::Signalling => 0,
            Self::Audio => 1,
            Self::Video => 2,
            Self::Image => 3,
        }
    }

    /// Whether a pinhole is of the class.
    pub(crate) fn has(self, pinhole: &ExpectationRef) -> bool {
        pinhole.class() == self.number()
    }
}

impl From<Transport> for Protocol {
    fn from(transport: Transport) -> Self {
        match transport {
            Transport::Udp => Self::Udp,
            Transport::Tcp => Self::Tcp,
        }
    }
}

impl From<Kind> for Class {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Audio | Kind::Other => Self::Audio,
            Kind::Video => Self::Video,
            Kind::Image => Self::Image,
        }
    }
}

/// A class with its most pinholes for one connection: beyond, the oldest goes.
const fn policy(name: &'static CStr, max_expected: u8) -> nf::Policy {
    nf::Policy {
        name,
        max_expected,
        timeout: PATIENCE,
    }
}
