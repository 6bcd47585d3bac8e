// SPDX-License-Identifier: GPL-2.0-only

//! Tracked connections.

use super::{
    bindings,
    tuple,
    Direction,
    ExpectationRef,
    Expectations,
    Protocol,
    Tuple, //
};
use core::{
    mem,
    net::{
        IpAddr,
        SocketAddr, //
    }, //
};
use kernel::{
    ffi::c_uint,
    sync::atomic::Atomic,
    types::Opaque, //
};

/// A tracked connection.
///
/// It is only ever borrowed from a packet of the connection, or from an expected connection, which
/// holds a reference to its master.
///
/// # Invariants
///
/// - A reference of this type points to a valid `struct nf_conn` and, as long as it lives, RCU is
///   read-locked and somebody holds a reference count of the connection.
/// - The connection's tuples and extensions do not change while the reference lives, except under
///   the exclusive borrow that [`super::NewConn`] takes.
#[repr(transparent)]
pub(crate) struct Conn(Opaque<bindings::nf_conn>);

/// Private words that a helper keeps in each of its connections.
///
/// They are zero when the connection is born, both directions of it may use them at the same time,
/// and they stay as they are when the module is unloaded and another version of it is loaded.
///
/// # Safety
///
/// Every sequence of bytes has to be a valid value.
pub(crate) unsafe trait HelperData: Sync {}

// SAFETY: All values of an integer are valid, and `Atomic` adds nothing to it.
unsafe impl<const N: usize> HelperData for [Atomic<u32>; N] {}
// SAFETY: As above.
unsafe impl<const N: usize> HelperData for [Atomic<u64>; N] {}

impl Conn {
    /// Makes a reference from a pointer that C handed over.
    ///
    /// # Safety
    ///
    /// For the duration of `'a`, the pointer must be valid, a reference count of the connection
    /// must be held and RCU be read-locked; and nobody else may be setting the connection up.
    pub(super) unsafe fn from_raw<'a>(ptr: *mut bindings::nf_conn) -> &'a Self {
        // CAST: `Self` is a `repr(transparent)` wrapper around `bindings::nf_conn`.
        let ptr = ptr.cast::<Self>();
        // SAFETY: The pointer is valid for `'a` by the requirements of this function, and `Opaque`
        // allows C to change what is behind it.
        // INVARIANT: The rest is in the requirements as well.
        unsafe { &*ptr }
    }

    pub(super) fn as_ptr(&self) -> *mut bindings::nf_conn {
        self.0.get()
    }

    /// Returns the endpoints as packets of the given direction show them before translation.
    ///
    /// [`None`] if it is not a connection of UDP or TCP over IP.
    pub(crate) fn tuple(&self, direction: Direction) -> Option<Tuple> {
        // SAFETY: The connection is valid by the type invariant; the function only computes an
        // address inside it.
        let tuple = unsafe { bindings::nf_sip_ct_tuple(self.as_ptr(), direction.as_raw()) };
        // SAFETY: The tuple is a part of the connection, and by the type invariant it does not
        // change while `self` is borrowed.
        Tuple::from_raw(unsafe { &*tuple })
    }

    /// Was this connection expected?
    pub(crate) fn is_expected(&self) -> bool {
        self.has_status(bindings::ip_conntrack_status_IPS_EXPECTED)
    }

    /// Are the connection's addresses translated?
    pub(crate) fn is_nated(&self) -> bool {
        self.has_status(bindings::ip_conntrack_status_IPS_NAT_MASK)
    }

    /// Is the connection known to the table? Until then only its first packet knows it.
    pub(crate) fn is_confirmed(&self) -> bool {
        self.has_status(bindings::ip_conntrack_status_IPS_CONFIRMED)
    }

    /// Is one of these bits of `enum ip_conntrack_status` set?
    pub(super) fn has_status(&self, mask: bindings::ip_conntrack_status) -> bool {
        // SAFETY: The connection is valid by the type invariant.
        let status = unsafe { bindings::nf_sip_ct_status(self.as_ptr()) };
        // CAST: The bits lie below 16.
        status as u32 & mask != 0
    }

    /// Lets the connection live for so many seconds without a packet, from now on; never shortens
    /// what it has.
    ///
    /// The kernel's clock bounds it: at 1000 ticks per second to 24 days.
    pub(crate) fn prolong(&self, seconds: u32) {
        // SAFETY: The connection is valid by the type invariant; the time-out is read and written
        // in one piece and may be set by several CPUs at once.
        unsafe { bindings::nf_sip_ct_prolong(self.as_ptr(), seconds) };
    }

    /// Lets the connection live for so many seconds at most if no packet comes.
    ///
    /// Conntrack sets the time anew before a packet comes to the helper, so that this is the last word
    /// until the next one.
    pub(crate) fn limit(&self, seconds: u32) {
        // SAFETY: As for `prolong`.
        unsafe { bindings::nf_sip_ct_limit(self.as_ptr(), seconds) };
    }

    /// Does the kernel by itself move the positions in the streams of the connection?
    pub(crate) fn is_moved_by_kernel(&self) -> bool {
        self.has_status(bindings::ip_conntrack_status_IPS_SEQ_ADJUST)
    }

