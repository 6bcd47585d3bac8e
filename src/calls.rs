// SPDX-License-Identifier: GPL-2.0

//! The calls there are, where each receiver of media in them is reached, and who is registered.
//!
//! A call is known by its Call-ID and by the connection that its own goes back to: a phone's messages
//! may come by several, of which one opened the way for the others. It is forgotten with its last
//! receiver of media, with that connection, or when its time is over.

mod ledger;
mod receiver;
mod registrar;

use core::net::{
    IpAddr,
    SocketAddr, //
};

use alg::call::{
    Binding,
    MediaPinhole,
    MediaPorts,
    Part,
    Registration,
    Source,
    Turn, //
};
use kernel::prelude::*;
use kernel::sync::SpinLock;

use crate::nf::{
    self,
    Conn, //
};
use ledger::Ledger;
pub(crate) use receiver::Receiver;
use registrar::Registrar;

/// Which call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    root: usize,
    call: u64,
}

impl Key {
    /// The call that a packet of `conn` with this Call-ID belongs to.
    pub(crate) fn new(conn: &Conn, call_id: &[u8]) -> Self {
        Self {
            root: conn.root().id(),
            call: nf::digest(call_id),
        }
    }
}

/// What is known of a receiver that a description names.
pub(crate) enum Known {
    /// It was told these ports, and may have to be opened again.
    Told(Receiver),
    /// Nothing, but that media will come from here.
    From(Option<IpAddr>),
}

/// All calls and registrations.
#[pin_data]
pub(crate) struct Calls {
    #[pin]
    ledger: SpinLock<Ledger>,
    #[pin]
    registrar: SpinLock<Registrar>,
}

impl Calls {
    /// None yet.
    pub(crate) fn new() -> impl PinInit<Self> {
        pin_init!(Self {
            ledger <- kernel::new_spinlock!(Ledger::new(), "nf_sip_calls"),
            registrar <- kernel::new_spinlock!(Registrar::new(), "nf_sip_registrations"),
        })
    }

    /// What is known of the receiver that `wish` asks for; a description has named it again.
    pub(crate) fn find(&self, key: Key, part: &Part<'_>, wish: &MediaPinhole) -> Known {
        self.ledger.lock().find(key, part, wish)
    }

    /// Remembers a receiver and the ports that it was told. False where there is no room.
    pub(crate) fn add(
        &self,
        conn: &Conn,
        key: Key,
        part: &Part<'_>,
        wish: &MediaPinhole,
        told: MediaPorts,
    ) -> bool {
        let receiver = Receiver::new(Binding::new(part, *wish, told));
        let mut ledger = self.ledger.lock();
        ledger.sweep();
        ledger.add(conn.net_id(), key, part.party, receiver).is_ok()
    }

    /// Remembers where a party sends from. Hands the receivers that expected it to come from
    /// elsewhere to `moved`, as they are now, with the address from which they expected it.
    pub(crate) fn source(
        &self,
        conn: &Conn,
        key: Key,
        source: Source,
        mut moved: impl FnMut(Receiver, Option<IpAddr>),
    ) {
        let mut nth = 0;
        if !self.ledger.lock().source(conn.net_id(), key, source) {
            return;
        }
        // What `moved` does must not be done under the lock.
        while let Some((receiver, before)) = self.next_moved(key, source, &mut nth) {
            moved(receiver, before);
        }
    }

    fn next_moved(
        &self,
        key: Key,
        source: Source,
        nth: &mut usize,
    ) -> Option<(Receiver, Option<IpAddr>)> {
        self.ledger.lock().moved(key, source, nth)
    }

    /// Lets a call take a turn; true if it is known.
    pub(crate) fn turn(&self, key: Key, turn: Turn) -> bool {
        self.ledger.lock().turn(key, turn)
    }

    /// The `nth` receiver of a call.
    pub(crate) fn nth(&self, key: Key, nth: usize) -> Option<Receiver> {
        self.ledger.lock().nth(key, nth)
    }

    /// Forgets a receiver that a turn has ended, and hands it back to be closed.
    pub(crate) fn take_gone(&self, key: Key) -> Option<Receiver> {
        self.ledger.lock().take_gone(key)
    }

    /// Media from `peer` has come in at `outside`, for a call of `master`. Hands back where the call's
    /// receiver at `peer` is reached from outside: that is where such media has to leave from.
    pub(crate) fn flows(
        &self,
        master: &Conn,
        outside: SocketAddr,
        peer: SocketAddr,
    ) -> Option<SocketAddr> {
        self.ledger
            .lock()
            .flows(master.net_id(), master.root().id(), outside, peer)
    }

    /// Whether a call in the same namespace has this endpoint.
    pub(crate) fn has(&self, conn: &Conn, outside: SocketAddr) -> bool {
        self.ledger.lock().has(conn.net_id(), outside)
    }

    /// The inside endpoint of a receiver in the same namespace.
    pub(crate) fn inside(&self, conn: &Conn, outside: SocketAddr) -> Option<SocketAddr> {
        self.ledger.lock().inside(conn.net_id(), outside)
    }

    /// What is known of a registration.
    pub(crate) fn registration(&self, key: Key) -> Option<Registration> {
        self.registrar.lock().get(key)
    }

    /// Remembers a registration for so many seconds. False where there is no room.
    pub(crate) fn remember(&self, key: Key, registration: Registration, seconds: u32) -> bool {
        self.registrar.lock().set(key, registration, seconds)
    }

    /// Whether another registration that goes back to the same connection has bound the port.
    pub(crate) fn is_bound_besides(&self, key: Key, port: u16) -> bool {
        self.registrar.lock().is_bound_besides(key, port)
    }

    /// Forgets the calls and registrations that go back to a connection.
    pub(crate) fn forget(&self, conn: &Conn) {
        let root = conn.id();
        while self.ledger.lock().forget_one(root) {}
        self.registrar.lock().forget(root);
    }
}
