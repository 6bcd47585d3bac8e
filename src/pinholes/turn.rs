// SPDX-License-Identifier: GPL-2.0

//! What becomes of pinholes when a call takes a turn.

use core::net::IpAddr;

use alg::call::Turn;

use super::Expectations;
use crate::calls::Key;

/// Legs of neighbours that one message may end.
const MOST_LEGS: usize = 4;

impl Expectations<'_, '_> {
    /// Lets a call take a turn, by a message from an address; its end is that of the legs of two
    /// neighbours as well, as the provider, which has left the call, does not hear of it.
    pub(super) fn take_turn(&self, key: Key, turn: Turn, sender: IpAddr) {
        let neighbours = match turn {
            Turn::Over { .. } => self.neighbours(key),
            _ => None,
        };
        self.turn_leg(key, turn, sender);
        let Some(ends) = neighbours else {
            return;
        };
        let mut last = key.first();
        for _ in 0..MOST_LEGS {
            let Some(leg) = self.calls.leg(self.conn(), last, ends) else {
                return;
            };
            self.turn_leg(leg, turn, sender);
            last = leg;
        }
    }

    fn turn_leg(&self, key: Key, turn: Turn, sender: IpAddr) {
        if !self.calls.turn(key, turn, sender) {
            return;
        }
        if let Turn::Cancelled { exchange, .. } = turn {
            self.each(key, |receiver| {
                if receiver.binding.is_pending_in(exchange) {
                    self.close(receiver, receiver.binding.wish.from);
                }
            });
        }
        if turn.ends() {
            if let Some(receivers) = self.calls.take_ended(key) {
                for receiver in &receivers {
                    self.end(receiver);
                }
                return;
            }
        }
        while let Some(receiver) = self.calls.take_gone(key) {
            self.end(&receiver);
        }
        if matches!(turn, Turn::Agreed { .. } | Turn::Acknowledged { .. }) {
            self.agreed(key);
        }
    }

    /// The two ends of an expected connection that messages of a call come by, where both have media in
    /// it behind the NAT.
    fn neighbours(&self, key: Key) -> Option<[IpAddr; 2]> {
        let conn = self.conn();
        let ends = self.ends().map(|end| end.ip());
        let is_behind = |end| self.calls.leg(conn, key.first(), [end; 2]).is_some();
        (conn.is_expected() && ends.into_iter().all(is_behind)).then_some(ends)
    }
}
