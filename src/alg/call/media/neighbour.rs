// SPDX-License-Identifier: GPL-2.0

//! Media with a neighbour of the receiver, behind the same NAT: it need not come by.

use core::net::SocketAddr;

use super::{
    Description,
    Kept,
    MAX_MEDIA, //
};
use crate::call::{
    MediaPorts,
    Pinholes, //
};
use crate::sdp::{
    Address,
    Media,
    MediaList, //
};

impl<P: Pinholes> Description<'_, '_, P> {
    /// Where media that is sent to an endpoint on the receiver's side of the NAT gets.
    pub(super) fn inside(&mut self, outside: SocketAddr) -> Option<SocketAddr> {
        let receiver = &self.flow.destination;
        let here = !receiver.is_identity() && outside.ip() == receiver.before.ip();
        let inside = here.then(|| self.pinholes.media_inside(outside))?;
        inside.filter(|inside| inside.ip() != outside.ip())
    }

    /// The neighbour of the receiver, behind the same NAT, that the media of a line is with.
    pub(super) fn neighbour(
        &mut self,
        media: &Media<'_>,
        address: Option<Address<'_>>,
    ) -> Option<SocketAddr> {
        let outside = SocketAddr::new(self.ip(address?)?, media.port.port()?);
        let near = self.inside(outside)?;
        self.pinholes.is_near(near.ip()).then_some(near)
    }

    /// The same for all lines that have no `c=` of their own, where they agree.
    pub(super) fn common_neighbour(
        &mut self,
        shared: Option<Address<'_>>,
        list: MediaList<'_>,
    ) -> Option<SocketAddr> {
        let receiver = self.flow.destination.before.ip();
        let translated = shared.filter(|_| !self.flow.destination.is_identity());
        translated.filter(|&shared| self.ip(shared) == Some(receiver))?;
        let mut common: Option<SocketAddr> = None;
        let most = usize::from(MAX_MEDIA);
        for media in list.filter(|media| media.connection.is_none()).take(most) {
            let near = self.neighbour(&media, shared)?;
            if common.is_some_and(|common| common.ip() != near.ip()) {
                return None;
            }
            common = Some(near);
        }
        common
    }

    /// Leads the receiver's media straight to its neighbour, by no NAT at all.
    pub(super) fn shortcut(&mut self, media: &Media<'_>, near: SocketAddr) -> Result<(), Kept> {
        self.connection(media.connection, Some(near))?;
        self.port(media.port, near.port())?;
        if let Some(rtcp) = media.rtcp {
            let outside = self.flow.destination.before.ip();
            let there = rtcp.port.port().map(|port| SocketAddr::new(outside, port));
            if let Some(inside) = there.and_then(|there| self.inside(there)) {
                self.port(rtcp.port, inside.port())?;
                self.connection(rtcp.address, Some(inside))?;
            }
        }
        Ok(())
    }

    /// The ports of a neighbour of the receiver that passes by here, by where it was described; RTCP's
    /// where it is the one above on both sides.
    pub(super) fn ports_of(
        &mut self,
        near: SocketAddr,
        described: SocketAddr,
        ports: MediaPorts,
    ) -> MediaPorts {
        let above = |port: u16| port.checked_add(1);
        let rtcp = ports
            .rtcp
            .filter(|&rtcp| Some(rtcp) == above(described.port()));
        let rtcp = rtcp.and_then(|rtcp| self.inside(SocketAddr::new(described.ip(), rtcp)));
        let beside = |there: &SocketAddr| Some(there.port()) == above(near.port());
        MediaPorts {
            rtp: near.port(),
            rtcp: rtcp.filter(beside).map(|rtcp| rtcp.port()),
        }
    }
}
