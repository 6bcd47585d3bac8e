// SPDX-License-Identifier: GPL-2.0

//! `compare FOLDER FIELDS TABLE` reads the messages below FOLDER that an independent parser has read,
//! compares with the FIELDS that it wrote, and fails where they differ other than TABLE says. What we
//! refuse is judged elsewhere.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::{
    env,
    fs,
    io, //
};

use alg::sdp;
use alg::sip::{
    message,
    Address,
    CSeq,
    HostPort,
    MediaType,
    Method,
    Name,
    Via, //
};
use alg::Text;

/// The values of each field, in the order of the message.
type Fields = BTreeMap<String, Vec<String>>;

fn main() -> io::Result<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [folder, fields, table] = &arguments[..] else {
        eprintln!("usage: compare FOLDER FIELDS TABLE");
        return Ok(ExitCode::from(2));
    };
    let theirs = read(&String::from_utf8_lossy(&fs::read(fields)?));
    let mut found = Vec::new();
    let (mut messages, mut compared) = (0, 0);
    for (file, mut theirs) in theirs {
        let bytes = fs::read(Path::new(folder).join(&file))?;
        let Some(mut ours) = ours(&bytes) else {
            continue;
        };
        if theirs.contains_key("refused") {
            found.push(format!("| `{file}` | refused |"));
            continue;
        }
        if let Some(why) = theirs.remove("no-sdp") {
            if let Some(ours) = ours.remove("media") {
                found.push(format!("| `{file}` | description |"));
                eprintln!("{file}: description: they {why:?}, we {ours:?}");
            }
        }
        messages += 1;
        for field in [
            "via", "from", "to", "call-id", "cseq", "contact", "length", "media",
        ] {
            let (theirs, ours) = (theirs.get(field), ours.get(field));
            compared += theirs.map_or(0, Vec::len);
            if theirs != ours {
                found.push(format!("| `{file}` | {field} |"));
                eprintln!("{file}: {field}: they {theirs:?}, we {ours:?}");
            }
        }
    }
    let table = fs::read_to_string(table)?;
    let judged: Vec<_> = table
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    let new = found
        .iter()
        .filter(|row| !judged.iter().any(|line| line.starts_with(*row)));
    let old = judged
        .iter()
        .filter(|line| !found.iter().any(|row| line.starts_with(row)));
    let wrong: Vec<_> = new.map(String::as_str).chain(old.copied()).collect();
    println!(
        "{messages} messages and {compared} fields compared, {} disagreements, {} not as judged",
        found.len(),
        wrong.len()
    );
    wrong.iter().for_each(|row| println!("{row}"));
    Ok(ExitCode::from(u8::from(!wrong.is_empty())))
}

/// What the other parser wrote, by file.
fn read(text: &str) -> BTreeMap<String, Fields> {
    let mut files: BTreeMap<String, Fields> = BTreeMap::new();
    for line in text.lines() {
        let mut cells = line.splitn(3, '\t');
        let mut cell = || cells.next().unwrap_or_default().to_owned();
        let (file, field, mut value) = (cell(), cell(), cell());
        if field == "cseq" {
            let (number, method) = value.split_once(' ').unwrap_or_default();
            let method = Method::parse(Text::new(method.as_bytes())).unwrap_or(Method::Other);
            value = format!("{number} {method:?}");
        }
        let fields = files.entry(file).or_default();
        fields.entry(field).or_default().push(value);
    }
    files
}

/// The same of ours; `None` for a message that is refused.
fn ours(bytes: &[u8]) -> Option<Fields> {
    let (_, mut headers) = message::parse(bytes).ok()?;
    let mut fields = Fields::new();
    let mut add = |field: &str, value| fields.entry(field.to_owned()).or_default().push(value);
    let mut seen = Vec::new();
    let mut length = None;
    let mut media_type = None;
    for header in headers.by_ref() {
        let first = !seen.contains(&header.name);
        seen.push(header.name);
        match header.name {
            Name::Via if first => {
                if let Some(Ok(via)) = Via::list(header.value).next() {
                    let branch = via.params.find("branch");
                    add("via", format!("{} {}", place(via.sent_by), shown(branch)));
                }
            }
            Name::From | Name::To if first => {
                if let Ok(address) = Address::single(header.value) {
                    let field = if header.name == Name::From {
                        "from"
                    } else {
                        "to"
                    };
                    add(field, shown(address.params.find("tag")));
                }
            }
            Name::CallId if first => add("call-id", shown(Some(header.value))),
            Name::CSeq if first => {
                if let Ok(CSeq { number, method }) = CSeq::parse(header.value) {
                    add("cseq", format!("{number} {method:?}"));
                }
            }
            Name::Contact => {
                for contact in Address::list(header.value).flatten() {
                    if let Ok(uri) = contact.sip() {
                        add("contact", place(uri.host));
                    }
                }
            }
            Name::ContentLength if first => {
                length = header.value.number();
                if let Some(length) = length {
                    add("length", length.to_string());
                }
            }
            Name::ContentType if first => media_type = MediaType::parse(header.value).ok(),
            _ => {}
        }
    }
    let body = headers.body()?;
    let body = body.take(length.map_or(body.len(), |length| length as usize));
    if media_type.is_some_and(|media_type| media_type.is_sdp()) {
        if let Ok(description) = sdp::Description::new(body) {
            let (session, list) = description.read();
            for media in list {
                let address = media.connection.or(session.connection);
                let host = shown(address.map(|address| address.host));
                add("media", format!("{host} {}", shown(Some(media.port))));
            }
        }
    }
    Some(fields)
}

fn place(host: HostPort<'_>) -> String {
    format!("{} {}", shown(Some(host.host)), shown(host.port))
}

/// Text, or a dash where there is none.
fn shown(text: Option<Text<'_>>) -> String {
    let text = text.filter(|text| !text.is_empty());
    text.map_or("-".to_owned(), |text| {
        String::from_utf8_lossy(text.bytes()).into_owned()
    })
}
