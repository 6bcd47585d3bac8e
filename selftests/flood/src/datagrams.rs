// SPDX-License-Identifier: GPL-2.0

//! Rounds of datagrams: what each of them has to come to, and whether it does.
//!
//! Whatever is a datagram by any reading has to arrive, changed at most where a translation changes
//! something. What is none by some reading is sent a second time by a connection without the helper:
//! if it arrives there, it has to arrive here.

use std::collections::HashMap;
use std::io::{
    self,
    ErrorKind, //
};
use std::net::SocketAddr;

use crate::dialog::{
    Dialog,
    Ends,
    Side,
    Step, //
};
use crate::judge::{
    judge,
    Finding, //
};
use crate::mutation::{
    garbage,
    mutate, //
};
use crate::packet::{
    packets,
    settle,
    Arrived,
    Form,
    Order,
    Sum, //
};
use crate::patience::Patience;
use crate::place::Wire;
use crate::random::Random;
use crate::report::Report;
use crate::Plan;

/// Bytes of a round, which have to fit into the buffers of two sockets.
const ROUND: usize = 500_000;

/// Rounds for which a connection lasts.
const LIFE: u64 = 8;

/// No SIP, and the last of a round.
const MARK: &[u8] = b"\xff\xfethe last of a round";

struct Item {
    side: Side,
    sent: Vec<u8>,
    form: Form,
    may_change: bool,
    /// The same by the other connection, where it is not known whether it arrives.
    control: Option<u16>,
}

/// A connection with the helper, and one without.
struct Flow {
    test: Ends,
    control: Ends,
}

pub struct Datagrams<'p> {
    plan: &'p Plan,
    phone: Wire,
    server: Wire,
    flow: Option<Flow>,
    id: u16,
    items: HashMap<u16, Item>,
    arrived: HashMap<u16, Vec<Arrived>>,
}

impl<'p> Datagrams<'p> {
    pub fn new(plan: &'p Plan) -> io::Result<Self> {
        Ok(Self {
            plan,
            phone: Wire::new(&plan.phone_name)?,
            server: Wire::new(&plan.server_name)?,
            flow: None,
            id: 0,
            items: HashMap::new(),
            arrived: HashMap::new(),
        })
    }

    /// Sends what belongs to one round, and looks at what comes.
    pub fn round(&mut self, number: u64, report: &mut Report) -> io::Result<()> {
        let random = &mut Random::of_round(self.plan.seed, number);
        self.items.clear();
        self.arrived.clear();
        if self.flow.is_none() || number % LIFE == 0 {
            let port = random.between(1024, 65000) as u16;
            self.flow = self.open(port)?;
        }
        let Some(flow) = &self.flow else {
            report.wrong(number, "a new connection has no way out".to_owned());
            return Ok(());
        };
        let (test, control) = (flow.test, flow.control);
        let name = format!("u{}-{number}", self.plan.seed);
        let steps = Dialog::steps(random, test, "UDP", &name);
        let before = self.bytes();
        for at in 0..steps.len() {
            match &steps[at] {
                Step::Message(side, text) => {
                    let other = match &steps[random.below(steps.len())] {
                        Step::Message(_, text) => text.as_slice(),
                        Step::Media(..) => b"",
                    };
                    self.variants(random, &(test, control), *side, text, other)?;
                }
                Step::Media(side, port) => self.media(&test, *side, *port)?,
            }
            if self.bytes() - before > ROUND {
                break;
            }
        }
        self.finish(&test, number, report)
    }

    fn bytes(&self) -> usize {
        self.items.values().map(|item| item.sent.len() + 500).sum()
    }

    fn next_id(&mut self) -> u16 {
        self.id = self.id.checked_add(1).unwrap_or(1);
        self.id
    }

    /// A message as it is, and some that come of it.
    fn variants(
        &mut self,
        random: &mut Random,
        ends: &(Ends, Ends),
        side: Side,
        text: &[u8],
        other: &[u8],
    ) -> io::Result<()> {
        if random.percent(70) {
            let form = form(random, text.len());
            self.item(ends, side, text.to_vec(), form, true)?;
        }
        if random.percent(3) {
            // At every byte of a part of it.
            let from = random.below(text.len().max(1));
            for end in from..text.len().min(from + 40) {
                self.item(ends, side, text[..end].to_vec(), Form::default(), true)?;
            }
        }
        for _ in 0..random.between(0, 3) {
            let mut text = text.to_vec();
            mutate(random, &mut text, other);
            let form = form(random, text.len());
            self.item(ends, side, text, form, true)?;
        }
        if random.percent(20) {
            let data = garbage(random);
            let form = form(random, data.len());
            self.item(ends, side, data, form, false)?;
        }
        Ok(())
    }

