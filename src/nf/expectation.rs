// SPDX-License-Identifier: GPL-2.0-only

//! Expectations in the making.

use super::{
    bindings,
    tuple::{
        self,
        Family, //
    },
    Conn,
    Direction,
    Protocol, //
};
use core::{
    marker::PhantomData,
    net::{
        IpAddr,
        SocketAddr, //
    },
    ptr::{
        self,
        NonNull, //
    },
};
use kernel::{
    bindings::{
        EALREADY,
        EBUSY,
        EEXIST,
        EINVAL,
        EMFILE,
        ESHUTDOWN, //
    },
    ffi::{
        c_int,
        c_uint, //
    },
    types::NotThreadSafe, //
};

/// Why an expectation was not inserted.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum RelateError {
    /// Another expectation has the address and port: try another port.
    Taken,
    /// The table of expectations is full.
    Full,
    /// The master connection has no helper any more.
    Gone,
    /// Another error: its number, positive.
    Other(u32),
}

impl RelateError {
    fn from_errno(errno: c_int) -> Self {
        match errno.unsigned_abs() {
            EBUSY | EALREADY => Self::Taken,
            EMFILE => Self::Full,
            ESHUTDOWN => Self::Gone,
            other => Self::Other(other),
        }
    }
}

/// An expectation that is being made: nobody else sees it until it is related.
///
/// # Invariants
///
/// - `raw` is a valid, initialised expectation whose master is a connection that lives for `'a`,
///   and of which this object owns a reference count.
/// - Until `related` is true this object has the only one.
pub(crate) struct Expectation<'a> {
    raw: NonNull<bindings::nf_conntrack_expect>,
    family: Family,
    related: bool,
    _master: PhantomData<&'a Conn>,
    _context: NotThreadSafe,
}

impl<'a> Expectation<'a> {
    /// Makes an expectation of packets to `destination` from any port of `source`, or from
    /// anywhere; the connection that comes of it is handed to [`super::Helper::expected`].
    ///
    /// [`None`] if there is no memory, the connection's helper has no such class, or the addresses
    /// are of different families.
    pub(crate) fn new(
        master: &'a Conn,
        class: u8,
        source: Option<IpAddr>,
        destination: SocketAddr,
        protocol: Protocol,
    ) -> Option<Self> {
        let class = c_uint::from(class);
        let family = Family::of(destination.ip());
        if source.is_some_and(|source| Family::of(source) != family) {
            return None;
        }
        // SAFETY: The connection is valid and RCU read-locked by the type invariant of `Conn`.
        if !unsafe { bindings::nf_sip_ct_has_class(master.as_ptr(), class) } {
            return None;
        }

        // SAFETY: The connection is valid by the type invariant of `Conn`.
        let raw = NonNull::new(unsafe { bindings::nf_ct_expect_alloc(master.as_ptr()) })?;
        let source = source.map(tuple::raw_address);
        let address = tuple::raw_address(destination.ip());
        let port = destination.port().to_be();
        // SAFETY: The expectation has just been allocated for a connection that is valid and for
        // which RCU is read-locked, by the type invariant of `Conn`. The addresses are of the given
        // family, and all pointers are valid for the call or null where they may be.
        unsafe {
            bindings::nf_ct_expect_init(
                raw.as_ptr(),
                class,
                family.as_raw(),
                source.as_ref().map_or(ptr::null(), ptr::from_ref),
                &address,
                protocol.as_raw(),
                ptr::null(),
                &port,
            )
        };
        // INVARIANT: It has just been initialised, with a reference count of one.
        let mut made = Self {
            raw,
            family,
            related: false,
            _master: PhantomData,
            _context: NotThreadSafe,
        };
        made.draft()?.expectfn = Some(bindings::nf_sip_expected);
        Some(made)
    }

    /// Gives access to the expectation as long as it can be changed.
    fn draft(&mut self) -> Option<&mut bindings::nf_conntrack_expect> {
        if self.related {
            return None;
        }
        // SAFETY: By the type invariant the expectation is valid and, as it is not related, nobody
        // else has a pointer to it.
        Some(unsafe { self.raw.as_mut() })
    }

