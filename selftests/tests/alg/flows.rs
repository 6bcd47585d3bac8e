// SPDX-License-Identifier: GPL-2.0

//! What holds whatever the messages of several calls, in whatever order, with whatever lost.

use std::collections::HashSet;

use proptest::prelude::*;

use crate::gateway::{
    at,
    Gateway,
    SERVER, //
};
use crate::messages::{
    audio,
    message, //
};
use crate::table::{
    Pinhole,
    Table, //
};

/// One thing that happens in one of a few calls.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// The phone offers audio at a port, in a new transaction.
    Offer { port: u16 },
    /// The server answers the last offer: early or for good, as one branch of a fork.
    Answer { code: u16, branch: u8, port: u16 },
    /// The server offers audio, and the phone answers at a port.
    Inward { port: u16, near: u16 },
    /// The phone offers audio in an UPDATE or PRACK of a dialog, and the server agrees or does not.
    Within {
        method: &'static str,
        branch: u8,
        port: u16,
        far: u16,
        agrees: bool,
    },
    /// The phone acknowledges an early answer, which changes nothing.
    Prack { branch: u8 },
    /// The last INVITE is refused.
    Refuse,
    /// The phone takes its last offer back.
    Cancel,
    /// A dialog of the call is over.
    Bye { branch: u8 },
    /// The server sends media to whatever was last told to it.
    Media,
    /// The last message that the phone sent is sent again.
    Again,
}

fn step() -> impl Strategy<Value = (u8, Step)> {
    let port = (2000u16..2016).prop_map(|half| half * 2);
    let far = (3000u16..3008).prop_map(|half| half * 2);
    let code = prop_oneof![Just(183u16), Just(200)];
    let step = prop_oneof![
        3 => port.clone().prop_map(|port| Step::Offer { port }),
        3 => (code, 0..2u8, far.clone())
            .prop_map(|(code, branch, port)| Step::Answer { code, branch, port }),
        1 => (far.clone(), port.clone()).prop_map(|(port, near)| Step::Inward { port, near }),
        2 => (prop_oneof![Just("UPDATE"), Just("PRACK")], 0..2u8, port, far, any::<bool>())
            .prop_map(|(method, branch, port, far, agrees)| {
                Step::Within { method, branch, port, far, agrees }
            }),
        1 => (0..2u8).prop_map(|branch| Step::Prack { branch }),
        1 => Just(Step::Refuse),
        1 => Just(Step::Cancel),
        1 => (0..2u8).prop_map(|branch| Step::Bye { branch }),
        2 => Just(Step::Media),
        1 => Just(Step::Again),
    ];
    (0..4u8, step)
}

/// The calls of one phone, as far as they are needed to go on with them.
struct Lab {
    gateway: Gateway,
    calls: [Call; 4],
}

#[derive(Default)]
struct Call {
    cseq: u32,
    /// The number of the last INVITE of the phone's or the server's.
    invite: u32,
    sent: String,
    /// The port outside that the server was told last.
    told: Option<u16>,
}

/// What one side sends and the other has to get.
fn text(call: u8, start: &str, branch: &str, cseq: &str, back: bool, body: &str) -> String {
    let (alice, bob) = ("<sip:alice@example.com>;tag=alice", "<sip:bob@example.com>");
    let bob = if branch.is_empty() {
        bob.to_owned()
    } else {
        format!("{bob};tag={branch}")
    };
    let (from, to) = if back {
        (bob.as_str(), alice)
    } else {
        (alice, bob.as_str())
    };
    let from = format!("From: {from}");
    let to = format!("To: {to}");
    let id = format!("Call-ID: {call}");
    let cseq = format!("CSeq: {cseq}");
    message(
        &[
            start,
            "Via: SIP/2.0/UDP example.com",
            &from,
            &to,
            &id,
            &cseq,
        ],
        body,
    )
}

impl Lab {
    fn new() -> Self {
        Self {
            gateway: Gateway::new(5060),
            calls: Default::default(),
        }
    }

    fn invite(call: u8, number: u32, back: bool, body: &str) -> String {
        let (start, branch) = match back {
            true => ("INVITE sip:alice@example.com SIP/2.0", "branch0"),
            false => ("INVITE sip:bob@example.com SIP/2.0", ""),
        };
        text(call, start, branch, &format!("{number} INVITE"), back, body)
    }

