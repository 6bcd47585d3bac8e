// SPDX-License-Identifier: GPL-2.0

//! What has become of the media that the parties of a call have described.
//!
//! What a party describes is pending until the exchange is agreed upon, and from then on takes the
//! place of what it has described before.

use core::net::{
    IpAddr,
    SocketAddr, //
};

use super::{
    Exchange,
    MediaPinhole,
    MediaPorts,
    Part,
    Party,
    Turn, //
};

/// A receiver of media in a call, and where it is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// What was asked for, in the last description that names it.
    pub wish: MediaPinhole,
    /// The ports that the other side was told.
    pub told: MediaPorts,
    party: Party,
    /// In which exchange it was first described.
    first: Exchange,
    /// In which one it was described last.
    exchange: Exchange,
    standing: Standing,
}

impl AsRef<Self> for Binding {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl AsMut<Self> for Binding {
    fn as_mut(&mut self) -> &mut Self {
        self
    }
}

/// Where a party sends the media of one `m=` line from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Who sends.
    pub party: Party,
    /// Which line.
    pub line: u8,
    /// From where.
    pub endpoint: SocketAddr,
}

impl Source {
    /// Whether it is what a binding has to let in: it is another's, of the same line, and the binding
    /// is for one address only.
    pub fn concerns(&self, binding: &Binding) -> bool {
        self.feeds(binding) && binding.wish.from.is_some()
    }

    /// From where a binding of `part` for one address only expects media, by the last of `sources`.
    pub fn expected(sources: &[Self], part: &Part<'_>, wish: &MediaPinhole) -> Option<IpAddr> {
        let mut known = sources.iter().rev();
        let known = known.find(|source| source.is_for(part.party, wish));
        wish.from
            .map(|signalling| known.map_or(signalling, |source| source.endpoint.ip()))
    }

    /// Whether media for a binding came from another endpoint so far, by the last of `sources`.
    pub fn moves(&self, sources: &[Self], binding: &Binding) -> bool {
        let before = sources.iter().rev().find(|source| source.feeds(binding));
        self.feeds(binding) && before.is_some_and(|before| before.endpoint != self.endpoint)
    }

    /// Whether media for a binding comes from there.
    pub fn feeds(&self, binding: &Binding) -> bool {
        self.is_for(binding.party, &binding.wish)
    }

    /// Whether it is another's than the receiver's, of the same line, and that matters.
    fn is_for(&self, receiver: Party, wish: &MediaPinhole) -> bool {
        wish.follows && self.party != receiver && self.line == wish.line
    }
}

/// How far a binding has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Offered, or answered early.
    Pending,
    /// Agreed upon.
    Agreed,
    /// No longer used.
    Gone,
}

impl Binding {
    /// A new one, pending.
    pub const fn new(part: &Part<'_>, wish: MediaPinhole, told: MediaPorts) -> Self {
        Self {
            wish,
            told,
            party: part.party,
            first: part.exchange,
            exchange: part.exchange,
            standing: Standing::Pending,
        }
    }

    /// Whether a description names the same receiver.
    pub fn is_for(&self, part: &Part<'_>, wish: &MediaPinhole) -> bool {
        self.party == part.party
            && self.wish.transport == wish.transport
            && self.wish.inside == wish.inside
            && self.wish.outside == wish.outside
            && self.wish.ports == wish.ports
    }

    /// Takes over what another description of the same receiver says.
    pub fn renew(&mut self, part: &Part<'_>, wish: MediaPinhole) {
        self.exchange = part.exchange;
        self.wish = wish;
    }

    /// Whether both sides have agreed upon it.
    pub const fn is_agreed(&self) -> bool {
        matches!(self.standing, Standing::Agreed)
    }

    /// Whether nobody uses it any more.
    pub const fn is_gone(&self) -> bool {
        matches!(self.standing, Standing::Gone)
    }

    /// Whether it waits for the end of this exchange.
    pub fn is_pending_in(&self, exchange: Exchange) -> bool {
        self.first == exchange && matches!(self.standing, Standing::Pending)
    }

    /// Whether it stands in a description of this exchange.
    fn is_described_in(&self, exchange: Exchange) -> bool {
        self.exchange == exchange || self.is_pending_in(exchange)
    }

    /// Whether the party has described it.
    pub fn is_of(&self, party: Party) -> bool {
        self.party == party
    }
}

/// How far a call has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Who began it.
    caller: Party,
    /// The exchange that was answered last, if one ever was.
    answer: Option<Exchange>,
}

impl Progress {
    /// A call that somebody begins.
    pub const fn begun(caller: Party) -> Self {
        let answer = None;
        Self { caller, answer }
    }

    /// Whether it was ever answered.
    pub const fn is_answered(self) -> bool {
        self.answer.is_some()
    }

