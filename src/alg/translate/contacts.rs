// SPDX-License-Identifier: GPL-2.0

//! Contacts: where a user agent is reached, as it says itself or to a registrar (RFC 3261 10, 20.10).

use crate::call::registration::{
    register,
    Binding,
    DEFAULT_EXPIRES, //
};
use crate::call::{
    Pinholes,
    Ports,
    Registration, //
};
use crate::facts::{
    Facts,
    Registering, //
};
use crate::nat::{
    Full,
    Named,
    Role, //
};
use crate::reason::Reason;
use crate::sip::Address;
use crate::Text;

use super::Translation;

/// Seconds for which a REGISTER may wait for its answer.
const PATIENCE: u32 = 5 * 60;

impl<P: Pinholes> Translation<'_, '_, P> {
    #[inline(never)]
    pub(super) fn contacts(&mut self, facts: &Facts<'_>) -> Result<(), Full> {
        let call_id = facts.call_id.map_or(&b""[..], Text::bytes);
        let registering = facts.registering();
        self.alone = !self.recorded && registering.is_none();
        match registering {
            Some(_) if self.flow.stream && !facts.is_complete() => {
                self.reasons.add(Reason::NotRegistering);
                self.targets(facts, facts.is_request())
            }
            Some((Registering::Request, number)) => self.asked(facts, call_id, number),
            Some((Registering::Granted, number)) => {
                let known = self.pinholes.registration(call_id);
                match known.unwrap_or_default() {
                    mut registration if self.answers_register(facts, known, number) => {
                        self.granted(facts, call_id, &mut registration)
                    }
                    _ => self.targets(facts, false),
                }
            }
            None => self.targets(facts, true),
        }
    }

    /// Whether the 2xx belongs to a REGISTER that was seen.
    ///
    /// Over UDP the first one may have come by before the module was loaded. Into a stream, which was
    /// followed from its first byte, somebody else may have smuggled it.
    fn answers_register(
        &mut self,
        facts: &Facts<'_>,
        known: Option<Registration>,
        number: u32,
    ) -> bool {
        let stream = self.flow.stream;
        let belongs = known.map_or(!stream, |known| {
            let transaction = !stream || known.is_answered_in(facts.branch_digest());
            known.is_answered_by(number) && transaction
        });
        if !belongs && stream {
            self.reasons.add(Reason::NotRegistering);
        }
        belongs
    }

    fn targets(&mut self, facts: &Facts<'_>, own: bool) -> Result<(), Full> {
        let mut contacts = facts.contacts();
        contacts.try_for_each(|contact| self.target(Role::Target, contact.host(), own))
    }

    /// The Contacts of a REGISTER.
    fn asked(&mut self, facts: &Facts<'_>, call_id: &[u8], number: u32) -> Result<(), Full> {
        let mut registration = self.pinholes.registration(call_id).unwrap_or_default();
        registration.begin(number, facts.branch_digest());
        let mut contacts = facts.contacts();
        let done = contacts.try_for_each(|contact| self.binding(contact, facts, &mut registration));
        self.pinholes
            .remember(call_id, registration, self.memory.granted.max(PATIENCE));
        done
    }

    /// A Contact in a REGISTER.
    fn binding(
        &mut self,
        contact: Address<'_>,
        facts: &Facts<'_>,
        registration: &mut Registration,
    ) -> Result<(), Full> {
        let Ok(uri) = contact.sip() else {
            return Ok(());
        };
        let Some(place) = self.place(Some(uri.host)) else {
            return Ok(());
        };
        let leaves = facts.expires(contact) == Some(0);
        // Somebody who registers by TCP to be called by something else is mapped, and no more.
        let other = |transport: Text<'_>| !transport.is("tcp");
        if self.flow.stream && uri.params().find("transport").is_some_and(other) {
            return self.target_at(Role::Target, place, true);
        }
        let contact = place.endpoint;
        if self.flow.named(contact) == Named::Learned {
            self.reasons.add(Reason::Learned);
            return self.mapper(true).map(Role::Target, place);
        }
        let binding = Binding { contact, leaves };
        match register(binding, self.flow, self.policy, self.pinholes) {
            Some(Ok(outside)) => {
                registration.ask(outside.port());
                self.mapper(true).outward(Role::Target, place, outside)
            }
            Some(Err(refusal)) => {
                self.reasons.add(refusal.into());
                self.mapper(true).map(Role::Target, place)
            }
            None => self.left(Reason::ThirdParty),
        }
    }

    /// The Contacts of the 2xx to a REGISTER.
    fn granted(
        &mut self,
        facts: &Facts<'_>,
        call_id: &[u8],
        registration: &mut Registration,
    ) -> Result<(), Full> {
        self.memory.granted = 0;
        let mut listed = Ports::default();
        let mut contacts = facts.contacts();
        let done = contacts.try_for_each(|contact| self.bound(contact, facts, &mut listed));
        for port in registration.settle(listed) {
            if !self.pinholes.is_bound_besides(call_id, port) {
                self.pinholes.close_signalling(port);
            }
        }
        self.pinholes
            .remember(call_id, *registration, self.memory.granted);
        done
    }

    /// A Contact in the 2xx to a REGISTER.
    fn bound(
        &mut self,
        contact: Address<'_>,
        facts: &Facts<'_>,
        listed: &mut Ports,
    ) -> Result<(), Full> {
        let granted = facts.expires(contact).unwrap_or(DEFAULT_EXPIRES);
        let host = contact.host();
        let place = self.place(host);
        let own = place
            .map(|place| place.endpoint)
            .filter(|outside| outside.ip() == self.flow.destination.before.ip() && granted > 0);
        if let Some(outside) = own {
            listed.add(outside.port());
            self.memory.granted = self.memory.granted.max(granted);
            self.pinholes.admit(outside, granted);
        }
        self.target(Role::Target, host, false)
    }
}
