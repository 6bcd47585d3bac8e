// SPDX-License-Identifier: GPL-2.0

//! One direction of a connection.

use super::assembly::{
    Assembly,
    Held, //
};
use super::outlet::{
    Outlet,
    Stop,
    LONGEST, //
};
use super::sending::Before;
use super::{
    Buffer,
    Header,
    Moment,
    Note,
    Position,
    Translate, //
};

/// What is held in one direction, those bytes included that overtook others.
const MOST_HELD: usize = LONGEST.saturating_mul(2);

/// Milliseconds after which a sender that still repeats what is held cannot be told that it has come.
const PATIENCE: u32 = 3000;

/// How far behind what is acknowledged a stream that is left alone may seem to end: positions further
/// apart could not be told from ones that lie before.
const FURTHEST: i32 = 1 << 30;

/// The bytes that one side sends.
///
/// What has come and is not passed on yet is held.
///
/// A sender may go on only when it is told that what it sent has come: so that it does not flood the
/// network, or because it wants to fill its segments (RFC 5681 3.1, RFC 9293 3.7.4). So what is held has
/// to be acknowledged, too, and by the receiver, which alone knows its window. In place of a segment that
/// is held the receiver gets one byte of what it has already, as to see whether it is alive (RFC 9293
/// 3.8.4). It answers what it has; and where that is all that was passed on, the answer says to the sender
/// that what is held has come: that is *promised*. It may no longer be lost then.
///
/// Nothing is promised but the beginning of a message: the segment that brings its end is not acknowledged
/// before the receiver has it. Until then its sender repeats it, and whatever was promised goes out with
/// it again. And nothing is before it has named SIP, since something else may begin like a message and wait for
/// an answer.
#[derive(Debug)]
pub(super) struct Half<B> {
    held: Assembly<B>,
    /// When the last of it came, in milliseconds.
    since: u32,
    /// When what is in front of it was the first to wait.
    began: u32,
    /// Whether it is the beginning of a message.
    waits: bool,
    /// The sender's position up to which it was told that all has come.
    promised: Position,
    outlet: Outlet<B>,
    /// The latest time that the receiver was told while anything was held.
    time: Option<u32>,
    /// Whether the end of the stream was passed on, which counts as a byte.
    fin: bool,
    /// Whether it is to be left alone as soon as that can be.
    leaves: bool,
    left: bool,
}

impl<B: Buffer> Half<B> {
    /// A stream whose first byte will have this position.
    pub(super) fn new(first: Position, [held, sent]: [B; 2]) -> Self {
        Self {
            held: Assembly::new(first, held),
            since: 0,
            began: 0,
            waits: false,
            promised: first,
            outlet: Outlet::new(first, sent),
            time: None,
            fin: false,
            leaves: false,
            left: false,
        }
    }

    /// Whether nothing has to be done for it any more: it is left alone, and all is as it was sent.
    pub(super) fn is_over(&self) -> bool {
        self.left && self.outlet.is_acknowledged() && self.outlet.window().is_identity()
    }

    pub(super) const fn outlet(&self) -> &Outlet<B> {
        &self.outlet
    }

    /// Whether the end of the stream was passed on.
    pub(super) const fn has_fin(&self) -> bool {
        self.fin
    }

    /// The sender's position up to which everything has come.
    pub(super) const fn held_end(&self) -> Position {
        self.held.end()
    }

    /// Whether it is left alone.
    pub(super) const fn is_left(&self) -> bool {
        self.left
    }

    /// By how much what comes next has moved.
    pub(super) fn total(&self) -> i32 {
        self.outlet.window().total()
    }

    /// The sender's position up to which all has been passed on.
    pub(super) const fn end(&self) -> Position {
        self.held.start().plus(self.outlet.passed())
    }

    /// The receiver's position there.
    pub(super) fn end_at_receiver(&self) -> Position {
        self.outlet.window().at_receiver(self.end())
    }

    /// The receiver's position for what has been passed on; what is held has none yet.
    ///
    /// What lies beyond stays there: it may be anybody's who knows nothing of the stream.
    pub(super) fn at_receiver(&self, at: Position) -> Position {
        let end = self.end().plus(usize::from(self.fin));
        let held = !self.left && !self.held.end().is_before(at);
        let known = if held { at.min(end) } else { at };
        self.outlet.window().at_receiver(known)
    }

    /// The receiver's position up to which it has everything.
    pub(super) const fn acknowledged_at_receiver(&self) -> Position {
        self.outlet.window().start().1
    }

