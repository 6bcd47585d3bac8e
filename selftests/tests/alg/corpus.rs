// SPDX-License-Identifier: GPL-2.0

//! Messages written by others, where they lie beside the repository.

use std::fs;
use std::path::Path;

use crate::gateway::{
    same,
    Gateway,
    PHONE,
    PUBLIC,
    SERVER, //
};

/// Every message, or nothing where the corpus is absent.
fn corpus() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let mut messages = Vec::new();
    for folder in fs::read_dir(root).into_iter().flatten().flatten() {
        for file in fs::read_dir(folder.path()).into_iter().flatten().flatten() {
            if file.path().extension().is_some_and(|end| end == "sip") {
                messages.push(fs::read(file.path()).unwrap());
            }
        }
    }
    messages
}

#[test]
fn message_that_names_no_endpoint_of_the_flow_passes_unchanged() {
    let messages = corpus();
    if messages.is_empty() {
        std::println!("# SKIP no corpus beside the repository");
        return;
    }
    let named = |text: &[u8]| {
        [PHONE.ip(), SERVER.ip(), PUBLIC].iter().any(|ip| {
            let ip = ip.to_string();
            text.windows(ip.len()).any(|part| part == ip.as_bytes())
        })
    };
    let mut tried = 0;
    for message in messages.iter().filter(|message| !named(message)) {
        same(Gateway::new(1024).out(message), message);
        same(Gateway::new(1024).back(message), message);
        tried += 1;
    }
    assert!(tried > 1000, "only {tried} messages name no endpoint");
}
