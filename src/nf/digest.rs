// SPDX-License-Identifier: GPL-2.0-only

//! Numbers for texts.

use super::bindings;

/// Returns a number for a text that nobody outside can make two texts agree in; it is another one
/// each time that the module is loaded.
pub(crate) fn digest(text: &[u8]) -> u64 {
    // SAFETY: The pointer and length are those of a slice, which is only read.
    unsafe { bindings::nf_sip_digest(text.as_ptr().cast(), text.len()) }
}
