// SPDX-License-Identifier: GPL-2.0

//! Receivers of media, and who sends to them.

use core::net::{
    IpAddr,
    SocketAddr, //
};

use alg::call::{
    Binding,
    Source, //
};

use crate::nf::Protocol;

/// RTP and RTCP of a receiver, and who has sent there: two of each, as the other side may move.
type Peers = [[Option<SocketAddr>; 2]; 2];

/// A receiver of media.
#[derive(Clone, Copy)]
pub(crate) struct Receiver {
    pub(crate) binding: Binding,
    peers: Peers,
    /// Whether RTP and RTCP are to come from elsewhere than they did.
    more: [bool; 2],
    /// Whether another receiver that goes back to the same connection has RTP's and RTCP's endpoint too, as
    /// far as was seen when this one left them.
    shared: [bool; 2],
}

impl AsRef<Binding> for Receiver {
    fn as_ref(&self) -> &Binding {
        &self.binding
    }
}

impl AsMut<Binding> for Receiver {
    fn as_mut(&mut self) -> &mut Binding {
        &mut self.binding
    }
}

impl Receiver {
    /// One that nobody has sent to.
    pub(crate) const fn new(binding: Binding) -> Self {
        Self {
            binding,
            peers: [[None; 2]; 2],
            more: [false; 2],
            shared: [false; 2],
        }
    }

    /// Its endpoints: inside, outside, and who has sent there; RTP's first.
    pub(crate) fn ends(&self) -> impl Iterator<Item = End<'_>> {
        let wish = &self.binding.wish;
        let told = &self.binding.told;
        let ports = [
            Some((wish.ports.rtp, told.rtp)),
            wish.ports.rtcp.zip(told.rtcp),
        ];
        let states = self.more.into_iter().zip(self.shared);
        let ends = ports.into_iter().zip(&self.peers).zip(states);
        ends.filter_map(move |((ports, peers), (more, shared))| {
            let (inside, outside) = ports?;
            Some(End {
                inside: SocketAddr::new(wish.inside, inside),
                outside: SocketAddr::new(wish.outside, outside),
                peers,
                more,
                shared,
            })
        })
    }

    /// Where RTP comes in, and RTCP if there is any.
    pub(super) fn outside(&self) -> (SocketAddr, Option<SocketAddr>) {
        let Binding { wish, told, .. } = &self.binding;
        let at = |port| SocketAddr::new(wish.outside, port);
        let rtcp = told.rtcp.filter(|_| wish.ports.rtcp.is_some());
        (at(told.rtp), rtcp.map(at))
    }

    /// Notes of its outside endpoints, as they are left, which of them another receiver has.
    pub(super) fn leave(&mut self, is_shared: impl Fn(SocketAddr) -> bool) {
        let (rtp, rtcp) = self.outside();
        self.shared = [is_shared(rtp), rtcp.is_some_and(is_shared)];
    }

    /// Lets in media from another address only; hands back from which it was.
    pub(super) fn redirect(&mut self, from: Option<IpAddr>) -> Option<IpAddr> {
        self.expect_more();
        core::mem::replace(&mut self.binding.wish.from, from)
    }

    /// Media is to come from elsewhere than it did.
    pub(super) fn expect_more(&mut self) {
        self.more = [true; 2];
    }

    /// Whether RTP or RTCP is still to come from elsewhere; where there is none of it, that stays so.
    pub(super) fn expects_more(&self) -> bool {
        self.more.contains(&true)
    }

    /// Whether it lets in another address than media comes from now.
    pub(super) fn strays_from(&self, source: &Source) -> bool {
        source.concerns(&self.binding) && self.binding.wish.from != Some(source.endpoint.ip())
    }

    /// Whether it has to let in media from elsewhere, now that a party sends from there.
    pub(super) fn is_moved_by(&self, source: &Source) -> bool {
        self.expects_more() || self.strays_from(source)
    }

    /// Notes who has sent to an outside endpoint of it. Hands back who is noted no more for that.
    pub(super) fn note(&mut self, outside: SocketAddr, peer: SocketAddr) -> Option<SocketAddr> {
        let rtp = self.binding.told.rtp == outside.port();
        let [of_rtp, of_rtcp] = &mut self.peers;
        let [more_rtp, more_rtcp] = &mut self.more;
        let (peers, more) = match rtp {
            true => (of_rtp, more_rtp),
            false => (of_rtcp, more_rtcp),
        };
        *more = false;
        if peers.contains(&Some(peer)) {
            return None;
        }
        let [newest, older] = *peers;
        *peers = [Some(peer), newest];
        older
    }

    /// What carries its media.
    pub(super) fn protocol(&self) -> Protocol {
        self.binding.wish.transport.into()
    }

    /// Whether that is an outside endpoint of it.
    pub(super) fn is_at(&self, protocol: Protocol, outside: SocketAddr) -> bool {
        let (rtp, rtcp) = self.outside();
        self.protocol() == protocol && (rtp == outside || rtcp == Some(outside))
    }
}

/// One port of a receiver.
#[derive(Clone, Copy)]
pub(crate) struct End<'r> {
    pub(crate) inside: SocketAddr,
    pub(crate) outside: SocketAddr,
    pub(crate) peers: &'r [Option<SocketAddr>; 2],
    /// Whether media is to come from elsewhere than it did.
    pub(crate) more: bool,
    /// Whether another receiver has the outside endpoint too, where this one has left it.
    pub(crate) shared: bool,
}
