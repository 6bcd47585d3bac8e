// SPDX-License-Identifier: GPL-2.0-only

//! The two directions of a connection.

use super::bindings;

/// A direction of a connection, as seen from its first packet.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Direction {
    /// That of the first packet.
    Original,
    /// That of the answers.
    Reply,
}

impl Direction {
    /// Returns the other direction.
    pub(crate) const fn opposite(self) -> Self {
        match self {
            Self::Original => Self::Reply,
            Self::Reply => Self::Original,
        }
    }

    /// Returns the direction of a packet with this `enum ip_conntrack_info`.
    pub(super) const fn from_info(info: bindings::ip_conntrack_info) -> Self {
        if info >= bindings::ip_conntrack_info_IP_CT_IS_REPLY {
            Self::Reply
        } else {
            Self::Original
        }
    }

    pub(super) const fn from_raw(raw: bindings::ip_conntrack_dir) -> Self {
        if raw == bindings::ip_conntrack_dir_IP_CT_DIR_REPLY {
            Self::Reply
        } else {
            Self::Original
        }
    }

    pub(super) const fn as_raw(self) -> bindings::ip_conntrack_dir {
        match self {
            Self::Original => bindings::ip_conntrack_dir_IP_CT_DIR_ORIGINAL,
            Self::Reply => bindings::ip_conntrack_dir_IP_CT_DIR_REPLY,
        }
    }
}
