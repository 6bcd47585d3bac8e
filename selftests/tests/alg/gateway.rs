// SPDX-License-Identifier: GPL-2.0

//! A gateway that masquerades.
//!
//! ```text
//!   phone 10.0.0.2:5060 ---- gateway 203.0.113.1 ---- server 203.0.113.10:5060
//!          inside              port: mapped                  outside
//! ```

use std::net::{
    IpAddr,
    Ipv4Addr,
    SocketAddr, //
};

use alg::call::{
    Memory,
    Policy, //
};
use alg::nat::{
    Edit,
    Edits,
    Flow,
    Translation, //
};
use alg::Reasons;

use crate::table::Table;

pub const PHONE: SocketAddr = at([10, 0, 0, 2], 5060);
pub const SERVER: SocketAddr = at([203, 0, 113, 10], 5060);
pub const PUBLIC: IpAddr = at([203, 0, 113, 1], 0).ip();

pub const fn at(ip: [u8; 4], port: u16) -> SocketAddr {
    let [a, b, c, d] = ip;
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(a, b, c, d)), port)
}

/// One connection from the phone to the server, through the NAT.
pub struct Gateway {
    pub phone: SocketAddr,
    pub mapped: SocketAddr,
    pub policy: Policy,
    pub memory: Memory,
    pub table: Table,
    pub reasons: Reasons,
    /// Where the last packet went, if not to the port that the NAT says.
    pub port: Option<u16>,
    /// Whether the phone is a server that a rule leads to.
    pub forwarded: bool,
    /// Whether it is a connection over TCP.
    pub stream: bool,
}

impl Gateway {
    /// The phone's port keeps its number or becomes `mapped`.
    pub fn new(mapped: u16) -> Self {
        Self {
            phone: PHONE,
            mapped: SocketAddr::new(PUBLIC, mapped),
            policy: Policy {
                direct_media: true,
                direct_signalling: true,
                any_contact_port: false,
            },
            memory: Memory::default(),
            table: Table::default(),
            reasons: Reasons::default(),
            port: None,
            forwarded: false,
            stream: false,
        }
    }

    /// What the server gets of what the phone sends.
    pub fn out(&mut self, message: impl AsRef<[u8]>) -> Vec<u8> {
        let flow = self.out_flow();
        self.pass(&flow, message.as_ref())
    }

    /// What the phone gets of what the server sends.
    pub fn back(&mut self, message: impl AsRef<[u8]>) -> Vec<u8> {
        let flow = self.back_flow();
        self.pass(&flow, message.as_ref())
    }

    /// What conntrack says of a packet of the phone's.
    pub fn out_flow(&self) -> Flow {
        Flow {
            source: Translation {
                before: self.phone,
                after: self.mapped,
            },
            destination: Translation {
                before: SERVER,
                after: SERVER,
            },
            forwarded: false,
            opener: !self.forwarded,
            stream: self.stream,
        }
    }

    /// What conntrack says of a packet of the server's.
    pub fn back_flow(&self) -> Flow {
        Flow {
            source: Translation {
                before: SERVER,
                after: SERVER,
            },
            destination: Translation {
                before: self.mapped,
                after: self.phone,
            },
            forwarded: self.forwarded,
            opener: self.forwarded,
            stream: self.stream,
        }
    }

    /// What becomes of a message on any flow.
    pub fn pass(&mut self, flow: &Flow, message: &[u8]) -> Vec<u8> {
        let mut slots = [Edit::NONE; 256];
        let mut edits = Edits::new(message, &mut slots);
        self.table.opened.clear();
        self.reasons = alg::translate(
            flow,
            self.policy,
            &mut self.memory,
            &mut self.table,
            &mut edits,
        );
        self.port = edits.destination_port();
        let mut text = vec![0; message.len() + 4096];
        let Some(region) = edits.render(&mut text) else {
            return message.to_vec();
        };
        let mut new = message[..region.old.start].to_vec();
        new.extend_from_slice(&text[..region.new_len]);
        new.extend_from_slice(&message[region.old.end()..]);
        new
    }
}

/// Compares as text, so that a failure can be read.
#[track_caller]
pub fn same(got: impl AsRef<[u8]>, expected: impl AsRef<[u8]>) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(text(got.as_ref()), text(expected.as_ref()));
}