    /// The phone sends a message with a description of its own; the server can reach what it gets.
    fn out(&mut self, call: u8, sent: String) {
        let seen = self.gateway.out(&sent);
        let seen = String::from_utf8(seen).unwrap();
        assert!(
            !seen.contains("10.0.0.2"),
            "the server reads an inside address:\n{seen}"
        );
        let media = seen.split("m=audio ").nth(1).unwrap();
        let port: u16 = media.split(' ').next().unwrap().parse().unwrap();
        let stands = |pinhole: &Pinhole| pinhole.outside.port() == port;
        let bound = self
            .gateway
            .table
            .calls
            .iter()
            .flat_map(|call| &call.bindings);
        let told = bound.clone().any(|binding| binding.told.rtp == port);
        assert!(
            told || self.gateway.table.pinholes.iter().any(stands),
            "nothing leads to {port}"
        );
        let state = &mut self.calls[usize::from(call)];
        state.told = Some(port);
        state.sent = sent;
    }

    fn take(&mut self, call: u8, step: Step) {
        let place = usize::from(call);
        match step {
            Step::Offer { port } => {
                let number = self.invites(place);
                self.out(
                    call,
                    Self::invite(call, number, false, &audio("10.0.0.2", port)),
                );
            }
            Step::Again if !self.calls[place].sent.is_empty() => {
                let (sent, told) = (self.calls[place].sent.clone(), self.calls[place].told);
                self.out(call, sent);
                // While the call has not let go of it.
                let bound = self
                    .gateway
                    .table
                    .calls
                    .iter()
                    .flat_map(|call| &call.bindings);
                let kept = bound
                    .filter(|binding| Some(binding.told.rtp) == told)
                    .count();
                assert!(kept > 0 || self.calls[place].told.is_some());
            }
            Step::Answer { code, branch, port } if self.calls[place].invite > 0 => {
                let sdp = audio("203.0.113.10", port);
                let start = format!("SIP/2.0 {code} Fine");
                let cseq = format!("{} INVITE", self.calls[place].invite);
                let answer = text(call, &start, &format!("branch{branch}"), &cseq, false, &sdp);
                assert_eq!(self.gateway.back(&answer), answer.as_bytes());
            }
            Step::Inward { port, near } => {
                let number = self.invites(place);
                let sdp = audio("203.0.113.10", port);
                let offer = Self::invite(call, number, true, &sdp);
                assert_eq!(self.gateway.back(&offer), offer.as_bytes());
                let cseq = format!("{number} INVITE");
                let sdp = audio("10.0.0.2", near);
                self.out(
                    call,
                    text(call, "SIP/2.0 200 Fine", "branch0", &cseq, true, &sdp),
                );
            }
            Step::Within {
                method,
                branch,
                port,
                far,
                agrees,
            } => {
                let offer = audio("10.0.0.2", port);
                let answer = audio("203.0.113.10", far);
                let (code, answer) = match agrees {
                    true => (200, answer.as_str()),
                    false => (488, ""),
                };
                self.within(call, method, branch, &offer, code, answer);
            }
            Step::Prack { branch } => self.within(call, "PRACK", branch, "", 200, ""),
            Step::Refuse => {
                let cseq = format!("{} INVITE", self.calls[place].invite);
                self.gateway
                    .back(text(call, "SIP/2.0 486 No", "branch0", &cseq, false, ""));
            }
            Step::Cancel => {
                let cseq = format!("{} CANCEL", self.calls[place].invite);
                let start = "CANCEL sip:bob@example.com SIP/2.0";
                self.gateway.out(text(call, start, "", &cseq, false, ""));
            }
            Step::Bye { branch } => self.bye(call, branch),
            Step::Media => {
                if let Some(port) = self.calls[place].told {
                    self.gateway
                        .table
                        .media(at([203, 0, 113, 1], port), SERVER.ip());
                }
            }
            Step::Again | Step::Answer { .. } => {}
        }
        self.hold();
    }

    /// The number of another INVITE.
    fn invites(&mut self, place: usize) -> u32 {
        let call = &mut self.calls[place];
        call.cseq += 1;
        call.invite = call.cseq;
        call.invite
    }

