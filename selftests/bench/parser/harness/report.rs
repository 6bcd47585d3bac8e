// SPDX-License-Identifier: GPL-2.0

//! The figures, for people and for programs.

use super::message::Message;
use super::readers::{
    Kind,
    READERS, //
};
use super::{
    Figures,
    Table, //
};

/// How many instructions nf_sip shall need for each message, and how many it may need at most.
const GOALS: [(Option<u64>, u64); 4] = [
    (None, 3_900),
    (Some(5_300), 7_000),
    (None, 11_500),
    (None, 38_000),
];

/// How often the figures of one go into those of another.
#[derive(Clone, Copy)]
struct Ratio {
    ns: f64,
    instructions: f64,
}

impl Ratio {
    fn new(of: Figures, to: Figures) -> Self {
        Self {
            ns: of.ns / to.ns,
            instructions: of.instructions as f64 / to.instructions as f64,
        }
    }
}

/// What `kind` needs for a message: of peers the one that needs the fewest instructions.
fn best(figures: &Table<Figures>, kind: Kind, message: usize) -> Option<(&'static str, Figures)> {
    READERS
        .iter()
        .zip(figures)
        .filter(|(reader, _)| reader.kind == kind)
        .filter_map(|(reader, row)| Some((reader.name, row[message]?)))
        .min_by_key(|(_, figures)| figures.instructions)
}

/// How many times faster nf_sip is than the best of `kind`, and who that is.
fn faster(figures: &Table<Figures>, kind: Kind, message: usize) -> Option<(&'static str, Ratio)> {
    let (_, own) = best(figures, Kind::Own, message)?;
    let (name, other) = best(figures, kind, message)?;
    Some((name, Ratio::new(other, own)))
}

/// Prints a table of all, and below it how nf_sip stands.
pub fn print(messages: &[Message], figures: &Table<Figures>) {
    let columns = 0..messages.len();
    let floor = |at| best(figures, Kind::Lines, at).map(|(_, floor)| floor);

    print!("{:18}", "");
    for message in messages {
        print!(
            "  {:>26}",
            format!("{}, {} bytes", message.name, message.bytes.len())
        );
    }
    print!("\n{:18}", "");
    for _ in messages {
        print!("  {:>6} {:>7} {:>5} {:>5}", "ns", "instr", "ns/L", "in/L");
    }
    println!();
    for (reader, row) in READERS.iter().zip(figures) {
        print!("{:18}", reader.name);
        for (cell, floor) in row.iter().zip(columns.clone().map(floor)) {
            match cell.zip(floor) {
                Some((cell, floor)) => {
                    let Ratio { ns, instructions } = Ratio::new(cell, floor);
                    print!(
                        "  {:6.0} {:7} {ns:5.1} {instructions:5.1}",
                        cell.ns, cell.instructions
                    );
                }
                None => print!("  {:>6} {:>7} {:>5} {:>5}", "-", "-", "-", "-"),
            }
        }
        println!();
    }
    for (reader, row) in READERS.iter().zip(figures) {
        let refused = messages.iter().zip(row).filter(|(_, cell)| cell.is_none());
        let refused: Vec<_> = refused.map(|(message, _)| message.name).collect();
        if !refused.is_empty() {
            println!("- {} refuses {}", reader.name, refused.join(", "));
        }
    }

    let line = |name: &str, cell: &dyn Fn(usize) -> Option<String>| {
        print!("{name:32}");
        for at in columns.clone() {
            print!(" {:>15}", cell(at).as_deref().unwrap_or("-"));
        }
        println!();
    };
    let shown = |ratio: Ratio| format!("{:.2} ({:.2})", ratio.ns, ratio.instructions);
    println!();
    line("nf_sip, instructions", &|at| {
        Some(messages[at].name.to_owned())
    });
    line("  goal", &|at| Some(GOALS[at].0?.to_string()));
    line("  not worse than", &|at| Some(GOALS[at].1.to_string()));
    line("  measured", &|at| {
        let (_, own) = best(figures, Kind::Own, at)?;
        Some(own.instructions.to_string())
    });
    println!("\nnf_sip is, by time (and by instructions), as many times faster than");
    for (name, kind) in [
        ("  httparse, headers", Kind::Headers),
        ("  the best peer", Kind::Peer),
    ] {
        line(name, &|at| Some(shown(faster(figures, kind, at)?.1)));
    }
    line("  that is", &|at| {
        Some(faster(figures, Kind::Peer, at)?.0.to_owned())
    });
}

/// The same as JSON.
pub fn json(messages: &[Message], figures: &Table<Figures>) -> String {
    let by_message = |cell: &dyn Fn(usize) -> String| {
        let cells = messages.iter().enumerate();
        let cells: Vec<_> = cells
            .map(|(at, message)| (message.name, cell(at)))
            .collect();
        object(&cells)
    };
    let reader = |(at, row): (usize, &Vec<Option<Figures>>)| {
        let kind = match READERS[at].kind {
            Kind::Lines | Kind::Headers => "floor",
            Kind::Own => "own",
            Kind::Peer => "peer",
        };
        let cell = |column| {
            let floor = best(figures, Kind::Lines, column).map(|(_, floor)| floor);
            row[column]
                .zip(floor)
                .map_or("null".to_owned(), |(cell, floor)| {
                    let ratio = Ratio::new(cell, floor);
                    object(&[
                        ("ns", format!("{:.1}", cell.ns)),
                        ("instructions", cell.instructions.to_string()),
                        ("ns_to_l", format!("{:.3}", ratio.ns)),
                        ("instructions_to_l", format!("{:.3}", ratio.instructions)),
                    ])
                })
        };
        object(&[
            ("name", format!("\"{}\"", READERS[at].name)),
            ("kind", format!("\"{kind}\"")),
            ("messages", by_message(&cell)),
        ])
    };
    let readers: Vec<_> = figures.iter().enumerate().map(reader).collect();
    let times = |kind| {
        by_message(&|at| {
            faster(figures, kind, at).map_or("null".to_owned(), |(name, ratio)| {
                object(&[
                    ("than", format!("\"{name}\"")),
                    ("by_ns", format!("{:.3}", ratio.ns)),
                    ("by_instructions", format!("{:.3}", ratio.instructions)),
                ])
            })
        })
    };
    let goal = |at: usize| {
        GOALS[at]
            .0
            .map_or("null".to_owned(), |goal| goal.to_string())
    };
    let all = object(&[
        (
            "bytes",
            by_message(&|at| messages[at].bytes.len().to_string()),
        ),
        ("readers", format!("[{}]", readers.join(", "))),
        ("goal", by_message(&goal)),
        ("not_worse_than", by_message(&|at| GOALS[at].1.to_string())),
        ("faster_than_httparse", times(Kind::Headers)),
        ("faster_than_best_peer", times(Kind::Peer)),
    ]);
    format!("{all}\n")
}

/// A JSON object of what is JSON already.
fn object(fields: &[(&str, String)]) -> String {
    let fields = fields
        .iter()
        .map(|(name, value)| format!("\"{name}\": {value}"));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
}
