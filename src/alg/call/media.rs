// SPDX-License-Identifier: GPL-2.0

//! Session descriptions: pinholes for what they offer, and the addresses they name.
//!
//! A media endpoint has one mapping, and every mention of it in the description takes that
//! mapping. Where a pinhole cannot be had the whole description stays as it was sent.

mod endpoints;
mod neighbour;
mod room;

use core::net::{
    IpAddr,
    SocketAddr, //
};

use super::{
    MediaPinhole,
    MediaPorts,
    Part,
    Pinholes,
    Policy,
    Refusal, //
};
use crate::nat::{
    Edits,
    Flow,
    Full,
    New,
    Translation, //
};
use crate::recent::Recent;
use crate::sdp::{
    self,
    Address,
    Family,
    Media,
    Setup,
    Transport, //
};
use crate::Text;
pub(crate) use room::Room;

/// Media lines of one message that pinholes are opened for; a description that goes beyond stays as it
/// is.
pub const MAX_MEDIA: u8 = 16;

/// Addresses of one media line (RFC 8866 5.7, layered multicast) that are looked at.
const MAX_LAYERS: usize = 16;

/// Where one who has no port yet says that it is (RFC 4145 4.1, RFC 8840 4.1.1).
const DISCARD: u16 = 9;

/// Why a description stays as it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It is no session description.
    NotSdp,
    /// A pinhole could not be had.
    Refused(Refusal),
    /// There are too many changes.
    Full,
    /// There are too many media lines, or lines at all.
    TooMuchMedia,
}

impl From<Full> for Kept {
    fn from(_: Full) -> Self {
        Self::Full
    }
}

impl From<Refusal> for Kept {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Opens pinholes for the description in `body`, a part of a call or none, and maps its addresses.
/// Hands back why one of its lines has none, where that is so.
pub(crate) fn describe<P: Pinholes>(
    body: Text<'_>,
    part: Option<&Part<'_>>,
    flow: &Flow,
    policy: Policy,
    pinholes: &mut P,
    edits: &mut Edits<'_>,
    room: &mut Room,
) -> Result<Option<Refusal>, Kept> {
    let mut description = Description {
        part,
        flow,
        policy,
        pinholes,
        edits,
        room,
        recent: Recent::default(),
        opened: 0,
        refusal: None,
        read: None,
    };
    let done = description.session(body);
    if done.is_err() {
        description.edits.discard_from(body);
        description.pinholes.take_back(part, description.opened);
    }
    done.map(|()| description.refusal)
}

/// What was asked for, and what was got.
type Mapped = (MediaPinhole, MediaPorts);

struct Description<'d, 's, P> {
    part: Option<&'d Part<'d>>,
    flow: &'d Flow,
    policy: Policy,
    pinholes: &'d mut P,
    edits: &'d mut Edits<'s>,
    room: &'d mut Room,
    /// Addresses that were read in it.
    recent: Recent,
    /// How many ways for media it has asked for and got.
    opened: u8,
    /// Why a line was passed over.
    refusal: Option<Refusal>,
    /// What was read last, where it stands in the message and how long it is.
    read: Option<(usize, usize, Option<IpAddr>)>,
}

impl<P: Pinholes> Description<'_, '_, P> {
    fn session(&mut self, body: Text<'_>) -> Result<(), Kept> {
        let description = sdp::Description::new(body).map_err(|_| Kept::NotSdp)?;
        let (session, mut list) = description.read();
        if self.turns_around() {
            return Ok(());
        }
        let shared = session.connection;
        let near = self.common_neighbour(shared, list);
        self.address(session.origin)?;
        self.connection(shared, near)?;
        let mut line: u8 = 0;
        while let Some(media) = list.next() {
            if list.is_cut() {
                return Err(Kept::TooMuchMedia);
            }
            self.room.one_more_media()?;
            let near = match media.connection {
                Some(own) => self.neighbour(&media, Some(own)),
                None => near.and_then(|_| self.neighbour(&media, shared)),
            };
            let mapped = match near {
                Some(near) => {
                    self.shortcut(&media, near)?;
                    None
                }
                None => {
                    let setup = media.setup.or(session.setup);
                    let mapped = self.media(line, &media, setup, media.connection.or(shared))?;
                    self.layers(&media)?;
                    mapped
                }
            };
            if media.names_others {
                self.others(&media, mapped)?;
            }
            line = line.wrapping_add(1);
        }
        match list.is_cut() {
            true => Err(Kept::TooMuchMedia),
            false => Ok(()),
        }
    }

