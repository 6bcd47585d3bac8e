// SPDX-License-Identifier: GPL-2.0

//! A call, as far as it is remembered.

use core::net::IpAddr;

use alg::call::{
    Exchange,
    Party,
    Progress,
    Source,
    Transaction,
    Turn, //
};
use kernel::prelude::*;

use super::shares::Client;
use super::Receiver;

/// Requests of one call that are remembered: an INVITE may be followed by several PRACKs and UPDATEs before it
/// is answered.
const MOST_BEGUN: usize = 12;

/// A request that has begun an exchange.
#[derive(Clone, Copy)]
pub(crate) struct Begun {
    pub(crate) exchange: Exchange,
    pub(crate) transaction: Transaction,
    /// The address that it came from.
    pub(crate) from: IpAddr,
}

/// One that is remembered.
struct Request {
    begun: Begun,
    refused: bool,
}

impl Request {
    fn is(&self, exchange: Exchange, transaction: Transaction) -> bool {
        (self.begun.exchange, self.begun.transaction) == (exchange, transaction)
    }
}

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
    /// The requests that came last.
    requests: [Option<Request>; MOST_BEGUN],
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
            requests: [const { None }; MOST_BEGUN],
            oldest: 0,
            receivers: KVec::new(),
            sources: KVec::new(),
        }
    }

    /// Where an exchange was begun, if it was.
    pub(super) fn beginner(&self, exchange: Exchange) -> Option<IpAddr> {
        let mut requests = self.requests.iter().flatten();
        let first = requests.find(|request| request.begun.exchange == exchange)?;
        Some(first.begun.from)
    }

    /// Whether a turn by a message from an address is the call's: an answer is to what the other side has
    /// asked, and what ends one branch of a fork leaves the others, which may come by the same way.
    pub(super) fn takes(&mut self, turn: Turn, from: IpAddr) -> bool {
        match turn {
            Turn::Agreed { exchange, .. } => self.is_asked(exchange, from),
            Turn::Refused {
                exchange,
                transaction,
                ..
            } => self.is_refused(exchange, transaction, from),
            Turn::Cancelled {
                exchange,
                transaction,
            } => {
                let unknown = self.request(exchange, transaction).is_none();
                unknown || !self.rings_besides(exchange, transaction)
            }
            _ => true,
        }
    }

    /// Whether somebody else than the one at the address has begun an exchange.
    fn is_asked(&self, exchange: Exchange, answerer: IpAddr) -> bool {
        let asker = self.beginner(exchange);
        asker.is_some_and(|asker| asker != answerer)
    }

    /// Notes that a request is refused from an address; true where its exchange is over by that.
    fn is_refused(&mut self, exchange: Exchange, transaction: Transaction, from: IpAddr) -> bool {
        let Some(request) = self.request(exchange, transaction) else {
            return self.is_asked(exchange, from);
        };
        if request.begun.from == from {
            return false;
        }
        request.refused = true;
        !self.rings_besides(exchange, transaction)
    }

    fn request(&mut self, exchange: Exchange, transaction: Transaction) -> Option<&mut Request> {
        let mut requests = self.requests.iter_mut().flatten();
        requests.find(|request| request.is(exchange, transaction))
    }

    /// Whether an exchange goes on without one of its requests.
    fn rings_besides(&self, exchange: Exchange, transaction: Transaction) -> bool {
        let mut requests = self.requests.iter().flatten();
        requests.any(|request| {
            let begun = &request.begun;
            begun.exchange == exchange && begun.transaction != transaction && !request.refused
        })
    }

    /// Remembers a request.
    pub(super) fn note(&mut self, begun: Begun) {
        if self.request(begun.exchange, begun.transaction).is_some() {
            return;
        }
        if let Some(slot) = self.requests.get_mut(self.oldest) {
            let refused = false;
            *slot = Some(Request { begun, refused });
        }
        self.oldest = self.oldest.wrapping_add(1) % MOST_BEGUN;
    }
}
