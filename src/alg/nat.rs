// SPDX-License-Identifier: GPL-2.0

//! From one side of the NAT to the other: what an endpoint becomes, and how that is written.

mod edits;
mod flow;
mod forms;
mod listening;
mod mapper;
mod place;
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
pub use forms::Forms;
pub use listening::Listening;
pub use mapper::Mapper;
pub use place::{
    Place,
    Role, //
};
