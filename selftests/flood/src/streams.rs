// SPDX-License-Identifier: GPL-2.0

//! Rounds of streams: a connection over TCP on which both sides say what they have to at once, cut in
//! any way. All has to arrive, in its order, changed at most where a translation changes something.

use std::io::{
    self,
    ErrorKind,
    Read,
    Write, //
};
use std::net::{
    Shutdown,
    SocketAddr,
    TcpListener,
    TcpStream, //
};
use std::time::Duration;

use socket2::{
    Domain,
    Socket,
    Type, //
};

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
use crate::patience::Patience;
use crate::place::{
    inside,
    listen, //
};
use crate::random::Random;
use crate::report::Report;
use crate::Plan;

/// One end: what it has to say, how far it is, and what has come.
struct End {
    stream: TcpStream,
    says: Vec<u8>,
    said: usize,
    heard: Vec<u8>,
    over: bool,
}

impl End {
    fn new(stream: TcpStream, says: Vec<u8>) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            says,
            said: 0,
            heard: Vec::new(),
            over: false,
        })
    }

    /// Says and hears what it can; true where something has happened.
    fn go_on(&mut self, random: &mut Random) -> io::Result<bool> {
        let mut moved = false;
        let rest = &self.says[self.said..];
        if !rest.is_empty() {
            let len = random.size(3000).min(rest.len());
            match self.stream.write(&rest[..len]) {
                Ok(len) => {
                    self.said += len;
                    moved = true;
                    if self.said == self.says.len() {
                        self.stream.shutdown(Shutdown::Write)?;
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        let mut room = [0; 1 << 14];
        match self.stream.read(&mut room) {
            Ok(0) => {
                moved |= !self.over;
                self.over = true;
            }
            Ok(len) => {
                self.heard.extend_from_slice(&room[..len]);
                moved = true;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        Ok(moved)
    }
}

pub struct Streams<'p> {
    plan: &'p Plan,
    listener: TcpListener,
}

impl<'p> Streams<'p> {
    pub fn new(plan: &'p Plan) -> io::Result<Self> {
        let at = SocketAddr::new(plan.server, plan.test_port);
        Ok(Self {
            plan,
            listener: listen(&plan.server_name, at)?,
        })
    }

    /// Opens a connection; the ends are as each side sees them.
    fn open(&self) -> io::Result<(TcpStream, TcpStream, Ends)> {
        let at = SocketAddr::new(self.plan.server, self.plan.test_port);
        let near: TcpStream = inside(&self.plan.phone_name, || {
            let socket = Socket::new(Domain::for_address(at), Type::STREAM, None)?;
            socket.bind(&SocketAddr::new(self.plan.phone, 0).into())?;
            socket.connect_timeout(&at.into(), self.plan.patience)?;
            Ok(socket.into())
        })?;
        let (far, public) = self.listener.accept()?;
        let ends = Ends {
            phone: near.local_addr()?,
            public,
            server: at,
        };
        Ok((near, far, ends))
    }

    pub fn round(&mut self, number: u64, report: &mut Report) -> io::Result<()> {
        let random = &mut Random::of_round(self.plan.seed, number);
        let (near, far, ends) = match self.open() {
            Ok(opened) => opened,
            Err(error) => {
                report.wrong(number, format!("a connection did not come about: {error}"));
                return Ok(());
            }
        };
        let name = format!("t{}-{number}", self.plan.seed);
        let (own, other, messages) = said(random, ends, &name);
        report.streams += 1;
        report.messages += messages;
        let mut ends_of = [End::new(near, own)?, End::new(far, other)?];
        // Where one of them goes without a word.
        let leaves = random
            .percent(10)
            .then(|| random.below(ends_of[0].says.len() + 1));
        let mut patience = Patience::new(self.plan.patience);
        while !ends_of.iter().all(|end| end.over) {
            let mut moved = false;
            for end in &mut ends_of {
                match end.go_on(random) {
                    Ok(one) => moved |= one,
                    Err(error) => {
                        report.wrong(number, format!("a connection broke: {error}"));
                        return Ok(());
                    }
                }
            }
            if leaves.is_some_and(|at| ends_of[0].said >= at) {
                let socket = Socket::from(ends_of[0].stream.try_clone()?);
                return socket.set_linger(Some(Duration::ZERO));
            }
            if moved {
                patience = Patience::new(self.plan.patience);
            } else if patience.is_over() {
                let text = ends_of.iter().zip(["phone", "server"]).map(|(end, name)| {
                    format!(
                        "{name}: said {} of {}, heard {}",
                        end.said,
                        end.says.len(),
                        end.heard.len()
                    )
                });
                report.wrong(
                    number,
                    format!("a stand: {}", text.collect::<Vec<_>>().join("; ")),
                );
                return Ok(());
            } else {
                std::thread::sleep(Duration::from_micros(200));
            }
        }
        let [near, far] = &ends_of;
        for (from, to) in [(near, far), (far, near)] {
            report.bytes += from.says.len() as u64;
            match judge(&from.says, &to.heard, &ends) {
                Finding::Equal => {}
                Finding::Translated if self.plan.translates => report.changed += 1,
                Finding::Translated => {
                    report.wrong(number, "changed, and should not be".to_owned());
                }
                Finding::Changed(old, new) => {
                    let (sent, got) = (from.says.len(), to.heard.len());
                    let text =
                        format!("'{old}' has become '{new}', in {sent} bytes that became {got}");
                    report.wrong(number, text);
                }
            }
        }
        Ok(())
    }
}

/// What both sides say on a connection, and how many messages that are.
fn said(random: &mut Random, ends: Ends, name: &str) -> (Vec<u8>, Vec<u8>, u64) {
    let (mut own, mut other, mut messages) = (Vec::new(), Vec::new(), 0);
    // Some streams are good from the first to the last byte.
    let share = *random.pick(&[0, 5, 40]);
    for number in 0..random.between(1, 4) {
        for step in Dialog::steps(random, ends, "TCP", &format!("{name}-{number}")) {
            let Step::Message(side, mut text) = step else {
                continue;
            };
            if random.percent(share) {
                let before = text.clone();
                mutate(random, &mut text, &before);
            }
            if random.percent(share / 8) {
                text = garbage(random);
            }
            if random.percent(10) {
                text.extend_from_slice(b"\r\n\r\n");
            }
            messages += 1;
            match side {
                Side::Phone => own.extend_from_slice(&text),
                Side::Server => other.extend_from_slice(&text),
            }
        }
    }
    // Nobody is silent: who has nothing to say would never end.
    own.extend_from_slice(b"\r\n\r\n");
    other.extend_from_slice(b"\r\n\r\n");
    (own, other, messages)
}
