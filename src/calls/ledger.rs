// SPDX-License-Identifier: GPL-2.0

//! The tables behind [`super::Calls`], under its lock.

use core::net::{
    IpAddr,
    SocketAddr, //
};

use alg::call::{
    Exchange,
    MediaPinhole,
    Part,
    Party,
    Source,
    Step,
    Turn, //
};
use kernel::alloc::AllocError;
use kernel::prelude::*;

use super::book::Book;
use super::call::{
    Call,
    Request, //
};
use super::places::Places;
use super::shares::{
    Client,
    Most,
    Shares, //
};
use super::{
    Flowing,
    Key,
    Known,
    Receiver,
    Room, //
};
use crate::nf::{
    self,
    parameters,
    Protocol,
    Tuple, //
};
use crate::pinholes::Way;

/// Seconds for which a call is remembered that nobody has answered.
const UNANSWERED: u32 = 15 * 60;

/// Seconds for which a call is remembered that has not said for how long it was agreed upon.
const ANSWERED: u32 = 24 * 3600;

/// Seconds beyond what was agreed upon (RFC 4028 10: the BYE may come late).
const GRACE: u32 = 5 * 60;

/// Receivers of media in one call; more are opened, but not remembered.
const MOST_MEDIA: usize = 24;

/// Calls of one Call-ID that are looked at for being another one's leg.
const MOST_LEGS: usize = 8;

/// Chains of calls that are looked through for those that are over when another one comes; and when there
/// is no room.
const SWEPT: usize = 1;
const SWEPT_WHEN_FULL: usize = 16;

/// Calls that are forgotten then.
const MOST_SWEPT: usize = 8;

/// Makes room for one more in a list, of which most come by twos: those of RTP and of a second medium.
fn reserve<T>(list: &mut KVec<T>) -> Result<(), AllocError> {
    let more = if list.is_empty() { 2 } else { 1 };
    list.reserve(more, GFP_ATOMIC)
}

/// Calls, and what finds them.
pub(super) struct Ledger {
    calls: Book,
    places: Places,
    shares: Shares,
}

impl Ledger {
    /// None yet; may sleep.
    pub(super) fn new() -> Result<Self> {
        Ok(Self {
            calls: Book::new()?,
            places: Places::new()?,
            shares: Shares::new(Most {
                of_all: parameters::max_calls,
                of_connection: parameters::max_calls_per_connection,
            }),
        })
    }

    pub(super) fn find(
        &mut self,
        net: usize,
        key: Key,
        part: &Part<'_>,
        wish: &MediaPinhole,
    ) -> Known {
        let begun = |call: &&mut Call| call.beginner(part.exchange).is_some();
        let Some(call) = self.calls.get_mut(key).filter(begun) else {
            return match part.step == Step::Begins || self.was_begun(net, key, part.exchange) {
                true => Known::Asked,
                false => Known::Unasked,
            };
        };
        let from = Source::expected(&call.sources, part, wish);
        let known = call
            .receivers
            .iter_mut()
            .find(|receiver| receiver.binding.is_for(part, wish));
        match known {
            Some(receiver) => {
                let before = receiver.binding.wish.from;
                receiver.binding.renew(part, MediaPinhole { from, ..*wish });
                Known::Told(*receiver, before)
            }
            None => Known::From(from),
        }
    }

    /// Whether an exchange was begun by any connection: some answer from another port than they are asked at.
    fn was_begun(&self, net: usize, key: Key, exchange: Exchange) -> bool {
        let mut legs = self.legs(net, key.first());
        legs.any(|(_, call)| call.beginner(exchange).is_some())
    }

    /// The calls behind `after` with the same Call-ID, the few that are looked at.
    fn legs(&self, net: usize, after: Key) -> impl Iterator<Item = (Key, &Call)> {
        let first = self.calls.next_leg(after);
        let legs = core::iter::successors(first, |&leg| self.calls.next_leg(leg));
        let calls = legs
            .take(MOST_LEGS)
            .filter_map(|leg| Some((leg, self.calls.get(leg)?)));
        calls.filter(move |(_, call)| call.net == net)
    }

