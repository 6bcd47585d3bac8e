// SPDX-License-Identifier: GPL-2.0

//! The calls there are, where each receiver of media in them is reached, and who is registered.
//!
//! A call is known by its Call-ID and by the connection that its own goes back to: a phone's messages
//! may come by several, of which one opened the way for the others. It is forgotten with its last
//! receiver of media, with that connection, or when its time is over.

mod book;
mod call;
mod ledger;
mod places;
mod receiver;
mod registrar;
mod shares;

use core::net::{
    IpAddr,
    SocketAddr, //
};

use alg::call::{
    Binding,
    MediaPinhole,
    MediaPorts,
    Part,
    Party,
    Registration,
    Source,
    Turn, //
};
use kernel::prelude::*;
use kernel::sync::SpinLock;

use crate::memory;
use crate::nf::{
    self,
    Conn,
    Direction,
    Protocol,
    Tuple, //
};
use crate::pinholes::Way;
pub(crate) use call::Request;
use ledger::Ledger;
pub(crate) use receiver::{
    End,
    Receiver, //
};
use registrar::Registrar;
use shares::Client;

/// Which call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    root: u32,
    call: u64,
}

impl Key {
    /// Another call that goes back to the same connection.
    const fn with(self, call: u64) -> Self {
        Self { call, ..self }
    }

    /// Before all calls with the same Call-ID.
    pub(crate) fn first(self) -> Self {
        Self { root: 0, ..self }
    }

    /// The call that a packet of `conn` with this Call-ID belongs to.
    pub(crate) fn new(conn: &Conn, call_id: &[u8]) -> Self {
        Self {
            root: memory::cookie(conn.root()),
            call: nf::digest(call_id),
        }
    }
}

/// What is known of a receiver that a description names.
#[expect(
    clippy::large_enum_variant,
    reason = "it is taken apart at once, and nothing is allocated for it"
)]
pub(crate) enum Known {
    /// It was told these ports, and may have to be opened again; media used to come from there.
    Told(Receiver, Option<IpAddr>),
    /// Nothing, but that media will come from here.
    From(Option<IpAddr>),
    /// Nothing, though it asks, or was asked for: there was no room, or it is another connection's.
    Asked,
    /// Nothing, and nobody is known to have asked for what the message answers.
    Unasked,
}

/// What is known of media that has just come in.
pub(crate) struct Flowing {
    /// Where the call's receiver at the sender is reached from outside, if there is one: such media has
    /// to leave from there.
    pub(crate) leaves_from: Option<SocketAddr>,
    /// Who sent here before the last ones did; it is not remembered any longer.
    pub(crate) past: Option<SocketAddr>,
}

/// Whether there was room to remember something.
#[derive(Clone, Copy)]
pub(crate) enum Room {
    /// There was.
    Free,
    /// A call that nobody had answered, or a registration, was forgotten for it.
    Made,
    /// There was none.
    None,
}

impl Room {
    fn is_none(self) -> bool {
        matches!(self, Self::None)
    }
}

