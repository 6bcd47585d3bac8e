// SPDX-License-Identifier: GPL-2.0

//! A call, as far as it is remembered.

use core::net::IpAddr;

use alg::call::{
    Exchange,
    Party,
    Progress,
    Source, //
};
use kernel::prelude::*;

use super::shares::Client;
use super::Receiver;

/// Exchanges of one call that are remembered: an INVITE may be followed by several PRACKs and UPDATEs
/// before it is answered.
const MOST_EXCHANGES: usize = 12;

/// What is remembered of a call.
pub(super) struct Call {
    pub(super) net: usize,
    /// Whose it is.
    pub(super) client: Client,
    pub(super) progress: Progress,
    /// Its number among the calls that nobody has answered, as long as it is one of them.
    pub(super) unanswered: Option<u64>,
    /// Its neighbours in the list of those that go back to the same connection.
    pub(super) older: Option<u64>,
    pub(super) newer: Option<u64>,
    /// The exchanges that were begun last, and from which address.
    begun: [Option<(Exchange, IpAddr)>; MOST_EXCHANGES],
    /// Which of them goes next.
    oldest: usize,
    pub(super) receivers: KVec<Receiver>,
    pub(super) sources: KVec<Source>,
}

impl Call {
    /// One that has just begun.
    pub(super) fn new(net: usize, client: Client, caller: Party) -> Self {
        Self {
            net,
            client,
            progress: Progress::begun(caller),
            unanswered: None,
            older: None,
            newer: None,
            begun: [None; MOST_EXCHANGES],
            oldest: 0,
            receivers: KVec::new(),
            sources: KVec::new(),
        }
    }

    /// Where an exchange was begun, if it was.
    pub(super) fn beginner(&self, exchange: Exchange) -> Option<IpAddr> {
        let mut begun = self.begun.iter().flatten();
        Some(begun.find(|(known, _)| *known == exchange)?.1)
    }

    /// Remembers where an exchange was begun.
    pub(super) fn note(&mut self, exchange: Exchange, from: IpAddr) {
        if self.beginner(exchange).is_some() {
            return;
        }
        if let Some(slot) = self.begun.get_mut(self.oldest) {
            *slot = Some((exchange, from));
        }
        self.oldest = self.oldest.wrapping_add(1) % MOST_EXCHANGES;
    }
}
