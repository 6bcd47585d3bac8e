// SPDX-License-Identifier: GPL-2.0

//! Endpoints in header fields: which of them change, and in which text form.

use core::net::SocketAddr;

use super::forms::Form;
use super::{
    Edits,
    Flow,
    Forms,
    Full,
    Listening,
    Named,
    New,
    Place,
    Role, //
};
use crate::sip::DEFAULT_PORT;
use crate::Span;

/// Turns the endpoints of one message into edits.
pub struct Mapper<'m, 's> {
    /// The flow that the message travels on.
    pub flow: &'m Flow,
    /// Where the edits go.
    pub edits: &'m mut Edits<'s>,
    /// How the parties of the connection write themselves.
    pub forms: &'m mut Forms,
    /// Where the one who opened the connection listens.
    pub listening: Listening,
    /// Whether the sender writes of itself, and not what it repeats or has been told.
    pub own: bool,
}

impl Mapper<'_, '_> {
    /// What a place names.
    pub fn named(&self, role: Role, place: Place<'_>) -> Named {
        if place.port.is_none() && !role.has_port() {
            return self.flow.named_host(place.endpoint.ip());
        }
        match self.flow.named(place.endpoint) {
            Named::SourceHost if self.flow.opener && self.listens(role, place.endpoint) => {
                Named::Source
            }
            named => named,
        }
    }

    /// Whether the one who opened the connection listens there, or says so in its Via.
    fn listens(&self, role: Role, endpoint: SocketAddr) -> bool {
        self.port(role) == Some(endpoint.port())
    }

    /// The port that stands for the one who opened the connection, if not the one it sends from.
    fn port(&self, role: Role) -> Option<u16> {
        match role {
            Role::Via => self.listening.via(),
            Role::LowerVia => None,
            _ if self.flow.stream => self.listening.via(),
            _ => self.listening.everywhere(),
        }
    }

    /// The endpoint that the receiver knows itself by.
    fn inside(&self, role: Role) -> SocketAddr {
        let mut inside = self.flow.destination.after;
        if let Some(port) = self.port(role).filter(|_| !self.flow.opener) {
            inside.set_port(port);
        }
        inside
    }

    /// Maps an endpoint that names one of the flow's; others stay.
    pub fn map(&mut self, role: Role, place: Place<'_>) -> Result<(), Full> {
        match self.named(role, place) {
            Named::Source => self.outward(role, place, self.flow.source.after),
            Named::Destination => self.inward(role, place, self.inside(role)),
            Named::Learned => {
                self.remember(role, Some(Form::Learned));
                Ok(())
            }
            Named::SourceHost | Named::DestinationHost | Named::Stranger => Ok(()),
        }
    }

    /// Writes `outside` for an endpoint of the sender.
    pub fn outward(
        &mut self,
        role: Role,
        place: Place<'_>,
        outside: SocketAddr,
    ) -> Result<(), Full> {
        if place.endpoint == outside {
            return Ok(());
        }
        let bare = place.port.is_none();
        let portless = bare && outside.port() != DEFAULT_PORT && role.has_port();
        self.remember(role, portless.then_some(Form::Portless));
        if portless {
            self.edits.replace(place.host, New::HostPort(outside))
        } else {
            self.write(place, outside)
        }
    }

    /// Writes `inside` for an endpoint that the receiver is known by, in the receiver's own form.
    pub fn inward(&mut self, role: Role, place: Place<'_>, inside: SocketAddr) -> Result<(), Full> {
        let is = |form| self.forms.is(!self.flow.opener, role, form);
        if place.endpoint == inside || is(Form::Learned) {
            return Ok(());
        }
        let default = inside.port() == DEFAULT_PORT;
        match place.port {
            Some(port) if default && is(Form::Portless) => {
                let host = self.edits.span(place.host);
                let len = port.behind(place.host).saturating_add(port.len());
                let span = Span { len, ..host };
                self.edits.insert(span, New::Reference(inside.ip()))
            }
            None if !default && role.has_port() => {
                self.edits.replace(place.host, New::HostPort(inside))
            }
            _ => self.write(place, inside),
        }
    }

    /// Writes an endpoint, its port only where there is one.
    fn write(&mut self, place: Place<'_>, new: SocketAddr) -> Result<(), Full> {
        if place.endpoint.ip() != new.ip() {
            self.edits.replace(place.host, New::Reference(new.ip()))?;
        }
        match place.port {
            Some(port) if place.endpoint.port() != new.port() => {
                let value = u32::from(new.port());
                self.edits.replace(port, New::Number { value, width: 1 })
            }
            _ => Ok(()),
        }
    }

