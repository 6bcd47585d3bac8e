// SPDX-License-Identifier: GPL-2.0

//! What the module takes of the kernel's crate for the calls that it remembers: memory that may be had or
//! not, and trees. They do what the kernel's do, as slowly as may be.

use std::cell::Cell;

thread_local! {
    static REFUSED: Cell<(u32, u32)> = const { Cell::new((0, 0)) };
}

/// Refuses memory from now on, `times` times, when it has been asked for so often.
pub fn refuse(after: u32, times: u32) {
    REFUSED.set((after, times));
}

/// How many more times it is to be refused.
pub fn to_be_refused() -> u32 {
    REFUSED.get().1
}

fn allocate() -> Result<(), alloc::AllocError> {
    let (after, times) = REFUSED.get();
    match (after, times) {
        (0, 0) => Ok(()),
        (0, times) => {
            REFUSED.set((0, times - 1));
            Err(alloc::AllocError)
        }
        (after, times) => {
            REFUSED.set((after - 1, times));
            Ok(())
        }
    }
}

pub mod alloc {
    //! Memory.

    use std::ops::{
        Deref,
        DerefMut, //
    };

    /// There is none.
    #[derive(Debug)]
    pub struct AllocError;

    /// How it may be had.
    #[derive(Clone, Copy)]
    pub struct Flags;

    /// A box.
    pub struct KBox<T>(Box<T>);

    impl<T> KBox<T> {
        pub fn new(value: T, _: Flags) -> Result<Self, AllocError> {
            crate::allocate()?;
            Ok(Self(Box::new(value)))
        }
    }

    impl<T> Deref for KBox<T> {
        type Target = T;

        fn deref(&self) -> &T {
            &self.0
        }
    }

    impl<T> DerefMut for KBox<T> {
        fn deref_mut(&mut self) -> &mut T {
            &mut self.0
        }
    }

    /// A vector.
    pub struct KVec<T>(Vec<T>);

    impl<T> KVec<T> {
        pub const fn new() -> Self {
            Self(Vec::new())
        }

        pub fn with_capacity(capacity: usize, _: Flags) -> Result<Self, AllocError> {
            crate::allocate()?;
            Ok(Self(Vec::with_capacity(capacity)))
        }

        pub fn reserve(&mut self, more: usize, _: Flags) -> Result<(), AllocError> {
            if self.0.capacity() - self.0.len() < more {
                crate::allocate()?;
                self.0.reserve_exact(more);
            }
            Ok(())
        }

        pub fn push(&mut self, value: T, flags: Flags) -> Result<(), AllocError> {
            self.reserve(1, flags)?;
            self.0.push(value);
            Ok(())
        }

        pub fn remove(&mut self, place: usize) -> Result<T, ()> {
            (place < self.0.len())
                .then(|| self.0.remove(place))
                .ok_or(())
        }

        pub fn retain(&mut self, keep: impl FnMut(&mut T) -> bool) {
            self.0.retain_mut(keep);
        }
    }

    impl<T> Default for KVec<T> {
        fn default() -> Self {
            Self::new()
        }
    }

    impl<T> Deref for KVec<T> {
        type Target = [T];

        fn deref(&self) -> &[T] {
            &self.0
        }
    }

    impl<T> DerefMut for KVec<T> {
        fn deref_mut(&mut self) -> &mut [T] {
            &mut self.0
        }
    }

    impl<'a, T> IntoIterator for &'a KVec<T> {
        type Item = &'a T;
        type IntoIter = std::slice::Iter<'a, T>;

        fn into_iter(self) -> Self::IntoIter {
            self.0.iter()
        }
    }

    impl<'a, T> IntoIterator for &'a mut KVec<T> {
        type Item = &'a mut T;
        type IntoIter = std::slice::IterMut<'a, T>;

        fn into_iter(self) -> Self::IntoIter {
            self.0.iter_mut()
        }
    }
}

pub mod error {
    //! What goes wrong.

    /// Something has.
    #[derive(Debug)]
    pub struct Error;

    impl From<crate::alloc::AllocError> for Error {
        fn from(_: crate::alloc::AllocError) -> Self {
            Self
        }
    }
}

pub mod prelude {
    //! What is everywhere.

    pub use crate::alloc::{
        Flags,
        KBox,
        KVec,
        KVec as KVVec, //
    };
    pub use crate::error::Error;

