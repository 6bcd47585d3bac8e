// SPDX-License-Identifier: GPL-2.0

//! The core in a modelled gateway: whole messages in, whole messages out.

mod bounds;
mod calls;
mod connections;
mod corpus;
mod dialogs;
mod effort;
mod flows;
mod framing;
mod gateway;
mod generous;
mod headers;
mod ice;
mod line;
mod linear;
mod listening;
mod messages;
mod peer;
mod properties;
mod reader;
mod registrations;
mod rewriting;
mod segments;
mod services;
mod shapes;
mod spans;
mod streams;
mod table;
mod tcp;
mod torture;
mod vectors;
mod windows;
