// SPDX-License-Identifier: GPL-2.0

//! The forms in which the parties of a connection write their own endpoints.

use super::Role;

/// How the two parties of a connection write their own endpoints, for each role.
///
/// The default port needs no mention, the mapped one does; and one who knows its outside endpoint by
/// itself (from STUN, or from `rport`) writes that. On the way back everybody gets its own form again.
/// One of whom nobody knows what it calls itself in From and To is called there as in its Contact.
/// The low half belongs to who opened the connection, the high half to the other one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forms(u32);

/// A form other than the endpoint as it is.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// Without a port, which had to be written.
    Portless,
    /// As it is outside.
    Learned,
}

impl Forms {
    /// Forms as they were stored.
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// Forms to be stored.
    pub const fn bits(self) -> u32 {
        self.0
    }

    const fn bit(opener: bool, role: Role, form: Form) -> u32 {
        let form = match form {
            Form::Portless => 1u32,
            Form::Learned => 2,
        };
        let form = form.wrapping_shl(match role {
            Role::Target => 0,
            Role::Via => 2,
            Role::Identity => 4,
            Role::LowerVia => 6,
            Role::Maddr => 8,
            Role::Route => 10,
        });
        form.wrapping_shl(if opener { 0 } else { 16 })
    }

    /// Whether it has said who it is, in any form.
    const fn identified(opener: bool) -> u32 {
        1u32.wrapping_shl(if opener { 12 } else { 28 })
    }

    pub(super) fn remember(&mut self, opener: bool, role: Role, form: Option<Form>) {
        if matches!(role, Role::Identity) {
            self.0 |= Self::identified(opener);
        }
        let bit = |form| Self::bit(opener, role, form);
        self.0 &= !(bit(Form::Portless) | bit(Form::Learned));
        self.0 |= form.map_or(0, bit);
    }

    pub(super) const fn is(self, opener: bool, role: Role, form: Form) -> bool {
        let unknown = self.0 & Self::identified(opener) == 0;
        let role = match (role, form) {
            (Role::Identity, Form::Learned) if unknown => Role::Target,
            _ => role,
        };
        self.0 & Self::bit(opener, role, form) != 0
    }
}
