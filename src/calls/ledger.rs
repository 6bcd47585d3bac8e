// SPDX-License-Identifier: GPL-2.0

//! The tables behind [`super::Calls`], under its lock.

use core::net::{
    IpAddr,
    SocketAddr, //
};

use alg::call::{
    settle,
    MediaPinhole,
    Part,
    Party,
    Source,
    Turn, //
};
use kernel::alloc::AllocError;
use kernel::prelude::*;
use kernel::rbtree::{
    RBTree,
    RBTreeNode, //
};

use super::{
    Key,
    Known,
    Receiver, //
};
use crate::nf::{
    self,
    parameters, //
};

/// Seconds for which a call is remembered that nobody has answered.
const UNANSWERED: u32 = 15 * 60;

/// Seconds for which a call is remembered that has not said for how long it was agreed upon.
const ANSWERED: u32 = 24 * 3600;

/// Seconds beyond what was agreed upon (RFC 4028 10: the BYE may come late).
const GRACE: u32 = 5 * 60;

/// Receivers of media in one call; more are opened, but not remembered.
const MOST_MEDIA: usize = 64;

/// Calls that are looked at for being over when another one comes.
const SWEPT: usize = 2;

/// An outside endpoint that a call has. Several may have it where they tell apart who sends there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    net: usize,
    outside: SocketAddr,
    key: Key,
}

/// What is remembered of a call.
struct Call {
    net: usize,
    /// Who described media first.
    caller: Party,
    /// When it is over, by [`nf::now`], if nothing more is heard.
    deadline: u32,
    receivers: KVec<Receiver>,
    sources: KVec<Source>,
}

/// Calls, and what finds them.
pub(super) struct Ledger {
    calls: RBTree<Key, Call>,
    places: RBTree<Place, ()>,
    /// How many calls go back to a connection.
    roots: RBTree<usize, u32>,
    len: u32,
    /// Where the last sweep ended.
    swept: Key,
}

impl Ledger {
    pub(super) const NONE: Key = Key { root: 0, call: 0 };

    pub(super) fn new() -> Self {
        Self {
            calls: RBTree::new(),
            places: RBTree::new(),
            roots: RBTree::new(),
            len: 0,
            swept: Self::NONE,
        }
    }

    pub(super) fn find(&mut self, key: Key, part: &Part<'_>, wish: &MediaPinhole) -> Known {
        let Some(call) = self.calls.get_mut(&key) else {
            return Known::From(wish.from);
        };
        let from = Source::expected(&call.sources, part, wish);
        let known = call
            .receivers
            .iter_mut()
            .find(|receiver| receiver.binding.is_for(part, wish));
        match known {
            Some(receiver) => {
                receiver.binding.renew(part, MediaPinhole { from, ..*wish });
                Known::Told(*receiver)
            }
            None => Known::From(from),
        }
    }

    pub(super) fn nth(&self, key: Key, nth: usize) -> Option<Receiver> {
        self.calls.get(&key)?.receivers.get(nth).copied()
    }

    pub(super) fn turn(&mut self, key: Key, turn: Turn) -> bool {
        let Some(call) = self.calls.get_mut(&key) else {
            return false;
        };
        settle(&mut call.receivers, call.caller, turn);
        if let Turn::Agreed { seconds, .. } = turn {
            let seconds = seconds.map_or(ANSWERED, |seconds| seconds.saturating_add(GRACE));
            call.deadline = nf::now().saturating_add(seconds.min(ANSWERED));
        }
        true
    }

    pub(super) fn add(
        &mut self,
        net: usize,
        key: Key,
        caller: Party,
        receiver: Receiver,
    ) -> Result<(), AllocError> {
        let mut places = [None, None];
        for (slot, end) in places.iter_mut().zip(receiver.ends()) {
            let outside = end.outside;
            let place = Place { net, outside, key };
            *slot = Some(RBTreeNode::new(place, (), GFP_ATOMIC).map_err(|_| AllocError)?);
        }
        let call = self.call(net, key, caller)?;
        if call.receivers.len() >= MOST_MEDIA {
            return Err(AllocError);
        }
        call.receivers.push(receiver, GFP_ATOMIC)?;
        for place in places.into_iter().flatten() {
            self.places.insert(place);
        }
        Ok(())
    }

    pub(super) fn source(&mut self, net: usize, key: Key, source: Source) -> bool {
        let Ok(call) = self.call(net, key, source.party) else {
            return false;
        };
        let same = |known: &&mut Source| known.party == source.party && known.line == source.line;
        if let Some(known) = call.sources.iter_mut().find(same) {
            *known = source;
        } else if call.sources.len() < MOST_MEDIA {
            // Without memory it stays unknown, and the signalling peer is let in.
            call.sources.push(source, GFP_ATOMIC).ok();
        }
        !call.receivers.is_empty()
    }

    /// The next receiver from `nth` on that has to let in another address now, and which it did.
    pub(super) fn moved(
        &mut self,
        key: Key,
        source: Source,
        nth: &mut usize,
    ) -> Option<(Receiver, Option<IpAddr>)> {
        let call = self.calls.get_mut(&key)?;
        let mut rest = call.receivers.iter_mut().skip(*nth);
        let receiver = rest.find(|receiver| {
            *nth = nth.saturating_add(1);
            let binding = &receiver.binding;
            source.concerns(binding) && binding.wish.from != Some(source.address)
        })?;
        let before = receiver.binding.wish.from.replace(source.address);
        Some((*receiver, before))
    }

