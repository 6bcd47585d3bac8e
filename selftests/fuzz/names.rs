// SPDX-License-Identifier: GPL-2.0

//! Which header field an input for the values' target is of.

use alg::sip::Name;

/// One name for each way to read a value; the first byte of an input is its place here.
pub const NAMES: [Name; 8] = [
    Name::Via,
    Name::Contact,
    Name::From,
    Name::CSeq,
    Name::ContentLength,
    Name::ContentType,
    Name::Expires,
    Name::CallId,
];
