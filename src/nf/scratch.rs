// SPDX-License-Identifier: GPL-2.0-only

//! Working memory that a packet takes without waiting.

use core::{
    cell::UnsafeCell,
    ops::{
        Deref,
        DerefMut, //
    },
};
use kernel::{
    alloc::{
        flags::GFP_KERNEL,
        KVec, //
    },
    cpu,
    error::Result,
    sync::atomic::{
        ordering::{
            Acquire,
            Release, //
        },
        Atomic, //
    }, //
};

/// The slots per CPU: a softirq may find its CPU with a packet of the machine's own in the helper,
/// and such a packet may move to another CPU with its slot.
const PER_CPU: usize = 3;

/// The most slots there may be.
const MOST: usize = 96;

/// A few values that are taken without waiting.
pub(crate) struct Pool<T> {
    slots: KVec<Slot<T>>,
}

/// A value and whether someone has it.
///
/// Who changes `busy` from 0 to 1 may use `value` until they change it back.
struct Slot<T> {
    busy: Atomic<i32>,
    value: UnsafeCell<T>,
}

// SAFETY: `value` is only used by the one who has set `busy`, on whatever CPU that is.
unsafe impl<T: Send> Sync for Slot<T> {}

impl<T> Pool<T> {
    /// Makes the values; this may sleep.
    pub(crate) fn new(make: impl Fn() -> Result<T>) -> Result<Self> {
        let cpus = cpu::nr_cpu_ids() as usize;
        let count = cpus.saturating_mul(PER_CPU).min(MOST);
        let mut slots = KVec::with_capacity(count, GFP_KERNEL)?;
        for _ in 0..count {
            let slot = Slot {
                busy: Atomic::new(0),
                value: UnsafeCell::new(make()?),
            };
            slots.push(slot, GFP_KERNEL)?;
        }
        Ok(Self { slots })
    }

    /// Takes a value, which is as its last user left it; [`None`] if all are in use.
    pub(crate) fn take(&self) -> Option<Taken<'_, T>> {
        // Each CPU begins with slots of its own, which are then mostly free and in its cache.
        let cpu = cpu::CpuId::current().as_u32() as usize;
        let first = cpu.saturating_mul(PER_CPU);
        let (before, after) = self
            .slots
            .split_at_checked(first)
            .unwrap_or((&[], &self.slots));
        after
            .iter()
            .chain(before)
            .find(|slot| slot.busy.cmpxchg(0, 1, Acquire).is_ok())
            // INVARIANT: We have just set `busy`.
            .map(|slot| Taken { slot })
    }
}

/// A value of a [`Pool`] that goes back there when dropped.
///
/// # Invariants
///
/// The slot's `busy` was set for this object.
pub(crate) struct Taken<'a, T> {
    slot: &'a Slot<T>,
}

impl<T> Deref for Taken<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: By the type invariant nobody else uses the value, and `self` is borrowed.
        unsafe { &*self.slot.value.get() }
    }
}

impl<T> DerefMut for Taken<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: By the type invariant nobody else uses the value, and `self` is borrowed
        // exclusively.
        unsafe { &mut *self.slot.value.get() }
    }
}

impl<T> Drop for Taken<'_, T> {
    fn drop(&mut self) {
        self.slot.busy.store(0, Release);
    }
}
