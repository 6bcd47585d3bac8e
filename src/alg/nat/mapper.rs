// SPDX-License-Identifier: GPL-2.0

//! Endpoints in header fields: which of them change, and in which text form.

use core::net::{
    IpAddr,
    SocketAddr, //
};

use super::{
    Edits,
    Flow,
    Full,
    Named,
    New, //
};
use crate::sip::{
    HostPort,
    DEFAULT_PORT, //
};
use crate::{
    Span,
    Text, //
};

/// What an endpoint in a header is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Where requests go: Contact, and the Request-URI that repeats it.
    Target,
    /// Where responses go: Via's sent-by.
    Via,
    /// Who somebody is: From and To. A host without a port stays without.
    Identity,
}

/// For which roles a port was written that the sender had left out.
///
/// The default port needs no mention, the mapped one does; on the way back the sender gets its own
/// form again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortForms(u32);

impl PortForms {
    /// Forms as they were stored.
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// Forms to be stored.
    pub const fn bits(self) -> u32 {
        self.0
    }

    const fn bit(role: Role) -> u32 {
        match role {
            Role::Target => 1,
            Role::Via => 2,
            Role::Identity => 4,
        }
    }

    fn remember(&mut self, role: Role, added: bool) {
        if added {
            self.0 |= Self::bit(role);
        } else {
            self.0 &= !Self::bit(role);
        }
    }

    const fn was_added(self, role: Role) -> bool {
        self.0 & Self::bit(role) != 0
    }
}

/// Turns the endpoints of one message into edits.
pub struct Mapper<'m, 's> {
    /// The flow that the message travels on.
    pub flow: &'m Flow,
    /// Where the edits go.
    pub edits: &'m mut Edits<'s>,
    /// The port forms of the connection.
    pub forms: &'m mut PortForms,
}

impl Mapper<'_, '_> {
    /// Maps an endpoint that names one of the flow's; others stay.
    pub fn map(&mut self, role: Role, place: HostPort<'_>) -> Result<(), Full> {
        let Some(address) = place.address else {
            return Ok(());
        };
        if role == Role::Identity && place.port.is_none() {
            return self.address(place, self.flow.host_after(address));
        }
        match self.flow.named(endpoint(place, address)) {
            Named::Source => self.outward(role, place, self.flow.source.after),
            Named::Destination => self.inward(role, place, self.flow.destination.after),
            Named::SourceHost | Named::DestinationHost | Named::Stranger => Ok(()),
        }
    }

    /// Writes `outside` for an endpoint of the sender.
    pub fn outward(
        &mut self,
        role: Role,
        place: HostPort<'_>,
        outside: SocketAddr,
    ) -> Result<(), Full> {
        let added = place.port.is_none() && outside.port() != DEFAULT_PORT;
        self.forms.remember(role, added);
        match (place.port, added) {
            (Some(port), _) => {
                self.address(place, outside.ip())?;
                self.port(port, outside.port())
            }
            (None, true) => self.edit(place.host.span(), New::HostPort(outside)),
            (None, false) => self.address(place, outside.ip()),
        }
    }

    /// Writes `inside` for an endpoint that the receiver is known by, in the receiver's own form.
    pub fn inward(
        &mut self,
        role: Role,
        place: HostPort<'_>,
        inside: SocketAddr,
    ) -> Result<(), Full> {
        let omit = inside.port() == DEFAULT_PORT && self.forms.was_added(role);
        match place.port {
            Some(port) if omit => {
                let host = place.host.span();
                let len = port.span().end().saturating_sub(host.start);
                let span = Span { len, ..host };
                self.edit(span, New::Reference(inside.ip()))
            }
            Some(port) => {
                self.address(place, inside.ip())?;
                self.port(port, inside.port())
            }
            None if inside.port() == DEFAULT_PORT => self.address(place, inside.ip()),
            None => self.edit(place.host.span(), New::HostPort(inside)),
        }
    }

    fn address(&mut self, place: HostPort<'_>, new: IpAddr) -> Result<(), Full> {
        if place.address == Some(new) {
            return Ok(());
        }
        self.edit(place.host.span(), New::Reference(new))
    }

    fn port(&mut self, port: Text<'_>, new: u16) -> Result<(), Full> {
        if port.port() == Some(new) {
            return Ok(());
        }
        let value = u32::from(new);
        self.edit(port.span(), New::Number { value, width: 1 })
    }

    fn edit(&mut self, span: Span, new: New) -> Result<(), Full> {
        self.edits.insert(span, new)
    }
}