    /// Whether a position lies within what is held.
    pub(super) fn holds(&self, at: Position) -> bool {
        !at.is_before(self.end()) && at.is_before(self.held.end())
    }

    /// Whether there is something that the sender was told has come and the receiver does not have.
    pub(super) const fn lacks_promised(&self) -> bool {
        self.outlet.window().start().0.is_before(self.promised)
    }

    /// What was passed on and is not acknowledged, from a position of the receiver's on.
    pub(super) fn kept(&self, from: Position, len: usize) -> &[u8] {
        self.outlet.kept(from, len)
    }

    /// The receiver has everything before that position of its own, as far as it [may](Self::may_have).
    pub(super) fn acknowledge(&mut self, at: Position) {
        self.outlet.acknowledge(at);
        let promises = self.waits && self.outlet.is_sip();
        if promises && !at.is_before(self.end_at_receiver()) {
            self.promised = self.promised.max(self.held.end());
        }
        let (start, _) = self.outlet.window().start();
        self.promised = self.promised.max(start);
        let behind = start.shifted(FURTHEST.wrapping_neg());
        if self.left && self.held.end().is_before(behind) {
            self.held.skip_to(behind);
        }
    }

    /// What its sender is told where the receiver says that.
    pub(super) fn told(&self, at: Position) -> Position {
        if !self.may_have(at) {
            return self.promised;
        }
        self.outlet.window().at_sender(at).max(self.promised)
    }

    /// What the sender is told of blocks that the receiver has out of order.
    ///
    /// A block of what it has in order says nothing new, and makes room for one that is held.
    pub(super) fn acknowledge_blocks(&self, header: &mut Header) {
        let acknowledged = self.acknowledged_at_receiver();
        let lacks = self.lacks_promised() && !self.outlet.is_acknowledged();
        let window = self.outlet.window();
        // Of what the sender can repeat something has to be missing, or it would not.
        let least = match lacks {
            true => self.promised.plus(1),
            false => window.start().0,
        };
        let mut ahead = self.held.ahead();
        header.map_blocks(|left, right| {
            if !acknowledged.is_before(right) {
                return ahead.next();
            }
            let left = window.at_sender_or_beyond(left).max(least);
            let right = window.at_sender(right);
            left.is_before(right).then_some((left, right))
        });
    }

    /// Takes a payload in and passes on what is whole then. What to send for it is in [`Self::sending`].
    ///
    /// `fin` if the stream ends behind it.
    pub(super) fn receive(
        &mut self,
        at: Position,
        payload: &[u8],
        fin: bool,
        moment: Moment,
        translate: &mut impl Translate,
    ) {
        if self.leaves {
            return self.leave(translate);
        }
        self.outlet.begin_segment();
        let (front, idle) = (self.held.start(), self.held.is_empty());
        self.forget(moment, translate);
        if !payload.is_empty() {
            self.take(at, payload, moment, translate);
        }
        if idle || self.held.start() != front {
            self.began = moment.now;
        } else if self.waits && moment.is_late(self.began) {
            self.let_go(translate);
        }
        let behind = at.plus(payload.len());
        let is_half = self.waits && self.held.end() == behind && self.end() != behind;
        if fin && !self.left && is_half {
            translate.note(Note::Ended);
            self.release(translate);
        }
        self.fin |= fin && self.end() == behind;
    }

    /// How far all has been passed on.
    pub(super) fn before(&self) -> Before {
        Before {
            end: self.end(),
            at_receiver: self.end_at_receiver(),
        }
    }

    /// Passes on what waits for its end: it has done so for too long. Where it is not known how much
    /// there is to come, it cannot be known where the next message begins without holding more.
    fn let_go(&mut self, translate: &mut impl Translate) {
        translate.note(Note::Late);
        match self.outlet.knows_end() {
            true => self.release(translate),
            false => self.leave(translate),
        }
    }

    /// Forgets what has been held for too long, where its sender knows that it has to repeat it: nothing
    /// but what waits was ever promised.
    pub(super) fn forget(&mut self, moment: Moment, translate: &mut impl Translate) {
        if !self.waits && self.is_holding() && moment.is_late(self.began) {
            translate.note(Note::Late);
            self.held.skip_to(self.held.start());
        }
    }

    /// Has the sender's clock in what goes on never go back.
    ///
    /// What is sent in place of a segment that is held lies where the receiver takes its time for the
    /// last one; a segment that was overtaken would then be taken for one of long ago (RFC 7323 5.3).
    pub(super) fn keep_time(&mut self, header: &mut Header) {
        let holding = self.is_holding();
        if !holding && self.time.is_none() {
            return;
        }
        let Some(own) = header.time() else {
            return;
        };
        let latest = self.time.map_or(own, |latest| later(latest, own));
        if latest != own {
            header.set_time(latest);
        }
        self.time = holding.then_some(latest);
    }

