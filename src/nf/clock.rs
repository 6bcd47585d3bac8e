// SPDX-License-Identifier: GPL-2.0-only

//! The time.

use super::bindings;

/// Returns the seconds since the machine was started.
pub(crate) fn now() -> u32 {
    // SAFETY: The clock may be read in any context.
    unsafe { bindings::nf_sip_now() }
}

/// Returns the milliseconds of a clock that began at any time and wraps.
pub(crate) fn milliseconds() -> u32 {
    // SAFETY: The clock may be read in any context.
    unsafe { bindings::nf_sip_milliseconds() }
}
