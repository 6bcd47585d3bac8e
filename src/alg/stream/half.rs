// SPDX-License-Identifier: GPL-2.0

//! One direction of a connection.

use super::assembly::{
    Assembly,
    Held, //
};
use super::queue::Queue;
use super::sending::Before;
use super::window::Window;
use super::{
    Buffer,
    Frame,
    Framing,
    Header,
    Note,
    Position,
    Translate, //
};

/// The longest message that is held: as long as a datagram may be.
const LONGEST: usize = 65535;

/// What is held in one direction, those bytes included that overtook others.
const MOST_HELD: usize = LONGEST.saturating_mul(2);

/// What is sent on and not acknowledged; more waits at the sender.
const MOST_SENT: usize = LONGEST.saturating_mul(3);

/// By how much a message may grow.
const GROWTH: usize = 4096;

/// Milliseconds after which a sender that still repeats what is held cannot be told that it has come.
const PATIENCE: u32 = 3000;

/// The bytes that one side sends.
///
/// What has come and is not passed on yet is held. What has been passed on is kept, as it was, until
/// the receiver acknowledges it: its sender repeats it in its own words.
///
/// A sender may go on only when it is told that what it sent has come: so that it does not flood the
/// network, or because it wants to fill its segments (RFC 5681 3.1, RFC 9293 3.7.4). So what is held has
/// to be acknowledged, too, and by the receiver, which alone knows its window. In place of a segment that
/// is held the receiver gets one byte of what it has already, as to see whether it is alive (RFC 9293
/// 3.8.4). It answers what it has; and where that is all that was passed on, the answer says to the sender
/// that what is held has come: that is *promised*. It may no longer be lost then. Nothing is promised but the
/// beginning of a message: the segment that brings its end is not acknowledged before the receiver has it.
/// Until then its sender repeats it, and whatever was promised goes out with it again.
#[derive(Debug)]
pub(super) struct Half<B> {
    held: Assembly<B>,
    /// How many of the bytes held without a gap were passed on as they are, all the same.
    passed: usize,
    /// When the last of them came, in milliseconds.
    since: u32,
    framing: Framing,
    /// How long the message is that they begin.
    length: Option<usize>,
    /// How many bytes pass as they come before the next message.
    unheld: usize,
    /// Whether what is held is the beginning of a message.
    waits: bool,
    /// The sender's position up to which it was told that all has come.
    promised: Position,
    /// Whether the end of the stream was passed on, which counts as a byte.
    fin: bool,
    sent: Queue<B>,
    window: Window,
    /// Whether it is to be left alone as soon as that can be.
    leaves: bool,
    left: bool,
}

impl<B: Buffer> Half<B> {
    /// A stream whose first byte will have this position.
    pub(super) fn new(first: Position, [held, sent]: [B; 2]) -> Self {
        Self {
            held: Assembly::new(first, held),
            passed: 0,
            since: 0,
            framing: Framing::default(),
            length: None,
            unheld: 0,
            waits: false,
            promised: first,
            fin: false,
            sent: Queue::new(sent),
            window: Window::new(first),
            leaves: false,
            left: false,
        }
    }

    /// Whether nothing has to be done for it any more: it is left alone, and all is as it was sent.
    pub(super) fn is_over(&self) -> bool {
        self.left && self.sent.is_empty() && self.window.is_identity()
    }

    /// Whether it is left alone.
    pub(super) const fn is_left(&self) -> bool {
        self.left
    }

    /// By how much what comes next has moved.
    pub(super) fn total(&self) -> i32 {
        self.window.total()
    }

    /// The sender's position up to which all has been passed on.
    pub(super) const fn end(&self) -> Position {
        self.held.start().plus(self.passed)
    }

    /// The receiver's position there.
    pub(super) fn end_at_receiver(&self) -> Position {
        self.window.at_receiver(self.end())
    }

    /// The receiver's position for what has been passed on; what is held has none yet.
    pub(super) fn at_receiver(&self, at: Position) -> Position {
        let end = self.end().plus(usize::from(self.fin));
        let known = if self.left { at } else { at.min(end) };
        self.window.at_receiver(known)
    }

    /// The receiver's position up to which it has everything.
    pub(super) const fn acknowledged_at_receiver(&self) -> Position {
        self.window.start().1
    }