    /// Changes the port that the expected packets are sent to.
    ///
    /// Like the other changes, it does nothing once the expectation is related.
    pub(crate) fn set_destination_port(&mut self, port: u16) {
        if let Some(draft) = self.draft() {
            draft.tuple.dst.u.all = port.to_be();
        }
    }

    /// Expects the packets at `outside` and notes that they are to be sent on to `inside`: see
    /// [`super::Helper::expected`].
    ///
    /// The direction is theirs in terms of the master connection. Returns false, having done
    /// nothing, if the addresses are not of the expectation's family.
    pub(crate) fn translate(
        &mut self,
        outside: SocketAddr,
        inside: SocketAddr,
        direction: Direction,
    ) -> bool {
        let family = self.family;
        if Family::of(outside.ip()) != family || Family::of(inside.ip()) != family {
            return false;
        }
        let Some(draft) = self.draft() else {
            return false;
        };
        draft.tuple.dst.u3 = tuple::raw_address(outside.ip());
        draft.tuple.dst.u.all = outside.port().to_be();
        draft.saved_addr = tuple::raw_address(inside.ip());
        draft.saved_proto = tuple::raw_port(inside.port());
        draft.dir = direction.as_raw();
        true
    }

    /// Lets the expectation stay when a connection has come of it.
    pub(crate) fn permanent(&mut self) {
        if let Some(draft) = self.draft() {
            draft.flags |= bindings::NF_CT_EXPECT_PERMANENT;
        }
    }

    /// Lets no connection come of it until it is [admitted](Conn::admit).
    pub(crate) fn inactive(&mut self) {
        if let Some(draft) = self.draft() {
            draft.flags |= bindings::NF_CT_EXPECT_INACTIVE;
        }
    }

    /// Gives the connection that comes of it the same helper as the master's.
    pub(crate) fn assign_helper(&mut self) {
        if let Some(draft) = self.draft() {
            // SAFETY: The expectation is valid, nobody else has it, its master lives, and RCU is
            // read-locked by the type invariant of `Conn`.
            unsafe { bindings::nf_sip_expect_assign_helper(draft) };
        }
    }

    /// Inserts the expectation: from now on packets are let in, if it is active.
    ///
    /// It lives for the time its class says. An older expectation of the same master and class for
    /// the same packets is replaced. Where the class is full, the master's oldest goes in silence.
    ///
    /// After an error the expectation may be changed and tried again.
    pub(crate) fn relate(&mut self) -> Result<(), RelateError> {
        if self.related {
            return Err(RelateError::Other(EEXIST));
        }
        // SAFETY: The expectation is valid, initialised and was never inserted, by the type
        // invariant; nor is the lock held that this takes, as [`Conn::expectations`] demands.
        let errno = unsafe {
            bindings::nf_ct_expect_related_report(
                self.raw.as_ptr(),
                0,
                0,
                bindings::NF_CT_EXP_F_SKIP_MASTER,
            )
        };
        if errno != 0 {
            return Err(RelateError::from_errno(errno));
        }
        self.related = true;
        Ok(())
    }

    /// Inserts two expectations, or none.
    ///
    /// What [`Self::relate`] says of one holds for both; also, where the second fails, what the
    /// first would have replaced is gone nevertheless.
    pub(crate) fn relate_pair(rtp: &mut Self, rtcp: &mut Self) -> Result<(), RelateError> {
        if rtp.related || rtcp.related {
            return Err(RelateError::Other(EEXIST));
        }
        let mut pair = [rtp.raw.as_ptr(), rtcp.raw.as_ptr()];
        // SAFETY: As in `relate`, for both. They are two since both are borrowed exclusively.
        let errno = unsafe {
            bindings::nf_ct_expect_related_pair(
                pair.as_mut_ptr(),
                bindings::NF_CT_EXP_F_SKIP_MASTER,
            )
        };
        match errno.unsigned_abs() {
            0 => {
                rtp.related = true;
                rtcp.related = true;
                Ok(())
            }
            // This is what it says where the master has no helper, or they have two masters.
            EINVAL => Err(RelateError::Gone),
            _ => Err(RelateError::from_errno(errno)),
        }
    }
}

impl Drop for Expectation<'_> {
    fn drop(&mut self) {
        // SAFETY: By the type invariant we own a reference count, which is given back here.
        unsafe { bindings::nf_ct_expect_put(self.raw.as_ptr()) };
    }
}