    /// The address that a host is; it is mostly asked for several times.
    fn ip(&mut self, address: Address<'_>) -> Option<IpAddr> {
        let bytes = address.host.bytes();
        let (place, len) = (bytes.as_ptr().addr(), bytes.len());
        match self.read {
            Some((known, known_len, ip)) if (known, known_len) == (place, len) => ip,
            _ => {
                let ip = match address.family {
                    Family::Ip4 => self.recent.ipv4(address.host).map(IpAddr::V4),
                    _ => address.ip(),
                };
                self.read = Some((place, len, ip));
                ip
            }
        }
    }

    /// Whether sender and receiver are neighbours behind one NAT, whose media needs none.
    fn turns_around(&mut self) -> bool {
        let ends = [self.flow.source, self.flow.destination];
        let inside = ends[0].before.ip();
        !ends.iter().any(Translation::is_identity) && self.pinholes.is_near(inside)
    }

    /// Maps the addresses of a layered media (RFC 8866 5.7).
    fn layers(&mut self, media: &Media<'_>) -> Result<(), Kept> {
        if media.layered {
            self.room.once_more(media)?;
        }
        for (layer, connection) in (0..=MAX_LAYERS).zip(media.connections()) {
            if layer == MAX_LAYERS {
                return Err(Kept::TooMuchMedia);
            }
            self.address(Some(connection))?;
        }
        Ok(())
    }

    /// Opens the pinholes of one `m=` line and writes their ports; which they are.
    fn media(
        &mut self,
        line: u8,
        media: &Media<'_>,
        setup: Option<Setup>,
        address: Option<Address<'_>>,
    ) -> Result<Option<Mapped>, Kept> {
        let inside = address.and_then(|address| self.ip(address));
        let usable = |ip: &IpAddr| is_host(*ip) && self.is_of_family(*ip);
        let endpoint = inside.filter(usable).zip(media.port.port());
        let Some(((inside, rtp), transport)) = endpoint.zip(media.transport()) else {
            return Ok(None);
        };
        let own = self.is_own(inside);
        let outside = match own {
            true => self.flow.source.after.ip(),
            false => inside,
        };
        let ports = MediaPorts {
            rtp,
            rtcp: rtcp_port(media, rtp, inside),
        };
        let described = SocketAddr::new(inside, rtp);
        let near = self.inside(described);
        self.source(line, described, near, own);
        if self.policy.direct_media && !own && !self.is_beyond(inside) {
            return Ok(None);
        }
        // Who opens the connection listens nowhere (RFC 4145 4).
        let calls = transport == Transport::Tcp && setup == Some(Setup::Active);
        if calls || rtp == DISCARD {
            return Ok(None);
        }
        if self.pinholes.serves(transport, rtp) {
            self.refusal = Some(Refusal::ServicePort);
            return Ok(None);
        }
        let from = self.flow.destination.after.ip();
        let (inside, ports) = match near {
            Some(near) => (near.ip(), self.ports_of(near, described, ports)),
            None => (inside, ports),
        };
        let wish = MediaPinhole {
            line,
            kind: media.kind,
            transport,
            inside,
            outside,
            ports,
            best: rtp,
            from: self.policy.direct_media.then_some(from),
            follows: own,
        };
        let got = self.open(&wish)?;
        self.port(media.port, got.rtp)?;
        if let (Some(rtcp), Some(port)) = (media.rtcp, got.rtcp) {
            self.port(rtcp.port, port)?;
            self.address(rtcp.address)?;
        }
        let mut candidates = media.candidates_within(self.room.unusual);
        let mapped = candidates
            .by_ref()
            .try_for_each(|candidate| self.candidate(&candidate, &wish, got));
        self.room.unusual = candidates.left().unwrap_or(0);
        mapped?;
        candidates.left().ok_or(Kept::TooMuchMedia)?;
        self.further(&wish, got, media.count.unwrap_or(1))?;
        Ok(Some((wish, got)))
    }

    fn open(&mut self, wish: &MediaPinhole) -> Result<MediaPorts, Refusal> {
        if self.pinholes.serves(wish.transport, wish.ports.rtp) {
            return Err(Refusal::ServicePort);
        }
        // Without RTCP media is better than none.
        let rtcp = wish.ports.rtcp;
        let rtcp = rtcp.filter(|&rtcp| !self.pinholes.serves(wish.transport, rtcp));
        let ports = MediaPorts { rtcp, ..wish.ports };
        let wish = &MediaPinhole { ports, ..*wish };
        let got = self.pinholes.open_media(self.part, wish)?;
        self.opened = self.opened.saturating_add(1);
        Ok(got)
    }

