// SPDX-License-Identifier: GPL-2.0

//! What the descriptions of one message have opened, to be taken back where one of them stays as it is.

use core::net::IpAddr;

use alg::call::{
    MediaPinhole,
    MediaPorts,
    Part, //
};

use super::media::protocol;
use super::Expectations;
use crate::nf::Protocol;

/// A way for media as the other side is told it.
#[derive(Clone, Copy)]
pub(crate) struct Way {
    pub(crate) protocol: Protocol,
    pub(crate) from: Option<IpAddr>,
    pub(crate) outside: IpAddr,
    pub(crate) told: MediaPorts,
}

/// The ways that were asked for, in order; nothing for one that was there before.
pub(super) struct Opened<'w> {
    ways: &'w mut [Option<Way>],
    len: usize,
}

impl<'w> Opened<'w> {
    /// None yet, in a list that may hold what another message has left.
    pub(super) fn new(ways: &'w mut [Option<Way>]) -> Self {
        Self { ways, len: 0 }
    }

    /// Notes a way that was asked for.
    pub(super) fn note(&mut self, wish: &MediaPinhole, told: MediaPorts, opened: bool) {
        if let Some(slot) = self.ways.get_mut(self.len) {
            *slot = opened.then_some(Way {
                protocol: protocol(wish),
                from: wish.from,
                outside: wish.outside,
                told,
            });
            self.len = self.len.saturating_add(1);
        }
    }

    /// The one that was noted last.
    fn pop(&mut self) -> Option<Option<Way>> {
        self.len = self.len.checked_sub(1)?;
        self.ways.get_mut(self.len).map(Option::take)
    }
}

impl Expectations<'_, '_> {
    /// Closes the last so many ways that were opened.
    pub(super) fn close_opened(&mut self, part: Option<&Part<'_>>, count: u8) {
        for _ in 0..count {
            match self.opened.pop() {
                Some(Some(way)) => self.close_way(part, &way),
                Some(None) => {}
                None => return,
            }
        }
    }

    fn close_way(&self, part: Option<&Part<'_>>, way: &Way) {
        let key = self.key(part.map_or(b"", |part| part.call_id));
        if let Some(part) = part {
            self.calls.take_back(key, part, way);
        }
        let Way {
            protocol,
            from,
            outside,
            told,
        } = *way;
        for port in core::iter::once(told.rtp).chain(told.rtcp) {
            let outside = (outside, port).into();
            if !self.calls.is_of(self.conn(), key, protocol, outside) {
                self.conn().expect_no_more(protocol, from, outside);
            }
        }
    }
}