    /// It was done, or not.
    pub type Result<T = (), E = Error> = core::result::Result<T, E>;

    pub const ENOMEM: Error = Error;
    pub const GFP_ATOMIC: Flags = Flags;
    pub const GFP_KERNEL: Flags = Flags;
}

pub mod rbtree {
    //! Trees, whose nodes are made before they are put in.

    use std::collections::BTreeMap;
    use std::ops::Bound;

    use crate::prelude::{
        Flags,
        Result, //
    };

    pub struct RBTree<K, V>(BTreeMap<K, V>);

    pub struct RBTreeNode<K, V>(K, V);

    pub struct RBTreeNodeReservation<K, V>(core::marker::PhantomData<(K, V)>);

    impl<K, V> RBTreeNode<K, V> {
        pub fn new(key: K, value: V, _: Flags) -> Result<Self> {
            crate::allocate()?;
            Ok(Self(key, value))
        }

        pub fn into_reservation(self) -> RBTreeNodeReservation<K, V> {
            RBTreeNodeReservation(core::marker::PhantomData)
        }
    }

    impl<K, V> RBTreeNodeReservation<K, V> {
        pub fn new(_: Flags) -> Result<Self> {
            crate::allocate()?;
            Ok(Self(core::marker::PhantomData))
        }

        pub fn into_node(self, key: K, value: V) -> RBTreeNode<K, V> {
            RBTreeNode(key, value)
        }
    }

    impl<K: Ord + Copy, V> RBTree<K, V> {
        pub const fn new() -> Self {
            Self(BTreeMap::new())
        }

        pub fn get(&self, key: &K) -> Option<&V> {
            self.0.get(key)
        }

        pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
            self.0.get_mut(key)
        }

        pub fn insert(&mut self, RBTreeNode(key, value): RBTreeNode<K, V>) {
            self.0.insert(key, value);
        }

        pub fn remove(&mut self, key: &K) -> Option<V> {
            self.0.remove(key)
        }

        pub fn remove_node(&mut self, key: &K) -> Option<RBTreeNode<K, V>> {
            let (key, value) = self.0.remove_entry(key)?;
            Some(RBTreeNode(key, value))
        }

        pub fn cursor_lower_bound(&self, key: &K) -> Option<Cursor<'_, K, V>> {
            let at = *self.0.range(key..).next()?.0;
            Some(Cursor { tree: &self.0, at })
        }

        pub fn cursor_lower_bound_mut(&mut self, key: &K) -> Option<CursorMut<'_, K, V>> {
            let at = *self.0.range(key..).next()?.0;
            let tree = &mut self.0;
            Some(CursorMut { tree, at })
        }

        pub fn cursor_back(&self) -> Option<Cursor<'_, K, V>> {
            let at = *self.0.last_key_value()?.0;
            Some(Cursor { tree: &self.0, at })
        }
    }

    impl<K: Ord + Copy, V> Default for RBTree<K, V> {
        fn default() -> Self {
            Self::new()
        }
    }

    pub struct Cursor<'a, K, V> {
        tree: &'a BTreeMap<K, V>,
        at: K,
    }

    impl<K: Ord + Copy, V> Cursor<'_, K, V> {
        pub fn current(&self) -> (&K, &V) {
            self.tree.get_key_value(&self.at).expect("it is there")
        }

        pub fn peek_next(&self) -> Option<(&K, &V)> {
            let behind = (Bound::Excluded(self.at), Bound::Unbounded);
            self.tree.range(behind).next()
        }
    }

    pub struct CursorMut<'a, K, V> {
        tree: &'a mut BTreeMap<K, V>,
        at: K,
    }

    impl<K: Ord + Copy, V> CursorMut<'_, K, V> {
        pub fn current(&self) -> (&K, &V) {
            self.tree.get_key_value(&self.at).expect("it is there")
        }

        pub fn peek_next(&self) -> Option<(&K, &V)> {
            let behind = (Bound::Excluded(self.at), Bound::Unbounded);
            self.tree.range(behind).next()
        }

        pub fn peek_prev(&self) -> Option<(&K, &V)> {
            self.tree.range(..self.at).next_back()
        }

        pub fn remove_current(self) {
            self.tree.remove(&self.at);
        }
    }
}
