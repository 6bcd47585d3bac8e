// SPDX-License-Identifier: GPL-2.0

//! Calls of one Call-ID that go back to several connections.

use kernel::alloc::AllocError;
use kernel::prelude::*;
use kernel::rbtree::RBTree;

use super::Key;

/// Calls in the order of their Call-ID.
pub(super) struct Legs(RBTree<(u64, u32), ()>);

impl Legs {
    pub(super) fn new() -> Self {
        Self(RBTree::new())
    }

    pub(super) fn add(&mut self, key: Key) -> Result<(), AllocError> {
        let added = self
            .0
            .try_create_and_insert((key.call, key.root), (), GFP_ATOMIC);
        added.map(|_| ()).map_err(|_| AllocError)
    }

    pub(super) fn remove(&mut self, key: Key) {
        self.0.remove(&(key.call, key.root));
    }

    /// The next one behind `key` with the same Call-ID.
    pub(super) fn next(&self, key: Key) -> Option<Key> {
        let next = (key.call, key.root.checked_add(1)?);
        let (call, root) = *self.0.cursor_lower_bound(&next)?.current().0;
        (call == key.call).then_some(Key { root, call })
    }
}
