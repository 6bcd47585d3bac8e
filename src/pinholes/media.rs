// SPDX-License-Identifier: GPL-2.0

//! Pinholes for media, of calls and of no call.

use core::net::{
    IpAddr,
    SocketAddr, //
};

use alg::call::{
    MediaPinhole,
    MediaPorts,
    Refusal, //
};

use super::class::PATIENCE;
use super::ports::{
    ports,
    try_ports, //
};
use super::{
    leads_to,
    Class,
    Expectations, //
};
use crate::calls::{
    End,
    Key,
    Receiver, //
};
use crate::nf::{
    parameters,
    Expectation,
    Protocol, //
};

/// Seconds for which a pinhole waits for media that was agreed upon: it may be on hold.
const AGREED_PATIENCE: u32 = 60 * 60;

/// Pairs of ports that are tried for one media line.
const TRIES: u16 = 128;

/// What carries the media.
pub(super) fn protocol(wish: &MediaPinhole) -> Protocol {
    wish.transport.into()
}

/// Whether the way has to be where it is wished: whoever sends there has been told by somebody else.
fn is_fixed(wish: &MediaPinhole) -> bool {
    wish.outside == wish.inside || !wish.follows
}

fn kind(wish: &MediaPinhole) -> (Class, Protocol) {
    (wish.kind.into(), protocol(wish))
}

