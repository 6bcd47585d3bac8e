// SPDX-License-Identifier: GPL-2.0

//! From one side of the NAT to the other: what an endpoint becomes, and how that is written.

mod edits;
mod flow;
mod listening;
mod mapper;
mod write;

pub use edits::{
    Edit,
    Edits,
    Full,
    New,
    Region, //
};
pub use flow::{
    Flow,
    Named,
    Translation, //
};
pub use listening::Listening;
pub use mapper::{
    Forms,
    Mapper,
    Place,
    Role, //
};
