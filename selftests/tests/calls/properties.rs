// SPDX-License-Identifier: GPL-2.0

//! Calls of a few clients with a few connections each, in any order.

use std::collections::BTreeMap;
use std::net::{
    IpAddr,
    Ipv4Addr,
    SocketAddr, //
};

use alg::call::{
    Binding,
    Exchange,
    MediaPinhole,
    MediaPorts,
    Part,
    Party,
    Registration,
    Transaction,
    Turn, //
};
use alg::sdp::{
    Kind,
    Transport, //
};
use proptest::prelude::*;

use super::call::Request;
use super::ledger::Ledger;
use super::registrar::Registrar;
use super::{
    Key,
    Known,
    Receiver,
    Room, //
};
use crate::gateway::Gateway;
use crate::messages::{
    register,
    registered, //
};
use crate::nf::{
    parameters,
    Protocol,
    NOW, //
};

const NET: usize = 1;
const ASKER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));
const ANSWERER: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 10));
const PUBLIC: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1));

/// There is one exchange of one party in these calls.
fn part() -> Part<'static> {
    Part {
        call_id: b"call",
        party: Party::default(),
        exchange: Exchange::default(),
        early: false,
        step: alg::call::Step::Answers,
    }
}

fn request(transaction: u32) -> Request {
    Request::new(Exchange::default(), Transaction(transaction), ASKER)
}

/// One thing that happens to a call of a connection.
#[derive(Clone, Copy, Debug)]
enum Step {
    Begin,
    /// So many receivers are told this port.
    Media(u16, usize),
    Answer,
    Over,
    Refuse,
    /// What the call's so manieth description has asked for stays closed.
    TakeBack(usize),
    /// The connection goes.
    Gone,
    /// So many seconds pass.
    Wait(u32),
    /// Memory is short: when it has been asked for so often, so many times.
    Short(u32, u32),
}

fn step() -> impl Strategy<Value = (u32, u64, Step)> {
    let port = (15000u16..15006).prop_map(|half| half * 2);
    let what = prop_oneof![
        8 => Just(Step::Begin),
        6 => (port, 1usize..9).prop_map(|(port, count)| Step::Media(port, count)),
        6 => Just(Step::Answer),
        2 => Just(Step::Over),
        1 => Just(Step::Refuse),
        2 => (0usize..3).prop_map(Step::TakeBack),
        1 => Just(Step::Gone),
        1 => (1u32..1000).prop_map(Step::Wait),
        2 => (0u32..6, 1u32..3).prop_map(|(after, times)| Step::Short(after, times)),
    ];
    // Some Call-IDs end alike, so that their calls are in one chain.
    let call = prop_oneof![0..5u64, (1..3u64).prop_map(|high| high << 32)];
    (1..7u32, call, what)
}

/// The client that has opened a connection: two have two, one has all that are left.
fn client(root: u32) -> u64 {
    u64::from(root.div_ceil(2))
}

fn wish(port: u16) -> MediaPinhole {
    MediaPinhole {
        line: 0,
        kind: Kind::Audio,
        transport: Transport::Udp,
        inside: ASKER,
        outside: PUBLIC,
        ports: told(port),
        best: port,
        from: Some(ANSWERER),
        follows: true,
    }
}

fn told(port: u16) -> MediaPorts {
    MediaPorts {
        rtp: port,
        rtcp: port.checked_add(1),
    }
}

/// A call that there may be.
#[derive(Clone, Copy)]
struct Call {
    answered: bool,
    /// When it is forgotten.
    deadline: u32,
}

/// What is known of calls, as far as it can be asked for.
#[derive(Default)]
struct Model {
    calls: BTreeMap<Key, Call>,
}

impl Model {
    /// Forgets what the ledger no longer has, and hands back what had time left.
    fn look(&mut self, ledger: &mut Ledger) -> Vec<(Key, bool)> {
        let mut gone = Vec::new();
        self.calls.retain(|&key, call| {
            let known = ledger.find(NET, key, &part(), &wish(9998));
            let known = !matches!(known, Known::Asked | Known::Unasked);
            if !known && call.deadline >= NOW.get() {
                gone.push((key, call.answered));
            }
            known
        });
        gone
    }

    fn count(&self, which: impl Fn(Key, Call) -> bool) -> u32 {
        let calls = self.calls.iter().filter(|(&key, &call)| which(key, call));
        u32::try_from(calls.count()).unwrap()
    }

