// SPDX-License-Identifier: GPL-2.0

//! `cost [FILE...]`: instructions that the core takes for messages that are made to be costly, against
//! those that it takes for a plain message of the same length. Fails where they are more than there may
//! be.
//!
//! With messages in files it ranks these instead, the most costly first.
//!
//! callgrind counts: it runs this very program with `--count` in front, and writes down what each call of
//! [`counted`] takes.

use std::error::Error;
use std::hint::black_box;
use std::net::{
    Ipv4Addr,
    SocketAddr, //
};
use std::path::Path;
use std::process::{
    Command,
    ExitCode, //
};
use std::{
    env,
    fs,
    iter, //
};

use alg::call::{
    Memory,
    Policy, //
};
use alg::nat::{
    Edit,
    Edits,
    Flow,
    Translation, //
};
use alg::stream::{
    Change,
    Connection,
    Note,
    Position,
    Segment,
    Translate,
    Way, //
};

mod crossed;
#[path = "../tests/alg/generous.rs"]
mod generous;
#[expect(dead_code, reason = "the tests look at what comes out")]
#[path = "../tests/alg/peer.rs"]
mod peer;
#[path = "../tests/alg/shapes.rs"]
mod shapes;
#[expect(dead_code, reason = "the tests send back and forth")]
#[path = "../tests/alg/tcp.rs"]
mod tcp;

use generous::Generous;

/// Lengths of the messages.
const LENGTHS: [usize; 4] = [1 << 10, 1 << 12, 1 << 14, 60 << 10];

/// The length of those that are made of each field with each kind of value.
const CROSSED: usize = 1 << 13;

/// The same of each line of a description.
const DESCRIPTIONS: [usize; 3] = [1 << 10, 1 << 11, 1 << 13];

/// How a message comes: as a datagram, or in segments of a stream of at most so many bytes.
const PIECES: [Option<usize>; 4] = [None, Some(usize::MAX), Some(1448), Some(64)];

/// How many times the instructions of a plain message it may take.
const MOST: f64 = 3.0;

/// A message and how it comes.
struct Input {
    name: String,
    bytes: Vec<u8>,
    piece: Option<usize>,
}

/// Text to write what is changed to, and slots for the changes.
struct Workspace {
    text: Vec<u8>,
    slots: [Edit; 256],
}

impl Workspace {
    fn new() -> Self {
        Self {
            text: vec![0; 1 << 17],
            slots: [Edit::NONE; 256],
        }
    }
}

/// The decisions for whole messages of a connection, and what is written for them.
struct Engine {
    flow: Flow,
    memory: Memory,
    workspace: Workspace,
}

impl Engine {
    /// From a phone behind a gateway that masquerades.
    fn new(stream: bool) -> Self {
        let at = |ip, port| SocketAddr::new(Ipv4Addr::from(ip).into(), port);
        let server = at([203, 0, 113, 10], 5060);
        let flow = Flow {
            source: Translation {
                before: at([10, 0, 0, 2], 5060),
                after: at([203, 0, 113, 1], 1024),
            },
            destination: Translation {
                before: server,
                after: server,
            },
            forwarded: false,
            opener: true,
            stream,
        };
        Self {
            flow,
            memory: Memory::default(),
            workspace: Workspace::new(),
        }
    }
}

impl Translate for Engine {
    fn message(&mut self, message: &[u8]) -> Option<Change<'_>> {
        let policy = Policy {
            direct_media: true,
            direct_signalling: true,
            any_contact_port: false,
        };
        let Workspace { text, slots } = &mut self.workspace;
        let mut edits = Edits::new(message, slots);
        alg::translate(
            &self.flow,
            policy,
            &mut self.memory,
            &mut Generous,
            &mut edits,
        );
        let region = edits.render(text)?;
        Some(Change {
            old: region.old,
            new: &text[..region.new_len],
        })
    }

    fn note(&mut self, _: Note) {}
}

/// What callgrind counts.
#[no_mangle]
#[inline(never)]
fn counted(input: &Input, engine: &mut Engine) -> usize {
    let Some(piece) = input.piece else {
        return engine
            .message(&input.bytes)
            .map_or(0, |change| change.new.len());
    };
    let buffers = || [tcp::memory(usize::MAX), tcp::memory(usize::MAX)];
    let mut connection = Connection::new([Position(0); 2], [buffers(), buffers()]);
    let mut at = Position(0);
    let mut count = 0;
    for payload in input.bytes.chunks(piece) {
        let header = peer::header(at, Position(0), false, &[]);
        let segment = Segment { header, payload };
        black_box(connection.segment(Way::Original, segment, tcp::moment(0), engine));
        at = at.plus(payload.len());
        count += 1;
    }
    count
}

/// How it comes, for a person to read.
fn way(piece: Option<usize>) -> String {
    match piece {
        None => "a datagram".into(),
        Some(usize::MAX) => "one segment".into(),
        Some(piece) => format!("segments of {piece}"),
    }
}

