// SPDX-License-Identifier: GPL-2.0

//! What became of the messages: `name value` lines in debugfs, `nf_sip/counters`.

use alg::stream::Note;
use alg::{
    Reason,
    Reasons, //
};
use kernel::debugfs::{
    Dir,
    File,
    Writer, //
};
use kernel::fmt;
use kernel::prelude::*;
use kernel::sync::atomic::{
    Atomic,
    Relaxed, //
};

use crate::nf;

/// What became of one message: over UDP a packet, which always goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Addresses in it were changed.
    Translated,
    /// It passed as it came; a reason may say why.
    Unchanged,
    /// Its checksum is wrong, which conntrack was told not to look at.
    Damaged,
    /// It stands for several datagrams (UDP GRO), none of which can be changed.
    Aggregated,
    /// No memory to see it in one piece.
    NotLinear,
    /// Its connection is of no known kind.
    NoFlow,
    /// All workspaces were taken.
    Busy,
    /// Netfilter would not write it.
    NotWritten,
}

impl Outcome {
    const ALL: [Self; 8] = [
        Self::Translated,
        Self::Unchanged,
        Self::Damaged,
        Self::Aggregated,
        Self::NotLinear,
        Self::NoFlow,
        Self::Busy,
        Self::NotWritten,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Translated => "translated",
            Self::Unchanged => "unchanged",
            Self::Damaged => "damaged",
            Self::Aggregated => "aggregated",
            Self::NotLinear => "not_linear",
            Self::NoFlow => "no_flow",
            Self::Busy => "busy",
            Self::NotWritten => "not_written",
        }
    }
}

/// Outcomes and reasons stand in the lists in the order of their numbers.
const _: () = {
    let mut place = 0;
    while place < Outcome::ALL.len() {
        // CAST: These are numbers from zero on.
        assert!(Outcome::ALL[place] as usize == place);
        place += 1;
    }
    place = 0;
    while place < Reason::ALL.len() {
        // CAST: As above.
        assert!(Reason::ALL[place] as usize == place);
        place += 1;
    }
};

/// One number for each [`Outcome`], each [`Note`] and each [`Reason`].
struct Counts {
    outcomes: [Atomic<u64>; Outcome::ALL.len()],
    notes: [Atomic<u64>; Note::ALL.len()],
    reasons: [Atomic<u64>; Reason::ALL.len()],
}

impl Counts {
    const fn new() -> Self {
        Self {
            outcomes: [const { Atomic::new(0) }; Outcome::ALL.len()],
            notes: [const { Atomic::new(0) }; Note::ALL.len()],
            reasons: [const { Atomic::new(0) }; Reason::ALL.len()],
        }
    }
}

/// The numbers of each CPU, which are its own alone.
struct Table(nf::PerCpu<Counts>);

impl Table {
    fn sum(&self, number: impl Fn(&Counts) -> Option<&Atomic<u64>>) -> u64 {
        let of_cpus = self.0.iter().filter_map(number);
        of_cpus.fold(0, |sum, count| sum.wrapping_add(count.load(Relaxed)))
    }
}

impl Writer for Table {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, outcome) in Outcome::ALL.iter().enumerate() {
            let sum = self.sum(|counts| counts.outcomes.get(place));
            writeln!(f, "{} {sum}", outcome.name())?;
        }
        for (place, note) in Note::ALL.iter().enumerate() {
            let sum = self.sum(|counts| counts.notes.get(place));
            writeln!(f, "{} {sum}", note.name())?;
        }
        for (place, reason) in Reason::ALL.iter().enumerate() {
            let sum = self.sum(|counts| counts.reasons.get(place));
            writeln!(f, "{} {sum}", reason.name())?;
        }
        Ok(())
    }
}

/// The counters and the file that shows them.
#[pin_data]
pub(crate) struct Counters {
    #[pin]
    file: File<Table>,
    _dir: Dir,
}

impl Counters {
    /// All zero, in debugfs as `nf_sip/counters`.
    pub(crate) fn new() -> impl PinInit<Self, Error> {
        let dir = Dir::new(c"nf_sip");
        try_pin_init!(Self {
            file <- dir.read_only_file(c"counters", Table(nf::PerCpu::new(Counts::new)?)),
            _dir: dir,
        })
    }

    /// Counts a message.
    pub(crate) fn outcome(&self, outcome: Outcome) {
        // CAST: It is the place in the list, as was seen when this was compiled.
        if let Some(count) = self.file.0.here().outcomes.get(outcome as usize) {
            count.fetch_add(1, Relaxed);
        }
    }

    /// Counts something about a stream.
    pub(crate) fn note(&self, note: Note) {
        let counts = Note::ALL.iter().zip(&self.file.0.here().notes);
        for (_, count) in counts.filter(|(other, _)| **other == note) {
            count.fetch_add(1, Relaxed);
        }
    }

    /// Counts a single thing that a message met.
    pub(crate) fn reason(&self, reason: Reason) {
        // CAST: It is the place in the list, as was seen when this was compiled.
        if let Some(count) = self.file.0.here().reasons.get(reason as usize) {
            count.fetch_add(1, Relaxed);
        }
    }

    /// Counts what a message met.
    pub(crate) fn reasons(&self, reasons: Reasons) {
        if reasons == Reasons::default() {
            return;
        }
        let counts = Reason::ALL.iter().zip(&self.file.0.here().reasons);
        for (_, count) in counts.filter(|(reason, _)| reasons.has(**reason)) {
            count.fetch_add(1, Relaxed);
        }
    }
}