    /// Opens what a line with several ports has besides (RFC 8866 5.14): nobody is told where, so that
    /// it has to be where the first ones lead to expect it.
    fn further(&mut self, wish: &MediaPinhole, got: MediaPorts, count: u32) -> Result<(), Kept> {
        let with_rtcp = wish.ports.rtcp.is_some();
        let step = if with_rtcp { 2 } else { 1 };
        let mut wish = *wish;
        for _ in 1..count {
            self.room.one_more_media()?;
            let rtp = wish.ports.rtp.checked_add(step);
            let best = wish.best.max(got.rtp).checked_add(step);
            let (rtp, best) = rtp.zip(best).ok_or(Refusal::NoPort)?;
            wish.best = best;
            wish.ports = MediaPorts {
                rtp,
                rtcp: rtp.checked_add(1).filter(|_| with_rtcp),
            };
            if self.open(&wish)?.rtp != best {
                return Err(Refusal::NoPort.into());
            }
        }
        Ok(())
    }

    /// Whether an address is of the family of the connection, the only one that pinholes are for.
    fn is_of_family(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.flow.source.before.is_ipv4()
    }

    /// Writes a neighbour's address in place of the one that is shared outside, or maps the sender's.
    fn connection(
        &mut self,
        address: Option<Address<'_>>,
        near: Option<SocketAddr>,
    ) -> Result<(), Kept> {
        match address.zip(near) {
            Some((address, near)) => {
                let new = New::Address(near.ip());
                Ok(self.edits.replace(address.host, new)?)
            }
            None => self.address(address),
        }
    }

    /// Says where the media will come from in packets on their way here.
    ///
    /// One who knows its outside address by itself sends from the inside one, and so does somebody
    /// `near` the receiver; what else somebody behind the NAT names does not come by.
    fn source(&mut self, line: u8, described: SocketAddr, near: Option<SocketAddr>, own: bool) {
        let source = &self.flow.source;
        let arriving = match described.ip() == source.after.ip() {
            true => SocketAddr::new(source.before.ip(), described.port()),
            false if own || source.is_identity() => near.unwrap_or(described),
            false => return,
        };
        if let Some(part) = self.part {
            self.pinholes.media_comes_from(part, line, arriving);
        }
    }

    /// Whether the address is on the far side of the NAT, as the sender is; a private one may not be.
    fn is_beyond(&self, address: IpAddr) -> bool {
        let source = &self.flow.source;
        let far = source.is_identity() && !self.flow.destination.is_identity();
        far && (is_private(source.before.ip()) || !is_private(address))
    }

    /// Whether the address is the sender's, or that of a neighbour who may receive its media.
    ///
    /// Who else is behind the NAT is known by having a private address as well.
    fn is_own(&self, address: IpAddr) -> bool {
        let source = &self.flow.source;
        let neighbour = !self.policy.direct_media
            && !source.is_identity()
            && is_private(address)
            && is_private(source.before.ip());
        address == source.before.ip() || neighbour
    }

    /// Maps the sender's address; others are not ours to change.
    fn address(&mut self, address: Option<Address<'_>>) -> Result<(), Kept> {
        let source = &self.flow.source;
        let Some((place, ip)) = address.and_then(|address| Some((address.host, self.ip(address)?)))
        else {
            return Ok(());
        };
        if self.is_own(ip) && ip != source.after.ip() {
            let new = New::Address(source.after.ip());
            self.edits.replace(place, new)?;
        }
        Ok(())
    }

    fn port(&mut self, place: Text<'_>, new: u16) -> Result<(), Kept> {
        if place.port() != Some(new) {
            let value = u32::from(new);
            self.edits.replace(place, New::Number { value, width: 1 })?;
        }
        Ok(())
    }
}

/// RTCP's port: the one that is named (RFC 3605), else the one above RTP's (RFC 3550 11).
///
/// `None` where it goes to another host, which has to see to itself.
fn rtcp_port(media: &Media<'_>, rtp: u16, host: IpAddr) -> Option<u16> {
    let Some(rtcp) = media.rtcp else {
        return rtp.checked_add(1).filter(|_| media.has_rtcp());
    };
    let here = rtcp
        .address
        .is_none_or(|address| address.ip() == Some(host));
    rtcp.port.port().filter(|_| here)
}

/// Whether the address is of a private network (RFC 1918, RFC 6598, RFC 4193).
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            address.is_private() || (first == 100 && second & 0xc0 == 64)
        }
        IpAddr::V6(address) => address.octets()[0] & 0xfe == 0xfc,
    }
}

/// Whether the address can be that of a host; 0.0.0.0 says hold (RFC 3264 8.4).
fn is_host(address: IpAddr) -> bool {
    !address.is_unspecified() && !address.is_multicast() && !address.is_loopback()
}
