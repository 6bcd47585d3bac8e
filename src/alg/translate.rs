// SPDX-License-Identifier: GPL-2.0

//! One message, from its first byte to the list of its changes.

mod contacts;
mod places;
mod session;

use core::net::SocketAddr;

use crate::call::media::Room;
use crate::call::{
    Memory,
    Pinholes,
    Policy, //
};
use crate::effort::Effort;
use crate::facts::Facts;
use crate::nat::{
    Edits,
    Flow,
    Full,
    Listening,
    Mapper,
    Named,
    Place,
    Role, //
};
use crate::reason::{
    Reason,
    Reasons, //
};
use crate::recent::Recent;
use crate::sdp::Transport;
use crate::sip::{
    message,
    Address,
    HostPort,
    Method,
    Name,
    StartLine,
    Uri,
    Via, //
};
use crate::Text;

/// The longest message that anything is changed in: what a datagram has room for (RFC 768, RFC 791).
pub const LONGEST: usize = 65_535 - 20 - 8;

/// Pinholes that are looked for in one message: each costs a lock, and there may be many addresses.
const MAX_LOOKUPS: u8 = 32;

/// Decides what changes in the message of `edits` and collects it there.
///
/// Pinholes are opened on the way. What comes back says why anything was left as it stood; with a
/// [fatal](Reason::is_fatal) reason there are no edits and the message passes unchanged.
pub fn translate<P: Pinholes>(
    flow: &Flow,
    policy: Policy,
    memory: &mut Memory,
    pinholes: &mut P,
    edits: &mut Edits<'_>,
) -> Reasons {
    let message = edits.message();
    let mut translation = Translation {
        flow,
        policy,
        memory,
        pinholes,
        edits,
        reasons: Reasons::default(),
        effort: Effort::new(message.len()),
        recent: Recent::default(),
        lookups: MAX_LOOKUPS,
        room: Room::new(message.len()),
        answers: None,
        recorded: false,
        alone: true,
    };
    if let Err(reason) = translation.message(message) {
        translation.reasons.add(reason);
        translation.edits.clear();
    }
    translation.reasons
}

struct Translation<'t, 's, P> {
    flow: &'t Flow,
    policy: Policy,
    memory: &'t mut Memory,
    pinholes: &'t mut P,
    edits: &'t mut Edits<'s>,
    reasons: Reasons,
    /// How much more of it may be looked at.
    effort: Effort,
    /// Addresses that were read in it.
    recent: Recent,
    /// How many more pinholes may be looked for.
    lookups: u8,
    /// What its descriptions may still have.
    room: Room,
    /// Where the sender wants its answers, if nothing leads them there.
    answers: Option<SocketAddr>,
    /// Whether somebody stays on the way of the requests that follow (RFC 3261 16.6).
    recorded: bool,
    /// Whether the receiver goes without the sender where the message sends it.
    alone: bool,
}

