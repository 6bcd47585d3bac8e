// SPDX-License-Identifier: GPL-2.0

//! What else names the endpoints of media: candidates (RFC 8839), and alternatives (RFC 6947).

use core::net::SocketAddr;

use super::{
    Description,
    Kept, //
};
use crate::call::{
    MediaPinhole,
    MediaPorts,
    Pinholes, //
};
use crate::nat::New;
use crate::sdp::{
    self,
    Alternative,
    Attribute,
    Candidate,
    Media,
    Path,
    RemoteCandidates, //
};
use crate::Text;

impl<P: Pinholes> Description<'_, '_, P> {
    /// Maps a candidate that names the endpoint of the media itself, and what it was derived of
    /// (RFC 8839 5.1): all that names an endpoint takes its one mapping, or ICE finds a mismatch.
    #[inline(never)]
    pub(super) fn candidate(
        &mut self,
        candidate: &Candidate<'_>,
        wish: &MediaPinhole,
        got: MediaPorts,
    ) -> Result<(), Kept> {
        if !candidate.transport.is("UDP") {
            return Ok(());
        }
        self.endpoint(candidate.host, candidate.port, wish, got)?;
        match candidate.related {
            Some((host, port)) => self.endpoint(host, port, wish, got),
            None => Ok(()),
        }
    }

    /// Maps a host and port where they are those of RTP or RTCP.
    fn endpoint(
        &mut self,
        host: Text<'_>,
        port: Text<'_>,
        wish: &MediaPinhole,
        got: MediaPorts,
    ) -> Result<(), Kept> {
        let named = port.port();
        let mapped = match named {
            Some(named) if named == wish.ports.rtp => Some(got.rtp),
            _ if named == wish.ports.rtcp => got.rtcp,
            _ => None,
        };
        let Some(mapped) = mapped.filter(|_| sdp::ip(host) == Some(wish.inside)) else {
            return Ok(());
        };
        self.room.one_more_endpoint()?;
        if wish.outside != wish.inside {
            self.edits.replace(host, New::Address(wish.outside))?;
        }
        self.port(port, mapped)
    }

    /// Maps the alternatives that name the media's own endpoint (RFC 6947, and what was before it), and
    /// the sessions of MSRP that are there (RFC 4975 8.1).
    #[inline(never)]
    pub(super) fn alternatives(
        &mut self,
        media: &Media<'_>,
        wish: &MediaPinhole,
        got: MediaPorts,
    ) -> Result<(), Kept> {
        self.room.once_more(media)?;
        for attribute in media.attributes() {
            match attribute {
                Attribute::Alternative(value) => {
                    self.room.one_more_line()?;
                    if let Some(Alternative { host, port }) = Alternative::parse(value) {
                        self.endpoint(host, port, wish, got)?;
                    }
                }
                Attribute::Path(path) => {
                    self.room.one_more_line()?;
                    for (host, port) in Path::new(path) {
                        self.endpoint(host, port, wish, got)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Maps the candidates of the receiver that the sender has chosen (RFC 8839 5.2) back to what the
    /// receiver knows them by.
    #[inline(never)]
    pub(super) fn remote_candidates(&mut self, media: &Media<'_>) -> Result<(), Kept> {
        self.room.once_more(media)?;
        for attribute in media.attributes() {
            let Attribute::RemoteCandidates(value) = attribute else {
                continue;
            };
            for chosen in RemoteCandidates::new(value) {
                self.room.one_more_endpoint()?;
                let place = chosen.ip().zip(chosen.port.port());
                let inside = place.and_then(|(ip, port)| self.inside(SocketAddr::new(ip, port)));
                if let Some(inside) = inside {
                    self.edits.replace(chosen.host, New::Address(inside.ip()))?;
                    self.port(chosen.port, inside.port())?;
                }
            }
        }
        Ok(())
    }
}
