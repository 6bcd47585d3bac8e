// SPDX-License-Identifier: GPL-2.0-only

//! Expectations that have been inserted.

use super::{
    bindings,
    tuple,
    Conn,
    Direction,
    Protocol, //
};
use core::{
    marker::PhantomData,
    mem,
    net::{
        IpAddr,
        SocketAddr, //
    },
    ops::Deref, //
};
use kernel::types::{
    NotThreadSafe,
    Opaque, //
};

/// An expectation that has been inserted: a pinhole.
///
/// # Invariants
///
/// A reference of this type points to a valid `struct nf_conntrack_expect` that was initialised and
/// inserted. What says which packets it is for and where they go no longer changes then.
#[repr(transparent)]
pub(crate) struct ExpectationRef(Opaque<bindings::nf_conntrack_expect>);

impl ExpectationRef {
    /// Makes a reference from a pointer that C handed over.
    ///
    /// # Safety
    ///
    /// The pointer must be to an expectation that was inserted, and valid for `'a`.
    pub(super) unsafe fn from_raw<'a>(ptr: *mut bindings::nf_conntrack_expect) -> &'a Self {
        // CAST: `Self` is a `repr(transparent)` wrapper around `bindings::nf_conntrack_expect`.
        let ptr = ptr.cast::<Self>();
        // SAFETY: The pointer is valid for `'a` by the requirements of this function, and `Opaque`
        // allows C to change what is behind it.
        unsafe { &*ptr }
    }

    fn as_ptr(&self) -> *mut bindings::nf_conntrack_expect {
        self.0.get()
    }

    fn tuple(&self) -> &bindings::nf_conntrack_tuple {
        // SAFETY: The expectation is valid by the type invariant.
        let tuple = unsafe { &raw const (*self.as_ptr()).tuple };
        // SAFETY: As above, and the tuple of an inserted expectation does not change.
        unsafe { &*tuple }
    }

    /// Returns the number of the class, an index into [`super::Helper::POLICIES`].
    pub(crate) fn class(&self) -> u8 {
        // SAFETY: The expectation is valid and the class does not change, by the type invariant.
        let class = unsafe { (*self.as_ptr()).class };
        // CAST: There are at most four classes.
        class as u8
    }

    /// Is the connection its master?
    pub(crate) fn is_of(&self, conn: &Conn) -> bool {
        // SAFETY: The expectation is valid and its master does not change, by the type invariant.
        let master = unsafe { (*self.as_ptr()).master };
        master == conn.as_ptr()
    }

    /// Returns what carries the expected packets.
    pub(crate) fn protocol(&self) -> Option<Protocol> {
        Protocol::from_raw(self.tuple().dst.protonum)
    }

    /// Returns where the expected packets are sent to: the outside endpoint.
    pub(crate) fn destination(&self) -> Option<SocketAddr> {
        tuple::destination(self.tuple())
    }

    /// Returns where the expected packets have to come from; [`None`] if that may be anywhere.
    pub(crate) fn source(&self) -> Option<IpAddr> {
        // SAFETY: The expectation is valid and the mask does not change, by the type invariant.
        let mask = unsafe { (*self.as_ptr()).mask.src.u3 };
        // SAFETY: All members of the union are plain integers and `all` covers it.
        let words = unsafe { mask.all };
        if words == [0; 4] {
            return None;
        }
        tuple::source(self.tuple()).map(|source| source.ip())
    }

    /// Returns where the packets are to be sent on to, if the expectation translates.
    pub(crate) fn inside(&self) -> Option<SocketAddr> {
        let family = tuple::Family::from_raw(self.tuple().src.l3num)?;
        // SAFETY: The expectation is valid and this does not change, by the type invariant.
        let address = unsafe { (*self.as_ptr()).saved_addr };
        // SAFETY: As above.
        let port = unsafe { (*self.as_ptr()).saved_proto };
        let inside = SocketAddr::new(tuple::address(family, &address), tuple::port(port));
        (inside.port() != 0).then_some(inside)
    }

    /// Returns the direction of the expected packets, in terms of the master connection.
    pub(crate) fn direction(&self) -> Direction {
        // SAFETY: The expectation is valid and this does not change, by the type invariant.
        Direction::from_raw(unsafe { (*self.as_ptr()).dir })
    }

    /// Does it stay when a connection has come of it?
    pub(crate) fn is_permanent(&self) -> bool {
        self.has_flag(bindings::NF_CT_EXPECT_PERMANENT)
    }

