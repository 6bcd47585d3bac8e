// SPDX-License-Identifier: GPL-2.0

//! One direction of a connection.

use super::assembly::{
    Assembly,
    Held, //
};
use super::window::Window;
use super::{
    frame,
    Buffer,
    Frame,
    Position, //
};
use crate::Span;

/// The longest message that is held: as long as a datagram may be.
const LONGEST: usize = 65535;

/// What is held in one direction, those bytes included that overtook others.
const MOST_HELD: usize = LONGEST.saturating_mul(2);

/// What is sent on and not acknowledged; more waits at the sender.
const MOST_SENT: usize = LONGEST.saturating_mul(3);

/// By how much a message may grow.
const GROWTH: usize = 4096;

/// What is sent at a time: a packet with the longest headers has to hold it.
const MOST_AT_ONCE: usize = LONGEST.saturating_sub(256);

/// Milliseconds after which a sender that repeats what is held has nothing to add to it. A packet that
/// the network has doubled comes sooner, and no sender waits less before it repeats (RFC 6298 2.4 wants
/// a second, common are 200 ms).
const PATIENCE: u32 = 150;

/// What changes in a message.
#[derive(Clone, Copy, Debug)]
pub struct Change<'t> {
    /// What goes.
    pub old: Span,
    /// What comes in its place.
    pub new: &'t [u8],
}

/// Something worth counting about a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// A message waits for its end.
    Held,
    /// A message passes as it is because its sender repeats its beginning and does not go on.
    Repeated,
    /// One does because its stream ends within it.
    Ended,
    /// One does because it is too long.
    TooLong,
    /// One does because memory is short.
    NoMemory,
    /// The connection is none of SIP, or cannot be followed any more; it is left alone for good.
    Left,
}

impl Note {
    /// All of them, in the order of their counters.
    pub const ALL: [Self; 6] = [
        Self::Held,
        Self::Repeated,
        Self::Ended,
        Self::TooLong,
        Self::NoMemory,
        Self::Left,
    ];

    /// The counter's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Held => "stream_held",
            Self::Repeated => "stream_repeated",
            Self::Ended => "stream_ended",
            Self::TooLong => "stream_too_long",
            Self::NoMemory => "stream_no_memory",
            Self::Left => "stream_left",
        }
    }
}

/// What is done with whole messages.
pub trait Translate {
    /// Decides what changes in one; nothing if it passes as it is.
    fn message(&mut self, message: &[u8]) -> Option<Change<'_>>;

    /// Counts something.
    fn note(&mut self, note: Note);
}

/// The bytes that one side sends.
///
/// What has come and is not passed on yet is held. What has been passed on is kept, as it was, until
/// the receiver acknowledges it: its sender repeats it in its own words.
#[derive(Debug)]
pub(super) struct Half<B> {
    held: Assembly<B>,
    /// How many of the bytes held without a gap were passed on as they are, all the same.
    passed: usize,
    /// When the first of them came, in milliseconds.
    since: u32,
    /// How many were looked at for the end of a header.
    seen: usize,
    /// How long the message is that they begin.
    length: Option<usize>,
    /// How many bytes pass as they come before the next message.
    unheld: usize,
    /// Whether the end of the stream was passed on, which counts as a byte.
    fin: bool,
    sent: B,
    window: Window,
    left: bool,
}

impl<B: Buffer> Half<B> {
    /// A stream whose first byte will have this position.
    pub(super) fn new(first: Position, [held, sent]: [B; 2]) -> Self {
        Self {
            held: Assembly::new(first, held),
            passed: 0,
            since: 0,
            seen: 0,
            length: None,
            unheld: 0,
            fin: false,
            sent,
            window: Window::new(first),
            left: false,
        }
    }

