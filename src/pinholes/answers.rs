// SPDX-License-Identifier: GPL-2.0

//! Ways for answers to a phone that listens elsewhere than it sends from, where there is no NAT.

use core::net::{
    IpAddr,
    SocketAddr, //
};

use alg::call::Refusal;

use super::class::PATIENCE;
use super::ports::try_ports;
use super::Expectations;
use crate::nf::{
    parameters,
    Protocol, //
};

impl Expectations<'_, '_> {
    /// Lets what `peer` has to say to the sender come in at an endpoint that is not the flow's.
    pub(super) fn answers(&self, peer: SocketAddr, at: SocketAddr) -> Result<(), Refusal> {
        let conn = self.conn();
        let from = Some(peer.ip());
        // Not where this connection would not live as long.
        let inherited = self.inherit(from, at, parameters::timeout());
        if conn.exists(Protocol::Udp, peer, at) {
            return Ok(());
        }
        match conn.expected(Protocol::Udp, from, at) {
            Some(way) if way.source() == from => {
                conn.expect_for(Protocol::Udp, from, at, PATIENCE);
                Ok(())
            }
            // What lets in others as well is for the registrar to open.
            Some(way) if way.is_inactive() => Err(Refusal::NoPort),
            Some(_) => Ok(()),
            None => {
                let mut answers = self.expectation(self.signalling(), from, at, at)?;
                answers.permanent();
                answers.assign_helper();
                try_ports([at.port()].into_iter(), true, |_| {
                    self.insert(|| answers.relate())
                })?;
                if let Some(seconds) = inherited {
                    conn.expect_for(Protocol::Udp, from, at, seconds);
                }
                Ok(())
            }
        }
    }

    /// Takes over the way in at an endpoint of the sender's from an older connection of its own: it has
    /// come back from another port. Returns for how many seconds the way was open, if there was one.
    ///
    /// What comes in then belongs to this connection, as do the calls that the sender begins now.
    pub(super) fn inherit(&self, from: Option<IpAddr>, at: SocketAddr, most: u32) -> Option<u32> {
        let conn = self.conn();
        if conn.is_expected() || conn.is_nated() {
            return None;
        }
        let inherited = conn.inherit(self.protocol(), from, at, most);
        // A connection over TCP cannot be taken up by another.
        if self.protocol() == Protocol::Udp {
            conn.end_elder(Protocol::Udp, self.flow.destination.before, at);
        }
        inherited
    }
}