    fn item(
        &mut self,
        (test, control): &(Ends, Ends),
        side: Side,
        sent: Vec<u8>,
        form: Form,
        may_change: bool,
    ) -> io::Result<()> {
        let odd = form.length.is_some()
            || form.checksum != 0
            || !form.trailer.is_empty()
            || !matches!(form.order, Order::Forwards | Order::Backwards);
        let again = match odd {
            true => Some(self.send(control, side, &sent, &form)?),
            false => None,
        };
        let id = self.send(test, side, &sent, &form)?;
        let item = Item {
            side,
            sent,
            form,
            may_change,
            control: again,
        };
        self.items.insert(id, item);
        Ok(())
    }

    fn send(&mut self, ends: &Ends, side: Side, payload: &[u8], form: &Form) -> io::Result<u16> {
        let (from, to) = match side {
            Side::Phone => (ends.phone, ends.server),
            Side::Server => (ends.server, ends.public),
        };
        self.send_to(side, (from, to), payload, form)
    }

    fn send_to(
        &mut self,
        side: Side,
        (from, to): (SocketAddr, SocketAddr),
        payload: &[u8],
        form: &Form,
    ) -> io::Result<u16> {
        let (SocketAddr::V4(from), SocketAddr::V4(to)) = (from, to) else {
            return Err(ErrorKind::Unsupported.into());
        };
        let id = self.next_id();
        let wire = match side {
            Side::Phone => &self.phone,
            Side::Server => &self.server,
        };
        for packet in packets(from, to, id, payload, form) {
            wire.send(&packet, to)?;
        }
        Ok(id)
    }

    fn media(&mut self, ends: &Ends, side: Side, port: u16) -> io::Result<()> {
        let at = |end: SocketAddr, port| SocketAddr::new(end.ip(), port);
        let way = match side {
            Side::Phone => (at(ends.phone, port), at(ends.server, 40000)),
            Side::Server => (at(ends.server, 40000), at(ends.public, port)),
        };
        self.send_to(
            side,
            way,
            b"\x80\x08\0\0\0\0\0\0\0\0\0\0media",
            &Form::default(),
        )?;
        Ok(())
    }

    /// Opens two connections of a phone's; [`None`] where that does not get through.
    fn open(&mut self, port: u16) -> io::Result<Option<Flow>> {
        let mut opened = Vec::new();
        for server_port in [self.plan.test_port, self.plan.control_port] {
            let phone = SocketAddr::new(self.plan.phone, port);
            let server = SocketAddr::new(self.plan.server, server_port);
            let ends = Ends {
                phone,
                public: SocketAddr::new(self.plan.public, port),
                server,
            };
            let id = self.send(&ends, Side::Phone, MARK, &Form::default())?;
            let mut patience = Patience::new(self.plan.patience);
            let public = loop {
                self.receive(&ends)?;
                if let Some(found) = self.arrived.remove(&id) {
                    break found[0].from;
                }
                if patience.is_over() {
                    return Ok(None);
                }
            };
            opened.push(Ends { public, ..ends });
        }
        Ok(Some(Flow {
            test: opened[0],
            control: opened[1],
        }))
    }

    /// Takes what has come to both sides.
    fn receive(&mut self, ends: &Ends) -> io::Result<()> {
        for side in [Side::Phone, Side::Server] {
            let wire = match side {
                Side::Phone => &mut self.phone,
                Side::Server => &mut self.server,
            };
            while let Some(packet) = wire.next()? {
                let Some(arrived) = Arrived::read(packet) else {
                    continue;
                };
                let ours = match side {
                    Side::Phone => arrived.from.ip() == ends.server.ip(),
                    Side::Server => arrived.to.ip() == ends.server.ip(),
                };
                if ours {
                    self.arrived.entry(arrived.id).or_default().push(arrived);
                }
            }
        }
        Ok(())
    }

