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

/// What has become of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Rings,
    Cancelled,
    Refused,
}

/// A request that has begun an exchange.
#[derive(Clone, Copy)]
pub(crate) struct Request {
    exchange: Exchange,
    transaction: Transaction,
    /// The address that it came from.
    from: IpAddr,
    standing: Standing,
}

impl Request {
    /// One that has just come from an address.
    pub(crate) const fn new(exchange: Exchange, transaction: Transaction, from: IpAddr) -> Self {
        Self {
            exchange,
            transaction,
            from,
            standing: Standing::Rings,
        }
    }

    fn is(&self, exchange: Exchange, transaction: Transaction) -> bool {
        (self.exchange, self.transaction) == (exchange, transaction)
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
            requests: [None; MOST_BEGUN],
            oldest: 0,
            receivers: KVec::new(),
            sources: KVec::new(),
        }
    }

    /// Where an exchange was begun, if it was.
    pub(super) fn beginner(&self, exchange: Exchange) -> Option<IpAddr> {
        let mut requests = self.requests.iter().flatten();
        let first = requests.find(|request| request.exchange == exchange)?;
        Some(first.from)
    }

    /// Whether a turn by a message from an address is the call's: an answer is to what the other side has
    /// asked, and what ends one branch of a fork leaves the others, which may come by the same way.
    pub(super) fn takes(&mut self, turn: Turn, from: IpAddr) -> bool {
        match turn {
            Turn::Agreed { exchange, .. } => {
                let asker = self.beginner(exchange);
                asker.is_some_and(|asker| asker != from)
            }
            Turn::Refused {
                exchange,
                transaction,
                ..
            } => self.is_refused(exchange, transaction, from),
            Turn::Cancelled {
                exchange,
                transaction,
            } => self.is_cancelled(exchange, transaction),
            _ => true,
        }
    }

    /// Notes that a request is refused from an address; true where its exchange is over by that. A refusal
    /// of what is not known is an old one that is sent again.
    fn is_refused(&mut self, exchange: Exchange, transaction: Transaction, from: IpAddr) -> bool {
        match self.request(exchange, transaction) {
            Some(request) if request.from != from => request.standing = Standing::Refused,
            _ => return false,
        }
        self.ends(exchange, |request| request.standing == Standing::Refused)
    }

    /// Notes that a request is about to be refused; true where all of its exchange are, or nobody knows it.
    fn is_cancelled(&mut self, exchange: Exchange, transaction: Transaction) -> bool {
        match self.request(exchange, transaction) {
            None => return true,
            Some(request) if request.standing == Standing::Rings => {
                request.standing = Standing::Cancelled;
            }
            Some(_) => {}
        }
        self.ends(exchange, |request| request.standing != Standing::Rings)
    }

    /// Whether an exchange is over where all its requests are as they have to be. In a call that was answered
    /// nothing waits for others.
    fn ends(&self, exchange: Exchange, is_over: impl Fn(&Request) -> bool) -> bool {
        let requests = self.requests.iter().flatten();
        let mut requests = requests.filter(|request| request.exchange == exchange);
        self.progress.is_answered() || requests.all(is_over)
    }

    fn request(&mut self, exchange: Exchange, transaction: Transaction) -> Option<&mut Request> {
        let mut requests = self.requests.iter_mut().flatten();
        requests.find(|request| request.is(exchange, transaction))
    }

    /// Remembers a request.
    pub(super) fn note(&mut self, request: Request) {
        let known = self.request(request.exchange, request.transaction);
        if known.is_some() {
            return;
        }
        if let Some(slot) = self.requests.get_mut(self.oldest) {
            *slot = Some(request);
        }
        self.oldest = self.oldest.wrapping_add(1) % MOST_BEGUN;
    }
}