impl<'s, P: Pinholes> Translation<'_, 's, P> {
    fn message(&mut self, message: &[u8]) -> Result<(), Reason> {
        let (start, mut headers) = message::parse(message)?;
        let mut facts = Facts::new(start);
        if let Some(uri) = facts.request_uri() {
            let host = Uri::parse(uri).ok().map(|uri| uri.host);
            self.target(Role::Target, host, false)?;
        }
        for header in headers.by_ref() {
            self.effort.field(header)?;
            match header.name {
                Name::Via => self.vias(header.value, &mut facts)?,
                Name::AlertInfo
                | Name::CallInfo
                | Name::Diversion
                | Name::HistoryInfo
                | Name::PPreferredIdentity
                | Name::Path
                | Name::RecordRoute
                | Name::ReferTo
                | Name::ReferredBy
                | Name::RemotePartyId
                | Name::ReplyTo
                | Name::Route
                | Name::ServiceRoute
                | Name::Warning => self.places(header)?,
                _ => {}
            }
            facts.take(header, self.flow.forwarded, &mut self.effort)?;
        }
        let body = headers.body().ok_or(Reason::Truncated)?;
        if let Some(uri) = facts.digest_covered() {
            self.edits.discard_within(self.edits.span(uri));
            self.reasons.add(Reason::DigestCovered);
        }
        if facts.has_too_many_contacts() {
            return Err(Reason::TooManyContacts);
        }
        self.parties(&facts)?;
        self.contacts(&facts)?;
        self.session(&facts, body)?;
        self.answers(&facts);
        if !facts.is_whole() {
            self.reasons.add(Reason::Incomplete);
        }
        Ok(())
    }

    /// Maps every Via that names an endpoint of the flow (RFC 3261 18.2.1).
    fn vias<'m>(&mut self, value: Text<'m>, facts: &mut Facts<'m>) -> Result<(), Reason> {
        let mut role = if facts.is_top_via() {
            Role::Via
        } else {
            Role::LowerVia
        };
        let mut vias = Via::list(value);
        while let Some(via) = vias.next() {
            self.effort.spend(Effort::VIA)?;
            self.effort.spend(vias.marks())?;
            match via {
                Ok(via) => self.via(&via, role, facts)?,
                // Its characters may have been looked at one by one.
                Err(_) => self.effort.spend(Effort::VIA)?,
            }
            role = Role::LowerVia;
        }
        Ok(())
    }

    /// Maps one of them.
    #[inline(always)]
    fn via<'m>(&mut self, via: &Via<'m>, role: Role, facts: &mut Facts<'m>) -> Result<(), Reason> {
        let own = facts.is_request();
        let place = Place::known(via.sent_by, &mut self.recent);
        if role == Role::Via {
            facts.branch = via.path.branch;
            self.listen(via, place, own);
        }
        if let Some(place) = place {
            if self.flow.named(place.endpoint) != Named::Stranger {
                self.effort.spend(Effort::PARAMETER)?;
            }
            self.mapper(own).map(role, place)?;
        }
        match via.path.maddr {
            Some(maddr) => self.maddr(maddr, own),
            None => Ok(()),
        }
    }

    /// Learns from the topmost Via where the one who opened the connection listens, and sends there
    /// what is for it.
    ///
    /// Requests to it go there too. Only its own requests say where that is. What belongs to a stream
    /// stays in it (RFC 3261 18.2.2), and the port is but text.
    fn listen(&mut self, via: &Via<'_>, place: Option<Place<'_>>, request: bool) {
        let flow = self.flow;
        let rport = via.path.rport.is_some() || flow.stream;
        let transport = if flow.stream { "TCP" } else { "UDP" };
        if !flow.opener {
            if request || !rport {
                let port = self.memory.listening.everywhere();
                self.edits.deliver_to(port);
            }
        } else if request {
            let own = flow.source.before;
            let kind = Transport::new(flow.stream);
            let there = place
                .map(|place| place.endpoint)
                .filter(|there| there.ip() == own.ip() && there.port() != own.port())
                .filter(|there| !self.pinholes.serves(kind, there.port()))
                .filter(|_| via.transport.is(transport));
            // Who comes in by a rule (DNAT) is outside, and what listens there is reached as it is.
            let nated = [flow.source, flow.destination].map(|end| !end.is_identity());
            self.memory.listening = match (nated, there) {
                ([true, _], Some(there)) => Listening::new(there.port(), rport),
                _ => Listening::default(),
            };
            // Without NAT no text can lead the answers elsewhere.
            self.answers = there.filter(|_| nated == [false, false] && !rport);
        }
    }

    /// Lets answers come in where the sender wants them; an ACK has none.
    fn answers(&mut self, facts: &Facts<'_>) {
        let asks = !matches!(
            facts.start,
            StartLine::Request {
                method: Method::Ack,
                ..
            }
        );
        if let Some(at) = self.answers.filter(|_| asks) {
            let peer = self.flow.destination.after;
            if let Err(refusal) = self.pinholes.expect_answers(peer, at) {
                self.reasons.add(refusal.into());
            }
        }
    }

    #[inline(never)]
    fn maddr(&mut self, value: Text<'_>, own: bool) -> Result<(), Reason> {
        self.effort.spend(Effort::PARAMETER)?;
        match HostPort::parse(value) {
            Ok((host, rest)) if rest.is_empty() => Ok(self.map(Role::Maddr, host, own)?),
            _ => Ok(()),
        }
    }

    /// Maps who calls whom; what somebody vouches for stays (RFC 8224 4.1, RFC 8225 5.2).
    fn parties(&mut self, facts: &Facts<'_>) -> Result<(), Reason> {
        if facts.has_identity {
            return self.covered(facts);
        }
        let from = facts.from.as_ref().and_then(|from| from.host);
        self.identity(from, facts.is_request())?;
        self.identity(facts.to.as_ref().and_then(|to| to.host), false)?;
        let mut asserted = facts.asserted.iter().flatten();
        asserted.try_for_each(|value| self.each(Role::Identity, *value))
    }

    /// Says what an Identity keeps from being translated.
    #[inline(never)]
    fn covered(&mut self, facts: &Facts<'_>) -> Result<(), Reason> {
        let one = [facts.from, facts.to].into_iter().flatten();
        let several = facts.asserted.iter().flatten();
        let several = several.flat_map(|value| Address::list(*value));
        let hosts = one.map(|party| party.host);
        for host in hosts.chain(several.map(|address| address.ok()?.host())) {
            self.effort.spend(Effort::VALUE)?;
            let Some(place) = self.place(host) else {
                continue;
            };
            let mapper = self.mapper(false);
            let named = mapper.named(Role::Identity, place);
            if mapper.flow.translates(named) {
                self.reasons.add(Reason::IdentityCovered);
                break;
            }
        }
        Ok(())
    }

    /// Maps who somebody is.
    fn identity(&mut self, host: Option<HostPort<'_>>, own: bool) -> Result<(), Full> {
        match host {
            Some(host) => self.map(Role::Identity, host, own),
            None => Ok(()),
        }
    }

    /// Maps where requests go: by the flow, or by a pinhole that leads there.
    fn target(&mut self, role: Role, host: Option<HostPort<'_>>, own: bool) -> Result<(), Full> {
        match self.place(host) {
            Some(place) => self.target_at(role, place, own),
            None => Ok(()),
        }
    }

    /// The same for where that is.
    fn target_at(&mut self, role: Role, place: Place<'_>, own: bool) -> Result<(), Full> {
        match self.flow.named(place.endpoint) {
            Named::SourceHost => {
                let outside = self.outside(place.endpoint);
                let mut mapper = self.mapper(own);
                match outside {
                    Some(outside) => mapper.outward(role, place, outside),
                    None if mapper.named(role, place) == Named::Source => mapper.map(role, place),
                    None => self.left(Reason::OtherPort),
                }
            }
            Named::DestinationHost => match self.inside(place.endpoint) {
                Some(inside) => self.mapper(own).inward(role, place, inside),
                None if self.leads_round(place.endpoint) => Ok(()),
                None => self.left(Reason::OtherPort),
            },
            Named::Stranger => self.left(Reason::Stranger),
            Named::Learned => {
                self.reasons.add(Reason::Learned);
                self.mapper(own).map(role, place)
            }
            Named::Source | Named::Destination => self.mapper(own).map(role, place),
        }
    }

    /// Where calls to an endpoint of the sender come in.
    fn outside(&mut self, inside: SocketAddr) -> Option<SocketAddr> {
        self.lookups = self.lookups.checked_sub(1)?;
        self.pinholes.outside(inside)
    }

    /// Where the way for calls at an endpoint leads.
    fn inside(&mut self, outside: SocketAddr) -> Option<SocketAddr> {
        self.lookups = self.lookups.checked_sub(1)?;
        self.pinholes.inside(outside)
    }

    /// Whether the receiver may go there itself, to a neighbour behind the same NAT.
    fn leads_round(&mut self, outside: SocketAddr) -> bool {
        let receiver = &self.flow.destination;
        let alone = self.alone && !receiver.is_identity();
        let Some(left) = self.lookups.checked_sub(1).filter(|_| alone) else {
            return false;
        };
        self.lookups = left;
        self.pinholes.lead_round(receiver.after, outside)
    }

    fn left(&mut self, reason: Reason) -> Result<(), Full> {
        self.reasons.add(reason);
        Ok(())
    }

    /// The place that a host names.
    fn place<'m>(&mut self, host: Option<HostPort<'m>>) -> Option<Place<'m>> {
        Place::known(host?, &mut self.recent)
    }

    /// Maps an endpoint of the flow's; others stay.
    fn map(&mut self, role: Role, host: HostPort<'_>, own: bool) -> Result<(), Full> {
        match Place::known(host, &mut self.recent) {
            Some(place) => self.mapper(own).map(role, place),
            None => Ok(()),
        }
    }

    fn mapper(&mut self, own: bool) -> Mapper<'_, 's> {
        Mapper {
            flow: self.flow,
            edits: self.edits,
            forms: &mut self.memory.forms,
            listening: self.memory.listening,
            own,
        }
    }
}
