// SPDX-License-Identifier: GPL-2.0

//! What the messages of a call make of the media that its parties have described.
//!
//! An offer and its answer (RFC 3264) are one *exchange*: INVITE, UPDATE or PRACK and the responses to
//! it, or a 2xx and its ACK. What a party describes is pending until the exchange is agreed, and from
//! then on takes the place of what it has described before.

use crate::facts::{
    self,
    Facts, //
};
use crate::sip::{
    Method,
    StartLine, //
};
use crate::word::first_word;
use crate::Text;

/// A party of a call, known by a digest of its tag (RFC 3261 19.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Party(pub(super) u32);

/// An offer and its answer, known by a digest of the requester's tag and CSeq number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exchange(pub u32);

/// A request and its responses, known by a digest of the branch in its topmost Via (RFC 3261 17.1.3). One
/// exchange has several where branches of a fork come by the same way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Transaction(pub u32);

/// Who describes media in a message, and in which exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// The call's Call-ID.
    pub call_id: &'a [u8],
    /// Who describes.
    pub party: Party,
    /// In which exchange.
    pub exchange: Exchange,
    /// Whether that goes on, as the message is a provisional response.
    pub early: bool,
    /// What the message is to it.
    pub step: Step,
}

/// What a message is to its exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A request that begins it.
    Begins,
    /// A response.
    Answers,
    /// The ACK of who has begun it.
    Acknowledges,
}

/// What a message says about the exchange that it belongs to, or about the whole call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// A request begins the exchange, of a call that may be new.
    Begun {
        /// Which one.
        exchange: Exchange,
        /// By which request.
        transaction: Transaction,
        /// Who asks.
        by: Party,
    },
    /// The exchange was agreed upon, by a 2xx.
    Agreed {
        /// Which one.
        exchange: Exchange,
        /// Who has agreed.
        parties: [Party; 2],
        /// For how many seconds the session was agreed upon (RFC 4028), where that is said.
        seconds: Option<u32>,
        /// Whether the branches of a fork that have not answered are gone by it.
        answered: bool,
    },
    /// The offer of a 2xx is answered, in its ACK.
    Acknowledged {
        /// Which exchange.
        exchange: Exchange,
        /// Who has agreed.
        parties: [Party; 2],
    },
    /// A request is about to be refused, by a CANCEL.
    Cancelled {
        /// Of which exchange.
        exchange: Exchange,
        /// Which request.
        transaction: Transaction,
    },
    /// A request was refused, the last one of its exchange; what was agreed upon before holds on (RFC 3261 14.1).
    Refused {
        /// Of which exchange.
        exchange: Exchange,
        /// Which request.
        transaction: Transaction,
        /// Whether it is an INVITE: the first one that is refused ends the call.
        invite: bool,
    },
    /// The dialog is over, by a BYE.
    Over {
        /// Whose dialog.
        parties: [Party; 2],
    },
}

impl Turn {
    /// Whether it may be the last of a call.
    pub const fn ends(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::Over { .. })
    }
}

/// The dialog that a message belongs to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dialog<'a> {
    call_id: &'a [u8],
    requester: Party,
    responder: Party,
    exchange: Exchange,
    branch: Option<Text<'a>>,
}

impl<'a> Dialog<'a> {
    /// Reads it from the header; `None` where what makes a dialog is missing.
    pub(crate) fn of(facts: &Facts<'a>) -> Option<Self> {
        let requester = Party(tag(&facts.from));
        let number = facts.cseq?.number;
        Some(Self {
            call_id: facts.call_id?.bytes(),
            requester,
            responder: Party(tag(&facts.to)),
            exchange: Exchange(digest(requester.0, &number.to_le_bytes())),
            branch: facts.branch,
        })
    }