    /// Whether nothing has to be done for it any more: it is left alone, and all is as it was sent.
    pub(super) fn is_over(&self) -> bool {
        self.left && self.sent.bytes().is_empty() && self.window.is_identity()
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
    const fn end(&self) -> Position {
        self.held.start().plus(self.passed)
    }

    /// The receiver's position there.
    fn end_at_receiver(&self) -> Position {
        self.window.at_receiver(self.end())
    }

    /// The receiver's position for what has been passed on; what is held has none yet.
    fn at_receiver(&self, at: Position) -> Position {
        let end = self.end().plus(usize::from(self.fin));
        let known = if self.left { at } else { at.min(end) };
        self.window.at_receiver(known)
    }

    /// The map back, for what is acknowledged.
    pub(super) const fn window(&self) -> &Window {
        &self.window
    }

    /// The receiver has everything before that position of its own. True if that is news.
    pub(super) fn acknowledge(&mut self, at: Position) -> bool {
        let before = self.window.start().1;
        self.window.acknowledge(at);
        let now = self.window.start().1;
        self.sent.drop_front(now.since(before));
        before.is_before(now)
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
    ) -> Sent {
        let before = self.end_at_receiver();
        if !self.left {
            self.take(at, payload, now, translate);
            let behind = at.plus(payload.len());
            if fin && !self.left && self.held.end() == behind && self.end() != behind {
                translate.note(Note::Ended);
                self.release(translate);
            }
            self.fin |= fin && self.end() == behind;
        }
        Sent { before }
    }

    fn take(&mut self, at: Position, payload: &[u8], now: u32, translate: &mut impl Translate) {
        let alone = self.held.is_empty();
        if alone {
            self.since = now;
        }
        match self.held.insert(at, payload, MOST_HELD) {
            Held::New => self.advance(alone, translate),
            Held::Known => {
                let again = self.end().is_before(at.plus(payload.len()));
                if again && now.wrapping_sub(self.since) >= PATIENCE {
                    translate.note(Note::Repeated);
                    self.release(translate);
                }
            }
            Held::Refused if self.held.end().is_before(at) => {}
            Held::Refused => {
                translate.note(Note::TooLong);
                self.leave();
                translate.note(Note::Left);
            }
        }
    }

    /// Passes on all whole messages; `alone` if all that is held came just now.
    fn advance(&mut self, alone: bool, translate: &mut impl Translate) {
        let mut alone = alone;
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
                    if self.passed == 0 {
                        translate.note(Note::Held);
                    }
                    return;
                }
                Step::Leave => {
                    translate.note(Note::Left);
                    if alone {
                        // It goes on by itself.
                        self.forget();
                    }
                    self.leave();
                    return;
                }
            };
            if !done {
                translate.note(Note::NoMemory);
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
            None => match frame(bytes, &mut self.seen) {
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
        let fits = self.sent.bytes().len().saturating_add(bytes.len()) <= MOST_SENT;
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
        let before = self.sent.bytes().len();
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
        let new = self.sent.bytes().len().saturating_sub(before);
        let end = self.held.start().plus(length);
        self.window.grow(end, growth(length, new));
        self.consume(length);
        true
    }

    /// Begins with the next message.
    fn consume(&mut self, count: usize) {
        self.held.consume(count);
        self.passed = 0;
        self.seen = 0;
        self.length = None;
    }

    /// Passes on what is held without a gap, as it is.
    fn release(&mut self, translate: &mut impl Translate) {
        let bytes = self.held.bytes().get(self.passed..).unwrap_or(&[]);
        if !self.sent.push(bytes) {
            translate.note(Note::NoMemory);
            return;
        }
        self.passed = self.held.bytes().len();
        if let Some(length) = self.length {
            let passed = self.passed;
            self.consume(passed);
            self.unheld = length.saturating_sub(passed);
        }
    }

    /// Lets what is held be lost; its sender repeats it.
    fn forget(&mut self) {
        self.held.skip_to(self.end());
        self.passed = 0;
    }

    /// Leaves the stream alone from here on.
    pub(super) fn leave(&mut self) {
        if self.left {
            return;
        }
        let bytes = self.held.bytes().get(self.passed..).unwrap_or(&[]);
        if self.sent.push(bytes) {
            self.passed = self.held.bytes().len();
        }
        self.forget();
        self.left = true;
    }

    /// What to send for a payload that has been [received](Self::receive).
    pub(super) fn sending(&self, at: Position, payload: &[u8], sent: Sent) -> Piece<'_> {
        let behind = at.plus(payload.len());
        if self.left && !at.is_before(self.end()) {
            let at = self.at_receiver(at);
            return Piece::Own { at, whole: true };
        }
        let passed = !self.end().is_before(behind);
        if payload.is_empty() {
            let at = self.at_receiver(at);
            return Piece::Own { at, whole: passed };
        }
        let acknowledged = self.window.start().1;
        let now = self.end_at_receiver();
        let known = self.window.at_receiver(behind.min(self.end()));
        let end = if sent.before.is_before(now) {
            now
        } else {
            known
        };
        let repeats = at.is_before(self.end());
        if repeats && !acknowledged.is_before(end) {
            // The receiver has it, and says so again.
            let len = i32::try_from(payload.len()).unwrap_or(i32::MAX);
            let at = end.shifted(len.wrapping_neg());
            return Piece::Own { at, whole: passed };
        }
        let mut start = self.window.at_receiver(at).min(sent.before);
        if repeats && start == end {
            // The last bytes of a message that shrank: there is nothing that they have become.
            start = end.shifted(-1);
        }
        let start = start.max(acknowledged);
        let from = start.since(acknowledged);
        let len = end.since(start).min(MOST_AT_ONCE);
        let bytes = self.sent.bytes().get(from..from.saturating_add(len));
        Piece::Sent {
            at: start,
            bytes: bytes.unwrap_or(&[]),
            whole: passed && !start.plus(len).is_before(known),
        }
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

/// How far the receiver's bytes went before a payload came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    before: Position,
}

impl Sent {
    /// Whether what begins there is new to the receiver.
    pub(super) fn is_new_at(self, at: Position) -> bool {
        !at.is_before(self.before)
    }
}

/// What to send for a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece<'h> {
    /// The payload as it is.
    Own {
        /// Where it is at the receiver.
        at: Position,
        /// Whether the stream has come to where the payload ends.
        whole: bool,
    },
    /// What has become of it; nothing where it is held.
    Sent {
        /// Where it is at the receiver.
        at: Position,
        /// The bytes.
        bytes: &'h [u8],
        /// Whether they go as far as the payload does.
        whole: bool,
    },
}
