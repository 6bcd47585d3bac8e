// SPDX-License-Identifier: GPL-2.0

//! Outside endpoints, and the calls that have them.

use core::net::{
    IpAddr,
    SocketAddr, //
};

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
use crate::nf::{
    self,
    Protocol, //
};

/// An outside endpoint that a call has. Several may have it where they tell apart who sends there.
///
/// It is made of integers alone, as many of them are compared to find one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    net: usize,
    endpoint: u64,
    root: u32,
    call: u64,
}

impl Place {
    pub(super) fn new(net: usize, protocol: Protocol, outside: SocketAddr, key: Key) -> Self {
        let Key { root, call } = key;
        Self {
            net,
            endpoint: endpoint(protocol, outside),
            root,
            call,
        }
    }

    /// Whether it is the same endpoint, of a call that goes back to the same connection.
    fn is_beside(self, other: Self) -> bool {
        Self { call: 0, ..self } == Self { call: 0, ..other }
    }
}

/// A number for an endpoint. Those of IPv4 have their own, in order, so that neighbours are near each
/// other; those of IPv6 a digest.
fn endpoint(protocol: Protocol, outside: SocketAddr) -> u64 {
    let tcp = u64::from(protocol == Protocol::Tcp);
    let port = u64::from(outside.port());
    match outside.ip() {
        IpAddr::V4(address) => (tcp << 48) | (u64::from(address.to_bits()) << 16) | port,
        IpAddr::V6(address) => {
            let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = address.octets();
            let [low, high] = outside.port().to_le_bytes();
            let protocol = u8::from(protocol == Protocol::Tcp);
            let text = [
                a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, low, high, protocol,
            ];
            (1 << 63) | nf::digest(&text)
        }
    }
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
            let place = Place::new(net, protocol, end.outside, key);
            *slot = Some(RBTreeNode::new(place, (), GFP_ATOMIC).map_err(|_| AllocError)?);
        }
        for place in places.into_iter().flatten() {
            self.0.insert(place);
        }
        Ok(())
    }

    /// Removes one; true where another call that goes back to the same connection has the endpoint too.
    pub(super) fn remove(&mut self, place: Place) -> bool {
        let Some(found) = self.0.cursor_lower_bound_mut(&place) else {
            return false;
        };
        if *found.current().0 != place {
            return false;
        }
        let others = [found.peek_prev(), found.peek_next()];
        let shared = others
            .into_iter()
            .flatten()
            .any(|(other, ())| other.is_beside(place));
        found.remove_current();
        shared
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
        let place = Place::new(net, protocol, outside, key);
        let found = *self.0.cursor_lower_bound(&place)?.current().0;
        let same = (found.net, found.endpoint) == (place.net, place.endpoint);
        let known = same && root.is_none_or(|root| root == found.root);
        known.then_some(Key {
            root: found.root,
            call: found.call,
        })
    }
}