impl Expectations<'_, '_> {
    /// The outside port of the pinhole for media to `inside`, which then waits anew.
    fn media_port(&self, wish: &MediaPinhole, inside: u16) -> Option<u16> {
        let inside = SocketAddr::new(wish.inside, inside);
        let held = self.conn().expectations()?;
        let found = held.iter().find_map(|pinhole| {
            let destination = pinhole.destination()?;
            let same = !Class::Signalling.has(&pinhole)
                && pinhole.protocol() == Some(protocol(wish))
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

    /// Whether a port is another's: a pinhole there leads elsewhere than to `inside`, the other side of
    /// some call was told it, or a service may be there, at the gateway. Nobody asks for media at a
    /// service's port inside.
    ///
    /// To ask for a pinhole of this connection and class again would not be refused: it would replace it.
    fn is_taken(&self, wish: &MediaPinhole, port: u16, inside: SocketAddr) -> bool {
        let serves = || parameters::is_service_port(protocol(wish), port);
        (port != inside.port() && serves())
            || self.is_told(wish, port)
            || self.leads_elsewhere(wish, port, inside)
    }

    fn leads_elsewhere(&self, wish: &MediaPinhole, port: u16, inside: SocketAddr) -> bool {
        // What is another connection's, or of another class, conntrack itself refuses.
        if !self.conn().expects(Class::from(wish.kind).number()) {
            return false;
        }
        let outside = SocketAddr::new(wish.outside, port);
        let there = self.conn().expected(protocol(wish), wish.from, outside);
        there.is_some_and(|pinhole| leads_to(pinhole) != Some(inside))
    }

    /// Whether the other side of some call was told this port, whether or not its pinhole stands.
    fn is_told(&self, wish: &MediaPinhole, port: u16) -> bool {
        let outside = SocketAddr::new(wish.outside, port);
        self.calls.has(self.conn(), protocol(wish), outside)
    }

    /// A pinhole for one port, at `first` or a port near it.
    fn open_single(&self, wish: &MediaPinhole, inside: u16, first: u16) -> Result<u16, Refusal> {
        let mut single = self.expectation(
            kind(wish),
            wish.from,
            SocketAddr::new(wish.outside, first),
            SocketAddr::new(wish.inside, inside),
        )?;
        let fixed = is_fixed(wish);
        let here = SocketAddr::new(wish.inside, inside);
        let free = ports(first, 2, TRIES);
        let free = free.filter(|&port| fixed || !self.is_taken(wish, port, here));
        try_ports(free, fixed, |port| {
            single.set_destination_port(port);
            self.insert(|| single.relate())
        })
    }

    /// A pinhole for RTCP above that of RTP, where it was used up or never asked for.
    ///
    /// Its port is what everybody takes it for, whether it can be had or not.
    fn reopen(&self, wish: &MediaPinhole, rtcp: u16, rtp_outside: u16) -> u16 {
        let port = rtp_outside.saturating_add(1);
        let inside = SocketAddr::new(wish.inside, rtcp);
        let outside = SocketAddr::new(wish.outside, port);
        if is_fixed(wish) || !self.leads_elsewhere(wish, port, inside) {
            if let Ok(mut again) = self.expectation(kind(wish), wish.from, outside, inside) {
                self.insert(|| again.relate()).ok();
            }
        }
        port
    }

    /// Pinholes for two neighbouring ports; the first of them is handed back.
    fn open_pair(&self, wish: &MediaPinhole, first: u16) -> Result<u16, Refusal> {
        let next = |port: u16| port.saturating_add(1);
        let make = |inside, outside| {
            self.expectation(
                kind(wish),
                wish.from,
                SocketAddr::new(wish.outside, outside),
                SocketAddr::new(wish.inside, inside),
            )
        };
        let mut rtp = make(wish.ports.rtp, first)?;
        let mut rtcp = make(next(wish.ports.rtp), next(first))?;
        let fixed = is_fixed(wish);
        let inside = SocketAddr::new(wish.inside, wish.ports.rtp);
        let above = SocketAddr::new(wish.inside, next(wish.ports.rtp));
        let free = |port: u16| {
            !self.is_taken(wish, port, inside) && !self.is_taken(wish, next(port), above)
        };
        let pairs = ports(first, 2, TRIES)
            .filter(|&port| port < u16::MAX)
            .filter(|&port| fixed || free(port));
        try_ports(pairs, fixed, |port| {
            rtp.set_destination_port(port);
            rtcp.set_destination_port(next(port));
            self.insert(|| Expectation::relate_pair(&mut rtp, &mut rtcp))
        })
    }

    /// Finds the way for media that this connection has and no call, or opens one.
    pub(super) fn find_or_open(&mut self, wish: &MediaPinhole) -> Result<MediaPorts, Refusal> {
        let known = self.media_port(wish, wish.ports.rtp);
        let rtcp = wish.ports.rtcp;
        let known_rtcp = rtcp.and_then(|rtcp| self.media_port(wish, rtcp));
        let told = self.open(wish, known, known_rtcp)?;
        let opened = known.is_none() && known_rtcp.is_none();
        self.opened.note(wish, told, opened);
        Ok(told)
    }

    /// Opens a way for media, of which these ports are open already.
    pub(super) fn open(
        &self,
        wish: &MediaPinhole,
        known_rtp: Option<u16>,
        known_rtcp: Option<u16>,
    ) -> Result<MediaPorts, Refusal> {
        let Some(rtcp) = wish.ports.rtcp else {
            let rtp =
                known_rtp.map_or_else(|| self.open_single(wish, wish.ports.rtp, wish.best), Ok)?;
            return Ok(MediaPorts { rtp, rtcp: None });
        };
        let neighbours = wish.ports.rtp.checked_add(1) == Some(rtcp);
        let (rtp, rtcp) = match (known_rtp, known_rtcp) {
            (Some(rtp), Some(rtcp)) => (rtp, rtcp),
            (Some(rtp), None) if neighbours => (rtp, self.reopen(wish, rtcp, rtp)),
            (None, known) if neighbours => {
                let first = known.and_then(|rtcp| rtcp.checked_sub(1));
                let rtp = self.open_pair(wish, first.unwrap_or(wish.best))?;
                (rtp, rtp.saturating_add(1))
            }
            (known, rtcp_port) => {
                let rtp =
                    known.map_or_else(|| self.open_single(wish, wish.ports.rtp, wish.best), Ok)?;
                let other = rtcp_port.map_or_else(|| self.open_single(wish, rtcp, rtcp), Ok);
                if other.is_err() && known.is_none() {
                    let outside = SocketAddr::new(wish.outside, rtp);
                    self.conn()
                        .expect_no_more(protocol(wish), wish.from, outside);
                }
                (rtp, other?)
            }
        };
        Ok(MediaPorts {
            rtp,
            rtcp: Some(rtcp),
        })
    }

    /// Sees to it that the pinholes of a receiver stand, at the ports that the other side knows, where
    /// no media flows; they wait for so many seconds.
    pub(super) fn open_again(&self, receiver: &Receiver, patience: u32) {
        if receiver.ends().all(|end| self.flows(receiver, &end)) {
            return;
        }
        for end in receiver.ends() {
            if !self.expect_for(receiver, &end, patience) && !self.flows(receiver, &end) {
                self.open_end(receiver, &end, patience);
            }
        }
    }

    /// Whether media of a receiver comes in at one of its ports, and from nowhere else is expected.
    fn flows(&self, receiver: &Receiver, end: &End<'_>) -> bool {
        let mut peers = end.peers.iter().flatten();
        // A connection over TCP may be on its last legs.
        let udp = protocol(&receiver.binding.wish) == Protocol::Udp;
        let flows =
            |peer: &SocketAddr| udp && self.conn().exists(Protocol::Udp, *peer, end.outside);
        !end.more && peers.any(flows)
    }

    fn expect_for(&self, receiver: &Receiver, end: &End<'_>, patience: u32) -> bool {
        let wish = &receiver.binding.wish;
        self.conn()
            .expect_for(protocol(wish), wish.from, end.outside, patience)
    }

    /// Opens one port of a receiver, where nobody has its pinhole.
    fn open_end(&self, receiver: &Receiver, end: &End<'_>, patience: u32) {
        let wish = &receiver.binding.wish;
        let there = self.conn().expected(protocol(wish), wish.from, end.outside);
        if there.is_none() {
            let made = self.expectation(kind(wish), wish.from, end.outside, end.inside);
            // Where it cannot be had now, another message may find room.
            if made.is_ok_and(|mut made| self.insert(|| made.relate()).is_ok()) {
                self.expect_for(receiver, end, patience);
            }
        }
    }

    /// Takes away the pinholes of a receiver that let in media from one address, or from anywhere.
    pub(super) fn close(&self, receiver: &Receiver, from: Option<IpAddr>) {
        for end in receiver.ends() {
            let protocol = protocol(&receiver.binding.wish);
            self.conn().expect_no_more(protocol, from, end.outside);
        }
    }

    /// Ends the pinholes of a receiver that has left, and the media that has come in over UDP, but for what
    /// another receiver has. What has come over TCP ends by itself, and may have something to say before.
    pub(super) fn end(&self, receiver: &Receiver) {
        let wish = &receiver.binding.wish;
        let protocol = protocol(wish);
        for end in receiver.ends() {
            if end.shared {
                continue;
            }
            self.conn().expect_no_more(protocol, wish.from, end.outside);
            for peer in end.peers.iter().flatten() {
                self.conn().end_expected(*peer, end.outside);
            }
        }
    }

    /// Media may now come at any time, and from those alone who have answered.
    pub(super) fn agreed(&self, key: Key) {
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
    pub(super) fn each(&self, key: Key, mut what: impl FnMut(&Receiver)) {
        let mut nth = 0;
        while let Some(receiver) = self.calls.nth(key, nth) {
            what(&receiver);
            nth = nth.saturating_add(1);
        }
    }
}