    fn begin(&mut self, ledger: &mut Ledger, key: Key) -> Result<(), TestCaseError> {
        let who = client(key.root);
        let known = self.calls.contains_key(&key);
        let of = (NET, who);
        let room = ledger.begin(of, key, Party::default(), request(0));
        let gone = self.look(ledger);
        prop_assert!(gone.len() <= 1, "{:?} made room for one", gone);
        for (other, answered) in gone {
            prop_assert!(!answered, "{:?} was answered, and made room", other);
            let theirs = client(other.root);
            let own = self.count(|key, _| client(key.root) == who);
            let kept = self.count(|key, call| client(key.root) == theirs && !call.answered);
            // They keep as many as the other gets.
            prop_assert!(
                theirs == who || kept > own,
                "{:?} made room for {:?}",
                other,
                key
            );
        }
        if room != Room::None && !known {
            let call = Call {
                answered: false,
                deadline: NOW.get() + 15 * 60,
            };
            self.calls.insert(key, call);
        }
        self.look(ledger);
        prop_assert_eq!(self.calls.contains_key(&key), known || room != Room::None);
        Ok(())
    }

    fn take_turn(&mut self, ledger: &mut Ledger, key: Key, turn: Turn) {
        if ledger.turn(key, turn, ANSWERER) && !(turn.ends() && ledger.take_ended(key).is_some()) {
            while ledger.take_gone(key).is_some() {}
        }
    }

    fn step(&mut self, ledger: &mut Ledger, key: Key, step: Step) -> Result<(), TestCaseError> {
        let parties = [Party::default(); 2];
        match step {
            Step::Begin => self.begin(ledger, key)?,
            Step::Media(port, count) => {
                for _ in 0..count {
                    let receiver = Receiver::new(Binding::new(&part(), wish(port), told(port)));
                    let refused = kernel::to_be_refused();
                    let room = ledger.add(key, receiver);
                    let gone = self.look(ledger);
                    // Or memory was short afterwards.
                    let made = room == Room::Made || kernel::to_be_refused() != refused;
                    prop_assert!(gone.is_empty() || made, "{:?} ended in vain", gone);
                }
            }
            Step::Answer => {
                let answered = true;
                let seconds = None;
                let turn = Turn::Agreed {
                    exchange: Exchange::default(),
                    parties,
                    seconds,
                    answered,
                };
                self.take_turn(ledger, key, turn);
                if let Some(known) = self.calls.get_mut(&key) {
                    known.answered = true;
                    known.deadline = NOW.get() + 24 * 3600;
                }
            }
            Step::Over => self.take_turn(ledger, key, Turn::Over { parties }),
            Step::Refuse => {
                let turn = Turn::Refused {
                    exchange: Exchange::default(),
                    transaction: Transaction::default(),
                    invite: true,
                };
                self.take_turn(ledger, key, turn);
            }
            Step::TakeBack(nth) => {
                if let Some(receiver) = ledger.nth(key, nth) {
                    let way = crate::pinholes::Way {
                        protocol: Protocol::Udp,
                        outside: PUBLIC,
                        told: receiver.binding.told,
                    };
                    ledger.take_back(key, &part(), &way);
                }
            }
            Step::Gone => {
                let mut forgotten = 0;
                while ledger.forget_one(key.root) {
                    forgotten += 1;
                    prop_assert!(forgotten <= parameters::max_calls(), "it never ends");
                }
                prop_assert_eq!(forgotten, self.count(|other, _| other.root == key.root));
            }
            Step::Wait(seconds) => NOW.set(NOW.get() + seconds),
            Step::Short(after, times) => kernel::refuse(after, times),
        }
        self.look(ledger);
        let all = self.count(|_, _| true);
        prop_assert!(all <= parameters::max_calls(), "{all} calls are remembered");
        for root in 1..7 {
            let own = self.count(|key, _| key.root == root);
            prop_assert!(
                own <= parameters::max_calls_per_connection(),
                "{own} of {root}"
            );
        }
        self.places(ledger)
    }

    /// An outside endpoint is somebody's where a call that is remembered has it, and nowhere else.
    fn places(&self, ledger: &Ledger) -> Result<(), TestCaseError> {
        for port in (30000..30012).step_by(2) {
            for root in 1..7 {
                let mut calls = self.calls.keys().filter(|key| key.root == root);
                let wanted = calls.any(|&key| {
                    let mut all = (0..).map_while(|nth| ledger.nth(key, nth));
                    all.any(|receiver| receiver.binding.told.rtp == port)
                });
                for port in [port, port + 1] {
                    let outside = SocketAddr::new(PUBLIC, port);
                    let got = ledger.is_of(NET, Protocol::Udp, outside, root);
                    prop_assert_eq!(got, wanted, "{} of {}", port, root);
                }
            }
        }
        Ok(())
    }

