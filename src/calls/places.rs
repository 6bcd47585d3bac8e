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

/// Trees of endpoints; a power of two.
const TREES: usize = 16384;

/// An outside endpoint, or two that differ in the lowest bit of their port, as RTP's and RTCP's do.
///
/// It is made of integers alone, as many of them are compared to find one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Pair {
    net: usize,
    number: u64,
    ports: Ports,
}

/// The even port of two, the odd one, or both.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ports {
    Even,
    Odd,
    Both,
}

impl Pair {
    fn new(net: usize, protocol: Protocol, outside: SocketAddr) -> Self {
        let ports = match outside.port() % 2 {
            0 => Ports::Even,
            _ => Ports::Odd,
        };
        Self {
            net,
            number: number(protocol, outside),
            ports,
        }
    }

    /// Those of a receiver.
    fn all(net: usize, receiver: &Receiver) -> [Option<Self>; 2] {
        let protocol = receiver.protocol();
        let new = |outside| Self::new(net, protocol, outside);
        let (rtp, rtcp) = receiver.outside();
        match rtcp {
            Some(rtcp) if rtp.port() ^ rtcp.port() == 1 => [Some(new(rtp).with(Ports::Both)), None],
            _ => [Some(new(rtp)), rtcp.map(new)],
        }
    }

    /// The same two, or one of them.
    const fn with(self, ports: Ports) -> Self {
        Self { ports, ..self }
    }

    /// Which tree it is in: the same for all that have one of its endpoints, and mostly for its neighbours.
    const fn tree(self) -> usize {
        /// Spreads numbers that follow one another.
        const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

        let spread = (self.number >> 1).wrapping_mul(SPREAD);
        // CAST: It is below the number of trees.
        (spread >> (u64::BITS - TREES.trailing_zeros())) as usize
    }
}

/// A number for an endpoint and the one that differs from it in the lowest bit of the port. Those of IPv4 have
/// their own, in order, so that neighbours are near each other; those of IPv6 a digest.
fn number(protocol: Protocol, outside: SocketAddr) -> u64 {
    let tcp = u64::from(protocol == Protocol::Tcp);
    let port = outside.port() / 2;
    match outside.ip() {
        IpAddr::V4(address) => (tcp << 47) | (u64::from(address.to_bits()) << 15) | u64::from(port),
        IpAddr::V6(address) => {
            let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = address.octets();
            let [low, high] = port.to_le_bytes();
            let protocol = u8::from(protocol == Protocol::Tcp);
            let text = [
                a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, low, high, protocol,
            ];
            (1 << 63) | nf::digest(&text)
        }
    }
}

/// A pair that a call has. Several may have it where they tell apart who sends there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    pair: Pair,
    root: u32,
    call: u64,
}

impl Place {
    const fn new(pair: Pair, Key { root, call }: Key) -> Self {
        Self { pair, root, call }
    }
}

/// All of them, in many small trees: each step down a large one would be memory that no cache holds.
pub(super) struct Places(KVVec<RBTree<Place, ()>>);

impl Places {
    /// None yet; may sleep.
    pub(super) fn new() -> Result<Self> {
        let mut trees = KVVec::with_capacity(TREES, GFP_KERNEL)?;
        for _ in 0..TREES {
            trees.push(RBTree::new(), GFP_KERNEL)?;
        }
        Ok(Self(trees))
    }

    /// Adds those of a receiver, or none.
    pub(super) fn add(
        &mut self,
        net: usize,
        key: Key,
        receiver: &Receiver,
    ) -> Result<(), AllocError> {
        let mut places = [None, None];
        let pairs = Pair::all(net, receiver).into_iter().flatten();
        for (slot, pair) in places.iter_mut().zip(pairs) {
            let node = RBTreeNode::new(Place::new(pair, key), (), GFP_ATOMIC);
            *slot = Some((pair.tree(), node.map_err(|_| AllocError)?));
        }
        for (tree, node) in places.into_iter().flatten() {
            if let Some(tree) = self.0.get_mut(tree) {
                tree.insert(node);
            }
        }
        Ok(())
    }

    /// Removes those of a receiver, but for what `others` of the same call have as well.
    pub(super) fn remove(
        &mut self,
        net: usize,
        key: Key,
        receiver: &Receiver,
        others: &[Receiver],
    ) {
        for pair in Pair::all(net, receiver).into_iter().flatten() {
            let has = |other: &Receiver| Pair::all(net, other).contains(&Some(pair));
            if others.iter().any(has) {
                continue;
            }
            if let Some(tree) = self.0.get_mut(pair.tree()) {
                tree.remove(&Place::new(pair, key));
            }
        }
    }

    /// Whether another call than this one, that goes back to the same connection, has the outside endpoint.
    pub(super) fn is_shared(
        &self,
        net: usize,
        protocol: Protocol,
        outside: SocketAddr,
        key: Key,
    ) -> bool {
        let pair = Pair::new(net, protocol, outside);
        let is_other = |pair| {
            let found = self.first(pair, key.with(0), |place| place.call != key.call);
            found.is_some_and(|found| found.root == key.root)
        };
        !self.is_free(pair) && (is_other(pair) || is_other(pair.with(Ports::Both)))
    }

    /// A call that has the outside endpoint: the first one that goes back to `root`, or to any.
    pub(super) fn at(
        &self,
        net: usize,
        protocol: Protocol,
        outside: SocketAddr,
        root: Option<u32>,
    ) -> Option<Key> {
        let from = Key {
            root: root.unwrap_or(0),
            call: 0,
        };
        let pair = Pair::new(net, protocol, outside);
        if self.is_free(pair) {
            return None;
        }
        let all = [pair, pair.with(Ports::Both)];
        let found = all.map(|pair| self.first(pair, from, |_| true));
        let of_root = |found: &Key| root.is_none_or(|root| root == found.root);
        found.into_iter().flatten().filter(of_root).min()
    }

    /// Whether nobody has either of two endpoints.
    fn is_free(&self, pair: Pair) -> bool {
        let first = Place::new(pair.with(Ports::Even), Key { root: 0, call: 0 });
        let tree = self.0.get(pair.tree());
        let found = tree.and_then(|tree| tree.cursor_lower_bound(&first));
        found.is_none_or(|found| found.current().0.pair.with(pair.ports) != pair)
    }

    /// The first call from `from` on that has exactly this pair, among two of which one is `wanted`.
    fn first(&self, pair: Pair, from: Key, wanted: impl Fn(&Place) -> bool) -> Option<Key> {
        let tree = self.0.get(pair.tree())?;
        let cursor = tree.cursor_lower_bound(&Place::new(pair, from))?;
        let mut found = cursor.current().0;
        if found.pair == pair && !wanted(found) {
            found = cursor.peek_next()?.0;
        }
        let found = Some(found).filter(|found| found.pair == pair)?;
        Some(Key {
            root: found.root,
            call: found.call,
        })
    }
}
