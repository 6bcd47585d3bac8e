// SPDX-License-Identifier: GPL-2.0

//! Ports outside: which are tried, and which are taken.

use alg::call::{
    Refusal,
    LOWEST_PORT, //
};

use crate::nf::RelateError;

/// Ports from a first one on, marked as taken by the connection itself.
pub(super) struct Own {
    first: u16,
    taken: [u64; 5],
}

impl Own {
    pub(super) const fn new(first: u16) -> Self {
        let taken = [0; 5];
        Self { first, taken }
    }

    /// The word and bit of a port; those far from the first are not tried.
    fn place(&self, port: u16) -> Option<(usize, u64)> {
        let offset = port.checked_sub(self.first)?;
        let word = usize::from(offset.wrapping_shr(6));
        Some((word, 1u64.wrapping_shl(u32::from(offset & 63))))
    }

    pub(super) fn add(&mut self, port: u16) {
        if let Some((word, bit)) = self.place(port) {
            if let Some(word) = self.taken.get_mut(word) {
                *word |= bit;
            }
        }
    }

    pub(super) fn has(&self, port: u16) -> bool {
        let Some((word, bit)) = self.place(port) else {
            return false;
        };
        self.taken.get(word).is_some_and(|word| word & bit != 0)
    }
}

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