    /// The next call behind `after` with the same Call-ID that has a receiver behind the NAT at one of
    /// `ends`.
    pub(super) fn leg(&self, net: usize, after: Key, ends: [IpAddr; 2]) -> Option<Key> {
        let ends_at = |receiver: &Receiver| {
            let wish = &receiver.binding.wish;
            wish.inside != wish.outside && ends.contains(&wish.inside)
        };
        let mut legs = self.legs(net, after);
        let (leg, _) = legs.find(|(_, call)| call.receivers.iter().any(ends_at))?;
        Some(leg)
    }

    pub(super) fn nth(&self, key: Key, nth: usize) -> Option<Receiver> {
        self.calls.get(key)?.receivers.get(nth).copied()
    }

    /// Remembers that a party has begun an exchange, in a connection of a client's.
    pub(super) fn begin(
        &mut self,
        (net, client): (usize, Client),
        key: Key,
        by: Party,
        request: Request,
    ) -> Room {
        let mut room = Room::Free;
        if self.calls.get(key).is_none() {
            let full = self.shares.is_full();
            self.sweep(if full { SWEPT_WHEN_FULL } else { SWEPT });
            room = self.make_room(key, client, Shares::has_room, |_, _| true);
            if room.is_none() || self.create((net, client), key, by).is_err() {
                return Room::None;
            }
        }
        if let Some(call) = self.calls.get_mut(key) {
            call.note(request);
        }
        room
    }

    /// True if the call is known, and the turn is one of it as a whole.
    pub(super) fn turn(&mut self, key: Key, turn: Turn, from: IpAddr) -> bool {
        let Some(call) = self.calls.get_mut(key) else {
            return false;
        };
        if !call.takes(turn, from) {
            return false;
        }
        call.progress.settle(&mut call.receivers, turn);
        if let Turn::Agreed {
            seconds, parties, ..
        } = turn
        {
            let agreed = |source: &mut Source| parties.contains(&source.party);
            if call.progress.is_answered() {
                if let Some(number) = call.unanswered.take() {
                    self.shares.answer(key.root, number);
                }
                let seconds = seconds.map_or(ANSWERED, |seconds| seconds.saturating_add(GRACE));
                // Media of a branch that is gone has come in where that of another has to.
                for receiver in &mut call.receivers {
                    let mut last = call.sources.iter_mut().rev();
                    let last = last.find(|source| source.feeds(&receiver.binding));
                    if last.is_some_and(|source| !agreed(source)) {
                        receiver.expect_more();
                    }
                }
                call.sources.retain(agreed);
                let deadline = nf::now().saturating_add(seconds.min(ANSWERED));
                self.calls.set_deadline(key, deadline);
            }
        }
        true
    }

    /// The next receiver from `nth` on that has to let in another address than it does, now that the
    /// branches of a fork are gone, and which it did.
    pub(super) fn strayed(
        &mut self,
        key: Key,
        nth: &mut usize,
    ) -> Option<(Receiver, Option<IpAddr>)> {
        let call = self.calls.get_mut(key)?;
        let sources = &call.sources;
        let rest = call.receivers.iter_mut().skip(*nth);
        for receiver in rest {
            *nth = nth.saturating_add(1);
            let mut known = sources.iter().rev();
            let right = known.find(|source| source.concerns(&receiver.binding));
            let right = right.map(|source| source.endpoint.ip());
            if right.is_some() && receiver.binding.wish.from != right {
                return Some((*receiver, receiver.redirect(right)));
            }
        }
        None
    }

    pub(super) fn add(&mut self, key: Key, receiver: Receiver) -> Room {
        let has_room = |call: &&Call| call.receivers.len() < MOST_MEDIA;
        let Some(call) = self.calls.get(key).filter(has_room) else {
            return Room::None;
        };
        let client = call.client;
        let helps = |ledger: &Self, spare: Key| {
            let call = ledger.calls.get(spare);
            let has_media = call.is_some_and(|call| !call.receivers.is_empty());
            has_media && (spare.root == key.root || ledger.shares.has_own_media_room(key.root))
        };
        let room = self.make_room(key, client, Shares::has_media_room, helps);
        match room.is_none() || self.insert(key, receiver).is_err() {
            true => Room::None,
            false => room,
        }
    }

