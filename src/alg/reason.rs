// SPDX-License-Identifier: GPL-2.0

//! Why a message, or something in it, is left as it stood.

use crate::call::Refusal;
use crate::nat::Full;
use crate::sip::{
    Element,
    Error, //
};

/// A reason to leave something alone. Each has a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The packet holds a keep-alive or nothing.
    KeepAlive,
    /// It does not begin like a SIP message.
    NotSip,
    /// It ends within its header.
    Truncated,
    /// It lacks a field that every message has, or its CSeq cannot be read: it does not prolong its connection.
    Incomplete,
    /// More changes than there is room for, or two in one place.
    TooManyChanges,
    /// More Contact header fields than are looked at.
    TooManyContacts,
    /// More header fields, values or parts than are looked at.
    TooMuchToRead,
    /// With its changes it would be longer than a datagram may be.
    TooLong,
    /// The Request-URI is covered by a digest (RFC 7616 3.4), so it stays.
    DigestCovered,
    /// From, To and P-Asserted-Identity are covered by an Identity (RFC 8224), so they stay.
    IdentityCovered,
    /// The sender knows its outside address by itself.
    Learned,
    /// A host that is neither of the flow's.
    Stranger,
    /// A port of the flow's hosts to which nothing leads.
    OtherPort,
    /// A registration of somebody else's Contact.
    ThirdParty,
    /// A body that says it is a session description and is none.
    NotSdp,
    /// A session description with more media lines or changes than there is room for.
    TooMuchMedia,
    /// No room to remember another call.
    TooManyCalls,
    /// Another call, that nobody had answered, was forgotten for this one.
    Displaced,
    /// No free port for a pinhole.
    NoPort,
    /// No room for another expectation.
    NoRoom,
    /// Expectations of the client that has most were removed for another one.
    MadeRoom,
    /// A pinhole was asked for at a port below 1024.
    ServicePort,
    /// Over TCP, a pinhole was asked for at a port that telephones do not listen on.
    UnusualPort,
    /// A REGISTER or its answer over TCP lacks what every one has, or they do not belong together.
    NotRegistering,
    /// The connection may not open pinholes.
    NotHere,
    /// A session description in an answer to an offer that nobody has made.
    Unasked,
}

impl Reason {
    /// All reasons, in the order of their counters.
    pub const ALL: [Self; 26] = [
        Self::KeepAlive,
        Self::NotSip,
        Self::Truncated,
        Self::Incomplete,
        Self::TooManyChanges,
        Self::TooManyContacts,
        Self::TooMuchToRead,
        Self::TooLong,
        Self::DigestCovered,
        Self::IdentityCovered,
        Self::Learned,
        Self::Stranger,
        Self::OtherPort,
        Self::ThirdParty,
        Self::NotSdp,
        Self::TooMuchMedia,
        Self::TooManyCalls,
        Self::Displaced,
        Self::NoPort,
        Self::NoRoom,
        Self::MadeRoom,
        Self::ServicePort,
        Self::UnusualPort,
        Self::NotRegistering,
        Self::NotHere,
        Self::Unasked,
    ];

    /// The counter's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::KeepAlive => "keep_alive",
            Self::NotSip => "not_sip",
            Self::Truncated => "truncated",
            Self::Incomplete => "incomplete",
            Self::TooManyChanges => "too_many_changes",
            Self::TooManyContacts => "too_many_contacts",
            Self::TooMuchToRead => "too_much_to_read",
            Self::TooLong => "too_long",
            Self::DigestCovered => "digest_covered",
            Self::IdentityCovered => "identity_covered",
            Self::Learned => "learned",
            Self::Stranger => "stranger",
            Self::OtherPort => "other_port",
            Self::ThirdParty => "third_party",
            Self::NotSdp => "not_sdp",
            Self::TooMuchMedia => "too_much_media",
            Self::TooManyCalls => "too_many_calls",
            Self::Displaced => "displaced",
            Self::NoPort => "no_port",
            Self::NoRoom => "no_room",
            Self::MadeRoom => "made_room",
            Self::ServicePort => "service_port",
            Self::UnusualPort => "unusual_port",
            Self::NotRegistering => "not_registering",
            Self::NotHere => "not_here",
            Self::Unasked => "unasked",
        }
    }

    /// Whether the whole message passes unchanged for it.
    pub const fn is_fatal(self) -> bool {
        matches!(
            self,
            Self::KeepAlive
                | Self::NotSip
                | Self::Truncated
                | Self::TooManyChanges
                | Self::TooManyContacts
                | Self::TooMuchToRead
                | Self::TooLong
        )
    }
}

impl From<Error> for Reason {
    fn from(error: Error) -> Self {
        match error.element {
            Element::Message => Self::KeepAlive,
            _ => Self::NotSip,
        }
    }
}

impl From<Full> for Reason {
    fn from(_: Full) -> Self {
        Self::TooManyChanges
    }
}

impl From<Refusal> for Reason {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoPort => Self::NoPort,
            Refusal::NoRoom => Self::NoRoom,
            Refusal::ServicePort => Self::ServicePort,
            Refusal::UnusualPort => Self::UnusualPort,
            Refusal::NotHere => Self::NotHere,
            Refusal::Unasked => Self::Unasked,
        }
    }
}

/// The reasons that one message met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reasons(u32);

impl Reasons {
    /// Adds a reason; a second time it changes nothing.
    #[inline]
    pub const fn add(&mut self, reason: Reason) {
        self.0 |= Self::bit(reason);
    }

    /// Whether it was met.
    #[inline]
    pub const fn has(self, reason: Reason) -> bool {
        self.0 & Self::bit(reason) != 0
    }

    /// Whether one of these was met.
    #[inline]
    pub const fn has_any(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// None yet.
    pub const fn none() -> Self {
        Self(0)
    }

    /// Whether the whole message passes unchanged.
    #[inline]
    pub const fn is_fatal(self) -> bool {
        self.has_any(FATAL)
    }

    /// The reasons, in the order of [`Reason::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Reason> {
        Reason::ALL
            .into_iter()
            .filter(move |&reason| self.has(reason))
    }

    const fn bit(reason: Reason) -> u32 {
        // CAST: The number of a reason is its place among them, of which there are fewer than bits.
        1u32.wrapping_shl(reason as u32)
    }
}

/// Those for which a message passes unchanged.
const FATAL: Reasons = {
    let mut fatal = Reasons::none();
    let mut rest: &[Reason] = &Reason::ALL;
    while let [reason, more @ ..] = rest {
        if reason.is_fatal() {
            fatal.add(*reason);
        }
        rest = more;
    }
    fatal
};

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_reason))]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_place_of_its_own() {
        for one in Reason::ALL {
            let mut reasons = Reasons::default();
            reasons.add(one);
            assert!(reasons.has(one) && reasons.has_any(reasons));
            assert!(reasons.iter().eq([one]));
            assert_eq!(reasons.is_fatal(), one.is_fatal());
        }
    }
}
