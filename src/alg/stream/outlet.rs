// SPDX-License-Identifier: GPL-2.0

//! What of a stream goes on to its receiver, and what of that is not acknowledged.

use super::assembly::Assembly;
use super::queue::Queue;
use super::window::Window;
use super::{
    Buffer,
    Frame,
    Framing,
    Note,
    Position,
    Translate, //
};

/// The longest message that is held: as long as a datagram may be.
pub(super) const LONGEST: usize = 65535;

/// What is sent on and not acknowledged; more waits at the sender.
const MOST_SENT: usize = LONGEST.saturating_mul(3);

/// By how much most messages grow at most, besides a quarter of their length. Where one does by more
/// there may be no room for it.
const GROWTH: usize = 256;

/// The messages that are looked at for one segment. Those that have what every one must have (RFC 3261
/// 8.1.1) are longer than 128 bytes, of which no more fit into a packet.
const MOST_AT_ONCE: usize = 512;

/// Why no more is passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// There is no more.
    Done,
    /// A message has to come to its end.
    Wait,
    /// There is no room for what is whole.
    Full,
    /// There is more than is looked at for one segment.
    Enough,
    /// It is not SIP.
    Foreign,
}

/// The messages that a stream goes on with, and what they have become.
///
/// What has been passed on is kept, as it was, until the receiver acknowledges it: its sender repeats it
/// in its own words.
#[derive(Debug)]
pub(super) struct Outlet<B> {
    framing: Framing,
    /// Whether there was a message of SIP without doubt.
    is_sip: bool,
    /// How long the message in front is.
    length: Option<usize>,
    /// How much of it was passed on as it is, all the same.
    passed: usize,
    /// How many bytes pass as they come before the next message.
    unheld: usize,
    /// How many messages may still be looked at for this segment.
    turns: usize,
    sent: Queue<B>,
    window: Window,
}

impl<B: Buffer> Outlet<B> {
    pub(super) fn new(first: Position, buffer: B) -> Self {
        Self {
            framing: Framing::default(),
            is_sip: false,
            length: None,
            passed: 0,
            unheld: 0,
            turns: 0,
            sent: Queue::new(buffer),
            window: Window::new(first),
        }
    }

    /// The map between both sides' positions.
    pub(super) const fn window(&self) -> &Window {
        &self.window
    }

    /// Whether there was a message of SIP without doubt: what waits for more may else be anything.
    pub(super) const fn is_sip(&self) -> bool {
        self.is_sip
    }

    /// A segment has come.
    pub(super) fn begin_segment(&mut self) {
        self.turns = MOST_AT_ONCE;
    }

    /// Whether it is known where the message in front ends.
    pub(super) const fn knows_end(&self) -> bool {
        self.length.is_some()
    }

    /// How much of the message in front was passed on.
    pub(super) const fn passed(&self) -> usize {
        self.passed
    }

    /// Whether the receiver has everything that was passed on.
    pub(super) fn is_acknowledged(&self) -> bool {
        self.sent.is_empty()
    }

    /// The receiver has everything before that position of its own.
    pub(super) fn acknowledge(&mut self, at: Position) {
        let before = self.window.start().1;
        self.window.acknowledge(at);
        self.sent.drop_front(self.window.start().1.since(before));
    }

    /// What was passed on and is not acknowledged, from a position of the receiver's on.
    pub(super) fn kept(&self, from: Position, len: usize) -> &[u8] {
        let from = from.since(self.window.start().1);
        let bytes = self.sent.bytes();
        bytes.get(from..from.saturating_add(len)).unwrap_or(&[])
    }

    /// Passes on what is whole of `bytes`, of which the first, at this position, begins a message. How
    /// many of them are done with, and what comes next.
    pub(super) fn advance(
        &mut self,
        at: Position,
        bytes: &[u8],
        translate: &mut impl Translate,
    ) -> (usize, Stop) {
        let mut done: usize = 0;
        loop {
            let rest = bytes.get(done..).unwrap_or(&[]);
            let (count, goes) = match self.step(rest) {
                Step::Pass(count) => (count, self.pass(rest, count)),
                Step::Message(_) if self.turns == 0 => return (done, Stop::Enough),
                Step::Message(length) => {
                    self.turns = self.turns.saturating_sub(1);
                    let end = at.plus(done.saturating_add(length));
                    (length, self.message(end, rest, length, translate))
                }
                Step::Skip(length) => {
                    translate.note(Note::TooLong);
                    self.length = None;
                    self.unheld = length;
                    (0, true)
                }
                Step::Stop(stop) => return (done, stop),
            };
            if !goes {
                return (done, Stop::Full);
            }
            done = done.saturating_add(count);
        }
    }