/// Who opened the connection that this one goes back to.
fn client(conn: &Conn) -> Client {
    let opened = conn.root().tuple(Direction::Original);
    match opened.map(|tuple| tuple.source.ip()) {
        Some(IpAddr::V4(address)) => Client::from(address.to_bits()),
        Some(IpAddr::V6(address)) => nf::digest(&address.octets()),
        None => 0,
    }
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
    pub(crate) fn new() -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            ledger <- kernel::new_spinlock!(Ledger::new()?, "nf_sip_calls"),
            registrar <- kernel::new_spinlock!(Registrar::new(), "nf_sip_registrations"),
        })
    }

    /// What is known of the receiver that `wish` asks for; a description has named it again.
    pub(crate) fn find(
        &self,
        conn: &Conn,
        key: Key,
        part: &Part<'_>,
        wish: &MediaPinhole,
    ) -> Known {
        self.ledger.lock().find(conn.net_id(), key, part, wish)
    }

    /// Remembers that a party has begun an exchange, where there is room for a call that is new.
    pub(crate) fn begin(&self, conn: &Conn, key: Key, by: Party, request: Request) -> Room {
        if key.root == 0 || conn.root().is_dying() {
            return Room::None;
        }
        let of = (conn.net_id(), client(conn));
        let room = self.ledger.lock().begin(of, key, by, request);
        if conn.root().is_dying() {
            // It may have been gone before the call was there, and nobody would say so again.
            self.ledger.lock().forget(key);
            return Room::None;
        }
        room
    }

    /// Remembers a receiver and the ports that it was told.
    pub(crate) fn add(
        &self,
        key: Key,
        part: &Part<'_>,
        wish: &MediaPinhole,
        told: MediaPorts,
    ) -> Room {
        let receiver = Receiver::new(Binding::new(part, *wish, told));
        self.ledger.lock().add(key, receiver)
    }

    /// Forgets the receiver that a description of the party has named, at these ports.
    pub(crate) fn take_back(&self, key: Key, part: &Part<'_>, way: &Way) {
        self.ledger.lock().take_back(key, part, way);
    }

    /// Remembers where a party sends from. Hands the receivers whose media came from elsewhere, or was
    /// to, to `moved`, as they are now, with the address from which they expected it.
    pub(crate) fn source(
        &self,
        key: Key,
        part: &Part<'_>,
        source: Source,
        mut moved: impl FnMut(Receiver, Option<IpAddr>),
    ) {
        let mut nth = 0;
        if !self.ledger.lock().source(key, part, source) {
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

    /// The next receiver from `nth` on that lets in media of a branch that has not answered, and what
    /// it let in.
    pub(crate) fn strayed(&self, key: Key, nth: &mut usize) -> Option<(Receiver, Option<IpAddr>)> {
        self.ledger.lock().strayed(key, nth)
    }

    /// Lets a call take a turn, by a message from an address; true if it is the call's.
    pub(crate) fn turn(&self, key: Key, turn: Turn, from: IpAddr) -> bool {
        self.ledger.lock().turn(key, turn, from)
    }

    /// The leg of a neighbour at one of the two ends of a connection, where the call has one behind
    /// `after`.
    pub(crate) fn leg(&self, conn: &Conn, after: Key, ends: [IpAddr; 2]) -> Option<Key> {
        self.ledger.lock().leg(conn.net_id(), after, ends)
    }

    /// Forgets a call whose receivers a turn has all ended, and hands these back to be closed.
    pub(crate) fn take_ended(&self, key: Key) -> Option<KVec<Receiver>> {
        self.ledger.lock().take_ended(key)
    }

    /// The `nth` receiver of a call.
    pub(crate) fn nth(&self, key: Key, nth: usize) -> Option<Receiver> {
        self.ledger.lock().nth(key, nth)
    }

    /// Forgets a receiver that a turn has ended, and hands it back to be closed.
    pub(crate) fn take_gone(&self, key: Key) -> Option<Receiver> {
        self.ledger.lock().take_gone(key)
    }

    /// Media comes in for a call of `master`.
    pub(crate) fn flows(&self, master: &Conn, media: &Tuple) -> Option<Flowing> {
        let root = memory::cookie(master.root());
        self.ledger.lock().flows(master.net_id(), root, media)
    }

    /// Whether a call in the same namespace has this endpoint.
    pub(crate) fn has(&self, conn: &Conn, protocol: Protocol, outside: SocketAddr) -> bool {
        self.ledger.lock().has(conn.net_id(), protocol, outside)
    }

    /// Whether a call that goes back to the same connection has this endpoint.
    pub(crate) fn is_of(
        &self,
        conn: &Conn,
        key: Key,
        protocol: Protocol,
        outside: SocketAddr,
    ) -> bool {
        let ledger = self.ledger.lock();
        ledger.is_of(conn.net_id(), protocol, outside, key.root)
    }

    /// The inside endpoint of a receiver in the same namespace.
    pub(crate) fn inside(&self, conn: &Conn, outside: SocketAddr) -> Option<SocketAddr> {
        self.ledger.lock().inside(conn.net_id(), outside)
    }

    /// What is known of a registration.
    pub(crate) fn registration(&self, key: Key) -> Option<Registration> {
        self.registrar.lock().get(key)
    }

    /// Remembers a registration for so many seconds, where there is room.
    pub(crate) fn remember(
        &self,
        conn: &Conn,
        key: Key,
        registration: Registration,
        seconds: u32,
    ) -> Room {
        let of = (key, client(conn));
        let room = self.registrar.lock().set(of, registration, seconds);
        if conn.root().is_dying() {
            // As in `begin`.
            self.registrar.lock().set(of, registration, 0);
            return Room::None;
        }
        room
    }

    /// Whether another registration that goes back to the same connection has bound the port.
    pub(crate) fn is_bound_besides(&self, key: Key, port: u16) -> bool {
        self.registrar.lock().is_bound_besides(key, port)
    }

    /// Forgets one of the calls that go back to a connection, or its registrations; true where there
    /// may be more.
    pub(crate) fn forget_one(&self, conn: &Conn) -> bool {
        let root = memory::cookie(conn);
        let more = self.ledger.lock().forget_one(root);
        if !more {
            self.registrar.lock().forget(root);
        }
        more
    }
}