    fn insert(&mut self, key: Key, receiver: Receiver) -> Result<(), AllocError> {
        let call = self.calls.get_mut(key).ok_or(AllocError)?;
        reserve(&mut call.receivers)?;
        self.places.add(call.net, key, &receiver)?;
        call.receivers.push(receiver, GFP_ATOMIC)?;
        self.shares.add_media(key.root);
        Ok(())
    }

    /// Remembers where a party sends from; true if that may concern a receiver.
    pub(super) fn source(&mut self, key: Key, part: &Part<'_>, source: Source) -> bool {
        let begun = |call: &&mut Call| call.beginner(part.exchange).is_some();
        let Some(call) = self.calls.get_mut(key).filter(begun) else {
            return false;
        };
        if call.progress.has_left(part) {
            return false;
        }
        for receiver in &mut call.receivers {
            if source.moves(&call.sources, &receiver.binding) {
                receiver.expect_more();
            }
        }
        // The last one counts.
        call.sources
            .retain(|known| known.party != source.party || known.line != source.line);
        // Without memory it stays unknown, and the signalling peer is let in.
        if call.sources.len() < MOST_MEDIA && reserve(&mut call.sources).is_ok() {
            call.sources.push(source, GFP_ATOMIC).ok();
        }
        let mut receivers = call.receivers.iter();
        receivers.any(|receiver| receiver.is_moved_by(&source))
    }

    /// The next receiver from `nth` on that has to let in media from elsewhere now, and the address
    /// from which it did.
    pub(super) fn moved(
        &mut self,
        key: Key,
        source: Source,
        nth: &mut usize,
    ) -> Option<(Receiver, Option<IpAddr>)> {
        let call = self.calls.get_mut(key)?;
        let mut rest = call.receivers.iter_mut().skip(*nth);
        let receiver = rest.find(|receiver| {
            *nth = nth.saturating_add(1);
            receiver.is_moved_by(&source)
        })?;
        let before = match receiver.strays_from(&source) {
            true => receiver.redirect(Some(source.endpoint.ip())),
            false => receiver.binding.wish.from,
        };
        Some((*receiver, before))
    }

    fn create(&mut self, (net, client): (usize, Client), key: Key, caller: Party) -> Result {
        let deadline = nf::now().saturating_add(UNANSWERED);
        let call = Call::new(net, client, caller);
        let reserved = self.calls.reserve(key, call, deadline)?;
        let older = self.shares.newest(key.root);
        let number = self.shares.begin(key, client)?;
        self.calls.add(reserved, older, number);
        Ok(())
    }

    /// Sees to it that there is room for something new of a call, as `has_room` says, where it helps to
    /// forget another one.
    fn make_room(
        &mut self,
        key: Key,
        client: Client,
        has_room: impl Fn(&Shares, u32) -> bool,
        helps: impl Fn(&Self, Key) -> bool,
    ) -> Room {
        if has_room(&self.shares, key.root) {
            return Room::Free;
        }
        let spare = self.shares.spare(key, client);
        let Some(spare) = spare.filter(|&spare| helps(self, spare)) else {
            return Room::None;
        };
        self.end(spare);
        match has_room(&self.shares, key.root) {
            true => Room::Made,
            false => Room::None,
        }
    }

    pub(super) fn take_gone(&mut self, key: Key) -> Option<Receiver> {
        self.take(key, |receiver| receiver.binding.is_gone())
    }

    pub(super) fn take_back(&mut self, key: Key, part: &Part<'_>, way: &Way) {
        self.take(key, |receiver| {
            let binding = &receiver.binding;
            binding.is_of(part.party)
                && receiver.protocol() == way.protocol
                && binding.wish.outside == way.outside
                && binding.told == way.told
        });
    }

    /// Takes one of a call's receivers away.
    fn take(&mut self, key: Key, which: impl Fn(&Receiver) -> bool) -> Option<Receiver> {
        let call = self.calls.get_mut(key)?;
        let net = call.net;
        let found = call.receivers.iter().position(which)?;
        let mut receiver = call.receivers.remove(found).ok()?;
        self.shares.remove_media(key.root, 1);
        self.leave(net, key, &mut receiver);
        Some(receiver)
    }

