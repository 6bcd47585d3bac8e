// SPDX-License-Identifier: GPL-2.0

//! A model of conntrack's expectations, and of what the module remembers of calls.

use std::net::{
    IpAddr,
    SocketAddr, //
};

use alg::call::{
    Binding,
    Exchange,
    MediaPinhole,
    MediaPorts,
    Part,
    Party,
    Pinholes,
    Progress,
    Refusal,
    Registration,
    SignallingPinhole,
    Source,
    Step,
    Turn, //
};
use alg::sdp::Transport;

/// One expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pinhole {
    pub outside: SocketAddr,
    pub inside: SocketAddr,
    pub from: Option<IpAddr>,
    pub signalling: bool,
    /// Seconds granted; `None` while it is closed.
    pub open_for: Option<u32>,
}

/// What is known of a call.
pub struct Call {
    pub id: Vec<u8>,
    progress: Progress,
    begun: Vec<Exchange>,
    pub bindings: Vec<Binding>,
    sources: Vec<Source>,
}

impl Call {
    /// Bindings that let in media of a branch that is gone, as they have to be now.
    fn strayed(&mut self) -> Vec<(MediaPinhole, MediaPorts)> {
        let mut strayed = Vec::new();
        for binding in &mut self.bindings {
            let mut known = self.sources.iter().rev();
            let right = known.find(|source| source.concerns(binding));
            let right = right.map(|source| source.endpoint.ip());
            if right.is_some() && binding.wish.from != right && !binding.is_gone() {
                binding.wish.from = right;
                strayed.push((binding.wish, binding.told));
            }
        }
        strayed
    }
}

/// The expectations of one connection, its calls, and the ports that others have.
#[derive(Default)]
pub struct Table {
    pub pinholes: Vec<Pinhole>,
    pub calls: Vec<Call>,
    pub registrations: Vec<(Vec<u8>, Registration)>,
    /// What is open for no call, and only waits.
    pub loose: Vec<SocketAddr>,
    pub taken: Vec<u16>,
    /// Ports that are kept for services.
    pub kept: Vec<(Transport, u16)>,
    pub full: bool,
    /// Whether anybody has begun an exchange.
    pub asked: bool,
    /// What the descriptions of a message have opened, in order.
    pub opened: Vec<Option<(MediaPinhole, MediaPorts)>>,
    /// Where answers are expected, and from whom.
    pub answers: Vec<(SocketAddr, SocketAddr)>,
    /// Where neighbours of the phone are called, and who may go there itself.
    pub neighbours: Vec<(SocketAddr, Option<SocketAddr>)>,
}

impl Table {
    fn open(&mut self, outside: SocketAddr, inside: SocketAddr, from: Option<IpAddr>) -> bool {
        let taken = self.taken.contains(&outside.port())
            || self
                .pinholes
                .iter()
                .any(|there| there.outside == outside && there.inside != inside);
        if !taken {
            self.pinholes.retain(|there| there.outside != outside);
            self.pinholes.push(Pinhole {
                outside,
                inside,
                from,
                signalling: false,
                open_for: None,
            });
        }
        !taken
    }

    /// Opens the pinholes of a binding, where they have been used up or lead in from elsewhere.
    fn open_again(&mut self, wish: &MediaPinhole, told: MediaPorts) {
        for (outside, inside) in pairs(wish, told) {
            self.pinholes.retain(|there| there.outside != outside);
            self.open(outside, inside, wish.from);
        }
    }

    fn close(&mut self, wish: &MediaPinhole, told: MediaPorts) {
        for (outside, _) in pairs(wish, told) {
            self.pinholes.retain(|there| there.outside != outside);
        }
    }

    /// A packet comes in: the pinhole is used up.
    pub fn media(&mut self, outside: SocketAddr, from: IpAddr) -> Option<SocketAddr> {
        let place = self.pinholes.iter().position(|there| {
            !there.signalling
                && there.outside == outside
                && there.from.is_none_or(|only| only == from)
        })?;
        Some(self.pinholes.remove(place).inside)
    }

    /// The call that a part belongs to, where its exchange was begun.
    fn call(&mut self, part: &Part<'_>) -> Option<&mut Call> {
        let mut calls = self.calls.iter_mut();
        calls.find(|call| call.id == part.call_id && call.begun.contains(&part.exchange))
    }

    fn begin(&mut self, call_id: &[u8], exchange: Exchange, by: Party) {
        self.asked = true;
        let known = self.calls.iter().position(|call| call.id == call_id);
        let place = known.unwrap_or_else(|| {
            self.calls.push(Call {
                id: call_id.to_vec(),
                progress: Progress::begun(by),
                begun: Vec::new(),
                bindings: Vec::new(),
                sources: Vec::new(),
            });
            self.calls.len() - 1
        });
        self.calls[place].begun.push(exchange);
    }

