// SPDX-License-Identifier: GPL-2.0

//! Which segments can be of a stream.
//!
//! Whoever does not see a connection may still send segments in its name. One that lies where its sender
//! cannot be, or acknowledges what its receiver cannot have, changes nothing of what is known of the
//! connection (RFC 9293 3.10.7.4, RFC 5961 5.2); conntrack does not look, once a
//! part of a stream was held or moved.

use super::half::Half;
use super::{
    Buffer,
    Position, //
};

/// How far a sender can be from what is known: the windows that hosts use are smaller.
const REACH: usize = 1 << 24;

impl<B: Buffer> Half<B> {
    /// Whether the sender can be at this position.
    pub(super) fn may_send(&self, at: Position) -> bool {
        let (acknowledged, _) = self.outlet().window().start();
        let end = self.held_end().max(acknowledged);
        !at.plus(REACH).is_before(acknowledged) && !end.plus(REACH).is_before(at)
    }

    /// Whether the sender has sent everything before this position, and the receiver may lack what follows.
    pub(super) fn may_begin(&self, at: Position) -> bool {
        let (acknowledged, _) = self.outlet().window().start();
        !at.is_before(acknowledged) && !self.held_end().is_before(at)
    }

    /// Whether the receiver can have everything before this position of its own. An old one is as good.
    pub(super) fn may_have(&self, at: Position) -> bool {
        let (_, acknowledged) = self.outlet().window().start();
        let end = match self.is_left() {
            true => acknowledged.plus(REACH),
            false => self.end_at_receiver().plus(usize::from(self.has_fin())),
        };
        !at.plus(REACH).is_before(acknowledged) && !end.is_before(at)
    }
}
