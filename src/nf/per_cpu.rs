// SPDX-License-Identifier: GPL-2.0-only

//! Values of which each CPU has its own.

use kernel::{
    alloc::{
        flags::GFP_KERNEL,
        KVVec, //
    },
    cpu,
    error::Result, //
};

/// A value for each CPU, so that they do not wait for one another's caches.
///
/// It is for numbers that are added up when somebody asks; others may look at a value at any time.
pub(crate) struct PerCpu<T> {
    values: KVVec<Apart<T>>,
    /// For a CPU that there was no value for.
    rest: T,
}

/// A value on cache lines of its own; the processor fetches them in pairs.
#[repr(align(128))]
struct Apart<T>(T);

impl<T> PerCpu<T> {
    /// Makes the values; this may sleep.
    pub(crate) fn new(make: impl Fn() -> T) -> Result<Self> {
        let count = cpu::nr_cpu_ids() as usize;
        let mut values = KVVec::with_capacity(count, GFP_KERNEL)?;
        for _ in 0..count {
            values.push(Apart(make()), GFP_KERNEL)?;
        }
        Ok(Self {
            values,
            rest: make(),
        })
    }

    /// Returns the value of the CPU that this runs on, which may be another one a moment later.
    pub(crate) fn here(&self) -> &T {
        let cpu = cpu::CpuId::current().as_u32() as usize;
        self.values.get(cpu).map_or(&self.rest, |own| &own.0)
    }

    /// Goes through all values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        let values = self.values.iter().map(|own| &own.0);
        values.chain(core::iter::once(&self.rest))
    }
}
