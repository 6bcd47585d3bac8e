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

use super::memory::Memory;
use crate::memory;
use crate::nf::Conn;

/// Both streams of a connection, under a lock of their own.
type Streams = SpinLock<Connection<Memory>>;

/// By what tells connections apart.
#[pin_data]
pub(super) struct Table {
    #[pin]
    streams: SpinLock<RBTree<u32, Arc<Streams>>>,
}

impl Table {
    pub(super) fn new() -> impl PinInit<Self> {
        pin_init!(Self {
            streams <- kernel::new_spinlock!(RBTree::new(), "nf_sip_streams"),
        })
    }

    /// Begins to follow a connection. False where memory is short, or another one has its number: after
    /// some 4 billion connections they begin anew.
    pub(super) fn insert(&self, conn: &Conn, first: [Position; 2]) -> bool {
        let Ok(node) = Self::node(conn, first) else {
            return false;
        };
        let mut streams = self.streams.lock();
        let free = streams.get(&memory::cookie(conn)).is_none();
        if free {
            streams.insert(node);
        }
        free
    }

    fn node(
        conn: &Conn,
        first: [Position; 2],
    ) -> Result<RBTreeNode<u32, Arc<Streams>>, AllocError> {
        let key = memory::cookie(conn);
        let buffers = || [Memory::new(), Memory::new()];
        let connection = Connection::new(first, [buffers(), buffers()]);
        let streams = kernel::new_spinlock!(connection, "nf_sip_stream");
        let streams = Arc::pin_init(streams, GFP_ATOMIC).map_err(|_| AllocError)?;
        RBTreeNode::new(key, streams, GFP_ATOMIC).map_err(|_| AllocError)
    }

    pub(super) fn get(&self, conn: &Conn) -> Option<Arc<Streams>> {
        let key = memory::cookie(conn);
        self.streams.lock().get(&key).cloned()
    }

    /// Follows a connection no longer.
    pub(super) fn remove(&self, conn: &Conn) {
        let key = memory::cookie(conn);
        let former = self.streams.lock().remove_node(&key);
        drop(former);
    }
}
