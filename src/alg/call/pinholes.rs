// SPDX-License-Identifier: GPL-2.0

//! The questions that are put to conntrack.

use core::net::{
    IpAddr,
    SocketAddr, //
};

use super::{
    Part,
    Registration,
    Turn, //
};
use crate::sdp::{
    Kind,
    Transport, //
};

/// Ports below are never opened: no media and no telephone is there, but services are.
pub const LOWEST_PORT: u16 = 1024;

/// What the administrator set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Media comes from the signalling peer only, and goes to the sender of the description only.
    pub direct_media: bool,
    /// Incoming calls come from the registrar only.
    pub direct_signalling: bool,
    /// Over TCP calls may come in at any port that a registration names.
    pub any_contact_port: bool,
}

/// A wish for RTP and RTCP to come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaPinhole {
    /// Which `m=` line of the description it is, counted from zero; the other side's has the same
    /// (RFC 3264 6).
    pub line: u8,
    /// What kind of media.
    pub kind: Kind,
    /// What carries it.
    pub transport: Transport,
    /// Who receives it.
    pub inside: IpAddr,
    /// The address that the other side sends it to.
    pub outside: IpAddr,
    /// The ports that the receiver listens on.
    pub ports: MediaPorts,
    /// Where RTP would best come in; another port will do.
    pub best: u16,
    /// Who may send it; anybody when absent.
    pub from: Option<IpAddr>,
    /// Whether it follows what the other side's description says.
    pub follows: bool,
}

/// RTP's port and RTCP's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaPorts {
    /// Where RTP goes.
    pub rtp: u16,
    /// Where RTCP goes; `None` where there is no room above the RTP port.
    pub rtcp: Option<u16>,
}

/// A wish for incoming calls to reach a Contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignallingPinhole {
    /// Where the user agent listens.
    pub inside: SocketAddr,
    /// Where it would best be reached from outside; another port will do.
    pub outside: SocketAddr,
    /// Who may call; anybody when absent.
    pub from: Option<IpAddr>,
}

/// Why a pinhole could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No port is free that would do.
    NoPort,
    /// The table of expectations is full, or memory short.
    NoRoom,
    /// The port belongs to a service and is never opened.
    ServicePort,
    /// No telephone listens at such a port for connections.
    UnusualPort,
    /// The connection is itself an expected one, or is going away.
    NotHere,
    /// Nobody has asked for what the message answers.
    Unasked,
}

/// Conntrack's expectations, as far as one signalling connection has to do with them.
///
/// The kernel implements it, and a model of conntrack in the tests.
pub trait Pinholes {
    /// Opens a way for media, or finds the one there is for the same receiver; hands back the
    /// ports that it has outside.
    ///
    /// As `part` of a call it keeps these as long as the call, else while it waits.
    fn open_media(
        &mut self,
        part: Option<&Part<'_>>,
        wish: &MediaPinhole,
    ) -> Result<MediaPorts, Refusal>;

    /// Closes what the last so many calls of [`open_media`](Self::open_media) have opened, but not what
    /// they have found open: their description stays as it was sent.
    fn take_back(&mut self, part: Option<&Part<'_>>, count: u8);

    /// Media of a party comes from this endpoint: lets its address, and nobody else, send to what the
    /// others have opened for the same `m=` line to one address only. Where media came from another
    /// endpoint so far the way is opened once more.
    fn media_comes_from(&mut self, part: &Part<'_>, line: u8, endpoint: SocketAddr);

    /// Where media gets that is sent to this endpoint of a call, whatever stands open.
    fn media_inside(&mut self, outside: SocketAddr) -> Option<SocketAddr>;

    /// Whether the receiver of the message can send to that address without passing by here.
    fn is_near(&mut self, address: IpAddr) -> bool;

    /// Lets a call take a turn.
    fn turn(&mut self, call_id: &[u8], turn: Turn);

    /// Makes ready a way for calls, or finds the one there is for the same Contact; hands back
    /// where it lies outside. It is closed until the registrar has [agreed](Self::admit).
    fn open_signalling(&mut self, wish: &SignallingPinhole) -> Result<SocketAddr, Refusal>;

    /// Lets calls in through the way at `outside`, for as many seconds.
    fn admit(&mut self, outside: SocketAddr, seconds: u32);

    /// Lets what `peer` has to say to the sender come in at an endpoint that is not the flow's.
    fn expect_answers(&mut self, peer: SocketAddr, at: SocketAddr) -> Result<(), Refusal>;

    /// Closes the way for calls at `port`.
    fn close_signalling(&mut self, port: u16);

    /// Whether the administrator keeps a port for a service.
    fn is_kept(&mut self, transport: Transport, port: u16) -> bool;

    /// Whether a port is a service's, so that nothing is ever opened there.
    fn serves(&mut self, transport: Transport, port: u16) -> bool {
        port < LOWEST_PORT || self.is_kept(transport, port)
    }

    /// What is known of a registration.
    fn registration(&mut self, call_id: &[u8]) -> Option<Registration>;

    /// Remembers a registration for so many seconds.
    fn remember(&mut self, call_id: &[u8], registration: Registration, seconds: u32);

    /// Whether another registration of the same user agent has bound a Contact at `port`.
    fn is_bound_besides(&mut self, call_id: &[u8], port: u16) -> bool;

    /// Where the way for calls at `outside` leads.
    fn inside(&mut self, outside: SocketAddr) -> Option<SocketAddr>;

    /// Where calls to the Contact `inside` come in.
    fn outside(&mut self, inside: SocketAddr) -> Option<SocketAddr>;

    /// Lets the receiver of the message go where its sender may call at `outside`, to a neighbour of
    /// the receiver; false where there is no such way.
    fn lead_round(&mut self, receiver: SocketAddr, outside: SocketAddr) -> bool;
}