/// The endpoint that a host and port name; without a port the default one (RFC 3261 19.1.2).
pub(crate) fn endpoint(place: HostPort<'_>, address: IpAddr) -> SocketAddr {
    SocketAddr::new(address, place.port_number().unwrap_or(DEFAULT_PORT))
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_mapper))]
mod tests {
    use super::super::{
        Edit,
        Translation, //
    };
    use super::*;
    use core::net::Ipv4Addr;

    const PHONE: SocketAddr = at([10, 0, 0, 2], 5060);
    const SERVER: SocketAddr = at([203, 0, 113, 10], 5060);

    const fn at(ip: [u8; 4], port: u16) -> SocketAddr {
        let [a, b, c, d] = ip;
        SocketAddr::new(IpAddr::V4(Ipv4Addr::new(a, b, c, d)), port)
    }

    fn out(public: SocketAddr) -> Flow {
        Flow {
            source: Translation {
                before: PHONE,
                after: public,
            },
            destination: Translation {
                before: SERVER,
                after: SERVER,
            },
        }
    }

    fn back(public: SocketAddr) -> Flow {
        Flow {
            source: Translation {
                before: SERVER,
                after: SERVER,
            },
            destination: Translation {
                before: public,
                after: PHONE,
            },
        }
    }

    /// Whether `text` becomes `expected` on `flow`.
    fn maps(flow: &Flow, forms: &mut PortForms, role: Role, text: &[u8], expected: &[u8]) -> bool {
        let mut slots = [Edit::NONE; 4];
        let mut edits = Edits::new(&mut slots);
        let Ok((place, _)) = HostPort::parse(Text::new(text)) else {
            return false;
        };
        let mut mapper = Mapper {
            flow,
            edits: &mut edits,
            forms,
        };
        if mapper.map(role, place).is_err() {
            return false;
        }
        let mut out = [0; 64];
        match edits.render(text, &mut out) {
            Some(region) => {
                let whole = region.old.start == 0 && region.old.end() == text.len();
                let head = text.get(..region.old.start).unwrap_or(b"");
                let tail = text.get(region.old.end()..).unwrap_or(b"");
                let new = out.get(..region.new_len).unwrap_or(b"");
                (whole || !expected.is_empty())
                    && expected
                        .strip_prefix(head)
                        .and_then(|rest| rest.strip_suffix(tail))
                        == Some(new)
            }
            None => text == expected,
        }
    }

    #[test]
    fn absent_port_stays_absent_where_the_mapped_one_is_the_default() {
        let public = at([203, 0, 113, 1], 5060);
        let mut forms = PortForms::default();
        for role in [Role::Target, Role::Via, Role::Identity] {
            assert!(maps(
                &out(public),
                &mut forms,
                role,
                b"10.0.0.2",
                b"203.0.113.1"
            ));
            assert!(maps(
                &back(public),
                &mut forms,
                role,
                b"203.0.113.1",
                b"10.0.0.2"
            ));
        }
    }

    #[test]
    fn sender_gets_its_own_port_form_back() {
        let public = at([203, 0, 113, 1], 1024);
        for (sent, seen) in [
            (&b"10.0.0.2"[..], &b"203.0.113.1:1024"[..]),
            (b"10.0.0.2:5060", b"203.0.113.1:1024"),
        ] {
            let mut forms = PortForms::default();
            assert!(maps(&out(public), &mut forms, Role::Target, sent, seen));
            let mut forms = PortForms::from_bits(forms.bits());
            assert!(maps(&back(public), &mut forms, Role::Target, seen, sent));
        }
    }

    #[test]
    fn identity_without_port_never_gets_one() {
        let public = at([203, 0, 113, 1], 1024);
        let mut forms = PortForms::default();
        let role = Role::Identity;
        assert!(maps(
            &out(public),
            &mut forms,
            role,
            b"10.0.0.2",
            b"203.0.113.1"
        ));
        assert!(maps(
            &back(public),
            &mut forms,
            role,
            b"203.0.113.1",
            b"10.0.0.2"
        ));
    }

    #[test]
    fn blanks_around_the_colon_stay() {
        let public = at([203, 0, 113, 1], 1024);
        let mut forms = PortForms::default();
        let sent = b"10.0.0.2 : 5060";
        assert!(maps(
            &out(public),
            &mut forms,
            Role::Via,
            sent,
            b"203.0.113.1 : 1024"
        ));
    }

    #[test]
    fn strangers_other_ports_and_names_stay() {
        let public = at([203, 0, 113, 1], 1024);
        let mut forms = PortForms::default();
        for text in [
            &b"192.0.2.7:5060"[..],
            b"10.0.0.2:5999",
            b"203.0.113.10",
            b"10.0.0.2-pbx.example.com",
            b"0.0.0.0",
        ] {
            assert!(maps(&out(public), &mut forms, Role::Target, text, text));
        }
    }
}