    /// Does it let nobody in yet?
    pub(crate) fn is_inactive(&self) -> bool {
        self.has_flag(bindings::NF_CT_EXPECT_INACTIVE)
    }

    fn has_flag(&self, flag: u32) -> bool {
        // SAFETY: The expectation is valid by the type invariant; the flags are read in one piece.
        let flags = unsafe { bindings::nf_sip_expect_flags(self.as_ptr()) };
        flags & flag != 0
    }

    /// Is its time over? It may then still be in the list for a while.
    pub(crate) fn is_expired(&self) -> bool {
        // SAFETY: The expectation is valid by the type invariant.
        unsafe { bindings::nf_sip_expect_is_expired(self.as_ptr()) }
    }
}

/// The expectations of one master connection, with `nf_conntrack_expect_lock` held.
///
/// # Invariants
///
/// `nf_conntrack_expect_lock` is held by this object, and `head` is the list of expectations of a
/// connection that lives for `'a`.
pub(crate) struct Expectations<'a> {
    head: *mut bindings::hlist_head,
    _master: PhantomData<&'a Conn>,
    _context: NotThreadSafe,
}

impl<'a> Expectations<'a> {
    pub(super) fn lock(master: &'a Conn) -> Option<Self> {
        // SAFETY: The connection is valid by the type invariant of `Conn`.
        let head = unsafe { bindings::nf_sip_ct_expectations(master.as_ptr()) };
        if head.is_null() {
            return None;
        }
        // SAFETY: The lock may be taken in any context in which a `Conn` exists.
        unsafe { bindings::nf_sip_expect_lock() };
        // INVARIANT: The lock has just been taken. The list lies in the connection's extensions,
        // which do not move while `master` is borrowed.
        Some(Self {
            head,
            _master: PhantomData,
            _context: NotThreadSafe,
        })
    }

    /// Goes through the expectations, the newest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Held<'_>> {
        let mut next = self.first();
        core::iter::from_fn(move || {
            // SAFETY: The node comes from the list, and the lock is held while `self` is borrowed.
            let held = unsafe { Held::from_node(next) }?;
            next = held.next();
            Some(held)
        })
    }

    fn first(&self) -> *mut bindings::hlist_node {
        // SAFETY: The list is valid and cannot change, by the type invariant.
        unsafe { (*self.head).first }
    }
}

impl Drop for Expectations<'_> {
    fn drop(&mut self) {
        // SAFETY: The lock is held by the type invariant, and was taken in this same context since
        // the type is not `Send`.
        unsafe { bindings::nf_sip_expect_unlock() };
    }
}

/// An expectation in the list, with `nf_conntrack_expect_lock` held.
///
/// # Invariants
///
/// The lock is held for `'g`.
pub(crate) struct Held<'g> {
    expectation: &'g ExpectationRef,
    _context: NotThreadSafe,
}

impl Held<'_> {
    /// Takes the expectation of which `node` is the link in the list of its master; [`None`] at the
    /// end of the list.
    ///
    /// # Safety
    ///
    /// The node must be null or in such a list, and the lock be held for the result's lifetime.
    unsafe fn from_node(node: *mut bindings::hlist_node) -> Option<Self> {
        if node.is_null() {
            return None;
        }
        let offset = mem::offset_of!(bindings::nf_conntrack_expect, lnode);
        // SAFETY: The node is the member `lnode` of an expectation.
        let raw = unsafe { node.byte_sub(offset) }.cast::<bindings::nf_conntrack_expect>();
        // SAFETY: What is in the list has been inserted, and while the lock is held it is not
        // removed by anyone else.
        let expectation = unsafe { ExpectationRef::from_raw(raw) };
        // INVARIANT: The lock is held by the requirements of this function.
        Some(Self {
            expectation,
            _context: NotThreadSafe,
        })
    }

    fn next(&self) -> *mut bindings::hlist_node {
        // SAFETY: The expectation is in the list, which cannot change while the lock is held.
        unsafe { (*self.as_ptr()).lnode.next }
    }

    /// Lets the expectation live for so many seconds from now on.
    ///
    /// The kernel's clock bounds it: at 1000 ticks per second to 24 days.
    pub(crate) fn set_expiry(&self, seconds: u32) {
        // SAFETY: The expectation is valid, and writers hold the lock, as we do.
        unsafe { bindings::nf_sip_expect_set_expiry(self.as_ptr(), seconds) };
    }
}

impl Deref for Held<'_> {
    type Target = ExpectationRef;

    fn deref(&self) -> &ExpectationRef {
        self.expectation
    }
}
