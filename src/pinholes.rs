// SPDX-License-Identifier: GPL-2.0

//! Pinholes in conntrack: the expectations of one signalling connection.
//!
//! [`class`] says of which kind they are, [`ports`] where they may be, [`media`] what calls need,
//! [`opened`] what a message has opened so far, [`answers`] how they come in where no text leads them, and
//! [`turn`] what becomes of all when a call takes one.

mod answers;
mod class;
mod media;
mod opened;
mod ports;
mod turn;

use core::{
    cell::Cell,
    net::{
        IpAddr,
        SocketAddr, //
    }, //
};

use alg::call::{
    MediaPinhole,
    MediaPorts,
    Part,
    Pinholes,
    Refusal,
    Registration,
    SignallingPinhole,
    Source,
    Step,
    Turn, //
};
use alg::nat::Flow;
use alg::sdp::Transport;
use kernel::prelude::*;

use crate::calls::{
    Calls,
    Key,
    Known,
    Request,
    Room, //
};
use crate::memory;
use crate::nf::{
    parameters,
    Conn,
    Direction,
    Expectation,
    ExpectationRef,
    Packet,
    Protocol,
    RelateError, //
};
pub(crate) use class::Class;
use class::{
    MOST_SIGNALLING,
    PATIENCE, //
};
use opened::Opened;
pub(crate) use opened::Way;

/// Ports that are tried for one Contact.
const SIGNALLING_TRIES: u16 = 128;

/// The expectations of the connection that a packet belongs to, and the calls that need them.
pub(crate) struct Expectations<'p, 'c> {
    packet: &'p Packet<'c>,
    flow: &'p Flow,
    calls: &'p Calls,
    opened: Opened<'p>,
    /// The call that was asked for last, and where its Call-ID stands.
    last: Cell<Option<(usize, usize, Key)>>,
    /// Whether there was no room to remember a call.
    pub(crate) forgetful: bool,
    /// Whether another call was forgotten for it.
    pub(crate) displaces: bool,
    /// Whether others were closed for what it needs.
    pub(crate) makes_room: Cell<bool>,
    /// Whether there was no room all the same.
    pub(crate) lacks_room: Cell<bool>,
}

impl<'p, 'c> Expectations<'p, 'c> {
    /// `flow` is the packet's, `ways` is room for what the message opens.
    pub(crate) fn new(
        packet: &'p Packet<'c>,
        flow: &'p Flow,
        calls: &'p Calls,
        ways: &'p mut [Option<Way>],
    ) -> Self {
        Self {
            packet,
            flow,
            calls,
            opened: Opened::new(ways),
            last: Cell::new(None),
            forgetful: false,
            displaces: false,
            makes_room: Cell::new(false),
            lacks_room: Cell::new(false),
        }
    }

    fn conn(&self) -> &'c Conn {
        self.packet.conn()
    }

    /// The call with this Call-ID, which is a part of the message: it is mostly asked for several times.
    fn key(&self, call_id: &[u8]) -> Key {
        let (place, len) = (call_id.as_ptr().addr(), call_id.len());
        match self.last.get() {
            Some((known, known_len, key)) if (known, known_len) == (place, len) => key,
            _ => {
                let key = Key::new(self.conn(), call_id);
                self.last.set(Some((place, len, key)));
                key
            }
        }
    }

    /// What carries the signalling.
    fn protocol(&self) -> Protocol {
        match self.flow.stream {
            true => Protocol::Tcp,
            false => Protocol::Udp,
        }
    }

    /// What calls come in by.
    fn signalling(&self) -> (Class, Protocol) {
        (Class::Signalling, self.protocol())
    }

    fn note(&mut self, room: Room) {
        match room {
            Room::Free => {}
            Room::Made => self.displaces = true,
            Room::None => self.forgetful = true,
        }
    }

    /// In which direction of the connection those come in that are expected by an inside endpoint.
    fn incoming(&self, inside: IpAddr) -> Direction {
        let [here, there] = self.ends().map(|end| end.ip() == inside);
        let own = self.packet.direction();
        // Where both do, the one who has opened the connection.
        match there && (!here || own == Direction::Reply) {
            true => own,
            false => own.opposite(),
        }
    }

    /// Who sends by the connection: in the packet's direction, and in the other one.
    fn ends(&self) -> [SocketAddr; 2] {
        [self.flow.source.before, self.flow.destination.after]
    }

    /// Where the packet comes from.
    fn sender(&self) -> IpAddr {
        self.flow.source.before.ip()
    }

    /// Whether the side that must have begun a part's exchange has ever begun any by this connection. The call
    /// may be forgotten, for want of room, and still be answered.
    fn may_be_asked(&self, part: &Part<'_>) -> bool {
        let by_sender = part.step == Step::Acknowledges;
        memory::has_asked(self.conn(), self.flow.opener == by_sender)
    }

    /// What `answer` makes of the first pinhole that it knows.
    fn find<T>(&self, answer: impl FnMut(&ExpectationRef) -> Option<T>) -> Option<T> {
        let mut answer = answer;
        let held = self.conn().expectations()?;
        let found = held
            .iter()
            .filter(|pinhole| !pinhole.is_expired())
            .find_map(|pinhole| answer(&pinhole));
        found
    }

    /// Whether another pinhole for calls would throw none out.
    fn has_room(&self) -> bool {
        let held = self.conn().expectations();
        held.is_some_and(|held| {
            let calls = held.iter().filter(|pinhole| Class::Signalling.has(pinhole));
            calls.count() < usize::from(MOST_SIGNALLING)
        })
    }

    /// Inserts what is made, where others have to make room if they must.
    fn insert(
        &self,
        mut relate: impl FnMut() -> Result<(), RelateError>,
    ) -> Result<(), RelateError> {
        let mut done = relate();
        if done == Err(RelateError::Full) && self.conn().make_room() {
            self.makes_room.set(true);
            done = relate();
        }
        if done == Err(RelateError::Full) {
            self.lacks_room.set(true);
        }
        done
    }

    fn expectation(
        &self,
        (class, protocol): (Class, Protocol),
        from: Option<IpAddr>,
        outside: SocketAddr,
        inside: SocketAddr,
    ) -> Result<Expectation<'c>, Refusal> {
        let conn = self.conn();
        let number = class.number();
        if number != Class::Signalling.number() {
            conn.thin_out(number);
        }
        let made = Expectation::new(conn, number, from, outside, protocol);
        let mut made = made.ok_or(Refusal::NoRoom)?;
        if conn.is_nated() {
            made.translate(outside, inside, self.incoming(inside.ip()));
        }
        Ok(made)
    }
}