    /// Whether anything is held.
    pub(super) fn is_holding(&self) -> bool {
        !self.held.is_empty()
    }

    /// For how many milliseconds it may still be held; nothing where nothing is.
    pub(super) fn time_left(&self, moment: Moment) -> Option<u32> {
        let left = moment.longest.saturating_sub(moment.since(self.began));
        self.is_holding().then_some(left)
    }

    fn take(
        &mut self,
        at: Position,
        payload: &[u8],
        moment: Moment,
        translate: &mut impl Translate,
    ) {
        if self.held.is_empty() && at == self.held.start() {
            return self.take_at_once(at, payload, moment.now, translate);
        }
        if self.lacks_room() {
            // What has been acknowledged has made some.
            self.advance(translate);
            if self.leaves {
                return;
            }
        }
        match self.held.insert(at, payload, MOST_HELD) {
            Held::New => {
                self.since = moment.now;
                self.advance(translate);
            }
            Held::Known if !self.waits => {}
            Held::Known => {
                let again = self.end().is_before(at.plus(payload.len()));
                let again = again && self.promised.is_before(self.held.end());
                if again && moment.since(self.since) >= PATIENCE {
                    translate.note(Note::Repeated);
                    self.release(translate);
                }
            }
            // Its sender repeats it.
            _ if self.held.end().is_before(at) || self.lacks_room() => {}
            Held::Refused => {
                translate.note(Note::TooLong);
                self.leave(translate);
            }
            Held::NoMemory => {
                translate.note(Note::NoMemory);
                self.leave(translate);
            }
        }
    }

    /// Whether whole messages are held, for which there was no room behind what is not acknowledged, or
    /// which were too many for one segment.
    fn lacks_room(&self) -> bool {
        !self.waits && !self.held.bytes().is_empty()
    }

    /// The same where nothing is held: only what has to wait is.
    fn take_at_once(
        &mut self,
        at: Position,
        payload: &[u8],
        now: u32,
        translate: &mut impl Translate,
    ) {
        let (done, stop) = self.outlet.advance(at, payload, translate);
        self.held.skip_to(at.plus(done));
        let rest = payload.get(done..).unwrap_or(&[]);
        self.since = now;
        // What is foreign from its first byte on goes by itself.
        let kept = stop != Stop::Foreign || done > 0;
        if kept && self.held.insert(self.held.start(), rest, MOST_HELD) == Held::NoMemory {
            translate.note(Note::NoMemory);
            return self.leave(translate);
        }
        self.stop(stop, translate);
    }

    /// Passes on all whole messages that are held.
    fn advance(&mut self, translate: &mut impl Translate) {
        let (done, stop) = {
            let held = self.held.bytes();
            self.outlet.advance(self.held.start(), held, translate)
        };
        self.held.consume(done);
        self.stop(stop, translate);
    }

    /// Does what is to be done where no more can be passed on.
    fn stop(&mut self, stop: Stop, translate: &mut impl Translate) {
        self.waits = stop == Stop::Wait;
        match stop {
            Stop::Wait if self.outlet.passed() == 0 => translate.note(Note::Held),
            // What is acknowledged makes room.
            Stop::Full if self.outlet.is_acknowledged() => {
                translate.note(Note::NoMemory);
                self.leave(translate);
            }
            Stop::Foreign => self.leave(translate),
            Stop::Enough => translate.note(Note::Crowded),
            Stop::Done | Stop::Wait | Stop::Full => {}
        }
    }

    /// Passes on what is held without a gap, as it is.
    fn release(&mut self, translate: &mut impl Translate) {
        match self.outlet.release(self.held.bytes()) {
            Some(done) => self.held.consume(done),
            None => {
                translate.note(Note::NoMemory);
                self.leave(translate);
            }
        }
    }

    /// Leaves the stream alone from here on. What is held goes out once more, which needs memory only
    /// while the receiver has not acknowledged what went before: then it is done later.
    pub(super) fn leave(&mut self, translate: &mut impl Translate) {
        if self.left {
            return;
        }
        self.leaves = true;
        if self.outlet.take_over(&mut self.held) {
            self.waits = false;
            self.left = true;
            translate.note(Note::Left);
        }
    }
}

/// The later one of two times of a clock, which wraps as positions do (RFC 7323 4.1).
const fn later(one: u32, other: u32) -> u32 {
    Position(one).max(Position(other)).0
}