    /// Where media for a receiver comes in, which may be open already.
    fn way(&mut self, part: Option<&Part<'_>>, wish: &MediaPinhole) -> Result<MediaPorts, Refusal> {
        if !self.asked && part.is_some_and(|part| part.step != Step::Begins) {
            return Err(Refusal::Unasked);
        }
        let Some((part, call)) = part.and_then(|part| Some((part, self.call(part)?))) else {
            let told = self.allocate(wish)?;
            self.loose
                .extend(pairs(wish, told).map(|(outside, _)| outside));
            return Ok(told);
        };
        let mut wish = *wish;
        wish.from = Source::expected(&call.sources, part, &wish);
        let known = call.bindings.iter_mut().find(|one| one.is_for(part, &wish));
        if let Some(known) = known {
            known.renew(part, wish);
            return Ok(known.told);
        }
        let told = self.allocate(&wish)?;
        let call = self.call(part).unwrap();
        call.bindings.push(Binding::new(part, wish, told));
        Ok(told)
    }

    fn allocate(&mut self, wish: &MediaPinhole) -> Result<MediaPorts, Refusal> {
        let MediaPorts { rtp: first, rtcp } = wish.ports;
        // RTCP keeps its distance from RTP.
        let at = |rtp: u16| MediaPorts {
            rtp,
            rtcp: rtcp.map(|rtcp| rtp.wrapping_add(rtcp.wrapping_sub(first))),
        };
        let there = self
            .pinholes
            .iter()
            .find(|there| !there.signalling && there.inside == SocketAddr::new(wish.inside, first));
        if let Some(there) = there {
            return Ok(at(there.outside.port()));
        }
        for told in (wish.best..=u16::MAX).step_by(2).map(at) {
            let before = self.pinholes.clone();
            let apart = told
                .rtcp
                .is_none_or(|rtcp| (rtcp > told.rtp) == (rtcp_of(wish) > first));
            let mut ends = pairs(wish, told);
            if apart && ends.all(|(outside, inside)| self.open(outside, inside, wish.from)) {
                return Ok(told);
            }
            self.pinholes = before;
        }
        Err(Refusal::NoPort)
    }
}

/// RTCP's port, where there is one.
fn rtcp_of(wish: &MediaPinhole) -> u16 {
    wish.ports.rtcp.unwrap_or(wish.ports.rtp)
}

/// The endpoints of a binding, outside and inside.
fn pairs(
    wish: &MediaPinhole,
    told: MediaPorts,
) -> impl Iterator<Item = (SocketAddr, SocketAddr)> + use<> {
    let (outside, inside) = (wish.outside, wish.inside);
    let rtcp = told.rtcp.zip(wish.ports.rtcp);
    std::iter::once((told.rtp, wish.ports.rtp))
        .chain(rtcp)
        .map(move |(told, own)| (SocketAddr::new(outside, told), SocketAddr::new(inside, own)))
}

impl Pinholes for Table {
    fn open_media(
        &mut self,
        part: Option<&Part<'_>>,
        wish: &MediaPinhole,
    ) -> Result<MediaPorts, Refusal> {
        if self.full {
            return Err(Refusal::NoRoom);
        }
        let before = self.pinholes.len();
        let told = self.way(part, wish)?;
        let opened = self.pinholes.len() > before;
        self.opened.push(opened.then_some((*wish, told)));
        Ok(told)
    }

    fn take_back(&mut self, part: Option<&Part<'_>>, count: u8) {
        for _ in 0..count {
            let Some((wish, told)) = self.opened.pop().flatten() else {
                continue;
            };
            if let Some(call) = part.and_then(|part| self.call(part)) {
                call.bindings.retain(|one| one.wish.ports != wish.ports);
            }
            self.close(&wish, told);
        }
    }

    fn media_comes_from(&mut self, part: &Part<'_>, line: u8, endpoint: SocketAddr) {
        let source = Source {
            party: part.party,
            line,
            endpoint,
        };
        let address = endpoint.ip();
        let Some(call) = self.call(part).filter(|call| !call.progress.has_left(part)) else {
            return;
        };
        let mut moved = Vec::new();
        for binding in &call.bindings {
            if source.moves(&call.sources, binding) {
                moved.push((binding.wish, binding.told));
            }
        }
        call.sources
            .retain(|known| (known.party, known.line) != (source.party, line));
        call.sources.push(source);
        for binding in &mut call.bindings {
            if source.concerns(binding) && binding.wish.from != Some(address) {
                binding.wish.from = Some(address);
                moved.push((binding.wish, binding.told));
            }
        }
        for (wish, told) in moved {
            self.open_again(&wish, told);
        }
    }

