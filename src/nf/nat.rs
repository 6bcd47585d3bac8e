// SPDX-License-Identifier: GPL-2.0-only

//! Network address translation: registrations, and the set-up of expected connections.

use super::{
    bindings,
    tuple::{
        self,
        Family, //
    },
    Conn,
    Direction, //
};
use core::{
    marker::PhantomData,
    net::{
        IpAddr,
        SocketAddr, //
    },
};
use kernel::{
    prelude::*,
    str::CStr,
    sync::rcu::synchronize_rcu,
    types::{
        NotThreadSafe,
        Opaque, //
    }, //
};

/// The name of a NAT helper, by which rules find the module that translates for a helper.
///
/// # Invariants
///
/// The object is registered.
#[pin_data(PinnedDrop)]
pub(crate) struct Registration {
    #[pin]
    raw: Opaque<bindings::nf_conntrack_nat_helper>,
}

// SAFETY: It may be unregistered from any thread.
unsafe impl Send for Registration {}
// SAFETY: A shared reference gives access to nothing.
unsafe impl Sync for Registration {}

impl Registration {
    /// Registers a NAT helper by its name, which is `ip_nat_` and the name of the helper.
    pub(crate) fn new(name: &'static CStr) -> impl PinInit<Self> {
        pin_init!(Self {
            raw <- Opaque::ffi_init(|slot: *mut bindings::nf_conntrack_nat_helper| {
                // SAFETY: The slot may be written to, and the name is terminated.
                unsafe { bindings::nf_sip_nat_helper_init(slot, name.as_char_ptr()) };
                // SAFETY: The slot was initialised and is pinned until `drop` takes it away.
                unsafe { bindings::nf_nat_helper_register(slot) };
            }),
        })
    }
}

#[pinned_drop]
impl PinnedDrop for Registration {
    fn drop(self: Pin<&mut Self>) {
        // SAFETY: It is registered by the type invariant, and this happens once.
        unsafe { bindings::nf_nat_helper_unregister(self.raw.get()) };
        // The list is read under RCU.
        synchronize_rcu();
    }
}

/// The name by which conntrackd, on another machine, knows what is done with expected connections.
///
/// Expectations carry the function, and hand the connections that come of them to
/// [`super::Helper::expected`]. When this is dropped, those that still carry it are removed.
///
/// # Invariants
///
/// The object is registered.
#[pin_data(PinnedDrop)]
pub(crate) struct ExpectfnRegistration {
    #[pin]
    raw: Opaque<bindings::nf_ct_helper_expectfn>,
}

// SAFETY: It may be unregistered from any thread.
unsafe impl Send for ExpectfnRegistration {}
// SAFETY: A shared reference gives access to nothing.
unsafe impl Sync for ExpectfnRegistration {}

impl ExpectfnRegistration {
    /// Registers the function under a name.
    pub(crate) fn new(name: &'static CStr) -> impl PinInit<Self> {
        pin_init!(Self {
            raw <- Opaque::ffi_init(|slot: *mut bindings::nf_ct_helper_expectfn| {
                let raw = bindings::nf_ct_helper_expectfn {
                    name: name.as_char_ptr(),
                    expectfn: Some(bindings::nf_sip_expected),
                    ..Default::default()
                };
                // SAFETY: The slot may be written to.
                unsafe { slot.write(raw) };
                // SAFETY: The slot was initialised and is pinned until `drop` takes it away.
                unsafe { bindings::nf_ct_helper_expectfn_register(slot) };
            }),
        })
    }
}

#[pinned_drop]
impl PinnedDrop for ExpectfnRegistration {
    fn drop(self: Pin<&mut Self>) {
        // SAFETY: It is registered by the type invariant, and this happens once.
        unsafe { bindings::nf_ct_helper_expectfn_unregister(self.raw.get()) };
        // ctnetlink finds the function under RCU and puts it into expectations of its own making.
        synchronize_rcu();
        // SAFETY: The object is still valid; it is only read.
        unsafe { bindings::nf_ct_helper_expectfn_destroy(self.raw.get()) };
        // A packet that had found such an expectation before calls the function under RCU.
        synchronize_rcu();
    }
}

