// SPDX-License-Identifier: GPL-2.0

//! Messages that are made of each header field with each kind of value.

/// What is read by rules of its own, and what is not read.
const NAMES: &[&str] = &[
    "Via",
    "v",
    "From",
    "To",
    "Contact",
    "Route",
    "Record-Route",
    "Refer-To",
    "r",
    "Referred-By",
    "Reply-To",
    "P-Asserted-Identity",
    "History-Info",
    "Call-Info",
    "Warning",
    "Authorization",
    "Content-Type",
    "Content-Length",
    "CSeq",
    "Expires",
    "Session-Expires",
    "Identity",
    "Supported",
    "Subject",
];

/// How values begin.
const BEGINNINGS: &[&str] = &["", "<sip:10.0.0.2>;", "SIP/2.0/UDP h;", "Digest a=", "\""];

/// What they then are full of.
const MARKS: &[&str] = &[
    "\u{e9}", "\u{e9}x", "\t", " ", "\"", "a\"", "<", "<a>", ";", "a;a=", "\\", "@", "[", ":",
];

/// How long the values are.
const LENGTHS: [usize; 2] = [20, 110];

/// All of them in messages of so many bytes: as values of one field, and as fields that begin in an unusual way.
pub fn messages(len: usize) -> impl Iterator<Item = (String, Vec<u8>)> {
    let values = BEGINNINGS.iter().flat_map(|beginning| {
        let marks = MARKS.iter().flat_map(|mark| LENGTHS.map(|len| (mark, len)));
        marks.map(move |(mark, len)| {
            let count = len.saturating_sub(beginning.len()) / mark.len();
            format!("{beginning}{}", mark.repeat(count))
        })
    });
    values.flat_map(move |value| {
        let both = NAMES.iter().flat_map(move |name| {
            let list = (format!("{name}: "), format!("{value},"), "\r\n\r\n");
            let fields = (String::new(), format!("{name}:{value}\n"), "\n");
            [list, fields]
        });
        both.map(move |(head, repeated, end)| {
            let head = format!("REGISTER sip:h SIP/2.0\r\nCSeq: 1 REGISTER\r\n{head}");
            let count = len.saturating_sub(head.len() + end.len()) / repeated.len();
            let message = format!("{head}{}{end}", repeated.repeat(count));
            (format!("many {repeated:?}"), message.into_bytes())
        })
    })
}
