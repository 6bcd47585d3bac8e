// SPDX-License-Identifier: GPL-2.0

//! Messages written by others, where they lie beside the repository.

use std::fs;
use std::path::Path;

use alg::Reason;

use crate::gateway::{
    same,
    Gateway,
    PHONE,
    PUBLIC,
    SERVER, //
};
use crate::reader::{
    checked,
    described,
    written_anew, //
};

/// Every message with its name, or nothing where the corpus is absent, which is said.
pub fn corpus() -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let mut messages = Vec::new();
    for folder in fs::read_dir(root).into_iter().flatten().flatten() {
        for file in fs::read_dir(folder.path()).into_iter().flatten().flatten() {
            let path = file.path();
            if path.extension().is_some_and(|end| end == "sip") {
                let folder = folder.file_name().into_string().unwrap();
                let name = file.file_name().into_string().unwrap();
                messages.push((format!("{folder}/{name}"), fs::read(path).unwrap()));
            }
        }
    }
    if messages.is_empty() {
        std::println!("# SKIP no corpus beside the repository");
    }
    messages.sort();
    messages
}

/// The elements that `docs/corpus.md` says are not read.
fn judged() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/corpus.md");
    let text = fs::read_to_string(path).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| {
        let mut cells = row.split('|').map(|cell| cell.trim().trim_end_matches('`'));
        let (name, wrong) = (cells.next().unwrap(), cells.next().unwrap());
        let why = cells.next().unwrap_or_default();
        assert!(!why.is_empty(), "{name} is not judged");
        format!("{name}: {wrong}")
    })
    .collect()
}

/// The `Element@offset` in what is shown of a message.
fn not_read(message: &[u8]) -> Vec<String> {
    let shown = described(message);
    let words = shown.split([' ', '\n']);
    words
        .filter_map(|word| word.strip_prefix('!'))
        .filter(|word| word.starts_with(char::is_uppercase) && word.contains('@'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn message_is_read_or_stands_in_the_table_of_those_that_are_not() {
    let messages = corpus();
    let mut found = Vec::new();
    for (name, message) in &messages {
        let wrong = not_read(message);
        if !wrong.is_empty() {
            found.push(format!("{name}: {}", wrong.join(", ")));
        }
    }
    if !messages.is_empty() {
        same(found.join("\n"), judged().join("\n"));
    }
}

#[test]
fn places_lie_in_order_and_fields_give_the_bytes_back() {
    for (name, message) in corpus() {
        let read = checked(&message);
        assert_eq!(
            written_anew(&message),
            read.is_ok().then_some(message),
            "{name}"
        );
    }
}

#[test]
fn message_that_names_no_endpoint_of_the_flow_passes_unchanged() {
    let messages = corpus();
    if messages.is_empty() {
        return;
    }
    let named = |text: &[u8]| {
        [PHONE.ip(), SERVER.ip(), PUBLIC].iter().any(|ip| {
            let ip = ip.to_string();
            text.windows(ip.len()).any(|part| part == ip.as_bytes())
        })
    };
    let mut tried = 0;
    for (_, message) in messages.iter().filter(|(_, message)| !named(message)) {
        same(Gateway::new(1024).out(message), message);
        same(Gateway::new(1024).back(message), message);
        tried += 1;
    }
    assert!(tried > 1000, "only {tried} messages name no endpoint");
}

#[test]
fn message_is_not_too_much_to_read() {
    for (name, message) in corpus() {
        let mut gateway = Gateway::new(1024);
        for flow in [gateway.out_flow(), gateway.back_flow()] {
            gateway.pass(&flow, &message);
            assert!(!gateway.reasons.has(Reason::TooMuchToRead), "{name}");
        }
    }
}
