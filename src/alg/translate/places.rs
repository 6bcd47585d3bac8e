// SPDX-License-Identifier: GPL-2.0

//! Addresses in header fields that few messages have: routes, transfers, identities, warnings.

use crate::call::Pinholes;
use crate::effort::Effort;
use crate::nat::{
    Named,
    Role, //
};
use crate::reason::Reason;
use crate::sip::params::{
    next_value,
    split_unquoted,
    Marks, //
};
use crate::sip::{
    Address,
    Header,
    HostPort,
    Name, //
};
use crate::Text;

use super::Translation;

impl<P: Pinholes> Translation<'_, '_, P> {
    /// Maps the header fields that few messages have.
    #[inline(never)]
    pub(super) fn places(&mut self, header: Header<'_>) -> Result<(), Reason> {
        let value = header.value;
        match header.name {
            Name::RecordRoute => {
                self.recorded = true;
                self.route(value, true)
            }
            Name::Path | Name::ServiceRoute => self.route(value, true),
            Name::Route => self.route(value, false),
            Name::ReferTo | Name::ReplyTo => {
                self.effort.spend(Effort::VALUE)?;
                Ok(self.target(Role::Target, single(value), false)?)
            }
            Name::ReferredBy => {
                self.effort.spend(Effort::VALUE)?;
                Ok(self.identity(single(value), false)?)
            }
            Name::Diversion
            | Name::HistoryInfo
            | Name::PPreferredIdentity
            | Name::RemotePartyId => self.each(Role::Identity, value),
            Name::AlertInfo | Name::CallInfo => self.each(Role::Target, value),
            Name::Warning => self.warnings(value),
            _ => Ok(()),
        }
    }

    /// Maps what requests pass through; `own` where the sender puts itself there.
    fn route(&mut self, value: Text<'_>, own: bool) -> Result<(), Reason> {
        if Address::is_named_hop(value) {
            return self.effort.spend(Effort::named_hop(value.len()));
        }
        let mut hops = Address::list(value);
        while let Some(address) = hops.next() {
            let host = address.ok().and_then(|address| address.host());
            let hop = host.map_or(Effort::UNREADABLE, |_| Effort::HOP);
            self.effort.spend(hop)?;
            self.effort.spend(hops.marks())?;
            let Some(place) = self.place(host) else {
                continue;
            };
            if self.flow.named(place.endpoint) != Named::Stranger {
                self.effort.spend(Effort::PARAMETER)?;
            }
            self.target_at(Role::Route, place, own)?;
        }
        Ok(())
    }

    /// Maps those values of a list that name an endpoint of the flow.
    pub(super) fn each(&mut self, role: Role, value: Text<'_>) -> Result<(), Reason> {
        let mut addresses = Address::list(value);
        while let Some(address) = addresses.next() {
            let value = address.map_or(Effort::UNREADABLE, |_| Effort::VALUE);
            self.effort.spend(value)?;
            self.effort.spend(addresses.marks())?;
            if let Some(host) = address.ok().and_then(|address| address.host()) {
                self.map(role, host, false)?;
            }
        }
        Ok(())
    }

    /// Maps who warns: `code agent "text"` (RFC 3261 20.43).
    fn warnings(&mut self, value: Text<'_>) -> Result<(), Reason> {
        let mut marks = Marks::new();
        let mut rest = next_value(value);
        while !rest.is_empty() {
            marks.begin();
            let (warning, behind) = split_unquoted(rest, b',', &mut marks);
            self.effort.spend(Effort::VALUE)?;
            let quoted = Effort::quoted(marks.count(), warning.len());
            self.effort.spend(quoted)?;
            let (_code, agent) = warning.word();
            if let Ok((host, text)) = HostPort::parse(agent.trim_start()) {
                if matches!(
                    text.first(),
                    None | Some(b'"' | b' ' | b'\t' | b'\r' | b'\n')
                ) {
                    self.map(Role::Identity, host, false)?;
                }
            }
            rest = next_value(behind);
        }
        Ok(())
    }
}

/// The host of the one value of a field that is no list.
fn single(value: Text<'_>) -> Option<HostPort<'_>> {
    Address::single(value).ok()?.host()
}