    /// Has a SYN of the connection, which is one over TCP, been answered and not yet the answer?
    pub(crate) fn is_opening(&self) -> bool {
        // SAFETY: The connection is valid by the type invariant.
        unsafe { bindings::nf_sip_ct_is_opening(self.as_ptr()) }
    }

    /// Tells conntrack by how many bytes what is sent next in a direction has moved.
    ///
    /// Only for a connection over TCP; it no longer minds segments that are out of its windows.
    pub(crate) fn set_moved(&self, direction: Direction, moved: i32) {
        // SAFETY: The connection is valid by the type invariant, and its lock is not held here.
        unsafe { bindings::nf_sip_ct_set_moved(self.as_ptr(), direction.as_raw(), moved) };
    }

    /// Returns the connection because of which this one was expected.
    pub(crate) fn master(&self) -> Option<&Conn> {
        // SAFETY: The connection is valid by the type invariant.
        let master = unsafe { bindings::nf_sip_ct_master(self.as_ptr()) };
        if master.is_null() {
            return None;
        }
        // SAFETY: An expected connection holds a reference to its master until it is freed, `self`
        // cannot be freed while it is borrowed, and RCU is read-locked as long. A connection is a
        // master only once it is confirmed, which means that its set-up is over.
        Some(unsafe { Conn::from_raw(master) })
    }

    /// Returns the connection that this one goes back to: its master, or itself.
    pub(crate) fn root(&self) -> &Conn {
        self.master().unwrap_or(self)
    }

    /// Is the connection going away?
    pub(crate) fn is_dying(&self) -> bool {
        self.has_status(bindings::ip_conntrack_status_IPS_DYING)
    }

    /// Returns a number that connections of the same network namespace share, and no others.
    pub(crate) fn net_id(&self) -> usize {
        // SAFETY: The connection is valid by the type invariant.
        unsafe { bindings::nf_sip_ct_net(self.as_ptr()) }.addr()
    }

    /// Ends the expected connection over UDP in which packets go from `source` to `destination`, where
    /// it goes back to the same connection as this one, or this one was led to its end by an expectation
    /// as well and it is between the same two. True if there was one.
    ///
    /// It and its expectations are gone then; not to be called under [`Self::expectations`].
    pub(crate) fn end_expected(&self, source: SocketAddr, destination: SocketAddr) -> bool {
        let Some(tuple) = tuple::raw(Protocol::Udp, source, destination) else {
            return false;
        };
        // SAFETY: The connection is valid by the type invariant and the tuple complete.
        unsafe { bindings::nf_sip_ct_end(self.as_ptr(), &tuple) }
    }

    /// Ends the connection over UDP in which packets go from `source` to `destination`, where nobody has
    /// expected it and it has not been of use for a while (not assured). True if there was one.
    pub(crate) fn end_stray(&self, source: SocketAddr, destination: SocketAddr) -> bool {
        let Some(tuple) = tuple::raw(Protocol::Udp, source, destination) else {
            return false;
        };
        // SAFETY: As for `end_expected`.
        unsafe { bindings::nf_sip_ct_end_stray(self.as_ptr(), &tuple) }
    }

    /// Is there a connection in which packets go from `source` to `destination`?
    pub(crate) fn exists(
        &self,
        protocol: Protocol,
        source: SocketAddr,
        destination: SocketAddr,
    ) -> bool {
        let Some(tuple) = tuple::raw(protocol, source, destination) else {
            return false;
        };
        // SAFETY: The connection is valid by the type invariant and the tuple complete.
        unsafe { bindings::nf_sip_ct_exists(self.as_ptr(), &tuple) }
    }

    /// Returns the expectation of packets from `source`, or from anywhere, to `destination`,
    /// whosever it is.
    pub(crate) fn expected(
        &self,
        protocol: Protocol,
        source: Option<IpAddr>,
        destination: SocketAddr,
    ) -> Option<&ExpectationRef> {
        let tuple = tuple::expected(protocol, source, destination)?;
        // SAFETY: The connection is valid, and RCU read-locked, by the type invariant.
        let found = unsafe { bindings::nf_sip_expect_find(self.as_ptr(), &tuple) };
        // SAFETY: It was inserted, and stays valid as long as RCU is read-locked: as long as `self` is
        // borrowed, by the type invariant.
        (!found.is_null()).then(|| unsafe { ExpectationRef::from_raw(found) })
    }

    /// Lets the helper's expectation of such packets wait anew for so many seconds at least, where it
    /// goes back to the same connection as this one. One that let nobody in does so now. True if there
    /// was one.
    pub(crate) fn expect_for(
        &self,
        protocol: Protocol,
        source: Option<IpAddr>,
        destination: SocketAddr,
        seconds: u32,
    ) -> bool {
        let Some(tuple) = tuple::expected(protocol, source, destination) else {
            return false;
        };
        // SAFETY: As for `expect_no_more`.
        unsafe { bindings::nf_sip_expect_wait(self.as_ptr(), &tuple, seconds) }
    }

