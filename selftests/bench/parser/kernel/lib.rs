// SPDX-License-Identifier: GPL-2.0

//! What is compiled as the kernel compiles the core: what nf_sip reads of a message, and the floors.
//!
//! Each function takes a message, allocates nothing, and folds what it finds into one number.

#![no_std]

mod extract;
mod headers;
mod lines;

use core::panic::PanicInfo;
use core::slice;

/// Everything that a NAT helper needs.
///
/// # Safety
///
/// `bytes` points at `len` bytes that nobody writes meanwhile.
#[no_mangle]
pub unsafe extern "C" fn nf_sip(bytes: *const u8, len: usize) -> u64 {
    // SAFETY: As the caller promises.
    let message = unsafe { slice::from_raw_parts(bytes, len) };
    let mut sum = 0;
    extract::extract(message, |value| sum ^= value);
    sum
}

/// The floor of readers.
///
/// # Safety
///
/// `bytes` points at `len` bytes that nobody writes meanwhile.
#[no_mangle]
pub unsafe extern "C" fn httparse_headers(bytes: *const u8, len: usize) -> u64 {
    // SAFETY: As the caller promises.
    headers::split(unsafe { slice::from_raw_parts(bytes, len) })
}

/// The floor of all.
///
/// # Safety
///
/// `bytes` points at `len` bytes that nobody writes meanwhile.
#[no_mangle]
pub unsafe extern "C" fn newline_index(bytes: *const u8, len: usize) -> u64 {
    // SAFETY: As the caller promises.
    lines::index(unsafe { slice::from_raw_parts(bytes, len) })
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}
