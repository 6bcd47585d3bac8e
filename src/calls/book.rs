// SPDX-License-Identifier: GPL-2.0

//! All calls, by their Call-ID.
//!
//! With thousands of calls, memory that was not looked at for a while costs more than all else: so there
//! are two such places on the way to a call, and not one for each step down a tree.

use kernel::prelude::*;

use super::call::Call;
use super::Key;

/// Chains of calls; a power of two.
const CHAINS: usize = 8192;

/// Calls of one Call-ID that are remembered, of as many connections: more than any call has legs.
const MOST_OF_ONE: usize = 32;

/// Calls whose Call-IDs have the same end of their digest, which nobody outside can choose.
type Chain = Option<KBox<Entry>>;

/// A call, and when it is over, by [`crate::nf::now`], if nothing more is heard. What is looked at to find
/// it lies together.
#[repr(C)]
struct Entry {
    next: Chain,
    key: Key,
    deadline: u32,
    call: Call,
}

/// The calls. Those of one connection also form a list, each with the names of its neighbours in it.
pub(super) struct Book {
    chains: KVVec<Chain>,
    /// The chain that is looked through next for calls that are over.
    swept: usize,
}

impl Book {
    /// None yet; may sleep.
    pub(super) fn new() -> Result<Self> {
        let mut chains = KVVec::with_capacity(CHAINS, GFP_KERNEL)?;
        for _ in 0..CHAINS {
            chains.push(None, GFP_KERNEL)?;
        }
        Ok(Self { chains, swept: 0 })
    }

    fn entries(&self, place: usize) -> impl Iterator<Item = &Entry> {
        let first = self.chains.get(place).and_then(Option::as_deref);
        core::iter::successors(first, |entry| entry.next.as_deref())
    }

    fn entry_mut(&mut self, key: Key) -> Option<&mut Entry> {
        let mut next = self.chains.get_mut(place(key))?.as_deref_mut();
        loop {
            let entry = next?;
            if entry.key == key {
                return Some(entry);
            }
            next = entry.next.as_deref_mut();
        }
    }

    pub(super) fn get(&self, key: Key) -> Option<&Call> {
        let mut entries = self.entries(place(key));
        Some(&entries.find(|entry| entry.key == key)?.call)
    }

    pub(super) fn get_mut(&mut self, key: Key) -> Option<&mut Call> {
        Some(&mut self.entry_mut(key)?.call)
    }

    /// Sets when a call is over.
    pub(super) fn set_deadline(&mut self, key: Key, deadline: u32) {
        if let Some(entry) = self.entry_mut(key) {
            entry.deadline = deadline;
        }
    }

    /// Makes an entry for a call that is over at `deadline`; it is not in the book yet.
    pub(super) fn reserve(&self, key: Key, call: Call, deadline: u32) -> Result<Reserved> {
        let same = self.entries(place(key));
        if same.filter(|entry| entry.key.call == key.call).count() >= MOST_OF_ONE {
            return Err(ENOMEM);
        }
        let next = None;
        let entry = Entry {
            next,
            key,
            deadline,
            call,
        };
        Ok(Reserved(KBox::new(entry, GFP_ATOMIC)?))
    }

    /// Adds an entry; `older` is the call of the same connection that was added last.
    pub(super) fn add(&mut self, Reserved(mut entry): Reserved, older: Option<u64>, number: u64) {
        let key = entry.key;
        entry.call.unanswered = Some(number);
        entry.call.older = older;
        if let Some(older) = older.and_then(|older| self.get_mut(key.with(older))) {
            older.newer = Some(key.call);
        }
        if let Some(chain) = self.chains.get_mut(place(key)) {
            entry.next = chain.take();
            *chain = Some(entry);
        }
    }

    /// Removes a call, also from the list of its connection's.
    pub(super) fn remove(&mut self, key: Key) -> Option<Removed> {
        let mut chain = self.chains.get_mut(place(key))?;
        while chain.as_ref()?.key != key {
            chain = &mut chain.as_mut()?.next;
        }
        let mut entry = chain.take()?;
        *chain = entry.next.take();
        let Call { older, newer, .. } = entry.call;
        if let Some(older) = older.and_then(|older| self.get_mut(key.with(older))) {
            older.newer = newer;
        }
        if let Some(newer) = newer.and_then(|newer| self.get_mut(key.with(newer))) {
            newer.older = older;
        }
        Some(Removed(entry))
    }

    /// A call with the same Call-ID as `key`, of another connection: the one that comes next in some order.
    pub(super) fn next_leg(&self, key: Key) -> Option<Key> {
        let legs = self.entries(place(key)).map(|entry| entry.key);
        let behind = legs.filter(|leg| leg.call == key.call && leg.root > key.root);
        behind.min()
    }

    /// A call that is over, among those of a few chains: others each time.
    pub(super) fn sweep(&mut self, chains: usize, now: u32) -> Option<Key> {
        for _ in 0..chains {
            let over = self.entries(self.swept).find(|entry| entry.deadline < now);
            if let Some(entry) = over {
                return Some(entry.key);
            }
            self.swept = self.swept.wrapping_add(1) % CHAINS;
        }
        None
    }
}

/// A call that is to be added.
pub(super) struct Reserved(KBox<Entry>);

/// A call that was removed.
pub(super) struct Removed(KBox<Entry>);

impl core::ops::Deref for Removed {
    type Target = Call;

    fn deref(&self) -> &Call {
        &self.0.call
    }
}

impl core::ops::DerefMut for Removed {
    fn deref_mut(&mut self) -> &mut Call {
        &mut self.0.call
    }
}

/// Which chain a call is in: the same for all with its Call-ID.
const fn place(key: Key) -> usize {
    // CAST: It is below the number of chains.
    (key.call % CHAINS as u64) as usize
}