    pub(crate) const fn call_id(&self) -> &'a [u8] {
        self.call_id
    }

    fn transaction(&self) -> Transaction {
        Transaction(digest(0, self.branch.map_or(b"", Text::bytes)))
    }

    /// Who describes media in the message, where it is part of an exchange.
    pub(crate) fn part(&self, facts: &Facts<'_>) -> Option<Part<'a>> {
        let method = facts.cseq?.method;
        let exchanges = matches!(
            method,
            Method::Invite | Method::Ack | Method::Prack | Method::Update
        );
        exchanges.then_some(Part {
            call_id: self.call_id,
            party: match facts.is_request() {
                true => self.requester,
                false => self.responder,
            },
            exchange: self.exchange,
            early: matches!(facts.start, StartLine::Response { code: ..=199 }),
            step: match facts.is_request() {
                true if method == Method::Ack => Step::Acknowledges,
                true => Step::Begins,
                false => Step::Answers,
            },
        })
    }

    /// What the message says before its description is read.
    pub(crate) fn opening(&self, facts: &Facts<'_>) -> Option<Turn> {
        let begins = matches!(
            facts.start,
            StartLine::Request {
                method: Method::Invite | Method::Prack | Method::Update,
                ..
            }
        );
        begins.then(|| Turn::Begun {
            exchange: self.exchange,
            transaction: self.transaction(),
            by: self.requester,
        })
    }

    /// What the message says about its exchange or call; an ACK only where it `describes` media.
    pub(crate) fn turn(&self, facts: &Facts<'_>, describes: bool) -> Option<Turn> {
        let exchange = self.exchange;
        let parties = [self.requester, self.responder];
        let method = facts.cseq?.method;
        let invite = method == Method::Invite;
        match (facts.start, method) {
            (StartLine::Request { .. }, Method::Bye) => Some(Turn::Over { parties }),
            (StartLine::Request { .. }, Method::Cancel) => Some(Turn::Cancelled {
                exchange,
                transaction: self.transaction(),
            }),
            (StartLine::Request { .. }, Method::Ack) if describes => {
                Some(Turn::Acknowledged { exchange, parties })
            }
            (
                StartLine::Response { code: 200..=299 },
                Method::Invite | Method::Update | Method::Prack,
            ) => Some(Turn::Agreed {
                exchange,
                parties,
                seconds: facts.session_expires,
                answered: invite,
            }),
            (
                StartLine::Response { code: 300..=699 },
                Method::Invite | Method::Update | Method::Prack,
            ) => Some(Turn::Refused {
                exchange,
                transaction: self.transaction(),
                invite,
            }),
            _ => None,
        }
    }
}

/// A digest of the tag of a From or To; of nothing where there is none.
fn tag(party: &Option<facts::Party<'_>>) -> u32 {
    let params = party.as_ref().and_then(|party| party.params);
    let tag = params.and_then(|params| params.find("tag"));
    digest(0, tag.map_or(b"", Text::bytes))
}

/// A digest of a few bytes, from a start of one's own. Whoever makes two tags collide confuses their own call.
fn digest(start: u32, bytes: &[u8]) -> u32 {
    /// Odd, and without pattern: the golden ratio.
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

    let words = bytes.chunks(8).map(first_word);
    // The length tells apart what ends in zeros.
    let first = u64::from(start).wrapping_shl(32) ^ u64::try_from(bytes.len()).unwrap_or(0);
    let digest = words.fold(first, |digest, word| {
        let spread = (digest ^ word).wrapping_mul(SPREAD);
        spread ^ spread.wrapping_shr(32)
    });
    let [.., a, b, c, d] = digest.wrapping_mul(SPREAD).to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_dialog))]
mod tests {
    use super::*;

    #[test]
    fn texts_that_differ_anywhere_have_another_digest() {
        let text = *b"as5f3a9c02-17\0\0\0";
        for len in 0..=text.len() {
            let whole = text.get(..len).unwrap_or(b"");
            assert_ne!(digest(0, whole), digest(1, whole));
            for other in 0..len {
                let part = text.get(..other).unwrap_or(b"");
                assert_ne!(digest(0, whole), digest(0, part));
            }
            for place in 0..len {
                for bit in 0..8 {
                    let mut changed = text;
                    if let Some(byte) = changed.get_mut(place) {
                        *byte ^= 1_u8.wrapping_shl(bit);
                    }
                    let changed = changed.get(..len).unwrap_or(b"");
                    assert_ne!(digest(0, whole), digest(0, changed));
                }
            }
        }
    }
}