    /// The call, which comes into being where it is not known.
    fn call(&mut self, net: usize, key: Key, caller: Party) -> Result<&mut Call, AllocError> {
        if self.calls.get(&key).is_none() {
            self.begin(net, key, caller)?;
        }
        self.calls.get_mut(&key).ok_or(AllocError)
    }

    fn begin(&mut self, net: usize, key: Key, caller: Party) -> Result<(), AllocError> {
        let of_root = self.roots.get(&key.root).copied().unwrap_or(0);
        if self.len >= parameters::max_calls() || of_root >= parameters::max_calls_per_connection()
        {
            return Err(AllocError);
        }
        let call = Call {
            net,
            caller,
            deadline: nf::now().saturating_add(UNANSWERED),
            receivers: KVec::new(),
            sources: KVec::new(),
        };
        let call = RBTreeNode::new(key, call, GFP_ATOMIC).map_err(|_| AllocError)?;
        match self.roots.get_mut(&key.root) {
            Some(count) => *count = of_root.saturating_add(1),
            None => {
                let root = RBTreeNode::new(key.root, 1, GFP_ATOMIC).map_err(|_| AllocError)?;
                self.roots.insert(root);
            }
        }
        self.len = self.len.saturating_add(1);
        self.calls.insert(call);
        Ok(())
    }

    pub(super) fn take_gone(&mut self, key: Key) -> Option<Receiver> {
        let call = self.calls.get_mut(&key)?;
        let net = call.net;
        let gone = call
            .receivers
            .iter()
            .position(|receiver| receiver.binding.is_gone());
        let gone = gone.and_then(|place| call.receivers.remove(place).ok());
        if call.receivers.is_empty() {
            self.end(key);
        }
        if let Some(receiver) = &gone {
            self.leave(net, key, receiver);
        }
        gone
    }

    /// Takes away the places of a receiver, where no other of the call has them.
    fn leave(&mut self, net: usize, key: Key, receiver: &Receiver) {
        for end in receiver.ends() {
            let outside = end.outside;
            let others = self.calls.get(&key);
            let shared =
                others.is_some_and(|call| call.receivers.iter().any(|one| one.is_at(outside)));
            if !shared {
                self.places.remove(&Place { net, outside, key });
            }
        }
    }

    /// Forgets a call.
    fn end(&mut self, key: Key) {
        let Some(call) = self.calls.remove(&key) else {
            return;
        };
        for receiver in &call.receivers {
            self.leave(call.net, key, receiver);
        }
        self.len = self.len.saturating_sub(1);
        match self.roots.get_mut(&key.root) {
            Some(count) if *count > 1 => *count = count.saturating_sub(1),
            _ => _ = self.roots.remove(&key.root),
        }
    }

    pub(super) fn flows(
        &mut self,
        net: usize,
        root: usize,
        outside: SocketAddr,
        peer: SocketAddr,
    ) -> Option<SocketAddr> {
        let key = self.at(net, outside, Some(root))?;
        let call = self.calls.get_mut(&key)?;
        let receivers = call.receivers.iter_mut();
        for receiver in receivers.filter(|receiver| receiver.is_at(outside)) {
            receiver.note(outside, peer);
        }
        let mut ends = call.receivers.iter().flat_map(Receiver::ends);
        Some(ends.find(|end| end.inside == peer)?.outside)
    }

    /// A call that has the outside endpoint: the first one that goes back to `root`, or to any.
    fn at(&self, net: usize, outside: SocketAddr, root: Option<usize>) -> Option<Key> {
        let key = Key {
            root: root.unwrap_or(0),
            call: 0,
        };
        let place = Place { net, outside, key };
        let found = *self.places.cursor_lower_bound(&place)?.current().0;
        let same = (found.net, found.outside) == (net, outside)
            && root.is_none_or(|root| root == found.key.root);
        same.then_some(found.key)
    }

    pub(super) fn has(&self, net: usize, outside: SocketAddr) -> bool {
        self.at(net, outside, None).is_some()
    }

    pub(super) fn inside(&self, net: usize, outside: SocketAddr) -> Option<SocketAddr> {
        let call = self.calls.get(&self.at(net, outside, None)?)?;
        let mut ends = call.receivers.iter().flat_map(Receiver::ends);
        Some(ends.find(|end| end.outside == outside)?.inside)
    }

    pub(super) fn forget_one(&mut self, root: usize) -> bool {
        if self.roots.get(&root).is_none() {
            return false;
        }
        let first = Key { root, call: 0 };
        let found = self.calls.cursor_lower_bound(&first);
        let key = found.map(|found| *found.current().0);
        match key.filter(|key| key.root == root) {
            Some(key) => self.end(key),
            None => _ = self.roots.remove(&root),
        }
        true
    }

    /// Looks at a few calls, and forgets those whose time is over. Their pinholes had theirs before.
    pub(super) fn sweep(&mut self) {
        let now = nf::now();
        for _ in 0..SWEPT {
            let next = Key {
                root: self.swept.root,
                call: self.swept.call.wrapping_add(1),
            };
            let Some(found) = self.calls.cursor_lower_bound(&next) else {
                self.swept = Self::NONE;
                return;
            };
            let (key, call) = found.current();
            let (key, over) = (*key, call.deadline < now);
            self.swept = key;
            if over {
                self.end(key);
            }
        }
    }
}
