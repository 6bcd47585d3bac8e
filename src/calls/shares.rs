// SPDX-License-Identifier: GPL-2.0

//! How much of what is remembered belongs to which connection, and which call makes room for another.

use kernel::alloc::AllocError;
use kernel::prelude::*;
use kernel::rbtree::{
    RBTree,
    RBTreeNode, //
};

use super::Key;
use crate::nf::parameters;

/// Receivers of media for each call that there may be, on the average.
const MEDIA_PER_CALL: u32 = 4;

/// What a connection, or all of them, have.
#[derive(Clone, Copy, Default)]
struct Share {
    calls: u32,
    /// Calls that nobody has answered.
    unanswered: u32,
    /// Receivers of media.
    media: u32,
    /// The call that has begun last.
    newest: Option<u64>,
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

/// A call that nobody has answered: those of a connection stand in the order in which they began.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Unanswered {
    root: u32,
    number: u64,
}

/// The shares of all connections that have calls.
pub(super) struct Shares {
    all: Share,
    of: RBTree<u32, Share>,
    /// Connections in the order of how many calls nobody has answered.
    crowds: RBTree<(u32, u32), ()>,
    unanswered: RBTree<Unanswered, u64>,
    /// How many calls have begun so far.
    begun: u64,
}

impl Shares {
    pub(super) fn new() -> Self {
        Self {
            all: Share::default(),
            of: RBTree::new(),
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
        !self.all.has_room(parameters::max_calls())
    }

    /// Whether there is room for another call of a connection.
    pub(super) fn has_room(&self, root: u32) -> bool {
        let own = parameters::max_calls_per_connection();
        !self.is_full() && self.share(root).has_room(own)
    }

    /// Whether there is room for another receiver of media of a connection.
    pub(super) fn has_media_room(&self, root: u32) -> bool {
        let own = parameters::max_calls_per_connection();
        let room = self.all.has_media_room(parameters::max_calls());
        room && self.share(root).has_media_room(own)
    }

    /// The call that may be forgotten for something new of the call `key`: the one of the same connection
    /// that has waited for an answer for longest; or where that has none, of the connection that has most
    /// of them, as long as it keeps no less than the other one gets.
    pub(super) fn spare(&self, key: Key) -> Option<Key> {
        self.oldest(key).or_else(|| {
            let own = self.share(key.root).calls;
            let within = own < parameters::max_calls_per_connection();
            let (unanswered, root) = *self.crowds.cursor_back()?.current().0;
            let crowded = within && unanswered >= own.saturating_add(2);
            self.oldest(Key {
                root,
                call: key.call,
            })
            .filter(|_| crowded)
        })
    }

    /// The call of a connection that nobody has answered for longest, besides `key`.
    fn oldest(&self, key: Key) -> Option<Key> {
        let root = key.root;
        let first = self
            .unanswered
            .cursor_lower_bound(&Unanswered { root, number: 0 })?;
        let all = [Some(first.current()), first.peek_next()];
        let mut all = all.into_iter().flatten();
        let (_, &call) = all.find(|(one, &call)| one.root == root && call != key.call)?;
        Some(Key { root, call })
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
    pub(super) fn begin(&mut self, key: Key) -> Result<u64, AllocError> {
        let Key { root, call } = key;
        let number = self.begun;
        let waits = Unanswered { root, number };
        let waits = RBTreeNode::new(waits, call, GFP_ATOMIC).map_err(|_| AllocError)?;
        if self.of.get(&root).is_none() {
            let share = RBTreeNode::new(root, Share::default(), GFP_ATOMIC);
            let crowd = RBTreeNode::new((0, root), (), GFP_ATOMIC);
            let (share, crowd) = share
                .and_then(|share| Ok((share, crowd?)))
                .map_err(|_| AllocError)?;
            self.of.insert(share);
            self.crowds.insert(crowd);
        }
        self.begun = number.wrapping_add(1);
        self.unanswered.insert(waits);
        self.set_newest(root, Some(call));
        self.change(root, |share| {
            share.calls = share.calls.saturating_add(1);
            share.unanswered = share.unanswered.saturating_add(1);
        });
        Ok(number)
    }

    /// A call was answered.
    pub(super) fn answer(&mut self, root: u32, number: u64) {
        self.unanswered.remove(&Unanswered { root, number });
        self.change(root, |share| {
            share.unanswered = share.unanswered.saturating_sub(1)
        });
    }

    /// A call has ended; it has this number if it was never answered.
    pub(super) fn end(&mut self, root: u32, number: Option<u64>) {
        if let Some(number) = number {
            self.answer(root, number);
        }
        self.change(root, |share| share.calls = share.calls.saturating_sub(1));
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
        let before = share.unanswered;
        change(share);
        change(&mut self.all);
        let Share {
            calls, unanswered, ..
        } = *share;
        if calls == 0 {
            self.of.remove(&root);
        }
        if calls == 0 || unanswered != before {
            let crowd = self.crowds.remove_node(&(before, root));
            if let Some(crowd) = crowd.filter(|_| calls > 0) {
                let crowd = crowd.into_reservation();
                self.crowds.insert(crowd.into_node((unanswered, root), ()));
            }
        }
    }
}