    fn media_inside(&mut self, outside: SocketAddr) -> Option<SocketAddr> {
        let bindings = self.calls.iter().flat_map(|call| &call.bindings);
        let mut ends = bindings.flat_map(|binding| pairs(&binding.wish, binding.told));
        Some(ends.find(|end| end.0 == outside)?.1)
    }

    fn is_near(&mut self, address: IpAddr) -> bool {
        matches!(address, IpAddr::V4(address) if address.octets()[..3] == [10, 0, 0])
    }

    fn turn(&mut self, call_id: &[u8], turn: Turn) {
        if let Turn::Begun { exchange, by, .. } = turn {
            self.begin(call_id, exchange, by);
        }
        let Some(place) = self.calls.iter().position(|call| call.id == call_id) else {
            return;
        };
        let call = &mut self.calls[place];
        let asked = match turn {
            Turn::Agreed { exchange, .. } | Turn::Refused { exchange, .. } => Some(exchange),
            _ => None,
        };
        if asked.is_some_and(|asked| !call.begun.contains(&asked)) {
            return;
        }
        call.progress.settle(&mut call.bindings, turn);
        let mut strayed = Vec::new();
        if let Turn::Agreed { parties, .. } = turn {
            if call.progress.is_answered() {
                call.sources
                    .retain(|source| parties.contains(&source.party));
                strayed = call.strayed();
            }
        }
        let closes = |binding: &Binding| match turn {
            Turn::Cancelled { exchange, .. } => binding.is_pending_in(exchange),
            _ => binding.is_gone(),
        };
        let closed: Vec<_> = call.bindings.iter().copied().filter(closes).collect();
        call.bindings.retain(|binding| !binding.is_gone());
        if turn.ends() && call.bindings.is_empty() {
            self.calls.remove(place);
        }
        for binding in closed {
            self.close(&binding.wish, binding.told);
        }
        for (wish, told) in strayed {
            self.open_again(&wish, told);
        }
    }

    fn open_signalling(&mut self, wish: &SignallingPinhole) -> Result<SocketAddr, Refusal> {
        if self.full {
            return Err(Refusal::NoRoom);
        }
        if let Some(outside) = self.outside(wish.inside) {
            return Ok(outside);
        }
        let mut outside = wish.outside;
        while !self.open(outside, wish.inside, wish.from) {
            outside.set_port(outside.port().checked_add(1).ok_or(Refusal::NoPort)?);
        }
        self.pinholes.last_mut().unwrap().signalling = true;
        Ok(outside)
    }

    fn admit(&mut self, outside: SocketAddr, seconds: u32) {
        for pinhole in self
            .pinholes
            .iter_mut()
            .filter(|there| there.outside == outside)
        {
            pinhole.open_for = Some(seconds);
        }
    }

    fn expect_answers(&mut self, peer: SocketAddr, at: SocketAddr) -> Result<(), Refusal> {
        self.answers.push((peer, at));
        Ok(())
    }

    fn close_signalling(&mut self, port: u16) {
        self.pinholes
            .retain(|there| !there.signalling || there.outside.port() != port);
    }

    fn is_kept(&mut self, transport: Transport, port: u16) -> bool {
        self.kept.contains(&(transport, port))
    }

    fn registration(&mut self, call_id: &[u8]) -> Option<Registration> {
        let mut known = self.registrations.iter();
        Some(known.find(|known| known.0 == call_id)?.1)
    }

    fn remember(&mut self, call_id: &[u8], registration: Registration, seconds: u32) {
        self.registrations.retain(|known| known.0 != call_id);
        if seconds > 0 {
            self.registrations.push((call_id.to_vec(), registration));
        }
    }

    fn is_bound_besides(&mut self, call_id: &[u8], port: u16) -> bool {
        let mut others = self.registrations.iter();
        others.any(|(id, other)| id != call_id && other.has(port))
    }

    fn inside(&mut self, outside: SocketAddr) -> Option<SocketAddr> {
        let mut calls = self.pinholes.iter().filter(|there| there.signalling);
        Some(calls.find(|there| there.outside == outside)?.inside)
    }

    fn outside(&mut self, inside: SocketAddr) -> Option<SocketAddr> {
        let mut calls = self.pinholes.iter().filter(|there| there.signalling);
        Some(calls.find(|there| there.inside == inside)?.outside)
    }

    fn lead_round(&mut self, receiver: SocketAddr, outside: SocketAddr) -> bool {
        let known = self.neighbours.iter_mut().find(|one| one.0 == outside);
        known.map(|one| one.1 = Some(receiver)).is_some()
    }
}
