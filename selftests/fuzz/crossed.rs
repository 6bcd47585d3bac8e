// SPDX-License-Identifier: GPL-2.0

//! Messages that are made of each header field, or of each line of a description, with each kind of value.

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

/// Lines of a description, and how their values mostly begin.
const LINES: &[(&str, &str)] = &[
    ("o=", "- 1 1 IN IP4 10.0.0.2 "),
    ("c=", "IN IP4 10.0.0.2"),
    ("m=", "audio 4000 RTP/AVP "),
    ("a=rtcp:", "4001 IN IP4 10.0.0.2"),
    ("a=candidate:", "1 1 UDP 1 10.0.0.2 4000 typ host "),
    ("a=remote-candidates:", "1 10.0.0.2 4000 "),
    ("a=altc:", "1 IP4 10.0.0.2 4000 "),
    ("a=path:", "msrp://10.0.0.2:4000/ "),
    ("a=setup:", "active"),
    ("a=mid:", "1"),
    ("a=group:", "BUNDLE "),
    ("a=ice-", "ufrag:"),
    ("a=sendrecv", ""),
    ("a=rtpmap:", "0 "),
    ("", "x="),
];

/// What they then are full of.
const WORDS: &[&str] = &[
    "\u{e9}", "\u{e9} ", "\t", "x\t", " ", "x ", "x  ", "1 ", "/", ":",
];

/// What stands in front of them: in the session, and in a media of which all lines are walked several times.
const FRONTS: [&str; 2] = [
    "v=0\r\n",
    "v=0\r\nc=IN IP4 10.0.0.2\r\nm=audio 4000 RTP/AVP 0\r\nc=IN IP4 10.0.0.2\r\nc=IN IP4 10.0.0.2\r\n\
        a=path:x\r\na=remote-candidates:x\r\na=candidate:1 1 UDP 1 10.0.0.2 4000 typ host\r\n",
];

/// How long the lines are; one that has no end fills the message.
const ENDS: [Option<usize>; 4] = [Some(0), Some(20), Some(110), None];

/// All of them in messages of so many bytes.
pub fn descriptions(len: usize) -> impl Iterator<Item = (String, Vec<u8>)> {
    let begun = LINES
        .iter()
        .flat_map(|(name, usual)| [(*name, ""), (*name, *usual)]);
    let begun = begun.flat_map(|line| FRONTS.map(|front| (front, line)));
    let words = begun.flat_map(|line| WORDS.iter().map(move |word| (line, word)));
    let ended = words.flat_map(|value| ENDS.map(|end| (value, end)));
    ended.map(move |(((front, (name, usual)), word), end)| {
        let head = format!("SIP/2.0 200 OK\r\nContent-Type: application/sdp\r\n\r\n{front}");
        let line = |len: usize| {
            let count = (len.saturating_sub(name.len() + usual.len()) / word.len()).max(1);
            format!("{name}{usual}{}", word.repeat(count))
        };
        let room = len.saturating_sub(head.len());
        let lines = match end {
            Some(end) => {
                let line = format!("{}\n", line(end));
                line.repeat(room / line.len())
            }
            None => line(room),
        };
        let what = format!("lines {name:?} of {usual:?} and {word:?}, each {end:?}");
        (what, format!("{head}{lines}").into_bytes())
    })
}