/// The message with a Content-Length behind its first line, as it has to have in a stream.
fn framed(message: Vec<u8>) -> Vec<u8> {
    let find = |wanted: &[u8]| {
        message
            .windows(wanted.len())
            .position(|there| there == wanted)
    };
    let ends = [
        find(b"\r\n\r\n").map(|at| at + 4),
        find(b"\n\n").map(|at| at + 2),
    ];
    let (Some(line), Some(body)) = (find(b"\n"), ends.into_iter().flatten().min()) else {
        return message;
    };
    let (head, rest) = message.split_at(line + 1);
    let length = format!("l: {}\r\n", message.len() - body);
    [head, length.as_bytes(), rest].concat()
}

/// Every shape in every length and each way, and what is crossed; behind the plain message of each.
fn shaped() -> Vec<Vec<Input>> {
    let mut groups = Vec::new();
    for piece in PIECES {
        for len in LENGTHS {
            let shapes = shapes::CASES.iter();
            let shaped = shapes.map(|shape| (shape.0.into(), shapes::message(shape, len)));
            groups.push(group(len, piece, shaped));
        }
    }
    groups.push(group(CROSSED, None, crossed::messages(CROSSED)));
    for len in DESCRIPTIONS {
        groups.push(group(len, None, crossed::descriptions(len)));
    }
    groups
}

/// These messages behind a plain one of their length.
fn group(
    len: usize,
    piece: Option<usize>,
    messages: impl Iterator<Item = (String, Vec<u8>)>,
) -> Vec<Input> {
    let plain = ("a plain message".into(), shapes::plain(len));
    let all = iter::once(plain).chain(messages);
    all.map(|(name, message)| Input {
        name,
        bytes: match piece {
            Some(_) => framed(message),
            None => message,
        },
        piece,
    })
    .collect()
}

/// Messages of files, each behind a plain one of its length.
fn given(files: &[String]) -> Result<Vec<Vec<Input>>, Box<dyn Error>> {
    let mut groups = Vec::new();
    for file in files {
        let bytes = fs::read(file)?;
        let len = bytes.len();
        groups.push(group(len, None, iter::once((file.clone(), bytes))));
    }
    Ok(groups)
}

/// The instructions of each of so many inputs.
fn counts(inputs: usize, files: &[String]) -> Result<Vec<u64>, Box<dyn Error>> {
    let folder = Path::new("build/host/cost");
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder)?;
    let status = Command::new("valgrind")
        .args(["-q", "--tool=callgrind", "--collect-atstart=no"])
        .args(["--toggle-collect=counted", "--dump-after=counted"])
        .arg(format!("--callgrind-out-file={}/out", folder.display()))
        .arg(env::current_exe()?)
        .arg("--count")
        .args(files)
        .status()?;
    if !status.success() {
        return Err(format!("valgrind: {status}").into());
    }
    let count = |number| {
        let text = fs::read_to_string(folder.join(format!("out.{number}")))?;
        let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
        Ok(total.ok_or("callgrind wrote no totals")?.trim().parse()?)
    };
    (1..=inputs).map(count).collect()
}

/// How many times as much as the plain message of its group each of the others takes, the most costly first.
fn ranked<'g>(group: &'g [Input], counts: &[u64]) -> Vec<(f64, &'g Input)> {
    let times = |count: &u64| *count as f64 / counts[0] as f64;
    let others = counts.iter().map(times).zip(group).skip(1);
    let mut rows: Vec<_> = others.collect();
    rows.sort_by(|one, other| other.0.total_cmp(&one.0));
    rows
}

/// Prints the table and says what is too costly.
fn compared(groups: &[Vec<Input>], counts: &[u64]) -> Vec<String> {
    let mut dear = Vec::new();
    let mut rest = counts;
    for group in groups {
        let (counts, behind) = rest.split_at(group.len());
        rest = behind;
        let (bytes, way) = (group[0].bytes.len(), way(group[0].piece));
        let plain = counts[0];
        println!("{way}, {bytes} bytes: a plain message takes {plain} instructions");
        for (place, (times, input)) in ranked(group, counts).into_iter().enumerate() {
            if place < 5 {
                println!("  {times:6.2} times  {}", input.name);
            }
            if times > MOST {
                dear.push(format!(
                    "{}, {} bytes, {way}: {times:.2} times",
                    input.name,
                    input.bytes.len()
                ));
            }
        }
    }
    dear
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut files: Vec<_> = env::args().skip(1).collect();
    let counting = files.first().is_some_and(|word| word == "--count");
    if counting {
        files.remove(0);
    }
    let groups = match files.is_empty() {
        true => shaped(),
        false => given(&files)?,
    };
    if counting {
        for input in groups.iter().flatten() {
            black_box(counted(input, &mut Engine::new(input.piece.is_some())));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let counts = counts(groups.iter().map(Vec::len).sum(), &files)?;
    if files.is_empty() {
        let dear = compared(&groups, &counts);
        if !dear.is_empty() {
            println!("too costly:\n{}", dear.join("\n"));
            return Ok(ExitCode::FAILURE);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let pairs = groups.iter().zip(counts.chunks(2));
    let mut rows: Vec<_> = pairs
        .flat_map(|(group, counts)| ranked(group, counts))
        .collect();
    rows.sort_by(|one, other| other.0.total_cmp(&one.0));
    for (times, input) in rows {
        println!(
            "{times:6.2} times  {:6} bytes  {}",
            input.bytes.len(),
            input.name
        );
    }
    Ok(ExitCode::SUCCESS)
}
