// SPDX-License-Identifier: GPL-2.0

//! How much of what is remembered belongs to which connection, and which call makes room for another.
//!
//! Connections are shared out by who opened them: a new one costs its client nothing.
//!
//! Registrations are shared out like calls; those that nobody has granted are the unanswered ones.

use kernel::prelude::*;
use kernel::rbtree::{
    RBTree,
    RBTreeNode, //
};

use super::Key;

/// Receivers of media for each call that there may be, on the average.
const MEDIA_PER_CALL: u32 = 4;

/// Calls of one client that are looked at for one of a connection.
const MOST_LOOKED_AT: usize = 8;

/// What a connection, or all of them, have.
#[derive(Clone, Copy, Default)]
struct Share {
    calls: u32,
    /// Receivers of media.
    media: u32,
    /// The call that has begun last.
    newest: Option<u64>,
    /// Who opened the connection.
    client: Client,
}

impl Share {
    /// Whether there is room for a call beside `most`.
    fn has_room(&self, most: u32) -> bool {
        self.calls < most
    }

    /// The same for a receiver of media.
    fn has_media_room(&self, most: u32) -> bool {
        self.media < most.saturating_mul(MEDIA_PER_CALL)
    }
}

/// Who opens connections: an address of IPv4, or a digest of one of IPv6.
pub(super) type Client = u64;

/// What the connections of a client have.
#[derive(Clone, Copy, Default)]
struct Crowd {
    calls: u32,
    /// Calls that nobody has answered.
    unanswered: u32,
}

/// A call that nobody has answered: those of a client stand in the order in which they began.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Unanswered {
    client: Client,
    number: u64,
}

/// How many there may be at a time: calls, or registrations.
pub(super) struct Most {
    pub(super) of_all: fn() -> u32,
    pub(super) of_connection: fn() -> u32,
}

/// The shares of all connections that have calls.
pub(super) struct Shares {
    most: Most,
    all: Share,
    of: RBTree<u32, Share>,
    clients: RBTree<Client, Crowd>,
    /// Clients in the order of how many of their calls nobody has answered.
    crowds: RBTree<(u32, Client), ()>,
    unanswered: RBTree<Unanswered, Key>,
    /// How many calls have begun so far.
    begun: u64,
}

impl Shares {
    pub(super) fn new(most: Most) -> Self {
        Self {
            most,
            all: Share::default(),
            of: RBTree::new(),
            clients: RBTree::new(),
            crowds: RBTree::new(),
            unanswered: RBTree::new(),
            begun: 0,
        }
    }

    fn share(&self, root: u32) -> Share {
        self.of.get(&root).copied().unwrap_or_default()
    }

    /// Whether there are as many calls as there may be.
    pub(super) fn is_full(&self) -> bool {
        !self.all.has_room((self.most.of_all)())
    }

    /// Whether there is room for another call of a connection.
    pub(super) fn has_room(&self, root: u32) -> bool {
        let own = (self.most.of_connection)();
        !self.is_full() && self.share(root).has_room(own)
    }

    /// Whether there is room for another receiver of media of a connection.
    pub(super) fn has_media_room(&self, root: u32) -> bool {
        self.all.has_media_room((self.most.of_all)()) && self.has_own_media_room(root)
    }

    /// The same for the connection itself.
    pub(super) fn has_own_media_room(&self, root: u32) -> bool {
        let own = (self.most.of_connection)();
        self.share(root).has_media_room(own)
    }

    /// The call that may be forgotten for something new of the call `key`: the one of the same connection
    /// that has waited for an answer for longest; or where that has none, of the same client; or of the
    /// client that has most of them, as long as it keeps no less than the other one gets.
    pub(super) fn spare(&self, key: Key, client: Client) -> Option<Key> {
        let own = self.oldest(client, |other| other.root == key.root && other != key);
        own.or_else(|| {
            let within = self.share(key.root).calls < (self.most.of_connection)();
            within.then(|| self.spare_of_others(key, client))?
        })
    }

    fn spare_of_others(&self, key: Key, client: Client) -> Option<Key> {
        let own = self.oldest(client, |other| other != key);
        own.or_else(|| {
            let own = self.clients.get(&client).map_or(0, |own| own.calls);
            let (unanswered, crowd) = *self.crowds.cursor_back()?.current().0;
            let crowded = unanswered >= own.saturating_add(2);
            crowded.then(|| self.oldest(crowd, |_| true))?
        })
    }