    /// The phone sends a request within a dialog, and the server answers.
    fn within(&mut self, call: u8, method: &str, branch: u8, offer: &str, code: u16, answer: &str) {
        let before = self.phones(call);
        let state = &mut self.calls[usize::from(call)];
        state.cseq += 1;
        let cseq = format!("{} {method}", state.cseq);
        let start = format!("{method} sip:bob@example.com SIP/2.0");
        let branch = format!("branch{branch}");
        let request = text(call, &start, &branch, &cseq, false, offer);
        if offer.is_empty() {
            self.gateway.out(request);
        } else {
            self.out(call, request);
        }
        let start = format!("SIP/2.0 {code} Whatever");
        let response = text(call, &start, &branch, &cseq, false, answer);
        assert_eq!(self.gateway.back(&response), response.as_bytes());
        let after = self.phones(call);
        if offer.is_empty() || code >= 300 {
            assert_eq!(after, before, "a {method} with {code} changes the call");
        } else {
            let told = self.calls[usize::from(call)].told.unwrap();
            assert!(after.contains(&(told, true)), "{told} is not agreed upon");
        }
    }

    /// The outside ports of the phone in a call, and whether they are agreed upon.
    fn phones(&self, call: u8) -> Vec<(u16, bool)> {
        let id = call.to_string();
        let calls = self.gateway.table.calls.iter();
        let bindings = calls
            .filter(|call| call.id == id.as_bytes())
            .flat_map(|call| &call.bindings);
        let ours = bindings.filter(|one| one.wish.outside == self.gateway.mapped.ip());
        let mut ports: Vec<_> = ours.map(|one| (one.told.rtp, one.is_agreed())).collect();
        ports.sort_unstable();
        ports
    }

    fn bye(&mut self, call: u8, branch: u8) {
        let start = "BYE sip:bob@example.com SIP/2.0";
        self.gateway.out(text(
            call,
            start,
            &format!("branch{branch}"),
            "99 BYE",
            false,
            "",
        ));
    }

    /// What has to hold at any time.
    fn hold(&self) {
        let table = &self.gateway.table;
        let outside: Vec<_> = table
            .pinholes
            .iter()
            .map(|pinhole| pinhole.outside)
            .collect();
        let distinct: HashSet<_> = outside.iter().collect();
        assert_eq!(
            outside.len(),
            distinct.len(),
            "a pinhole stands twice: {outside:?}"
        );
        for pinhole in &table.pinholes {
            let needed = table
                .calls
                .iter()
                .flat_map(|call| &call.bindings)
                .any(|binding| {
                    let told = [Some(binding.told.rtp), binding.told.rtcp];
                    binding.wish.outside == pinhole.outside.ip()
                        && told.contains(&Some(pinhole.outside.port()))
                });
            let waits = table.loose.contains(&pinhole.outside);
            assert!(needed || waits, "nobody needs {pinhole:?}");
        }
        let ours = |ip| ip == self.gateway.mapped.ip();
        for call in &table.calls {
            let agreed = call.bindings.iter().filter(|binding| binding.is_agreed());
            let phones = agreed.filter(|binding| ours(binding.wish.outside)).count();
            assert!(phones <= 1, "of an older agreement something stays");
        }
        let told = table.calls.iter().flat_map(|call| &call.bindings);
        let told: Vec<_> = told
            .filter(|binding| ours(binding.wish.outside))
            .map(|binding| (binding.told.rtp, binding.wish.ports.rtp))
            .collect();
        for (outside, inside) in &told {
            let same = told.iter().filter(|other| other.0 == *outside);
            assert!(
                same.clone().all(|other| other.1 == *inside),
                "{outside} leads to two ports"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]

    #[test]
    fn whatever_calls_do_their_pinholes_are_those_they_need(
        steps in prop::collection::vec(step(), 1..60)
    ) {
        let mut lab = Lab::new();
        for (call, step) in steps {
            lab.take(call, step);
        }
        for call in 0..4 {
            for branch in 0..2 {
                lab.bye(call, branch);
            }
        }
        let Table { pinholes, calls, loose, .. } = lab.gateway.table;
        prop_assert!(pinholes.iter().all(|pinhole| loose.contains(&pinhole.outside)));
        prop_assert!(calls.is_empty());
    }
}
