// SPDX-License-Identifier: GPL-2.0

//! Ports outside that are tried.

use alg::call::{
    Refusal,
    LOWEST_PORT, //
};

use crate::nf::RelateError;

/// `first`, and so many ports above it in steps; above the last port it goes on with the lowest of
/// the same parity.
pub(super) fn ports(first: u16, step: u16, count: u16) -> impl Iterator<Item = u16> {
    let lowest = LOWEST_PORT.saturating_add(first % step);
    let next = move |port: &u16| Some(port.checked_add(step).unwrap_or(lowest));
    core::iter::successors(Some(first), next).take(usize::from(count))
}

/// The first port that conntrack grants.
///
/// A `fixed` one cannot be exchanged; whoever has it already lets the same packets in.
pub(super) fn try_ports(
    mut ports: impl Iterator<Item = u16>,
    fixed: bool,
    mut relate: impl FnMut(u16) -> Result<(), RelateError>,
) -> Result<u16, Refusal> {
    ports
        .find_map(|port| match relate(port) {
            Ok(()) => Some(Ok(port)),
            Err(RelateError::Taken) if fixed => Some(Ok(port)),
            Err(RelateError::Taken) => None,
            Err(RelateError::Gone) => Some(Err(Refusal::NotHere)),
            Err(RelateError::Full | RelateError::Other(_)) => Some(Err(Refusal::NoRoom)),
        })
        .unwrap_or(Err(Refusal::NoPort))
}
