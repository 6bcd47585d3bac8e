// SPDX-License-Identifier: GPL-2.0

//! Pinholes in conntrack: the expectations of one signalling connection.

use core::net::{
    IpAddr,
    SocketAddr, //
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
    Turn,
    LOWEST_PORT, //
};
use alg::sdp::Kind;
use kernel::prelude::*;

use crate::calls::{
    Calls,
    Key,
    Known,
    Receiver, //
};
use crate::nf::{
    self,
    parameters,
    Conn,
    Direction,
    Expectation,
    ExpectationRef,
    Packet,
    Protocol,
    RelateError, //
};

/// Expectation classes; numbers and names are mainline's, and so what `conntrack -L expect` shows.
#[derive(Clone, Copy)]
pub(crate) enum Class {
    Signalling,
    Audio,
    Video,
    Image,
}

/// Seconds for which a pinhole waits for its first packet.
const PATIENCE: u32 = 3 * 60;

/// The same for media that was agreed upon: it may be on hold.
const AGREED_PATIENCE: u32 = 60 * 60;

/// Pairs of ports that are tried for one media line.
const TRIES: u16 = 128;

/// Ports that are tried for one Contact.
const SIGNALLING_TRIES: u16 = 128;

impl Class {
    pub(crate) const POLICIES: [nf::Policy; 4] = [
        policy(c"signalling", 32),
        policy(c"audio", 255),
        policy(c"video", 128),
        policy(c"image", 32),
    ];

    const fn number(self) -> u8 {
        match self {
            Self::Signalling => 0,
            Self::Audio => 1,
            Self::Video => 2,
            Self::Image => 3,
        }
    }

    pub(crate) fn is_of(self, pinhole: &ExpectationRef) -> bool {
        pinhole.class() == self.number()
    }
}

impl From<Kind> for Class {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Audio | Kind::Other => Self::Audio,
            Kind::Video => Self::Video,
            Kind::Image => Self::Image,
        }
    }
}

/// A class with its most pinholes for one connection: beyond, the oldest goes.
const fn policy(name: &'static CStr, max_expected: u8) -> nf::Policy {
    nf::Policy {
        name,
        max_expected,
        timeout: PATIENCE,
    }
}

/// The expectations of the connection that a packet belongs to, and the calls that need them.
pub(crate) struct Expectations<'p, 'c> {
    packet: &'p Packet<'c>,
    calls: &'p Calls,
    /// Whether there was no room to remember a call.
    pub(crate) forgetful: bool,
}

impl<'p, 'c> Expectations<'p, 'c> {
    pub(crate) fn new(packet: &'p Packet<'c>, calls: &'p Calls) -> Self {
        Self {
            packet,
            calls,
            forgetful: false,
        }
    }

