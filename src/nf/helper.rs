// SPDX-License-Identifier: GPL-2.0-only

//! Connection tracking helpers.

use super::{
    bindings,
    nat::NewConn,
    Conn,
    ExpectationRef,
    Packet,
    Protocol, //
};
use core::{
    marker::PhantomPinned,
    ptr, //
};
use kernel::{
    error::to_result,
    ffi::{
        c_int,
        c_uint,
        c_void, //
    },
    prelude::*,
    str::CStr,
    types::Opaque, //
};

/// A class of expectations.
pub(crate) struct Policy {
    /// Its name, of at most 15 characters.
    pub(crate) name: &'static CStr,
    /// How many a master may have at a time, at least 1.
    pub(crate) max_expected: u8,
    /// For how many seconds they live if nothing comes.
    pub(crate) timeout: u32,
}

impl Policy {
    const NONE: bindings::nf_conntrack_expect_policy = bindings::nf_conntrack_expect_policy {
        max_expected: 0,
        timeout: 0,
        name: [0; bindings::NF_CT_EXP_POLICY_NAME_LEN as usize],
    };

    const fn as_raw(&self) -> bindings::nf_conntrack_expect_policy {
        let mut raw = Self::NONE;
        let name = self.name.to_bytes();
        assert!(name.len() < raw.name.len(), "a class has too long a name");
        assert!(self.max_expected > 0, "a class allows no expectation");
        // `nf_ct_expect_insert()` multiplies it by the ticks per second, in 32 bits.
        assert!(self.timeout <= 86_400, "a class lives longer than a day");

        let mut index = 0;
        while index < name.len() {
            raw.name[index] = name[index];
            index += 1;
        }
        raw.max_expected = self.max_expected as c_uint;
        raw.timeout = self.timeout;
        raw
    }
}

/// What becomes of a packet that a helper has looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It goes on.
    Accept,
    /// It goes no further, as if the network had lost it.
    Lost,
}

/// A connection tracking helper for IPv4 and IPv6.
///
/// The value is the helper's state. It is used by many packets at once, from when it is registered
/// until its [`Registration`] is dropped.
pub(crate) trait Helper: Sync {
    /// The name that rules attach it by, of at most 15 characters.
    const NAME: &'static CStr;

    /// What the administrator is told when another module has the name.
    const TAKEN: &'static str;

    /// The protocol of its connections.
    const PROTOCOL: Protocol;

    /// Its classes of expectations: one to four. A class is named by its place in this list.
    const POLICIES: &'static [Policy];

    /// Bits of the last word of the helper's data in a connection: while one is set, no packet of it is
    /// looked at but for those that open it anew.
    const IDLE: u32 = 0;

