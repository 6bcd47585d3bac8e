// SPDX-License-Identifier: GPL-2.0

//! SIP through NAT and firewalls: a conntrack helper and NAT helper named `sip`.
//!
//! [`helper`] carries a packet from netfilter to the decision core, the crate `alg`, and writes
//! what that decides; [`pinholes`] and [`expected`] are its arms in conntrack, [`calls`] its memory. All
//! that is unsafe lives in [`nf`].

use kernel::prelude::*;

mod calls;
mod counters;
mod expected;
mod helper;
mod memory;
mod nf;
mod pinholes;
mod workspace;

use helper::Sip;

module! {
    type: NfSip,
    name: "nf_sip",
    authors: ["The nf_sip authors"],
    description: "SIP connection tracking and NAT helper",
    license: "GPL v2",
    alias: ["nfct-helper-sip", "ip_conntrack_sip", "ip_nat_sip"],
}

/// The module: what it has registered, in the order in which it is taken back.
#[pin_data]
struct NfSip {
    #[pin]
    udp: nf::helper::Registration<Sip>,
}

impl kernel::InPlaceModule for NfSip {
    fn init(_module: &'static ThisModule) -> impl PinInit<Self, Error> {
        try_pin_init!(Self {
            udp <- nf::helper::Registration::new(Sip::new()),
        })
    }
}