impl Pinholes for Expectations<'_, '_> {
    fn open_media(
        &mut self,
        part: Option<&Part<'_>>,
        wish: &MediaPinhole,
    ) -> Result<MediaPorts, Refusal> {
        let external = wish.from.is_none() && parameters::external_media();
        if external && self.packet.leaves_towards(wish.inside) {
            self.opened.note(wish, wish.ports, false);
            return Ok(wish.ports);
        }
        let Some(part) = part else {
            return self.find_or_open(wish);
        };
        let key = self.key(part.call_id);
        match self.calls.find(self.conn(), key, part, wish) {
            Known::Told(receiver, before) => {
                if before != receiver.binding.wish.from {
                    self.close(&receiver, before);
                }
                self.open_again(&receiver, PATIENCE);
                let told = receiver.binding.told;
                self.opened.note(wish, told, false);
                Ok(told)
            }
            Known::From(from) => {
                let wish = MediaPinhole { from, ..*wish };
                let told = self.open(&wish, None, None)?;
                self.opened.note(&wish, told, true);
                self.note(self.calls.add(key, part, &wish, told));
                Ok(told)
            }
            Known::Unasked if !self.may_be_asked(part) => Err(Refusal::Unasked),
            Known::Asked | Known::Unasked => self.find_or_open(wish),
        }
    }

    fn take_back(&mut self, part: Option<&Part<'_>>, count: u8) {
        self.close_opened(part, count);
    }

    fn media_comes_from(&mut self, part: &Part<'_>, line: u8, endpoint: SocketAddr) {
        let key = self.key(part.call_id);
        let source = Source {
            party: part.party,
            line,
            endpoint,
        };
        self.calls.source(key, part, source, |receiver, before| {
            if before != receiver.binding.wish.from {
                self.close(&receiver, before);
            }
            self.open_again(&receiver, PATIENCE);
        });
    }

    fn media_inside(&mut self, outside: SocketAddr) -> Option<SocketAddr> {
        self.calls.inside(self.conn(), outside)
    }

    fn is_near(&mut self, address: IpAddr) -> bool {
        self.packet.leaves_towards(address)
    }

    fn turn(&mut self, call_id: &[u8], turn: Turn) {
        let sender = self.sender();
        let key = self.key(call_id);
        if let Turn::Begun {
            exchange,
            transaction,
            by,
        } = turn
        {
            memory::set_asked(self.conn(), self.flow.opener);
            let request = Request::new(exchange, transaction, sender);
            self.note(self.calls.begin(self.conn(), key, by, request));
            return;
        }
        self.take_turn(key, turn, sender);
    }