    /// Lets packets in, for so many seconds from now on, by the helper's permanent expectation of them,
    /// where it goes back to the same connection as this one.
    pub(crate) fn admit(
        &self,
        protocol: Protocol,
        source: Option<IpAddr>,
        destination: SocketAddr,
        seconds: u32,
    ) {
        if let Some(tuple) = tuple::expected(protocol, source, destination) {
            // SAFETY: As for `expect_no_more`.
            unsafe { bindings::nf_sip_expect_admit(self.as_ptr(), &tuple, seconds) };
        }
    }

    /// Is anything of a class expected because of this connection?
    pub(crate) fn expects(&self, class: u8) -> bool {
        // SAFETY: The connection is valid by the type invariant.
        unsafe { bindings::nf_sip_ct_expects(self.as_ptr(), c_uint::from(class)) }
    }

    /// Removes the oldest eighth of this connection's expectations of a class, where it is full: the kernel
    /// would otherwise look for the oldest one whenever another is added.
    pub(crate) fn thin_out(&self, class: u8) {
        // SAFETY: The connection is valid and RCU read-locked by the type invariant; the lock of
        // expectations is not held, as [`Self::expectations`] demands.
        unsafe { bindings::nf_sip_expect_thin_out(self.as_ptr(), c_uint::from(class)) };
    }

    /// Makes room in the full table of expectations: some of the client's that has most of the helper's
    /// go, those with the least time left. True if there is room.
    pub(crate) fn make_room(&self) -> bool {
        // SAFETY: The connection is valid by the type invariant; the lock of expectations is not
        // held, as [`Self::expectations`] demands.
        unsafe { bindings::nf_sip_expect_make_room(self.as_ptr()) }
    }

    /// Removes the helper's expectation of such packets, where it goes back to the same connection as
    /// this one, or this one was led to its end by an expectation as well and it leads to one of the
    /// two. True if there was one.
    pub(crate) fn expect_no_more(
        &self,
        protocol: Protocol,
        source: Option<IpAddr>,
        destination: SocketAddr,
    ) -> bool {
        let Some(tuple) = tuple::expected(protocol, source, destination) else {
            return false;
        };
        // SAFETY: The connection is valid by the type invariant; the lock of expectations is not
        // held, as [`Self::expectations`] demands.
        unsafe { bindings::nf_sip_expect_close(self.as_ptr(), &tuple) }
    }

    /// Takes away the permanent expectation of packets from `source`, or from anywhere, to
    /// `destination`, an endpoint of the one who opened this connection, where an older connection of
    /// the helper's has it for so many seconds at most and there is no translation.
    ///
    /// Returns how long it would have let packets in, if there was one.
    pub(crate) fn inherit(
        &self,
        protocol: Protocol,
        source: Option<IpAddr>,
        destination: SocketAddr,
        most: u32,
    ) -> Option<u32> {
        let tuple = tuple::expected(protocol, source, destination)?;
        let mut seconds = 0;
        // SAFETY: As for `expect_no_more`, and the number may be written to.
        let had =
            unsafe { bindings::nf_sip_expect_inherit(self.as_ptr(), &tuple, most, &mut seconds) };
        had.then_some(seconds)
    }

    /// Ends the connection by which `source` sends to `destination`, an endpoint of the one who opened
    /// this connection, where an older connection of the helper's has expected it and there is no
    /// translation. True if there was one.
    pub(crate) fn end_elder(
        &self,
        protocol: Protocol,
        source: SocketAddr,
        destination: SocketAddr,
    ) -> bool {
        let Some(tuple) = tuple::raw(protocol, source, destination) else {
            return false;
        };
        // SAFETY: As for `end_expected`.
        unsafe { bindings::nf_sip_ct_end_elder(self.as_ptr(), &tuple) }
    }

    /// Returns the words that our helper keeps in this connection.
    ///
    /// [`None`] if the connection's helper is another one, or was one of an earlier life of this
    /// module.
    pub(crate) fn data<T: HelperData>(&self) -> Option<&T> {
        const {
            let room = mem::size_of::<T>() <= 32;
            let align = mem::align_of::<T>() <= 8;
            assert!(room && align, "larger than the data of nf_conn_help");
        }

        // SAFETY: The connection is valid and RCU read-locked by the type invariant.
        let data = unsafe { bindings::nf_sip_ct_data(self.as_ptr()) };
        // SAFETY: If not null, the pointer is to 32 initialised bytes, aligned to 8, that lie in
        // the connection's extensions, which do not move while `self` is borrowed by the type
        // invariant. `T` fits and is valid whatever they hold. They are only used through this
        // function, since the helper is ours, and `T` is `Sync`.
        unsafe { data.cast::<T>().as_ref() }
    }

    /// Locks all expectations and returns those of which this connection is the master.
    ///
    /// This is one lock for the whole machine, with softirqs off: keep it for a short time, and do
    /// not insert an expectation or call this function again meanwhile; that is a deadlock.
    ///
    /// [`None`] if the connection has no helper.
    pub(crate) fn expectations(&self) -> Option<Expectations<'_>> {
        Expectations::lock(self)
    }
}