    /// Whether a part is a provisional response that comes late: its exchange has been answered.
    pub fn has_left(&self, part: &Part<'_>) -> bool {
        part.early && self.answer == Some(part.exchange)
    }

    /// Lets the call and its bindings take a turn; these may be part of something else.
    pub fn settle<B>(&mut self, bindings: &mut [B], turn: Turn)
    where
        B: AsRef<Binding> + AsMut<Binding>,
    {
        match turn {
            Turn::Begun { .. } | Turn::Cancelled { .. } => {}
            Turn::Agreed {
                exchange,
                parties,
                answered,
                ..
            } => {
                if answered {
                    self.answer = Some(exchange);
                }
                for party in parties {
                    agree(bindings, party, exchange);
                }
                if answered {
                    end(bindings, |binding| {
                        binding.is_pending_in(exchange) && !parties.contains(&binding.party)
                    });
                }
            }
            Turn::Acknowledged { exchange, parties } => {
                for party in parties {
                    agree(bindings, party, exchange);
                }
            }
            Turn::Refused { invite: true, .. } if !self.is_answered() => end(bindings, |_| true),
            Turn::Refused { exchange, .. } => {
                end(bindings, |binding| binding.is_pending_in(exchange));
            }
            Turn::Over { parties } => self.end_dialog(bindings, parties),
        }
    }

    /// Ends one dialog. Where two branches of a fork have answered, the caller goes on with the other.
    fn end_dialog<B>(self, bindings: &mut [B], parties: [Party; 2])
    where
        B: AsRef<Binding> + AsMut<Binding>,
    {
        let goes_on = bindings
            .iter()
            .map(AsRef::as_ref)
            .any(|binding| binding.is_agreed() && !parties.contains(&binding.party));
        end(bindings, |binding| {
            !goes_on || (parties.contains(&binding.party) && !binding.is_of(self.caller))
        });
        if is_alone(bindings) {
            end(bindings, |_| true);
        }
    }
}

/// Whether all that is left is of one party, which nobody is there to send to.
fn is_alone<B: AsRef<Binding>>(bindings: &[B]) -> bool {
    let mut left = bindings
        .iter()
        .map(AsRef::as_ref)
        .filter(|binding| !binding.is_gone());
    let first = left.next();
    first.is_some_and(|first| left.all(|other| other.is_of(first.party)))
}

/// What the party has described in this exchange takes the place of what it described before.
fn agree<B>(bindings: &mut [B], party: Party, exchange: Exchange)
where
    B: AsRef<Binding> + AsMut<Binding>,
{
    let described = |binding: &Binding| binding.is_of(party) && binding.is_described_in(exchange);
    if !bindings.iter().map(AsRef::as_ref).any(described) {
        return;
    }
    end(bindings, |binding| {
        binding.is_of(party) && !described(binding)
    });
    let all = bindings.iter_mut().map(AsMut::as_mut);
    for binding in all.filter(|binding| described(binding)) {
        binding.standing = Standing::Agreed;
    }
}

fn end<B: AsMut<Binding>>(bindings: &mut [B], which: impl Fn(&Binding) -> bool) {
    let all = bindings.iter_mut().map(AsMut::as_mut);
    for binding in all.filter(|binding| which(binding)) {
        binding.standing = Standing::Gone;
    }
}

#[cfg(any(test, CONFIG_KUNIT = "y"))]
#[cfg_attr(not(test), kernel::macros::kunit_tests(nf_sip_binding))]
mod tests {
    use super::*;
    use crate::call::{
        Step,
        Transaction, //
    };
    use crate::sdp::{
        Kind,
        Transport, //
    };
    use core::net::Ipv4Addr;

    const CALLER: Party = Party(1);
    const CALLEE: Party = Party(2);
    const OTHER: Party = Party(3);
    const FIRST: Exchange = Exchange(10);
    const SECOND: Exchange = Exchange(11);