    /// What is to be done with the bytes in front.
    fn step(&mut self, bytes: &[u8]) -> Step {
        if bytes.is_empty() {
            return Step::Stop(Stop::Done);
        }
        if self.unheld > 0 {
            return Step::Pass(self.unheld.min(bytes.len()));
        }
        let length = match self.length {
            Some(length) => length,
            None => match self.frame(bytes) {
                Frame::KeepAlive(count) => return Step::Pass(count),
                Frame::Message(length) => *self.length.insert(length),
                Frame::Partial => return Step::Stop(Stop::Wait),
                Frame::Foreign => return Step::Stop(Stop::Foreign),
            },
        };
        if length <= bytes.len() {
            Step::Message(length)
        } else if length > LONGEST {
            Step::Skip(length)
        } else {
            Step::Stop(Stop::Wait)
        }
    }

    fn frame(&mut self, bytes: &[u8]) -> Frame {
        let frame = self.framing.frame(bytes);
        self.is_sip |= self.framing.is_sip();
        frame
    }

    /// Passes on bytes as they are. False where there is no room for them.
    fn pass(&mut self, bytes: &[u8], count: usize) -> bool {
        let bytes = bytes.get(self.passed..count).unwrap_or(&[]);
        let fits = self.sent.len().saturating_add(bytes.len()) <= MOST_SENT;
        if !fits || !self.sent.push(bytes) {
            return false;
        }
        self.unheld = self.unheld.saturating_sub(count);
        self.next();
        true
    }

    /// Passes on a message that ends at a position, translated. False where there is no room for it.
    fn message(
        &mut self,
        end: Position,
        bytes: &[u8],
        length: usize,
        translate: &mut impl Translate,
    ) -> bool {
        if self.passed > 0 {
            return self.pass(bytes, length);
        }
        let before = self.sent.len();
        let growth_at_most = (length / 4).saturating_add(GROWTH);
        let most = before.saturating_add(length).saturating_add(growth_at_most);
        if most > MOST_SENT || !self.sent.reserve(most) {
            return false;
        }
        let message = bytes.get(..length).unwrap_or(&[]);
        let change = translate.message(message);
        let changed = change.is_some_and(|change| {
            let head = message.get(..change.old.start).unwrap_or(&[]);
            let tail = message.get(change.old.end()..).unwrap_or(&[]);
            self.sent.push(head) && self.sent.push(change.new) && self.sent.push(tail)
        });
        if !changed {
            self.sent.shorten(before);
            self.sent.push(message);
        }
        let new = self.sent.len().saturating_sub(before);
        self.window.grow(end, growth(length, new));
        self.next();
        true
    }

    /// Begins with the next message.
    fn next(&mut self) {
        self.passed = 0;
        self.framing = Framing::default();
        self.length = None;
    }

    /// Passes on all of the message in front that has come, as it is. How many of the bytes are done
    /// with; nothing where there is no room for them.
    pub(super) fn release(&mut self, bytes: &[u8]) -> Option<usize> {
        let rest = bytes.get(self.passed..).unwrap_or(&[]);
        if !self.sent.push(rest) {
            return None;
        }
        match self.length {
            Some(length) => {
                self.unheld = length.saturating_sub(bytes.len());
                self.next();
                Some(bytes.len())
            }
            None => {
                self.passed = bytes.len();
                Some(0)
            }
        }
    }

    /// Passes on everything that is held, which then needs no memory of its own, where all that went
    /// before is acknowledged; else where there is room.
    pub(super) fn take_over(&mut self, held: &mut Assembly<B>) -> bool {
        let passed = self.passed;
        if self.sent.is_empty() {
            held.hand_over(&mut self.sent);
            self.sent.drop_front(passed);
        } else if self.sent.push(held.bytes().get(passed..).unwrap_or(&[])) {
            held.skip_to(held.end());
        } else {
            return false;
        }
        self.passed = 0;
        true
    }
}

/// By how much a message has grown; both lengths are bounded.
fn growth(old: usize, new: usize) -> i32 {
    let signed = |len| i32::try_from(len).unwrap_or(0);
    signed(new).wrapping_sub(signed(old))
}

/// What is done next with the bytes in front.
enum Step {
    /// So many go on as they are.
    Pass(usize),
    /// A message is whole.
    Message(usize),
    /// A message is too long to be held.
    Skip(usize),
    /// Nothing.
    Stop(Stop),
}
