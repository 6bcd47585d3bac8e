// SPDX-License-Identifier: GPL-2.0

//! Outside endpoints, and the calls that have them.

use core::net::SocketAddr;

use kernel::alloc::AllocError;
use kernel::prelude::*;
use kernel::rbtree::{
    RBTree,
    RBTreeNode, //
};

use super::{
    Key,
    Receiver, //
};
use crate::nf::Protocol;

/// An outside endpoint that a call has. Several may have it where they tell apart who sends there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) net: usize,
    pub(super) protocol: Protocol,
    pub(super) outside: SocketAddr,
    pub(super) key: Key,
}

/// All of them, in order.
pub(super) struct Places(RBTree<Place, ()>);

impl Places {
    pub(super) fn new() -> Self {
        Self(RBTree::new())
    }

    /// Adds those of a receiver, or none.
    pub(super) fn add(
        &mut self,
        net: usize,
        key: Key,
        receiver: &Receiver,
    ) -> Result<(), AllocError> {
        let mut places = [None, None];
        let protocol = receiver.protocol();
        for (slot, end) in places.iter_mut().zip(receiver.ends()) {
            let outside = end.outside;
            let place = Place {
                net,
                protocol,
                outside,
                key,
            };
            *slot = Some(RBTreeNode::new(place, (), GFP_ATOMIC).map_err(|_| AllocError)?);
        }
        for place in places.into_iter().flatten() {
            self.0.insert(place);
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, place: &Place) {
        self.0.remove(place);
    }

    /// A call that has the outside endpoint: the first one that goes back to `root`, or to any.
    pub(super) fn at(
        &self,
        net: usize,
        protocol: Protocol,
        outside: SocketAddr,
        root: Option<u32>,
    ) -> Option<Key> {
        let key = Key {
            root: root.unwrap_or(0),
            call: 0,
        };
        let place = Place {
            net,
            protocol,
            outside,
            key,
        };
        let found = *self.0.cursor_lower_bound(&place)?.current().0;
        let same = Place { key, ..found } == place;
        let known = same && root.is_none_or(|root| root == found.key.root);
        known.then_some(found.key)
    }
}
