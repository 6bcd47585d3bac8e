// SPDX-License-Identifier: GPL-2.0

//! What the targets share with the tests.

#[path = "../tests/alg/gateway.rs"]
pub mod gateway;
pub mod names;
#[path = "../tests/alg/peer.rs"]
pub mod peer;
#[path = "../tests/alg/reader.rs"]
pub mod reader;
#[path = "../tests/alg/rewriting.rs"]
pub mod rewriting;
#[path = "../tests/alg/table.rs"]
pub mod table;
#[path = "../tests/alg/tcp.rs"]
pub mod tcp;
