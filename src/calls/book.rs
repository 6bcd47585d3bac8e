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
struct Chain {
    first: Link,
    /// Marks of the Call-IDs in it, by which one that is not there need not be looked for; and perhaps some of
    /// others.
    marks: u32,
    /// When the first of its calls is over, or some time before.
    soonest: u32,
}

impl Chain {
    /// No calls.
    const EMPTY: Self = Self {
        first: None,
        marks: 0,
        soonest: u32::MAX,
    };

    fn entries(&self) -> impl Iterator<Item = &Entry> {
        core::iter::successors(self.first.as_deref(), |entry| entry.next.as_deref())
    }

    /// A call that is over.
    fn over(&mut self, now: u32) -> Option<Key> {
        if self.soonest >= now {
            return None;
        }
        let over = self.entries().find(|entry| entry.deadline < now);
        let over = over.map(|entry| entry.key);
        if over.is_none() {
            let deadlines = self.entries().map(|entry| entry.deadline);
            self.soonest = deadlines.min().unwrap_or(u32::MAX);
        }
        over
    }
}

type Link = Option<KBox<Entry>>;

/// A call, and when it is over, by [`crate::nf::now`], if nothing more is heard. What is looked at to find
/// it lies together.
#[repr(C)]
struct Entry {
    next: Link,
    key: Key,
    deadline: u32,
    /// Marks of those behind it in its chain, and perhaps some of others.
    marks: u32,
    call: Call,
}

/// Memory comes in pieces of 512 bytes, and of twice as many.
const _: () = assert!(size_of::<Entry>() <= 512);

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
            chains.push(Chain::EMPTY, GFP_KERNEL)?;
        }
        Ok(Self { chains, swept: 0 })
    }

    /// The calls among which one with this Call-ID is.
    fn entries(&self, key: Key) -> impl Iterator<Item = &Entry> {
        let chain = self.chains.get(place(key));
        let chain = chain.filter(|chain| chain.marks & mark(key) != 0);
        chain.into_iter().flat_map(Chain::entries)
    }

    fn entry_mut(&mut self, key: Key) -> Option<&mut Entry> {
        let chain = self.chains.get_mut(place(key))?;
        if chain.marks & mark(key) == 0 {
            return None;
        }
        let mut next = chain.first.as_deref_mut();
        loop {
            let entry = next?;
            if entry.key == key {
                return Some(entry);
            }
            next = entry.next.as_deref_mut();
        }
    }

    pub(super) fn get(&self, key: Key) -> Option<&Call> {
        let mut entries = self.entries(key);
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
        if let Some(chain) = self.chains.get_mut(place(key)) {
            chain.soonest = chain.soonest.min(deadline);
        }
    }

    /// Makes an entry for a call that is over at `deadline`; it is not in the book yet.
    pub(super) fn reserve(&self, key: Key, call: Call, deadline: u32) -> Result<Reserved> {
        let same = self.entries(key);
        if same.filter(|entry| entry.key.call == key.call).count() >= MOST_OF_ONE {
            return Err(ENOMEM);
        }
        let next = None;
        let entry = Entry {
            next,
            key,
            deadline,
            marks: 0,
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
            entry.marks = chain.marks;
            chain.marks |= mark(key);
            chain.soonest = chain.soonest.min(entry.deadline);
            entry.next = chain.first.take();
            chain.first = Some(entry);
        }
    }

    /// Removes a call, also from the list of its connection's.
    pub(super) fn remove(&mut self, key: Key) -> Option<Removed> {
        let chain = self.chains.get_mut(place(key))?;
        // Others in the chain need not be looked at where the first one goes, which has mostly come last.
        if let Some(first) = chain.first.as_ref().filter(|first| first.key == key) {
            chain.marks = first.next.as_ref().map_or(0, |_| first.marks);
        }
        let mut link = &mut chain.first;
        while link.as_ref()?.key != key {
            link = &mut link.as_mut()?.next;
        }
        let mut entry = link.take()?;
        *link = entry.next.take();
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
        let legs = self.entries(key).map(|entry| entry.key);
        let behind = legs.filter(|leg| leg.call == key.call && leg.root > key.root);
        behind.min()
    }

    /// A call that is over, among those of a few chains: others each time.
    pub(super) fn sweep(&mut self, chains: usize, now: u32) -> Option<Key> {
        for _ in 0..chains {
            let over = self.chains.get_mut(self.swept)?.over(now);
            if over.is_some() {
                return over;
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

/// A mark of a Call-ID within its chain.
const fn mark(key: Key) -> u32 {
    // CAST: What is left of the digest when the chain is known.
    1 << ((key.call / CHAINS as u64) % u32::BITS as u64)
}