    /// Looks at a packet of a connection that has this helper.
    ///
    /// Only packets of the protocol itself come here: no ICMP errors about them.
    fn help(&self, packet: Packet<'_>) -> Verdict;

    /// Sets up a new connection that one of the helper's expectations has let in.
    fn expected(&self, conn: NewConn<'_>, expectation: &ExpectationRef);

    /// A connection that has this helper is going away, and with it a part of what is kept of it
    /// elsewhere. True where there is more of that: it is called again.
    fn gone(&self, conn: &Conn) -> bool;
}

/// A registered helper.
///
/// When it is dropped the helper is taken away; then, when no packet is in [`Helper::help`] any
/// more and the helper's expectations are gone, its state is dropped.
///
/// # Invariants
///
/// `raw` is registered, and calls `handler` with a pointer to `state`.
#[pin_data(PinnedDrop)]
pub(crate) struct Registration<H: Helper> {
    raw: *mut bindings::nf_conntrack_helper,
    #[pin]
    handler: Opaque<bindings::nf_sip_handler>,
    #[pin]
    state: H,
    #[pin]
    _pin: PhantomPinned,
}

// SAFETY: The helper may be unregistered from any thread, and then drops the state.
unsafe impl<H: Helper + Send> Send for Registration<H> {}
// SAFETY: A shared reference gives access to nothing.
unsafe impl<H: Helper> Sync for Registration<H> {}

/// The most classes a helper may have.
const MAX_CLASSES: usize = bindings::NF_CT_MAX_EXPECT_CLASSES as usize;

impl<H: Helper> Registration<H> {
    const POLICIES: [bindings::nf_conntrack_expect_policy; MAX_CLASSES] = {
        let name = H::NAME.to_bytes();
        assert!(name.len() < bindings::NF_CT_HELPER_NAME_LEN as usize);
        assert!(!H::POLICIES.is_empty() && H::POLICIES.len() <= MAX_CLASSES);

        let mut policies = [Policy::NONE; MAX_CLASSES];
        let mut class = 0;
        while class < H::POLICIES.len() {
            policies[class] = H::POLICIES[class].as_raw();
            class += 1;
        }
        policies
    };

    /// Makes a helper's state and registers the helper.
    ///
    /// The error is `EBUSY` if, and only if, the name is taken for this protocol: another module
    /// that does the same is loaded. The log then says [so](Helper::TAKEN).
    pub(crate) fn new<E>(state: impl PinInit<H, E>) -> impl PinInit<Self, Error>
    where
        Error: From<E>,
    {
        try_pin_init!(&this in Self {
            state <- state,
            handler <- Opaque::ffi_init(|slot: *mut bindings::nf_sip_handler| {
                let handler = bindings::nf_sip_handler {
                    help: Some(Self::help),
                    expected: Some(Self::expected),
                    gone: Some(Self::gone),
                    // SAFETY: `this` points to the object that is being made.
                    state: unsafe { &raw mut (*this.as_ptr()).state }.cast(),
                    idle: H::IDLE,
                };
                // SAFETY: The slot may be written to.
                unsafe { slot.write(handler) };
            }),
            raw: {
                // SAFETY: `this` points to the object that is being made.
                let handler = unsafe { &raw const (*this.as_ptr()).handler };
                Self::register(Opaque::cast_into(handler))?
            },
            _pin: PhantomPinned,
        })
    }

    fn register(
        handler: *const bindings::nf_sip_handler,
    ) -> Result<*mut bindings::nf_conntrack_helper> {
        let policies = Self::POLICIES;
        let mut raw = ptr::null_mut();
        // SAFETY: The name is terminated and short enough; there are as many policies as the number
        // of the last class says, of which none is over the limit; both only have to live for the
        // call. The handler is initialised, and pinned until `drop` has taken the helper away.
        let registered = to_result(unsafe {
            bindings::nf_sip_helper_register(
                H::NAME.as_char_ptr(),
                H::PROTOCOL.as_raw(),
                policies.as_ptr(),
                // CAST: It is at most 3.
                (H::POLICIES.len() - 1) as c_uint,
                handler,
                &mut raw,
            )
        });
        registered.inspect_err(|&error| {
            if error == EBUSY {
                pr_err!("{}\n", H::TAKEN);
            }
        })?;
        Ok(raw)
    }

    /// # Safety
    ///
    /// Only for `nf_sip_help()` in helpers.c: under RCU, with the state that was registered and a
    /// packet of the connection, at whose offset `protoff` the header of the protocol should start.
    unsafe extern "C" fn help(
        state: *mut c_void,
        skb: *mut bindings::sk_buff,
        protoff: c_uint,
        ct: *mut bindings::nf_conn,
        ctinfo: c_uint,
    ) -> c_int {
        // SAFETY: This is the state that was registered. It is initialised before the helper is
        // registered, and dropped when no packet is here any more; `H` is `Sync`.
        let helper = unsafe { &*state.cast::<H>() };
        // SAFETY: RCU is read-locked, and the packet, which is ours until we return, holds a
        // reference count of its connection. The set-up of a connection is over before its first
        // packet comes to a helper.
        let conn = unsafe { Conn::from_raw(ct) };
        // SAFETY: As above, and the packet belongs to the connection.
        let packet = unsafe { Packet::new(skb, protoff, conn, ctinfo) };
        match helper.help(packet) {
            Verdict::Accept => bindings::NF_ACCEPT as c_int,
            Verdict::Lost => bindings::NF_STOLEN as c_int,
        }
    }

    /// # Safety
    ///
    /// Only for `nf_sip_expected()` in helpers.c: under RCU, with the state that was registered, a
    /// new connection, and the expectation that let it in.
    unsafe extern "C" fn expected(
        state: *mut c_void,
        ct: *mut bindings::nf_conn,
        exp: *mut bindings::nf_conntrack_expect,
    ) {
        // SAFETY: As in `help`.
        let helper = unsafe { &*state.cast::<H>() };
        // SAFETY: The expectation was found in the table, and the caller has a reference count of it.
        let expectation = unsafe { ExpectationRef::from_raw(exp) };
        // SAFETY: `init_conntrack()` has made the connection and not yet handed it to anybody else;
        // it has the expectation's master. RCU is read-locked.
        let conn = unsafe { NewConn::from_raw(ct) };
        helper.expected(conn, expectation);
    }

    /// # Safety
    ///
    /// Only for `nf_sip_gone()` in helpers.c: under RCU, with the state that was registered and a
    /// connection of which the caller holds a reference count.
    unsafe extern "C" fn gone(state: *mut c_void, ct: *mut bindings::nf_conn) -> bool {
        // SAFETY: As in `help`.
        let helper = unsafe { &*state.cast::<H>() };
        // SAFETY: By the requirements of this function; a connection that goes has been set up.
        let conn = unsafe { Conn::from_raw(ct) };
        helper.gone(conn)
    }
}

#[pinned_drop]
impl<H: Helper> PinnedDrop for Registration<H> {
    fn drop(self: Pin<&mut Self>) {
        // SAFETY: The helper is registered by the type invariant, and this happens once.
        unsafe { bindings::nf_sip_helper_unregister(self.raw) };
    }
}