    /// Forgets a call whose receivers are all gone, and hands them back.
    pub(super) fn take_ended(&mut self, key: Key) -> Option<KVec<Receiver>> {
        let call = self.calls.get(key)?;
        let mut receivers = call.receivers.iter();
        if !receivers.all(|receiver| receiver.binding.is_gone()) {
            return None;
        }
        Some(self.end(key))
    }

    /// Takes away the places of a receiver, where no other of the call has them.
    fn leave(&mut self, net: usize, key: Key, receiver: &mut Receiver) {
        let protocol = receiver.protocol();
        let others = self.calls.get(key);
        let others = others.map_or(&[][..], |call| &call.receivers);
        self.places.remove(net, key, receiver, others);
        receiver.leave(|outside| {
            let own = others.iter().any(|one| one.is_at(protocol, outside));
            own || self.places.is_shared(net, protocol, outside, key)
        });
    }

    /// Forgets a call.
    pub(super) fn forget(&mut self, key: Key) {
        self.end(key);
    }

    /// Forgets a call, and hands back its receivers.
    fn end(&mut self, key: Key) -> KVec<Receiver> {
        let Some(mut call) = self.calls.remove(key) else {
            return KVec::new();
        };
        let mut receivers = core::mem::replace(&mut call.receivers, KVec::new());
        for receiver in &mut receivers {
            let protocol = receiver.protocol();
            self.places.remove(call.net, key, receiver, &[]);
            let places = &self.places;
            receiver.leave(|outside| places.is_shared(call.net, protocol, outside, key));
        }
        if call.newer.is_none() {
            self.shares.set_newest(key.root, call.older);
        }
        self.shares.remove_media(key.root, receivers.len());
        self.shares.end(key.root, call.unanswered);
        receivers
    }

    pub(super) fn flows(&mut self, net: usize, root: u32, media: &Tuple) -> Option<Flowing> {
        let key = self
            .places
            .at(net, media.protocol, media.destination, Some(root))?;
        let call = self.calls.get_mut(key)?;
        let mut past = None;
        for receiver in call
            .receivers
            .iter_mut()
            .filter(|one| one.is_at(media.protocol, media.destination))
        {
            past = receiver.note(media.destination, media.source).or(past);
        }
        let mut ends = call.receivers.iter().flat_map(Receiver::ends);
        let leaves_from = ends.find(|end| end.inside == media.source);
        let leaves_from = leaves_from.map(|end| end.outside);
        Some(Flowing { leaves_from, past })
    }

    /// Whether a call that goes back to `root` has the outside endpoint.
    pub(super) fn is_of(
        &self,
        net: usize,
        protocol: Protocol,
        outside: SocketAddr,
        root: u32,
    ) -> bool {
        self.places.at(net, protocol, outside, Some(root)).is_some()
    }

    pub(super) fn has(&self, net: usize, protocol: Protocol, outside: SocketAddr) -> bool {
        self.places.at(net, protocol, outside, None).is_some()
    }

    /// The inside endpoint of media over UDP.
    pub(super) fn inside(&self, net: usize, outside: SocketAddr) -> Option<SocketAddr> {
        let call = self
            .calls
            .get(self.places.at(net, Protocol::Udp, outside, None)?)?;
        let mut receivers = call.receivers.iter();
        let receiver = receivers.find(|one| one.is_at(Protocol::Udp, outside))?;
        let mut ends = receiver.ends();
        Some(ends.find(|end| end.outside == outside)?.inside)
    }

    pub(super) fn forget_one(&mut self, root: u32) -> bool {
        let Some(call) = self.shares.newest(root) else {
            return false;
        };
        self.end(Key { root, call });
        true
    }

    /// Looks through a few chains of calls, and forgets those whose time is over. Their pinholes had theirs
    /// before.
    fn sweep(&mut self, chains: usize) {
        let now = nf::now();
        for _ in 0..MOST_SWEPT {
            match self.calls.sweep(chains, now) {
                Some(over) => self.end(over),
                None => return,
            };
        }
    }
}