/// A connection that is being set up because it was expected.
///
/// # Invariants
///
/// `raw` is a valid connection with a master, that no one else can find yet, and RCU is
/// read-locked.
pub(crate) struct NewConn<'a> {
    raw: *mut bindings::nf_conn,
    _lifetime: PhantomData<&'a mut Conn>,
    _context: NotThreadSafe,
}

impl NewConn<'_> {
    /// # Safety
    ///
    /// For the result's lifetime, which the caller chooses, the pointer must be to a valid connection
    /// with a master that no one else can find yet, and RCU be read-locked.
    pub(super) unsafe fn from_raw(raw: *mut bindings::nf_conn) -> Self {
        // INVARIANT: By the requirements of this function.
        Self {
            raw,
            _lifetime: PhantomData,
            _context: NotThreadSafe,
        }
    }

    /// Lets a connection over UDP live for so many seconds without a packet, instead of what the
    /// kernel grants to others; nothing is done where an administrator has set that for it.
    ///
    /// The kernel's clock bounds it: at 1000 ticks per second to 24 days.
    pub(crate) fn be_patient(&mut self, seconds: u32) {
        // SAFETY: The connection is valid, not confirmed, and ours alone by the type invariant.
        unsafe { bindings::nf_sip_ct_patience(self.raw, seconds) };
    }

    /// Returns the connection.
    pub(crate) fn conn(&self) -> &Conn {
        // SAFETY: The connection is valid, RCU is read-locked, and nobody else sets the connection
        // up, by the type invariant. Setting it up takes `self` exclusively.
        unsafe { Conn::from_raw(self.raw) }
    }

    /// Sends the connection's packets on to `to`.
    ///
    /// False if nothing was done: a destination has been chosen already, the address is of another
    /// family, or there is no room.
    pub(crate) fn map_destination(&mut self, to: SocketAddr) -> bool {
        self.map(
            bindings::nf_nat_manip_type_NF_NAT_MANIP_DST,
            bindings::ip_conntrack_status_IPS_DST_NAT_DONE,
            to.ip(),
            Some(to.port()),
        )
    }

    /// Lets the connection's packets appear to come from `to`, and from `port` if one is given;
    /// else from the port that they have, if it is free there.
    ///
    /// False if nothing was done, as above.
    pub(crate) fn map_source(&mut self, to: IpAddr, port: Option<u16>) -> bool {
        self.map(
            bindings::nf_nat_manip_type_NF_NAT_MANIP_SRC,
            bindings::ip_conntrack_status_IPS_SRC_NAT_DONE,
            to,
            port,
        )
    }

    fn map(
        &mut self,
        which: bindings::nf_nat_manip_type,
        done: bindings::ip_conntrack_status,
        to: IpAddr,
        port: Option<u16>,
    ) -> bool {
        let conn = self.conn();
        let family = conn
            .tuple(Direction::Original)
            .map(|tuple| Family::of(tuple.source.ip()));
        if family != Some(Family::of(to)) || conn.is_confirmed() || conn.has_status(done) {
            return false;
        }

        let address = tuple::raw_address(to);
        let mut range = bindings::nf_nat_range2 {
            flags: bindings::NF_NAT_RANGE_MAP_IPS,
            min_addr: address,
            max_addr: address,
            ..Default::default()
        };
        if let Some(port) = port {
            range.flags |= bindings::NF_NAT_RANGE_PROTO_SPECIFIED;
            range.min_proto = tuple::raw_port(port);
            range.max_proto = tuple::raw_port(port);
        }
        // SAFETY: The connection is valid and ours alone by the type invariant, is not confirmed,
        // and this half of it is not translated yet. The range is of its family.
        let verdict = unsafe { bindings::nf_nat_setup_info(self.raw, &range, which) };
        verdict == bindings::NF_ACCEPT
    }
}