    /// With the connections everything goes: there is room for as many calls as at first.
    fn end(&mut self, ledger: &mut Ledger) -> Result<(), TestCaseError> {
        kernel::refuse(0, 0);
        for root in 1..7 {
            self.step(ledger, Key { root, call: 0 }, Step::Gone)?;
        }
        prop_assert!(self.calls.is_empty());
        for call in 0..u64::from(parameters::max_calls()) {
            let root = 1 + u32::try_from(call).unwrap() % 6;
            let key = Key { root, call };
            let room = ledger.begin((NET, client(root)), key, Party::default(), request(0));
            prop_assert_eq!(room, Room::Free);
            for port in [30000, 30002, 30004, 30006] {
                let receiver = Receiver::new(Binding::new(&part(), wish(port), told(port)));
                prop_assert_eq!(ledger.add(key, receiver), Room::Free);
            }
        }
        Ok(())
    }
}

/// A registration that a registrar has granted.
fn granted() -> Registration {
    let mut gateway = Gateway::new(1024);
    gateway.out(register("10.0.0.2:5060", "10.0.0.2:5060"));
    let contact = "<sip:alice@203.0.113.1:1024>;expires=60";
    gateway.back(registered("203.0.113.1:1024", contact));
    gateway.table.registrations[0].1
}

proptest! {
    #[test]
    fn whatever_calls_do_the_tables_agree(steps in prop::collection::vec(step(), 1..300)) {
        NOW.set(1000);
        kernel::refuse(0, 0);
        let mut ledger = Ledger::new().unwrap();
        let mut model = Model::default();
        for (root, call, step) in steps {
            model.step(&mut ledger, Key { root, call }, step)?;
        }
        model.end(&mut ledger)?;
    }

    #[test]
    fn call_of_several_branches_ends_with_the_last_one_that_is_refused(
        count in 1..13u32,
        refused in prop::collection::vec((0..13u32, any::<bool>()), 0..60),
    ) {
        NOW.set(1000);
        kernel::refuse(0, 0);
        let mut ledger = Ledger::new().unwrap();
        let key = Key { root: 1, call: 1 };
        for branch in 0..count {
            ledger.begin((NET, client(1)), key, Party::default(), request(branch));
        }
        let mut ringing: std::collections::BTreeSet<_> = (0..count).collect();
        for (branch, by_answerer) in refused {
            let turn = Turn::Refused {
                exchange: Exchange::default(),
                transaction: Transaction(branch),
                invite: true,
            };
            if !by_answerer {
                prop_assert!(!ledger.turn(key, turn, ASKER), "it is refused by who asks");
                continue;
            }
            ringing.remove(&branch);
            let over = ledger.turn(key, turn, ANSWERER);
            prop_assert_eq!(over, branch < count && ringing.is_empty(), "{} of {}", branch, count);
            if over {
                break;
            }
        }
    }

    #[test]
    fn whatever_registers_what_was_granted_stays(
        steps in prop::collection::vec((1..7u32, 0..8u64, 0..3u8), 1..200)
    ) {
        NOW.set(1000);
        kernel::refuse(0, 0);
        let bound = granted();
        let mut registrar = Registrar::new();
        let mut granted = std::collections::BTreeSet::new();
        let mut asked = std::collections::BTreeSet::new();
        for (root, call, what) in steps {
            let key = Key { root, call };
            let of = (key, client(root));
            match what {
                0 => {
                    let known = registrar.get(key).unwrap_or_default();
                    registrar.set(of, known, 300);
                    asked.insert(key);
                }
                1 if registrar.get(key).is_some() => {
                    registrar.set(of, bound, 3600);
                    granted.insert(key);
                }
                1 => {}
                _ => {
                    registrar.set(of, Registration::default(), 0);
                    granted.remove(&key);
                }
            }
            for &key in &granted {
                prop_assert!(registrar.get(key).is_some(), "{:?} was granted", key);
            }
            let known = asked.iter().filter(|&&key| registrar.get(key).is_some()).count();
            prop_assert!(known <= parameters::max_calls() as usize);
        }
        for root in 1..7 {
            registrar.forget(root);
        }
        for call in 0..u64::from(parameters::max_calls()) {
            let key = Key { root: 1, call };
            let room = registrar.set((key, 1), Registration::default(), 300);
            prop_assert_eq!(room, Room::Free);
        }
    }
}
