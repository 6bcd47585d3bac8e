// SPDX-License-Identifier: GPL-2.0

//! How much the descriptions of one message may have, so that reading them takes no longer than they are worth.

use core::net::IpAddr;

use super::{
    Kept,
    MAX_MEDIA, //
};
use crate::sdp::Media;

/// Endpoints that are looked at besides those of the media lines, and lines that name such.
const MAX_ENDPOINTS: usize = 56;

/// As many there may be in the shortest message, and in so many bytes one more.
const LEAST_ENDPOINTS: usize = 9;
const ENDPOINT: usize = 100;

/// Candidates of other hosts that have the port of the media (as on a bridge for each container) and an IPv4 address:
/// as many there may be in the shortest message, and in so many bytes, about a line of one, one more.
const LEAST_SIMILAR: usize = 9;
const SIMILAR: usize = 68;

/// Candidates that are not written as most are, which take long to read: as many there may be in the shortest
/// message, and in so many bytes one more.
const LEAST_UNUSUAL: usize = 7;
const UNUSUAL: usize = 160;

/// Lines that are read once more for what few descriptions have: as many there may be in the shortest message, and
/// in so many bytes one more.
const LEAST_AGAIN: usize = 20;
const AGAIN: usize = 26;

/// What the descriptions of one message may have.
pub(crate) struct Room {
    /// How many more media lines.
    media: u8,
    /// How many more endpoints besides.
    endpoints: usize,
    /// How many more candidates of other hosts with the port of the media.
    similar: usize,
    /// How many more candidates that are not written as most are.
    pub(super) unusual: usize,
    /// How many more lines are read once more for what few of them have.
    again: usize,
}

impl Room {
    /// That of a message of so many bytes that has had none yet.
    pub(crate) fn new(len: usize) -> Self {
        let endpoints = len.wrapping_div(ENDPOINT).wrapping_add(LEAST_ENDPOINTS);
        Self {
            media: MAX_MEDIA,
            endpoints: endpoints.min(MAX_ENDPOINTS),
            similar: len.wrapping_div(SIMILAR).wrapping_add(LEAST_SIMILAR),
            unusual: len.wrapping_div(UNUSUAL).wrapping_add(LEAST_UNUSUAL),
            again: len.wrapping_div(AGAIN).wrapping_add(LEAST_AGAIN),
        }
    }

    /// Whether there is none for another description.
    pub(crate) const fn is_spent(&self) -> bool {
        self.media == 0
    }

    /// Leaves none for another description.
    pub(crate) fn spend(&mut self) {
        self.media = 0;
    }

    pub(super) fn one_more_media(&mut self) -> Result<(), Kept> {
        self.media = self.media.checked_sub(1).ok_or(Kept::TooMuchMedia)?;
        Ok(())
    }

    /// Counts that the lines of a media are read once more.
    pub(super) fn once_more(&mut self, media: &Media<'_>) -> Result<(), Kept> {
        let again = self.again.checked_sub(media.count_of_lines);
        self.again = again.ok_or(Kept::TooMuchMedia)?;
        Ok(())
    }

    /// Counts a line that names others.
    pub(super) fn one_more_line(&mut self) -> Result<(), Kept> {
        self.one_more_endpoint()?;
        self.one_more_endpoint()
    }

    /// Counts what only the whole of its address tells from the media's `own`.
    pub(super) fn one_more_similar(&mut self, own: IpAddr) -> Result<(), Kept> {
        // One of IPv6 takes long to read.
        if own.is_ipv6() {
            return self.one_more_endpoint();
        }
        self.similar = self.similar.checked_sub(1).ok_or(Kept::TooMuchMedia)?;
        Ok(())
    }

    pub(super) fn one_more_endpoint(&mut self) -> Result<(), Kept> {
        self.endpoints = self.endpoints.checked_sub(1).ok_or(Kept::TooMuchMedia)?;
        Ok(())
    }
}
