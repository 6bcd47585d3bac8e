// SPDX-License-Identifier: GPL-2.0-only

//! What becomes of a packet.

use super::bindings;
use kernel::ffi::c_int;

/// A helper's word on a packet.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// `NF_ACCEPT`: the packet goes on.
    Accept,
    /// `NF_DROP`: the packet ends here.
    Drop,
}

impl Verdict {
    pub(super) const fn as_raw(self) -> c_int {
        // CAST: The values are 0 and 1.
        match self {
            Self::Accept => bindings::NF_ACCEPT as c_int,
            Self::Drop => bindings::NF_DROP as c_int,
        }
    }
}
