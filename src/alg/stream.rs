// SPDX-License-Identifier: GPL-2.0

//! SIP over TCP: messages whole, whatever the segments (RFC 3261 18.3).
//!
//! [`Framing`] says where a message ends. [`Half`] is one direction of a connection: it
//! [holds](assembly) what is not a whole message yet; its [`outlet`] has whole ones [translated](Translate),
//! keeps what it has passed on until that is acknowledged, and knows by its [`window`] which position of the
//! one side is which of the other; [`reach`] says which segments can be of the stream, and [`sending`]
//! what goes on for a payload. [`Connection`] is both directions; it takes a segment and says what to send
//! in its place.
//! [`Header`] reads and writes a segment's own.

mod assembly;
mod connection;
mod frame;
mod half;
mod header;
mod mark;
mod moment;
mod outlet;
mod position;
mod queue;
mod reach;
mod sending;
mod translate;
mod window;

pub use connection::{
    Connection,
    Payload,
    Segment,
    Sending,
    Way, //
};
pub use frame::{
    Frame,
    Framing, //
};
pub use header::{
    Flags,
    Header, //
};
pub use moment::Moment;
pub use position::Position;
pub use queue::Buffer;
pub use translate::{
    Change,
    Note,
    Translate, //
};