    fn part(party: Party, exchange: Exchange) -> Part<'static> {
        Part {
            call_id: b"call",
            party,
            exchange,
            early: false,
            step: Step::Begins,
        }
    }

    fn binding(party: Party, exchange: Exchange, rtp: u16) -> Binding {
        let ports = MediaPorts { rtp, rtcp: None };
        let wish = MediaPinhole {
            transport: Transport::Udp,
            line: 0,
            kind: Kind::Audio,
            inside: IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2)),
            outside: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1)),
            ports,
            best: rtp,
            from: None,
            follows: false,
        };
        Binding::new(&part(party, exchange), wish, ports)
    }

    fn agreed(exchange: Exchange, callee: Party) -> Turn {
        Turn::Agreed {
            exchange,
            parties: [CALLER, callee],
            seconds: None,
            answered: true,
        }
    }

    const fn refused(exchange: Exchange) -> Turn {
        Turn::Refused {
            exchange,
            transaction: Transaction(1),
            invite: true,
        }
    }

    fn left<const N: usize>(bindings: &[Binding; N]) -> [bool; N] {
        bindings.map(|binding| !binding.is_gone())
    }

    #[test]
    fn answer_ends_what_only_other_branches_of_the_fork_had() {
        let mut progress = Progress::begun(CALLER);
        let mut call = [
            binding(CALLER, FIRST, 4000),
            binding(CALLEE, FIRST, 5000),
            binding(OTHER, FIRST, 6000),
        ];
        progress.settle(&mut call, agreed(FIRST, CALLEE));
        assert_eq!(left(&call), [true, true, false]);
    }

    #[test]
    fn refusal_of_a_new_offer_leaves_the_running_call_alone() {
        let mut progress = Progress::begun(CALLER);
        let mut call = [
            binding(CALLER, FIRST, 4000),
            binding(CALLEE, FIRST, 5000),
            binding(CALLER, SECOND, 4002),
        ];
        progress.settle(&mut call, agreed(FIRST, CALLEE));
        // What the offer repeats is no less agreed upon for that.
        let [first, ..] = &mut call;
        let wish = first.wish;
        first.renew(&part(CALLER, SECOND), wish);
        progress.settle(&mut call, refused(SECOND));
        assert_eq!(left(&call), [true, true, false]);
    }

    #[test]
    fn what_a_new_agreement_does_not_name_is_gone() {
        let mut progress = Progress::begun(CALLER);
        let mut call = [
            binding(CALLER, FIRST, 4000),
            binding(CALLEE, FIRST, 5000),
            binding(CALLER, SECOND, 4002),
        ];
        progress.settle(&mut call, agreed(FIRST, CALLEE));
        progress.settle(&mut call, agreed(SECOND, CALLEE));
        // The callee has described nothing (it holds, by 0.0.0.0), so what it had stays.
        assert_eq!(left(&call), [false, true, true]);
    }

    #[test]
    fn bye_to_one_branch_of_two_that_answered_leaves_the_other() {
        let mut progress = Progress::begun(CALLER);
        let mut call = [
            binding(CALLER, FIRST, 4000),
            binding(CALLEE, FIRST, 5000),
            binding(OTHER, SECOND, 6000),
        ];
        progress.settle(&mut call, agreed(FIRST, CALLEE));
        progress.settle(&mut call, agreed(SECOND, OTHER));
        let over = |callee| Turn::Over {
            parties: [CALLER, callee],
        };
        progress.settle(&mut call, over(OTHER));
        assert_eq!(left(&call), [true, true, false]);
        progress.settle(&mut call, over(CALLEE));
        assert_eq!(left(&call), [false, false, false]);
    }

    #[test]
    fn bye_before_any_answer_ends_all() {
        let mut progress = Progress::begun(CALLER);
        let mut call = [binding(CALLER, FIRST, 4000), binding(CALLEE, FIRST, 5000)];
        let parties = [CALLER, CALLEE];
        progress.settle(&mut call, Turn::Over { parties });
        assert_eq!(left(&call), [false, false]);
    }

    #[test]
    fn refused_update_gives_the_offer_of_the_invite_back() {
        let mut progress = Progress::begun(CALLER);
        let mut call = [binding(CALLER, FIRST, 4000), binding(CALLER, SECOND, 4002)];
        let [first, _] = &mut call;
        let wish = first.wish;
        first.renew(&part(CALLER, SECOND), wish);
        let update = Turn::Refused {
            exchange: SECOND,
            transaction: Transaction(1),
            invite: false,
        };
        progress.settle(&mut call, update);
        assert_eq!(left(&call), [true, false]);
        progress.settle(&mut call, agreed(FIRST, CALLEE));
        assert!(call
            .iter()
            .all(|binding| binding.is_agreed() != binding.is_gone()));
        assert_eq!(left(&call), [true, false]);
    }

    #[test]
    fn first_invite_that_is_refused_ends_what_an_update_had_agreed_upon() {
        let mut progress = Progress::begun(CALLER);
        let mut call = [binding(CALLER, FIRST, 4000), binding(CALLEE, FIRST, 5000)];
        for one in &mut call {
            let (party, wish) = (one.party, one.wish);
            one.renew(&part(party, SECOND), wish);
        }
        let update = Turn::Agreed {
            exchange: SECOND,
            parties: [CALLER, CALLEE],
            seconds: None,
            answered: false,
        };
        progress.settle(&mut call, update);
        assert_eq!(left(&call), [true, true]);
        progress.settle(&mut call, refused(FIRST));
        assert_eq!(left(&call), [false, false]);
    }
}
