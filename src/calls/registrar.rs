// SPDX-License-Identifier: GPL-2.0

//! The registrations behind [`super::Calls`], under a lock of their own.

use alg::call::Registration;
use kernel::prelude::*;
use kernel::rbtree::{
    RBTree,
    RBTreeNodeReservation, //
};

use super::shares::{
    Client,
    Most,
    Shares, //
};
use super::{
    Key,
    Room, //
};
use crate::nf::{
    self,
    parameters, //
};

/// Registrations of one connection, of which there are a few for a phone and some for a PBX.
const MOST: u32 = 256;

/// A registration, and when it is over by [`nf::now`].
#[derive(Clone, Copy)]
struct Entry {
    registration: Registration,
    deadline: u32,
    /// Its number among those that no registrar has granted, as long as it is one of them.
    waits: Option<u64>,
}

impl Entry {
    fn is_over(&self) -> bool {
        self.deadline < nf::now()
    }
}

/// Registrations that are looked at for being over when another one comes.
const SWEPT: usize = 2;

/// Registrations by the connection that they go back to, and their Call-ID.
pub(super) struct Registrar {
    entries: RBTree<Key, Entry>,
    shares: Shares,
    /// Where the last sweep ended.
    swept: Key,
}

impl Registrar {
    pub(super) fn new() -> Self {
        Self {
            entries: RBTree::new(),
            shares: Shares::new(Most {
                of_all: parameters::max_calls,
                of_connection: || MOST,
            }),
            swept: Key { root: 0, call: 0 },
        }
    }

    pub(super) fn get(&self, key: Key) -> Option<Registration> {
        let known = self.entries.get(&key);
        Some(known.filter(|entry| !entry.is_over())?.registration)
    }

    /// Remembers one for so many seconds, or forgets it. Who registers without end displaces its own that
    /// nobody has granted, or is who has most of these.
    pub(super) fn set(
        &mut self,
        (key, client): (Key, Client),
        registration: Registration,
        seconds: u32,
    ) -> Room {
        if seconds == 0 {
            self.remove(key);
            return Room::Free;
        }
        let deadline = nf::now().saturating_add(seconds);
        let mut room = Room::Free;
        if self.entries.get(&key).is_none() {
            room = self.make_room(key, client);
            if room.is_none() || self.insert(key, client, deadline).is_err() {
                return Room::None;
            }
        }
        if let Some(known) = self.entries.get_mut(&key) {
            known.registration = registration;
            known.deadline = deadline;
            if !registration.is_over() {
                if let Some(number) = known.waits.take() {
                    self.shares.answer(key.root, number);
                }
            }
        }
        room
    }

    fn insert(&mut self, key: Key, client: Client, deadline: u32) -> Result {
        let node = RBTreeNodeReservation::new(GFP_ATOMIC)?;
        let entry = Entry {
            registration: Registration::default(),
            deadline,
            waits: Some(self.shares.begin(key, client)?),
        };
        self.entries.insert(node.into_node(key, entry));
        Ok(())
    }

    /// Sees to it that there is room for another one of a connection.
    fn make_room(&mut self, key: Key, client: Client) -> Room {
        self.remove_old(key.root);
        self.sweep();
        if self.shares.has_room(key.root) {
            return Room::Free;
        }
        let Some(spare) = self.shares.spare(key, client) else {
            return Room::None;
        };
        self.remove(spare);
        match self.shares.has_room(key.root) {
            true => Room::Made,
            false => Room::None,
        }
    }

    pub(super) fn is_bound_besides(&self, key: Key, port: u16) -> bool {
        self.of_root(key.root)
            .any(|(other, entry)| other != key && !entry.is_over() && entry.registration.has(port))
    }

    pub(super) fn forget(&mut self, root: u32) {
        while let Some(key) = self.next(Key { root, call: 0 }) {
            self.remove(key);
        }
    }

    /// Removes those of a connection whose time is over.
    fn remove_old(&mut self, root: u32) {
        while let Some(key) = self.old(root) {
            self.remove(key);
        }
    }

    fn old(&self, root: u32) -> Option<Key> {
        let mut all = self.of_root(root);
        Some(all.find(|(_, entry)| entry.is_over())?.0)
    }

    /// Looks at a few of other connections, which may have gone without a word.
    fn sweep(&mut self) {
        for _ in 0..SWEPT {
            let call = self.swept.call.wrapping_add(1);
            let next = Key { call, ..self.swept };
            let Some(found) = self.entries.cursor_lower_bound(&next) else {
                self.swept = Key { root: 0, call: 0 };
                return;
            };
            let (key, entry) = found.current();
            let (key, over) = (*key, entry.is_over());
            self.swept = key;
            if over {
                self.remove(key);
            }
        }
    }

    fn remove(&mut self, key: Key) {
        if let Some(entry) = self.entries.remove(&key) {
            self.shares.end(key.root, entry.waits);
        }
    }

    /// The first at or behind `key` of the same connection.
    fn next(&self, key: Key) -> Option<Key> {
        let found = *self.entries.cursor_lower_bound(&key)?.current().0;
        (found.root == key.root).then_some(found)
    }

    /// The registrations of a connection.
    fn of_root(&self, root: u32) -> impl Iterator<Item = (Key, Entry)> + '_ {
        let mut next = self.next(Key { root, call: 0 });
        core::iter::from_fn(move || {
            let key = next?;
            let call = key.call.checked_add(1);
            next = call.and_then(|call| self.next(Key { call, ..key }));
            Some((key, *self.entries.get(&key)?))
        })
    }
}
