// SPDX-License-Identifier: GPL-2.0

//! One message, from its first byte to the list of its changes.

use core::net::SocketAddr;

use crate::call::dialog::Dialog;
use crate::call::media::{
    describe,
    Kept, //
};
use crate::call::registration::{
    leave,
    register,
    Binding,
    DEFAULT_EXPIRES, //
};
use crate::call::{
    Leaving,
    Memory,
    Part,
    Pinholes,
    Policy, //
};
use crate::facts::{
    Facts,
    Registration, //
};
use crate::nat::{
    endpoint,
    Edits,
    Flow,
    Full,
    Mapper,
    Named,
    New,
    Role, //
};
use crate::reason::{
    Reason,
    Reasons, //
};
use crate::sip::mime::{
    self,
    Parts, //
};
use crate::sip::{
    message,
    Address,
    HostPort,
    Name,
    Uri,
    Via, //
};
use crate::Text;

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
}

impl<'s, P: Pinholes> Translation<'_, 's, P> {
    fn message(&mut self, message: &[u8]) -> Result<(), Reason> {
        let (start, mut headers) = message::parse(message)?;
        let mut facts = Facts::new(start);
        if let Some(uri) = facts.request_uri() {
            self.target(Uri::parse(uri).ok())?;
        }
        for header in headers.by_ref() {
            match header.name {
                Name::Via if facts.is_top_via() => self.via(header.value)?,
                Name::From => self.identity(header.value, facts.is_request())?,
                Name::To => self.identity(header.value, !facts.is_request())?,
                _ => {}
            }
            facts.take(header, self.flow.forwarded)?;
        }
        let body = headers.body().ok_or(Reason::Truncated)?;
        if let Some(uri) = facts.digest_covered() {
            self.edits.discard_within(self.edits.span(uri));
            self.reasons.add(Reason::DigestCovered);
        }
        if facts.has_too_many_contacts() {
            return Err(Reason::TooManyContacts);
        }
        self.contacts(&facts)?;
        self.session(&facts, body)
    }

    fn via(&mut self, value: Text<'_>) -> Result<(), Full> {
        match Via::list(value).next() {
            Some(Ok(via)) => self.mapper().map(Role::Via, via.sent_by),
            _ => Ok(()),
        }
    }

    /// Maps who somebody is; only what the sender writes of itself is a form to remember.
    fn identity(&mut self, value: Text<'_>, own: bool) -> Result<(), Full> {
        let Ok(uri) = Address::single(value).and_then(|address| address.sip()) else {
            return Ok(());
        };
        let forms = self.memory.forms;
        let mapped = self.mapper().map(Role::Identity, uri.host);
        if !own {
            self.memory.forms = forms;
        }
        mapped
    }

    /// Maps where requests go: by the flow, or by a pinhole that leads there.
    fn target(&mut self, uri: Option<Uri<'_>>) -> Result<(), Full> {
        let Some((place, named)) = uri.and_then(|uri| place(uri.host)) else {
            return Ok(());
        };
        match self.flow.named(named) {
            Named::SourceHost => match self.pinholes.outside(named) {
                Some(outside) => self.mapper().outward(Role::Target, place, outside),
                None => self.left(Reason::OtherPort),
            },
            Named::DestinationHost => match self.pinholes.inside(named) {
                Some(inside) => self.mapper().inward(Role::Target, place, inside),
                None => self.left(Reason::OtherPort),
            },
            Named::Stranger => self.left(Reason::Stranger),
            Named::Source | Named::Destination | Named::Learned => {
                self.mapper().map(Role::Target, place)
            }
        }
    }

    #[inline(never)]
    fn contacts(&mut self, facts: &Facts<'_>) -> Result<(), Full> {
        match facts.registration() {
            Some((Registration::Request, number)) => {
                self.memory.register_cseq = number;
                self.memory.leaving = Leaving::None;
                facts
                    .contacts()
                    .try_for_each(|contact| self.binding(contact, facts))
            }
            Some((Registration::Granted, number)) if number == self.memory.register_cseq => {
                self.memory.granted = 0;
                let done = facts
                    .contacts()
                    .try_for_each(|contact| self.bound(contact, facts));
                leave(self.memory, self.pinholes);
                done
            }
            _ => facts
                .contacts()
                .try_for_each(|contact| self.target(contact.sip().ok())),
        }
    }

    /// A Contact in a REGISTER.
    fn binding(&mut self, contact: Address<'_>, facts: &Facts<'_>) -> Result<(), Full> {
        let leaves = facts.expires(contact) == Some(0);
        if contact.is_star() && leaves {
            self.memory.leaving = Leaving::All;
        }
        let Some((place, contact)) = contact.sip().ok().and_then(|uri| place(uri.host)) else {
            return Ok(());
        };
        if self.flow.named(contact) == Named::Learned {
            return self.mapper().map(Role::Target, place);
        }
        let binding = Binding { contact, leaves };
        match register(binding, self.flow, self.policy, self.memory, self.pinholes) {
            Some(Ok(outside)) => self.mapper().outward(Role::Target, place, outside),
            Some(Err(refusal)) => {
                self.reasons.add(refusal.into());
                self.mapper().map(Role::Target, place)
            }
            None => self.left(Reason::ThirdParty),
        }
    }

    /// A Contact in the 2xx to a REGISTER.
    fn bound(&mut self, contact: Address<'_>, facts: &Facts<'_>) -> Result<(), Full> {
        let granted = facts.expires(contact);
        let uri = contact.sip().ok();
        if let Some((_, outside)) = uri.and_then(|uri| place(uri.host)) {
            if outside.ip() == self.flow.destination.before.ip() {
                match granted.unwrap_or(DEFAULT_EXPIRES) {
                    0 => self.pinholes.close_signalling(Some(outside.port())),
                    granted => {
                        self.memory.granted = self.memory.granted.max(granted);
                        self.pinholes.admit(outside, granted);
                    }
                }
            }
        }
        self.target(uri)
    }

    /// The body, and what the message means for the call that it belongs to.
    #[inline(never)]
    fn session(&mut self, facts: &Facts<'_>, body: Text<'_>) -> Result<(), Reason> {
        let dialog = Dialog::of(facts);
        let part = dialog.and_then(|dialog| dialog.part(facts));
        let body = self.body(facts, part.as_ref(), body);
        if let Some(dialog) = dialog {
            let describes = facts.media_type.is_some();
            if let Some(turn) = dialog.turn(facts, describes) {
                self.pinholes.turn(dialog.call_id(), turn);
            }
        }
        body
    }

    fn body(
        &mut self,
        facts: &Facts<'_>,
        part: Option<&Part<'_>>,
        body: Text<'_>,
    ) -> Result<(), Reason> {
        let declared = facts.content_length.and_then(Text::number);
        let declared = declared.and_then(|len| usize::try_from(len).ok());
        let body = body.take(declared.unwrap_or(body.len()));
        let Some(media_type) = facts.media_type.filter(|_| !body.is_empty()) else {
            return Ok(());
        };
        if media_type.is_sdp() {
            self.description(part, body);
        } else if let Some(boundary) = media_type.boundary() {
            for piece in Parts::new(body, boundary) {
                self.piece(part, piece)?;
            }
        }
        Ok(self.content_length(facts.content_length, body)?)
    }

    /// A piece of the body; it may itself be of pieces, but these no more.
    #[inline(never)]
    fn piece(&mut self, part: Option<&Part<'_>>, piece: mime::Part<'_>) -> Result<(), Full> {
        if piece.is_sdp() {
            self.description(part, piece.body);
        } else if let Some(boundary) = piece.boundary() {
            for inner in Parts::new(piece.body, boundary).filter(mime::Part::is_sdp) {
                self.description(part, inner.body);
                self.content_length(inner.content_length, inner.body)?;
            }
        }
        self.content_length(piece.content_length, piece.body)
    }

    #[inline(never)]
    fn description(&mut self, part: Option<&Part<'_>>, body: Text<'_>) {
        let described = describe(
            body,
            part,
            self.flow,
            self.policy,
            self.pinholes,
            self.edits,
        );
        if let Err(kept) = described {
            self.reasons.add(match kept {
                Kept::NotSdp => Reason::NotSdp,
                Kept::Refused(refusal) => refusal.into(),
                Kept::Full | Kept::TooMuchMedia => Reason::TooMuchMedia,
            });
        }
    }

    /// Adds to a Content-Length what `body` has grown, in as many digits as the sender wrote.
    fn content_length(&mut self, length: Option<Text<'_>>, body: Text<'_>) -> Result<(), Full> {
        let growth = self.edits.growth_within(self.edits.span(body));
        let Some((length, old)) = length.and_then(|length| Some((length, length.number()?))) else {
            return Ok(());
        };
        if growth == 0 {
            return Ok(());
        }
        let new = i64::from(old).saturating_add(growth);
        let value = u32::try_from(new).map_err(|_| Full)?;
        let padded = length.first() == Some(b'0');
        let width = if padded { length.len() } else { 1 };
        self.edits.replace(length, New::Number { value, width })
    }

    fn left(&mut self, reason: Reason) -> Result<(), Full> {
        self.reasons.add(reason);
        Ok(())
    }

    fn mapper(&mut self) -> Mapper<'_, 's> {
        Mapper {
            flow: self.flow,
            edits: self.edits,
            forms: &mut self.memory.forms,
        }
    }
}

/// A host with the endpoint that it names, where it is an address.
fn place(host: HostPort<'_>) -> Option<(HostPort<'_>, SocketAddr)> {
    Some((host, endpoint(host, host.address()?)))
}
