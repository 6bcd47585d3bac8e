// SPDX-License-Identifier: GPL-2.0

//! SIP through NAT and firewalls: a conntrack helper and NAT helper named `sip`.
//!
//! [`datagrams`] and [`streams`] carry packets from netfilter to the decision core, the crate `alg`, by
//! way of [`helper`], and write what that decides; [`pinholes`] and [`expected`] are its arms in conntrack,
//! [`calls`] its memory. All that is unsafe lives in [`nf`].

use kernel::prelude::*;

mod calls;
mod counters;
mod datagrams;
mod expected;
mod helper;
mod memory;
mod nf;
mod pinholes;
mod streams;
mod workspace;

use kernel::sync::Arc;

use datagrams::Datagrams;
use helper::Sip;
use streams::Streams;

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
    udp: nf::helper::Registration<Datagrams>,
    #[pin]
    tcp: nf::helper::Registration<Streams>,
}

impl kernel::InPlaceModule for NfSip {
    fn init(_module: &'static ThisModule) -> impl PinInit<Self, Error> {
        pin_init::pin_init_scope(|| {
            let sip = Arc::pin_init(Sip::new(), GFP_KERNEL)?;
            let datagrams = Datagrams::new(sip.clone());
            let streams = Streams::new(sip);
            Ok(try_pin_init!(Self {
                udp <- nf::helper::Registration::new(datagrams),
                tcp <- nf::helper::Registration::new(streams),
            }))
        })
    }
}