    fn conn(&self) -> &'c Conn {
        self.packet.conn()
    }

    /// In which direction of the connection those come in that are expected by an inside endpoint.
    fn incoming(&self, inside: IpAddr) -> Direction {
        let sends = |direction| {
            let tuple = self.conn().tuple(direction);
            tuple.is_some_and(|tuple| tuple.source.ip() == inside)
        };
        let ways = [Direction::Original, Direction::Reply];
        let own = ways.into_iter().find(|&direction| sends(direction));
        own.unwrap_or(self.packet.direction()).opposite()
    }

    /// Where the packet comes from.
    fn sender(&self) -> Option<IpAddr> {
        let arriving = self.conn().tuple(self.packet.direction())?;
        Some(arriving.source.ip())
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

    /// The outside port of the pinhole for media to `inside`, which then waits anew.
    fn media_port(&self, wish: &MediaPinhole, inside: u16) -> Option<u16> {
        let inside = SocketAddr::new(wish.inside, inside);
        let held = self.conn().expectations()?;
        let found = held.iter().find_map(|pinhole| {
            let destination = pinhole.destination()?;
            let same = !Class::Signalling.is_of(&pinhole)
                && !pinhole.is_expired()
                && leads_to(&pinhole) == Some(inside)
                && destination.ip() == wish.outside
                && pinhole.source() == wish.from;
            same.then(|| {
                pinhole.set_expiry(PATIENCE);
                destination.port()
            })
        });
        found
    }

    fn expectation(
        &self,
        class: Class,
        from: Option<IpAddr>,
        outside: SocketAddr,
        inside: SocketAddr,
    ) -> Result<Expectation<'c>, Refusal> {
        let udp = Protocol::Udp;
        let conn = self.conn();
        let made = Expectation::new(conn, class.number(), from, outside, udp);
        let mut made = made.ok_or(Refusal::NoRoom)?;
        if conn.is_nated() {
            made.translate(outside, inside, self.incoming(inside.ip()));
        }
        Ok(made)
    }

    /// The ports near `first` at which pinholes of this connection lead elsewhere than to `inside`.
    ///
    /// To ask for one of them again would not be refused: it would replace the pinhole.
    fn own(&self, outside: IpAddr, first: u16, inside: &[SocketAddr]) -> Own {
        let mut own = Own::new(first);
        if inside.iter().any(|inside| inside.ip() == outside) {
            // Ports that cannot be exchanged need not be known.
            return own;
        }
        let Some(held) = self.conn().expectations() else {
            return own;
        };
        for pinhole in held.iter().filter(|pinhole| !pinhole.is_expired()) {
            let leads_here = leads_to(&pinhole).is_some_and(|there| inside.contains(&there));
            let there = pinhole.destination();
            if let Some(there) = there.filter(|there| there.ip() == outside && !leads_here) {
                own.add(there.port());
            }
        }
        own
    }

    /// Whether the other side of some call was told this port, whether or not its pinhole stands.
    fn is_told(&self, wish: &MediaPinhole, port: u16) -> bool {
        let outside = SocketAddr::new(wish.outside, port);
        self.calls.has(self.conn(), outside)
    }

    /// A pinhole for one port, at `first` or a port near it.
    fn open_single(&self, wish: &MediaPinhole, inside: u16, first: u16) -> Result<u16, Refusal> {
        let mut single = self.expectation(
            wish.kind.into(),
            wish.from,
            SocketAddr::new(wish.outside, first),
            SocketAddr::new(wish.inside, inside),
        )?;
        let fixed = wish.outside == wish.inside;
        let here = SocketAddr::new(wish.inside, inside);
        let own = self.own(wish.outside, first, &[here]);
        let taken = |port| own.has(port) || self.is_told(wish, port);
        let free = ports(first, 2, TRIES).filter(|&port| fixed || !taken(port));
        try_ports(free, fixed, |port| {
            single.set_destination_port(port);
            single.relate()
        })
    }

    /// A pinhole for RTCP above that of RTP, where it was used up or never asked for.
    ///
    /// Its port is what everybody takes it for, whether it can be had or not.
    fn reopen(&self, wish: &MediaPinhole, rtcp: u16, rtp_outside: u16) -> u16 {
        let port = rtp_outside.saturating_add(1);
        let inside = SocketAddr::new(wish.inside, rtcp);
        let outside = SocketAddr::new(wish.outside, port);
        if !self.own(wish.outside, port, &[inside]).has(port) {
            if let Ok(mut again) = self.expectation(wish.kind.into(), wish.from, outside, inside) {
                again.relate().ok();
            }
        }
        port
    }

    /// Pinholes for two neighbouring ports; the first of them is handed back.
    fn open_pair(&self, wish: &MediaPinhole, first: u16) -> Result<u16, Refusal> {
        let next = |port: u16| port.saturating_add(1);
        let make = |inside, outside| {
            self.expectation(
                wish.kind.into(),
                wish.from,
                SocketAddr::new(wish.outside, outside),
                SocketAddr::new(wish.inside, inside),
            )
        };
        let mut rtp = make(wish.ports.rtp, first)?;
        let mut rtcp = make(next(wish.ports.rtp), next(first))?;
        let fixed = wish.outside == wish.inside;
        let inside = [wish.ports.rtp, next(wish.ports.rtp)];
        let inside = inside.map(|port| SocketAddr::new(wish.inside, port));
        let own = self.own(wish.outside, first, &inside);
        let taken = |port| own.has(port) || self.is_told(wish, port);
        let pairs = ports(first, 2, TRIES)
            .filter(|&port| port < u16::MAX)
            .filter(|&port| fixed || !taken(port) && !taken(next(port)));
        try_ports(pairs, fixed, |port| {
            rtp.set_destination_port(port);
            rtcp.set_destination_port(next(port));
            Expectation::relate_pair(&mut rtp, &mut rtcp)
        })
    }

    /// Finds the way for media that this connection has and no call, or opens one.
    fn find_or_open(&self, wish: &MediaPinhole) -> Result<MediaPorts, Refusal> {
        let known = self.media_port(wish, wish.ports.rtp);
        let rtcp = wish.ports.rtcp;
        let known_rtcp = rtcp.and_then(|rtcp| self.media_port(wish, rtcp));
        self.open(wish, known, known_rtcp)
    }

    /// Opens a way for media, of which these ports are open already.
    fn open(
        &self,
        wish: &MediaPinhole,
        known_rtp: Option<u16>,
        known_rtcp: Option<u16>,
    ) -> Result<MediaPorts, Refusal> {
        let Some(rtcp) = wish.ports.rtcp else {
            let rtp = known_rtp.map_or_else(
                || self.open_single(wish, wish.ports.rtp, wish.ports.rtp),
                Ok,
            )?;
            return Ok(MediaPorts { rtp, rtcp: None });
        };
        let neighbours = wish.ports.rtp.checked_add(1) == Some(rtcp);
        let (rtp, rtcp) = match (known_rtp, known_rtcp) {
            (Some(rtp), Some(rtcp)) => (rtp, rtcp),
            (Some(rtp), None) if neighbours => (rtp, self.reopen(wish, rtcp, rtp)),
            (None, known) if neighbours => {
                let first = known.and_then(|rtcp| rtcp.checked_sub(1));
                let rtp = self.open_pair(wish, first.unwrap_or(wish.ports.rtp))?;
                (rtp, rtp.saturating_add(1))
            }
            (rtp, rtcp_port) => (
                rtp.map_or_else(
                    || self.open_single(wish, wish.ports.rtp, wish.ports.rtp),
                    Ok,
                )?,
                rtcp_port.map_or_else(|| self.open_single(wish, rtcp, rtcp), Ok)?,
            ),
        };
        Ok(MediaPorts {
            rtp,
            rtcp: Some(rtcp),
        })
    }

    /// Sees to it that the pinholes of a receiver stand, at the ports that the other side knows, where
    /// no media flows; they wait for so many seconds.
    fn open_again(&self, receiver: &Receiver, patience: u32) {
        let wish = &receiver.binding.wish;
        let mut waits = false;
        for end in receiver.ends() {
            let mut peers = end.peers.into_iter().flatten();
            if peers.any(|peer| self.conn().exists(peer, end.outside)) {
                continue;
            }
            waits = true;
            if !self.conn().expects(wish.from, end.outside) {
                let class = wish.kind.into();
                let made = self.expectation(class, wish.from, end.outside, end.inside);
                // Where it cannot be had now, another message may find room.
                made.and_then(|mut made| made.relate().map_err(|_| Refusal::NoPort))
                    .ok();
            }
        }
        if waits && patience > PATIENCE {
            self.wait(receiver, patience);
        }
    }

    /// Lets the pinholes of a receiver wait for so many seconds.
    fn wait(&self, receiver: &Receiver, seconds: u32) {
        let Some(held) = self.conn().expectations() else {
            return;
        };
        for pinhole in held.iter() {
            let destination = pinhole.destination();
            if receiver.ends().any(|end| Some(end.outside) == destination) {
                pinhole.set_expiry(seconds);
            }
        }
    }

    /// Takes away the pinholes of a receiver that let in media from one address, or from anywhere.
    fn close(&self, receiver: &Receiver, from: Option<IpAddr>) {
        for end in receiver.ends() {
            self.conn().expect_no_more(from, end.outside);
        }
    }

    /// Ends a receiver's pinholes and the media that has come in, but for what another receiver has.
    fn end(&self, key: Key, receiver: &Receiver) {
        let from = receiver.binding.wish.from;
        for end in receiver.ends() {
            if self.calls.is_of(self.conn(), key, end.outside) {
                continue;
            }
            self.conn().expect_no_more(from, end.outside);
            for peer in end.peers.into_iter().flatten() {
                self.conn().end_expected(peer, end.outside);
            }
        }
    }

    /// Media may now come at any time, and from those alone who have answered.
    fn agreed(&self, key: Key) {
        let mut nth = 0;
        while let Some((receiver, before)) = self.calls.strayed(key, &mut nth) {
            self.close(&receiver, before);
        }
        self.each(key, |receiver| {
            if receiver.binding.is_agreed() {
                self.open_again(receiver, AGREED_PATIENCE);
            }
        });
    }

    /// Does something with every receiver of a call.
    fn each(&self, key: Key, mut what: impl FnMut(&Receiver)) {
        let mut nth = 0;
        while let Some(receiver) = self.calls.nth(key, nth) {
            what(&receiver);
            nth = nth.saturating_add(1);
        }
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
            return Ok(wish.ports);
        }
        let Some(part) = part else {
            return self.find_or_open(wish);
        };
        let key = Key::new(self.conn(), part.call_id);
        match self.calls.find(key, part, wish) {
            Known::Told(receiver, before) => {
                if before != receiver.binding.wish.from {
                    self.close(&receiver, before);
                }
                self.open_again(&receiver, PATIENCE);
                Ok(receiver.binding.told)
            }
            Known::From(from) => {
                let wish = MediaPinhole { from, ..*wish };
                let told = self.open(&wish, None, None)?;
                self.forgetful |= !self.calls.add(key, part, &wish, told);
                Ok(told)
            }
            Known::Stranger => self.find_or_open(wish),
        }
    }

    fn media_comes_from(&mut self, part: &Part<'_>, line: u8, address: IpAddr) {
        let key = Key::new(self.conn(), part.call_id);
        let source = Source {
            party: part.party,
            line,
            address,
        };
        self.calls
            .source(key, part.exchange, source, |receiver, before| {
                self.close(&receiver, before);
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
        let Some(sender) = self.sender() else {
            return;
        };
        let key = Key::new(self.conn(), call_id);
        if let Turn::Begun { exchange, by } = turn {
            let begun = (exchange, by);
            self.forgetful |= !self.calls.begin(self.conn(), key, begun, sender);
            return;
        }
        if !self.calls.turn(key, turn, sender) {
            return;
        }
        if let Turn::Cancelled { exchange } = turn {
            self.each(key, |receiver| {
                if receiver.binding.is_pending_in(exchange) {
                    self.close(receiver, receiver.binding.wish.from);
                }
            });
        }
        while let Some(receiver) = self.calls.take_gone(key) {
            self.end(key, &receiver);
        }
        if turn.ends() {
            self.calls.end_if_idle(key);
        }
        if matches!(turn, Turn::Agreed { .. } | Turn::Acknowledged { .. }) {
            self.agreed(key);
        }
    }

    fn open_signalling(&mut self, wish: &SignallingPinhole) -> Result<SocketAddr, Refusal> {
        if self.conn().is_expected() {
            return Err(Refusal::NotHere);
        }
        let known = self.find(|pinhole| {
            let same = Class::Signalling.is_of(pinhole)
                && leads_to(pinhole) == Some(wish.inside)
                && pinhole.source() == wish.from;
            pinhole.destination().filter(|_| same)
        });
        if let Some(outside) = known {
            return Ok(outside);
        }
        let mut call = self.expectation(Class::Signalling, wish.from, wish.outside, wish.inside)?;
        call.permanent_inactive();
        call.assign_helper();
        let fixed = wish.outside == wish.inside;
        let ports = ports(wish.outside.port(), 1, SIGNALLING_TRIES);
        let port = try_ports(ports, fixed, |port| {
            call.set_destination_port(port);
            call.relate()
        })?;
        Ok(SocketAddr::new(wish.outside.ip(), port))
    }

    fn admit(&mut self, outside: SocketAddr, seconds: u32) {
        let Some(held) = self.conn().expectations() else {
            return;
        };
        for pinhole in held.iter() {
            if Class::Signalling.is_of(&pinhole) && pinhole.destination() == Some(outside) {
                pinhole.activate(seconds);
            }
        }
    }

    fn close_signalling(&mut self, port: u16) {
        let Some(mut held) = self.conn().expectations() else {
            return;
        };
        held.retain(|pinhole| {
            let here = pinhole.destination().map(|outside| outside.port());
            !Class::Signalling.is_of(pinhole) || here != Some(port)
        });
    }

    fn registration(&mut self, call_id: &[u8]) -> Option<Registration> {
        self.calls.registration(Key::new(self.conn(), call_id))
    }

    fn remember(&mut self, call_id: &[u8], registration: Registration, seconds: u32) {
        let key = Key::new(self.conn(), call_id);
        self.forgetful |= !self.calls.remember(key, registration, seconds);
    }

    fn is_bound_besides(&mut self, call_id: &[u8], port: u16) -> bool {
        let key = Key::new(self.conn(), call_id);
        self.calls.is_bound_besides(key, port)
    }

    fn inside(&mut self, outside: SocketAddr) -> Option<SocketAddr> {
        self.find(|pinhole| {
            let same = Class::Signalling.is_of(pinhole) && pinhole.destination() == Some(outside);
            leads_to(pinhole).filter(|_| same)
        })
    }

    fn outside(&mut self, inside: SocketAddr) -> Option<SocketAddr> {
        self.find(|pinhole| {
            let same = Class::Signalling.is_of(pinhole) && leads_to(pinhole) == Some(inside);
            pinhole.destination().filter(|_| same)
        })
    }
}

/// Ports from a first one on, marked as taken by the connection itself.
struct Own {
    first: u16,
    taken: [u64; 5],
}

impl Own {
    const fn new(first: u16) -> Self {
        let taken = [0; 5];
        Self { first, taken }
    }

    /// The word and bit of a port; those far from the first are not tried.
    fn place(&self, port: u16) -> Option<(usize, u64)> {
        let offset = port.checked_sub(self.first)?;
        let word = usize::from(offset.wrapping_shr(6));
        Some((word, 1u64.wrapping_shl(u32::from(offset & 63))))
    }

    fn add(&mut self, port: u16) {
        if let Some((word, bit)) = self.place(port) {
            if let Some(word) = self.taken.get_mut(word) {
                *word |= bit;
            }
        }
    }

    fn has(&self, port: u16) -> bool {
        let Some((word, bit)) = self.place(port) else {
            return false;
        };
        self.taken.get(word).is_some_and(|word| word & bit != 0)
    }
}

/// The endpoint that gets what comes in; without NAT the expected one itself.
fn leads_to(pinhole: &ExpectationRef) -> Option<SocketAddr> {
    pinhole.inside().or_else(|| pinhole.destination())
}

/// `first`, and so many ports above it in steps; above the last port it goes on with the lowest of
/// the same parity.
fn ports(first: u16, step: u16, count: u16) -> impl Iterator<Item = u16> {
    let lowest = LOWEST_PORT.saturating_add(first % step);
    let next = move |port: &u16| Some(port.checked_add(step).unwrap_or(lowest));
    core::iter::successors(Some(first), next).take(usize::from(count))
}

/// The first port that conntrack grants.
///
/// A `fixed` one cannot be exchanged; whoever has it already lets the same packets in.
fn try_ports(
    mut ports: impl Iterator<Item = u16>,
    fixed: bool,
    mut relate: impl FnMut(u16) -> Result<(), RelateError>,
) -> Result<u16, Refusal> {
    ports
        .find_map(|port| match relate(port) {
            Ok(()) => Some(Ok(port)),
            Err(RelateError::Taken) if fixed => Some(Ok(port)),
            Err(RelateError::Taken) => None,
            Err(RelateError::Gone) => Some(Err(Refusal::NotHere)),
            Err(RelateError::Full | RelateError::Other(_)) => Some(Err(Refusal::NoRoom)),
        })
        .unwrap_or(Err(Refusal::NoPort))
}
