// SPDX-License-Identifier: GPL-2.0

//! The core in a modelled gateway: whole messages in, whole messages out.

mod calls;
mod corpus;
mod gateway;
mod messages;
mod properties;
mod registrations;
