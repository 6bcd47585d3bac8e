// SPDX-License-Identifier: GPL-2.0

//! What else names the endpoints of media: candidates (RFC 8839), and alternatives (RFC 6947).

use core::net::SocketAddr;

use super::{
    Description,
    Kept,
    Mapped, //
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

/// Whose endpoint was found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    /// The media's own.
    Own,
    /// Another host's, which looks like the media's own: to tell it from that took long.
    Similar,
    /// Any other.
    Other,
}

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
        let own = (candidate.host, candidate.port);
        for (host, port) in [Some(own), candidate.related].into_iter().flatten() {
            // The line of a candidate is not counted.
            if self.endpoint(host, port, wish, got)? == Found::Similar {
                self.room.one_more_similar(wish.inside)?;
            }
        }
        Ok(())
    }

    /// Maps a host and port where they are those of RTP or RTCP; tells what they are.
    fn endpoint(
        &mut self,
        host: Text<'_>,
        port: Text<'_>,
        wish: &MediaPinhole,
        got: MediaPorts,
    ) -> Result<Found, Kept> {
        let named = port.port();
        let mapped = match named {
            Some(named) if named == wish.ports.rtp => Some(got.rtp),
            _ if named == wish.ports.rtcp => got.rtcp,
            _ => None,
        };
        let Some(mapped) = mapped else {
            return Ok(Found::Other);
        };
        if !sdp::may_be_address(host, wish.inside) {
            return Ok(Found::Other);
        }
        if !sdp::is_address(host, wish.inside) {
            return Ok(Found::Similar);
        }
        self.room.one_more_endpoint()?;
        if wish.outside != wish.inside {
            self.edits.replace(host, New::Address(wish.outside))?;
        }
        self.port(port, mapped)?;
        Ok(Found::Own)
    }

    /// Maps what else names endpoints: alternatives of the media's own, if it is `mapped` (RFC 6947, and what was
    /// before it); the sessions of MSRP that are there (RFC 4975 8.1); and the candidates of the receiver that
    /// the sender has chosen (RFC 8839 5.2), back to what the receiver knows them by.
    #[inline(never)]
    pub(super) fn others(&mut self, media: &Media<'_>, mapped: Option<Mapped>) -> Result<(), Kept> {
        self.room.once_more(media)?;
        for attribute in media.others() {
            match (attribute, mapped) {
                (Attribute::RemoteCandidates(value), _) => self.remote_candidates(value)?,
                (Attribute::Alternative(value), Some((wish, got))) => {
                    self.room.one_more_line()?;
                    if let Some(Alternative { host, port }) = Alternative::parse(value) {
                        self.endpoint(host, port, &wish, got)?;
                    }
                }
                (Attribute::Path(path), Some((wish, got))) => {
                    self.room.one_more_line()?;
                    for (host, port) in Path::new(path) {
                        self.endpoint(host, port, &wish, got)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn remote_candidates(&mut self, value: Text<'_>) -> Result<(), Kept> {
        for chosen in RemoteCandidates::new(value) {
            self.room.one_more_endpoint()?;
            let outside = self.flow.destination.before.ip();
            let port = chosen
                .port
                .port()
                .filter(|_| sdp::is_address(chosen.host, outside));
            let inside = port.and_then(|port| self.inside(SocketAddr::new(outside, port)));
            if let Some(inside) = inside {
                self.edits.replace(chosen.host, New::Address(inside.ip()))?;
                self.port(chosen.port, inside.port())?;
            }
        }
        Ok(())
    }
}
