// SPDX-License-Identifier: GPL-2.0

//! Whole messages on their way through the NAT; the first byte says in what direction and how.

#![no_main]

use alg::call::Policy;
use fuzz::gateway::Gateway;
use fuzz::rewriting::rewritten;
use fuzz::table::Table;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((how, message)) = bytes.split_first() else {
        return;
    };
    let bit = |bit: u8| how >> bit & 1 != 0;
    let mapped = if bit(0) { 5060 } else { 1024 };
    let gateway = Gateway::new(mapped);
    let flow = if bit(1) {
        gateway.out_flow()
    } else {
        gateway.back_flow()
    };
    let policy = Policy {
        direct_media: bit(2),
        direct_signalling: bit(3),
        any_contact_port: false,
    };
    let taken = if bit(5) { vec![4000, 5060] } else { Vec::new() };
    let mut table = Table {
        taken,
        full: bit(4),
        ..Table::default()
    };
    rewritten(message, &flow, policy, &mut table);
});
