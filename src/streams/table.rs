// SPDX-License-Identifier: GPL-2.0

//! The connections whose streams are followed.

use alg::stream::{
    Connection,
    Position, //
};
use kernel::alloc::AllocError;
use kernel::prelude::*;
use kernel::rbtree::{
    RBTree,
    RBTreeNode, //
};
use kernel::sync::{
    Arc,
    SpinLock, //
};

use super::memory::{
    Memory,
    Share, //
};
use crate::memory;
use crate::nf::Conn;

/// Both streams of a connection, under a lock of their own.
type Streams = SpinLock<Connection<Memory>>;

/// The streams of a connection, and where they began.
struct Entry {
    first: [Position; 2],
    streams: Arc<Streams>,
}

/// By what tells connections apart.
#[pin_data]
pub(super) struct Table {
    #[pin]
    entries: SpinLock<RBTree<u32, Entry>>,
}

impl Table {
    pub(super) fn new() -> impl PinInit<Self> {
        pin_init!(Self {
            entries <- kernel::new_spinlock!(RBTree::new(), "nf_sip_streams"),
        })
    }

    /// Follows a connection whose first bytes have these positions, from now on or as before: both
    /// directions may begin at once. False where memory is short, or another connection has its number,
    /// which after some 4 billion of them come again.
    pub(super) fn follow(&self, conn: &Conn, first: [Position; 2]) -> bool {
        let Ok(node) = Self::node(conn, first) else {
            return false;
        };
        let mut entries = self.entries.lock();
        if let Some(known) = entries.get(&memory::cookie(conn)) {
            return known.first == first;
        }
        entries.insert(node);
        true
    }

    fn node(conn: &Conn, first: [Position; 2]) -> Result<RBTreeNode<u32, Entry>, AllocError> {
        let share = Share::new()?;
        let buffers = || [Memory::new(&share), Memory::new(&share)];
        let connection = Connection::new(first, [buffers(), buffers()]);
        let streams = kernel::new_spinlock!(connection, "nf_sip_stream");
        let streams = Arc::pin_init(streams, GFP_ATOMIC).map_err(|_| AllocError)?;
        let entry = Entry { first, streams };
        RBTreeNode::new(memory::cookie(conn), entry, GFP_ATOMIC).map_err(|_| AllocError)
    }

    pub(super) fn get(&self, conn: &Conn) -> Option<Arc<Streams>> {
        let entries = self.entries.lock();
        Some(entries.get(&memory::cookie(conn))?.streams.clone())
    }

    /// Follows a connection no longer. True if a part of a message goes with it.
    pub(super) fn remove(&self, conn: &Conn) -> bool {
        let key = memory::cookie(conn);
        let former = self.entries.lock().remove_node(&key);
        former.is_some_and(|node| {
            let (_, entry) = node.to_key_value();
            // A message in one connection may end another one, and the other way round at the same time.
            let streams = entry.streams.try_lock();
            streams.is_some_and(|streams| streams.is_holding())
        })
    }
}