    /// Whether there is something that the sender was told has come and the receiver does not have.
    pub(super) const fn lacks_promised(&self) -> bool {
        self.window.start().0.is_before(self.promised)
    }

    /// What was passed on and is not acknowledged, from a position of the receiver's on.
    pub(super) fn kept(&self, from: Position, len: usize) -> &[u8] {
        let from = from.since(self.window.start().1);
        let bytes = self.sent.bytes();
        bytes.get(from..from.saturating_add(len)).unwrap_or(&[])
    }

    /// The receiver has everything before that position of its own. What its sender is to be told.
    pub(super) fn acknowledge(&mut self, at: Position) -> Position {
        let before = self.window.start().1;
        self.window.acknowledge(at);
        self.sent.drop_front(self.window.start().1.since(before));
        if self.waits && !at.is_before(self.end_at_receiver()) {
            self.promised = self.promised.max(self.held.end());
        }
        self.window.at_sender(at).max(self.promised)
    }

    /// What the sender is told of blocks that the receiver has out of order.
    ///
    /// A block of what it has in order says nothing new, and makes room for one that is held.
    pub(super) fn acknowledge_blocks(&self, header: &mut Header) {
        let acknowledged = self.window.start().1;
        let lacks = self.lacks_promised() && !self.sent.is_empty();
        let mut ahead = self.held.ahead();
        header.map_blocks(|left, right| {
            if lacks {
                // The sender can repeat none of what is missing before them.
                return None;
            }
            if !acknowledged.is_before(right) {
                return ahead.next();
            }
            let left = self.window.at_sender_or_beyond(left);
            let right = self.window.at_sender(right);
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
        now: u32,
        translate: &mut impl Translate,
    ) -> Before {
        let before = Before {
            end: self.end(),
            at_receiver: self.end_at_receiver(),
        };
        if self.leaves {
            self.leave(translate);
        } else {
            if !payload.is_empty() {
                self.take(at, payload, now, translate);
            }
            let behind = at.plus(payload.len());
            if fin && !self.left && self.held.end() == behind && self.end() != behind {
                translate.note(Note::Ended);
                self.release(translate);
            }
            self.fin |= fin && self.end() == behind;
        }
        before
    }

    fn take(&mut self, at: Position, payload: &[u8], now: u32, translate: &mut impl Translate) {
        let alone = self.held.is_empty();
        match self.held.insert(at, payload, MOST_HELD) {
            Held::New => {
                self.since = now;
                self.advance(alone, translate);
            }
            // There was no room for what is whole.
            Held::Known if !self.waits => self.advance(alone, translate),
            Held::Known => {
                let again = self.end().is_before(at.plus(payload.len()));
                let again = again && self.promised.is_before(self.held.end());
                if again && now.wrapping_sub(self.since) >= PATIENCE {
                    translate.note(Note::Repeated);
                    self.release(translate);
                }
            }
            Held::Refused if self.held.end().is_before(at) => {}
            Held::Refused => {
                translate.note(Note::TooLong);
                self.leave(translate);
            }
        }
    }

    /// Passes on all whole messages; `alone` if all that is held came just now.
    fn advance(&mut self, alone: bool, translate: &mut impl Translate) {
        let mut alone = alone;
        self.waits = false;
        while let Some(step) = self.step() {
            let done = match step {
                Step::Pass(count) => self.pass(count),
                Step::Message(length) => self.message(length, translate),
                Step::Skip(length) => {
                    translate.note(Note::TooLong);
                    self.unheld = length;
                    true
                }
                Step::Wait => {
                    self.waits = true;
                    if self.passed == 0 {
                        translate.note(Note::Held);
                    }
                    return;
                }
                Step::Leave => {
                    if alone {
                        // It goes on by itself.
                        self.held.skip_to(self.end());
                    }
                    self.leave(translate);
                    return;
                }
            };
            if !done {
                // What is acknowledged makes room.
                if self.sent.is_empty() {
                    translate.note(Note::NoMemory);
                    self.leave(translate);
                }
                return;
            }
            alone = false;
        }
    }

    /// What is to be done with the bytes in front.
    fn step(&mut self) -> Option<Step> {
        let bytes = self.held.bytes();
        if bytes.is_empty() {
            return None;
        }
        if self.unheld > 0 {
            return Some(Step::Pass(self.unheld.min(bytes.len())));
        }
        let length = match self.length {
            Some(length) => length,
            None => match self.framing.frame(bytes) {
                Frame::KeepAlive(count) => return Some(Step::Pass(count)),
                Frame::Message(length) => *self.length.insert(length),
                Frame::Partial => return Some(Step::Wait),
                Frame::Foreign => return Some(Step::Leave),
            },
        };
        Some(if length <= bytes.len() {
            Step::Message(length)
        } else if length > LONGEST {
            Step::Skip(length)
        } else {
            Step::Wait
        })
    }

    /// Passes on bytes as they are. False where there is no room for them.
    fn pass(&mut self, count: usize) -> bool {
        let bytes = self.held.bytes().get(self.passed..count).unwrap_or(&[]);
        let fits = self.sent.len().saturating_add(bytes.len()) <= MOST_SENT;
        if !fits || !self.sent.push(bytes) {
            return false;
        }
        self.unheld = self.unheld.saturating_sub(count);
        self.consume(count);
        true
    }

    /// Passes on a message, translated. False where there is no room for it.
    fn message(&mut self, length: usize, translate: &mut impl Translate) -> bool {
        if self.passed > 0 {
            return self.pass(length);
        }
        let before = self.sent.len();
        let most = before.saturating_add(length).saturating_add(GROWTH);
        if most > MOST_SENT || !self.sent.resize(most) {
            return false;
        }
        self.sent.resize(before);
        let message = self.held.bytes().get(..length).unwrap_or(&[]);
        let change = translate.message(message);
        let changed = change.is_some_and(|change| {
            let head = message.get(..change.old.start).unwrap_or(&[]);
            let tail = message.get(change.old.end()..).unwrap_or(&[]);
            self.sent.push(head) && self.sent.push(change.new) && self.sent.push(tail)
        });
        if !changed {
            self.sent.resize(before);
            self.sent.push(message);
        }
        let new = self.sent.len().saturating_sub(before);
        let end = self.held.start().plus(length);
        self.window.grow(end, growth(length, new));
        self.consume(length);
        true
    }

    /// Begins with the next message.
    fn consume(&mut self, count: usize) {
        self.held.consume(count);
        self.passed = 0;
        self.framing = Framing::default();
        self.length = None;
    }

    /// Passes on what is held without a gap, as it is.
    fn release(&mut self, translate: &mut impl Translate) {
        let bytes = self.held.bytes().get(self.passed..).unwrap_or(&[]);
        if !self.sent.push(bytes) {
            translate.note(Note::NoMemory);
            self.leave(translate);
            return;
        }
        self.passed = self.held.bytes().len();
        if let Some(length) = self.length {
            let passed = self.passed;
            self.consume(passed);
            self.unheld = length.saturating_sub(passed);
        }
    }

    /// Leaves the stream alone from here on. What is held goes out once more, which needs memory only
    /// while the receiver has not acknowledged what went before: then it is done later.
    pub(super) fn leave(&mut self, translate: &mut impl Translate) {
        if self.left {
            return;
        }
        self.leaves = true;
        let passed = self.passed;
        let bytes = self.held.bytes().get(passed..).unwrap_or(&[]);
        if self.sent.is_empty() {
            self.held.hand_over(&mut self.sent);
            self.sent.drop_front(passed);
        } else if self.sent.push(bytes) {
            self.held.skip_to(self.held.end());
        } else {
            return;
        }
        self.passed = 0;
        self.waits = false;
        self.left = true;
        translate.note(Note::Left);
    }
}

/// By how much a message has grown; both lengths are bounded.
fn growth(old: usize, new: usize) -> i32 {
    let signed = |len| i32::try_from(len).unwrap_or(0);
    signed(new).wrapping_sub(signed(old))
}

/// What is done next with what is held.
enum Step {
    /// So many bytes go on as they are.
    Pass(usize),
    /// A message is whole.
    Message(usize),
    /// A message is too long to be held.
    Skip(usize),
    /// More has to come.
    Wait,
    /// It is not SIP.
    Leave,
}