    /// Waits for all of the round, and judges it.
    fn finish(&mut self, ends: &Ends, number: u64, report: &mut Report) -> io::Result<()> {
        let sides = [Side::Phone, Side::Server];
        let mut marks = Vec::new();
        for side in sides {
            marks.push(self.send(ends, side, MARK, &Form::default())?);
        }
        let mut patience = Patience::new(self.plan.patience);
        let owed = |datagrams: &Self| {
            let owed = datagrams
                .items
                .iter()
                .filter(|(_, item)| item.control.is_none());
            owed.map(|(id, _)| *id)
                .filter(|id| !datagrams.arrived.contains_key(id))
                .count()
        };
        let was_good = report.is_good();
        loop {
            self.receive(ends)?;
            let marked = marks.iter().all(|mark| self.arrived.contains_key(mark));
            if marked && owed(self) == 0 {
                break;
            }
            if patience.is_over() {
                if !marked {
                    report.wrong(number, "what ends a round was lost".to_owned());
                }
                break;
            }
        }
        for (id, item) in &self.items {
            self.judge(*id, item, ends, number, report);
        }
        if was_good && !report.is_good() {
            print!("{}{}", self.phone.sockets()?, self.server.sockets()?);
        }
        Ok(())
    }

    fn judge(&self, id: u16, item: &Item, ends: &Ends, number: u64, report: &mut Report) {
        report.datagrams += 1;
        let control = item.control.and_then(|id| self.arrived.get(&id));
        let owed = item.control.is_none() || control.is_some();
        let Some(found) = self.arrived.get(&id) else {
            if owed {
                report.wrong(number, format!("lost: {}", described(item)));
            }
            return;
        };
        report.arrived += 1;
        let usual = control.map_or(1, Vec::len);
        if found.len() != usual {
            let text = format!(
                "came {} times instead of {usual}: {}",
                found.len(),
                described(item)
            );
            report.wrong(number, text);
        }
        let wanted = control.map_or(&item.sent, |found| &found[0].payload);
        let finding = judge(wanted, &found[0].payload, ends);
        let sum = found[0].sum;
        let right = match (item.form.unsummed, item.form.checksum) {
            (true, _) => sum != Sum::Wrong,
            (false, 0) => sum == Sum::Right,
            (false, _) => sum != Sum::Right,
        };
        let damaged = item.form.checksum != 0;
        if !right && (item.control.is_none() || damaged) {
            report.wrong(
                number,
                format!("the checksum is {sum:?}: {}", described(item)),
            );
        }
        match finding {
            Finding::Equal => {}
            Finding::Translated if item.may_change && self.plan.translates && !damaged => {
                report.changed += 1;
            }
            Finding::Translated => {
                report.wrong(
                    number,
                    format!("changed, and should not be: {}", described(item)),
                );
            }
            Finding::Changed(old, new) => {
                let text = format!("'{old}' has become '{new}': {}", described(item));
                report.wrong(number, text);
            }
        }
    }
}

fn described(item: &Item) -> String {
    let Item {
        side, sent, form, ..
    } = item;
    let text = sent[..sent.len().min(1500)].escape_ascii();
    format!("from the {side:?}, {} bytes, {form:?}\n{text}", sent.len())
}

/// Mostly as any datagram.
fn form(random: &mut Random, len: usize) -> Form {
    let mut form = Form::default();
    match random.below(100) {
        0..=69 => {}
        70..=75 => form.unsummed = true,
        76..=78 if len < 65000 => form.options = random.between(1, 10),
        // What outgrows the wire all the same gets another identification, by which it is known here.
        79..=81 if !(1300..1480).contains(&len) => form.dont_fragment = true,
        82..=89 => {
            form.fragment = 8 * random.between((len / 64 / 8).max(1), 180);
            form.order = *random.pick(&[
                Order::Forwards,
                Order::Backwards,
                Order::Doubled,
                Order::Incomplete,
                Order::Overlapping,
            ]);
        }
        90..=92 => {
            let stated = *random.pick(&[0, 7, 8, 9, len + 7, len + 9, len / 2, 65535]);
            form.length = Some(stated.min(65535) as u16);
            form.unsummed = random.percent(50);
        }
        93..=95 => form.checksum = random.between(1, 65534) as u16,
        _ => {
            let most = random.size(200).min(65507 - len.min(65507));
            form.trailer = (0..most).map(|_| random.byte()).collect();
            form.unsummed = random.percent(50);
            if random.percent(50) {
                settle(&mut form.trailer);
            }
        }
    }
    form
}