    fn open_signalling(&mut self, wish: &SignallingPinhole) -> Result<SocketAddr, Refusal> {
        if self.conn().is_expected() {
            return Err(Refusal::NotHere);
        }
        let same = |pinhole: &ExpectationRef| {
            Class::Signalling.has(pinhole)
                && leads_to(pinhole) == Some(wish.inside)
                && pinhole.source() == wish.from
        };
        // Mostly it is where it would best be, and need not be searched for.
        let conn = self.conn();
        let here = conn.expected(self.protocol(), wish.from, wish.outside);
        if here.is_some_and(|pinhole| pinhole.is_of(conn) && same(pinhole)) {
            return Ok(wish.outside);
        }
        let known = self.find(|pinhole| pinhole.destination().filter(|_| same(pinhole)));
        if let Some(outside) = known {
            return Ok(outside);
        }
        let mut call = self.expectation(self.signalling(), wish.from, wish.outside, wish.inside)?;
        call.permanent();
        call.inactive();
        call.assign_helper();
        let fixed = wish.outside == wish.inside;
        let inherited = self.inherit(wish.from, wish.outside, u32::MAX);
        // To ask for one of this connection's own again would replace it.
        let free = |port| {
            let outside = SocketAddr::new(wish.outside.ip(), port);
            let there = self.conn().expected(self.protocol(), wish.from, outside);
            there.is_none() && !parameters::is_service_port(self.protocol(), port)
        };
        let tried = ports::ports(wish.outside.port(), 1, SIGNALLING_TRIES);
        let tried = tried.filter(|&port| fixed || free(port));
        let port = ports::try_ports(tried, fixed, |port| {
            call.set_destination_port(port);
            self.insert(|| call.relate())
        })?;
        if let Some(seconds) = inherited.filter(|&seconds| seconds > 0) {
            let conn = self.conn();
            conn.admit(self.protocol(), wish.from, wish.outside, seconds);
        }
        Ok(SocketAddr::new(wish.outside.ip(), port))
    }

    fn admit(&mut self, outside: SocketAddr, seconds: u32) {
        let from = Some(self.sender());
        self.conn().admit(self.protocol(), from, outside, seconds);
    }

    fn expect_answers(&mut self, peer: SocketAddr, at: SocketAddr) -> Result<(), Refusal> {
        self.answers(peer, at)
    }

    fn close_signalling(&mut self, port: u16) {
        let outside = SocketAddr::new(self.flow.destination.before.ip(), port);
        let from = Some(self.sender());
        self.conn().expect_no_more(self.protocol(), from, outside);
    }

    fn is_kept(&mut self, transport: Transport, port: u16) -> bool {
        parameters::is_service_port(transport.into(), port)
    }

    fn registration(&mut self, call_id: &[u8]) -> Option<Registration> {
        self.calls.registration(self.key(call_id))
    }

    fn remember(&mut self, call_id: &[u8], registration: Registration, seconds: u32) {
        let key = self.key(call_id);
        let conn = self.conn();
        self.note(self.calls.remember(conn, key, registration, seconds));
    }

    fn is_bound_besides(&mut self, call_id: &[u8], port: u16) -> bool {
        let key = self.key(call_id);
        self.calls.is_bound_besides(key, port)
    }

    fn inside(&mut self, outside: SocketAddr) -> Option<SocketAddr> {
        self.find(|pinhole| {
            let same = is_way(pinhole) && pinhole.destination() == Some(outside);
            leads_to(pinhole).filter(|_| same)
        })
    }

    fn outside(&mut self, inside: SocketAddr) -> Option<SocketAddr> {
        way_to(self.conn(), inside)
    }

    fn lead_round(&mut self, receiver: SocketAddr, outside: SocketAddr) -> bool {
        let conn = self.conn();
        let way = conn.expected(self.protocol(), Some(self.sender()), outside);
        let way = way.filter(|way| is_way(way) && !way.is_inactive() && !way.is_expired());
        let Some((way, inside)) = way.and_then(|way| Some((way, way.inside()?))) else {
            return false;
        };
        if way.source().is_none() {
            return true;
        }
        let from = Some(receiver.ip());
        let known = conn.expected(self.protocol(), from, outside);
        if known.is_some_and(|known| leads_to(known) == Some(inside)) {
            conn.expect_for(self.protocol(), from, outside, PATIENCE);
        } else if !conn.exists(self.protocol(), receiver, outside) && self.has_room() {
            if let Ok(mut round) = self.expectation(self.signalling(), from, outside, inside) {
                round.assign_helper();
                // Where it cannot be had, the receiver gets there by the provider alone.
                self.insert(|| round.relate()).ok();
            }
        }
        true
    }
}

/// Where calls to the Contact `inside` come in, by what a connection has opened.
pub(crate) fn way_to(conn: &Conn, inside: SocketAddr) -> Option<SocketAddr> {
    let held = conn.expectations()?;
    let found = held.iter().find_map(|pinhole| {
        let same = is_way(&pinhole) && !pinhole.is_expired() && leads_to(&pinhole) == Some(inside);
        pinhole.destination().filter(|_| same)
    });
    found
}

/// Whether a pinhole is the way to a registered Contact; others of the class serve one connection.
fn is_way(pinhole: &ExpectationRef) -> bool {
    Class::Signalling.has(pinhole) && pinhole.is_permanent()
}

/// The endpoint that gets what comes in; without NAT the expected one itself.
fn leads_to(pinhole: &ExpectationRef) -> Option<SocketAddr> {
    pinhole.inside().or_else(|| pinhole.destination())
}