    /// Remembers a form of the sender's, where it writes of itself.
    fn remember(&mut self, role: Role, form: Option<Form>) {
        if self.own {
            self.forms.remember(self.flow.opener, role, form);
        }
    }
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_mapper))]
mod tests {
    use super::super::{
        Edit,
        Translation, //
    };
    use super::*;
    use crate::sip::HostPort;
    use crate::Text;
    use core::net::{
        IpAddr,
        Ipv4Addr, //
    };

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
            forwarded: false,
            opener: true,
            stream: false,
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
            forwarded: false,
            opener: false,
            stream: false,
        }
    }

    /// Whether `text` becomes `expected` on `flow`.
    fn maps(flow: &Flow, forms: &mut Forms, role: Role, text: &[u8], expected: &[u8]) -> bool {
        let mut slots = [Edit::NONE; 4];
        let mut edits = Edits::new(text, &mut slots);
        let Ok((place, _)) = HostPort::parse(Text::new(text)) else {
            return false;
        };
        let Some(place) = Place::new(place) else {
            return text == expected;
        };
        let mut mapper = Mapper {
            flow,
            edits: &mut edits,
            forms,
            listening: Listening::default(),
            own: true,
        };
        if mapper.map(role, place).is_err() {
            return false;
        }
        let mut out = [0; 64];
        match edits.render(&mut out) {
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
    fn who_knows_its_outside_endpoint_is_called_by_it_in_from_and_to() {
        let public = at([203, 0, 113, 1], 5060);
        let (own, outside) = (&b"10.0.0.2:5060"[..], &b"203.0.113.1:5060"[..]);
        let mut forms = Forms::default();
        let (out, back) = (out(public), back(public));
        assert!(maps(&back, &mut forms, Role::Identity, outside, own));
        assert!(maps(&out, &mut forms, Role::Target, outside, outside));
        assert!(maps(&back, &mut forms, Role::Identity, outside, outside));
        // Some call themselves by another address there.
        assert!(maps(&out, &mut forms, Role::Identity, own, outside));
        assert!(maps(&out, &mut forms, Role::Target, outside, outside));
        assert!(maps(&back, &mut forms, Role::Identity, outside, own));
    }

    #[test]
    fn absent_port_stays_absent_where_the_mapped_one_is_the_default() {
        let public = at([203, 0, 113, 1], 5060);
        let mut forms = Forms::default();
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
            let mut forms = Forms::default();
            assert!(maps(&out(public), &mut forms, Role::Target, sent, seen));
            let mut forms = Forms::from_bits(forms.bits());
            assert!(maps(&back(public), &mut forms, Role::Target, seen, sent));
        }
    }

    #[test]
    fn identity_without_port_never_gets_one() {
        let public = at([203, 0, 113, 1], 1024);
        let mut forms = Forms::default();
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
        let mut forms = Forms::default();
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
    fn who_knows_its_outside_endpoint_keeps_it_both_ways() {
        let public = at([203, 0, 113, 1], 1024);
        let mut forms = Forms::default();
        let learned = b"203.0.113.1:1024";
        assert!(maps(
            &out(public),
            &mut forms,
            Role::Target,
            learned,
            learned
        ));
        assert!(maps(
            &back(public),
            &mut forms,
            Role::Target,
            learned,
            learned
        ));
        let inside = b"10.0.0.2:5060";
        assert!(maps(&back(public), &mut forms, Role::Via, learned, inside));
        assert!(maps(
            &out(public),
            &mut forms,
            Role::Target,
            inside,
            learned
        ));
        assert!(maps(
            &back(public),
            &mut forms,
            Role::Target,
            learned,
            inside
        ));
    }

    #[test]
    fn what_names_the_other_side_takes_no_form() {
        let public = at([203, 0, 113, 1], 1024);
        let mut forms = Forms::default();
        let via = Role::Via;
        assert!(maps(
            &out(public),
            &mut forms,
            via,
            b"10.0.0.2",
            b"203.0.113.1:1024"
        ));
        let server = b"203.0.113.10:5060";
        assert!(maps(&out(public), &mut forms, via, server, server));
    }

    #[test]
    fn what_the_other_side_writes_of_itself_changes_no_form() {
        let public = at([203, 0, 113, 1], 1024);
        let mut forms = Forms::default();
        let target = Role::Target;
        assert!(maps(
            &out(public),
            &mut forms,
            target,
            b"10.0.0.2",
            b"203.0.113.1:1024"
        ));
        let server = b"203.0.113.10:5060";
        assert!(maps(&back(public), &mut forms, target, server, server));
        assert!(maps(
            &back(public),
            &mut forms,
            target,
            b"203.0.113.1:1024",
            b"10.0.0.2"
        ));
    }

    #[test]
    fn strangers_other_ports_and_names_stay() {
        let public = at([203, 0, 113, 1], 1024);
        let mut forms = Forms::default();
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