    /// The call of a client that nobody has answered for longest, among a few of the oldest.
    fn oldest(&self, client: Client, which: impl Fn(Key) -> bool) -> Option<Key> {
        let mut next = Unanswered { client, number: 0 };
        for _ in 0..MOST_LOOKED_AT {
            let found = self.unanswered.cursor_lower_bound(&next)?;
            let (&waits, &key) = found.current();
            if waits.client != client {
                return None;
            }
            if which(key) {
                return Some(key);
            }
            next.number = waits.number.checked_add(1)?;
        }
        None
    }

    /// The call of a connection that has begun last.
    pub(super) fn newest(&self, root: u32) -> Option<u64> {
        self.of.get(&root)?.newest
    }

    /// Notes that another one is the last.
    pub(super) fn set_newest(&mut self, root: u32, newest: Option<u64>) {
        if let Some(share) = self.of.get_mut(&root) {
            share.newest = newest;
        }
    }

    /// Counts a new call, which has not been answered; hands back its number.
    pub(super) fn begin(&mut self, key: Key, client: Client) -> Result<u64, Error> {
        // A connection stays its first client's.
        let client = self.of.get(&key.root).map_or(client, |share| share.client);
        let number = self.begun;
        let waits = RBTreeNode::new(Unanswered { client, number }, key, GFP_ATOMIC)?;
        let share = match self.of.get(&key.root) {
            Some(_) => None,
            None => {
                let share = Share {
                    client,
                    ..Share::default()
                };
                Some(RBTreeNode::new(key.root, share, GFP_ATOMIC)?)
            }
        };
        if self.clients.get(&client).is_none() {
            let crowd = RBTreeNode::new((0, client), (), GFP_ATOMIC)?;
            let of_client = RBTreeNode::new(client, Crowd::default(), GFP_ATOMIC)?;
            self.crowds.insert(crowd);
            self.clients.insert(of_client);
        }
        if let Some(share) = share {
            self.of.insert(share);
        }
        self.begun = number.wrapping_add(1);
        self.unanswered.insert(waits);
        self.change(key.root, |share| {
            share.calls = share.calls.saturating_add(1);
            share.newest = Some(key.call);
        });
        self.crowd(client, |crowd| {
            crowd.calls = crowd.calls.saturating_add(1);
            crowd.unanswered = crowd.unanswered.saturating_add(1);
        });
        Ok(number)
    }

    /// A call was answered.
    pub(super) fn answer(&mut self, root: u32, number: u64) {
        let client = self.share(root).client;
        self.unanswered.remove(&Unanswered { client, number });
        self.crowd(client, |crowd| {
            crowd.unanswered = crowd.unanswered.saturating_sub(1)
        });
    }

    /// A call has ended; it has this number if it was never answered.
    pub(super) fn end(&mut self, root: u32, number: Option<u64>) {
        if let Some(number) = number {
            self.answer(root, number);
        }
        let client = self.share(root).client;
        self.change(root, |share| share.calls = share.calls.saturating_sub(1));
        self.crowd(client, |crowd| crowd.calls = crowd.calls.saturating_sub(1));
    }

    /// A call has got a receiver of media.
    pub(super) fn add_media(&mut self, root: u32) {
        self.change(root, |share| share.media = share.media.saturating_add(1));
    }

    /// A call has lost so many.
    pub(super) fn remove_media(&mut self, root: u32, count: usize) {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.change(root, |share| {
            share.media = share.media.saturating_sub(count)
        });
    }

    /// Changes a connection's share and that of all; one without a call is forgotten.
    fn change(&mut self, root: u32, change: impl Fn(&mut Share)) {
        let Some(share) = self.of.get_mut(&root) else {
            return;
        };
        change(share);
        change(&mut self.all);
        if share.calls == 0 {
            self.of.remove(&root);
        }
    }

    /// Changes what a client has; one without a call is forgotten.
    fn crowd(&mut self, client: Client, change: impl Fn(&mut Crowd)) {
        let Some(crowd) = self.clients.get_mut(&client) else {
            return;
        };
        let before = crowd.unanswered;
        change(crowd);
        let Crowd { calls, unanswered } = *crowd;
        if calls == 0 {
            self.clients.remove(&client);
        }
        if calls == 0 || unanswered != before {
            let place = self.crowds.remove_node(&(before, client));
            if let Some(place) = place.filter(|_| calls > 0) {
                let place = place.into_reservation();
                self.crowds
                    .insert(place.into_node((unanswered, client), ()));
            }
        }
    }
}
