// SPDX-License-Identifier: GPL-2.0

//! What is accepted beyond the grammar: a vector, or several, for each row of the lists in `src/alg/sip.rs` and
//! `src/alg/sdp.rs`, by the name that it has there.

use std::fs;
use std::path::Path;

use crate::gateway::same;
use crate::reader::described;

/// What a row says, a text, and all that is read of it.
type Row = (&'static str, &'static str, &'static str);

/// Whole messages, or fields of a response.
#[rustfmt::skip]
const SIP: &[Row] = &[
    (
        "CR or LF alone as line end, CR CR LF, all of them mixed",
        "SIP/2.0 200 OK\rt: sip:a\nCSeq: 1 ACK\r\r\nl: 0\r\r\n\r\n",
        "response code=200\nto name=a\ncseq number=1 method=Ack\ncontent-length number=0",
    ),
    (
        "line ends in front of the start line (RFC 3261 7.5)",
        "\r\n\n\rSIP/2.0 200 OK\r\nt: sip:a\r\n\r\n",
        "response code=200\nto name=a",
    ),
    (
        "several blanks in the start line, or blanks behind it (RFC 4475 3.1.2.9, 3.1.2.10)",
        "BYE   sip:a   SIP/2.0  \r\nt: sip:a\r\n\r\n",
        "request method=Bye name=a\nto name=a",
    ),
    (
        "several blanks in the start line, or blanks behind it (RFC 4475 3.1.2.9, 3.1.2.10)",
        "SIP/2.0   200   OK  \r\nt: sip:a\r\n\r\n",
        "response code=200\nto name=a",
    ),
    ("TABs in the line of a request", "BYE\tsip:a\tSIP/2.0\r\n\r\n", "request method=Bye name=a"),
    (
        "a status line without a reason, and without the blank in front of it",
        "SIP/2.0 200\r\nt: sip:a\r\n\r\n",
        "response code=200\nto name=a",
    ),
    (
        "a first field that begins with a blank",
        "SIP/2.0 200 OK\r\n f: sip:a\r\nt: sip:a\r\n\r\n",
        "response code=200\nto name=a",
    ),
    (
        "a line without a colon, or with a name that is no token",
        "Contact\r\n: sip:b\r\nVia;x: SIP/2.0/UDP h\r\nt: sip:a",
        "to name=a",
    ),
    ("folding in front of the colon of a field", "To\r\n : sip:a", "to name=a"),
    (
        "another Content-Length, Call-ID, From, To, ...",
        "SIP/2.0 200 OK\r\nc: application/sdp\r\nl: 5\r\nl: 99\r\nl: x\r\n\r\nv=0\r\nm=audio 4 RTP/AVP 0\r\n",
        "response code=200\ncontent-type kind=application subtype=sdp\n\
         content-length number=5\ncontent-length number=99\ncontent-length !Number@52\nsession",
    ),
    (
        "another CSeq, Content-Type, Expires or Session-Expires",
        "SIP/2.0 200 OK\r\nc: x\r\nc: application/sdp\r\nc: a/b\r\n\r\nv=0\r\n",
        "response code=200\ncontent-type !MediaType@19\ncontent-type kind=application subtype=sdp\n\
         content-type kind=a subtype=b\nsession",
    ),
    (
        "a Content-Length beyond the end (RFC 4475 3.1.2.2)",
        "SIP/2.0 200 OK\r\nc: application/sdp\r\nl: 99\r\n\r\nv=0\r\nm=audio 4 RTP/AVP 0\r\n",
        "response code=200\ncontent-type kind=application subtype=sdp\ncontent-length number=99\n\
         session\nmedia kind=Audio port=4 proto=RTP/AVP",
    ),
    (
        "a Content-Length that is negative, no number or beyond 32 bits (RFC 4475 3.1.2.3)",
        "SIP/2.0 200 OK\r\nc: application/sdp\r\nl: -5\r\n\r\nv=0\r\nm=audio 4 RTP/AVP 0\r\n",
        "response code=200\ncontent-type kind=application subtype=sdp\ncontent-length !Number@39\n\
         session\nmedia kind=Audio port=4 proto=RTP/AVP",
    ),
    (
        "a Content-Length that is negative, no number or beyond 32 bits (RFC 4475 3.1.2.3)",
        "SIP/2.0 200 OK\r\nc: application/sdp\r\nl: 5 x\r\n\r\nv=0\r\nm=audio 4 RTP/AVP 0\r\n",
        "response code=200\ncontent-type kind=application subtype=sdp\ncontent-length !Number@39\n\
         session\nmedia kind=Audio port=4 proto=RTP/AVP",
    ),
    (
        "a Content-Length that is negative, no number or beyond 32 bits (RFC 4475 3.1.2.3)",
        "SIP/2.0 200 OK\r\nc: application/sdp\r\nl: 4294967296\r\n\r\nv=0\r\nm=audio 4 RTP/AVP 0\r\n",
        "response code=200\ncontent-type kind=application subtype=sdp\ncontent-length !Number@39\n\
         session\nmedia kind=Audio port=4 proto=RTP/AVP",
    ),
    (
        "a part's Content-Length that is not its length",
        "SIP/2.0 200 OK\r\nc: multipart/x;boundary=b\r\n\r\n--b\r\nc: application/sdp\r\nl: 5\r\n\r\n\
         v=0\r\nm=audio 4 RTP/AVP 0\r\n\r\n--b--\r\n",
        "response code=200\ncontent-type kind=multipart subtype=x ;boundary=b\npart length=5 bytes=26\n\
         session\nmedia kind=Audio port=4 proto=RTP/AVP",
    ),
    (
        "a display name that is neither token nor quoted",
        "From: a.b@c: \u{e9}, d <sip:a@h>\r\nm: x: y/z <sip:b@h>, @ <sip:c@h>",
        "from user=a name=h\ncontact user=b name=h\ncontact user=c name=h",
    ),
    (
        "a comma in such a name of From and To (RFC 4475 3.1.2.15)",
        "From: B, A <sip:a@h>;tag=1\r\nTo: B, A <sip:a@h>",
        "from user=a name=h ;tag=1\nto user=a name=h",
    ),
    (
        "something else than `;` behind the brackets",
        "From: <sip:a@h>>;tag=1\r\nTo: <sip:a@h>\r\n Call-ID: x;tag=1",
        "from user=a name=h\nto user=a name=h",
    ),
    (
        "URI headers without brackets (RFC 4475 3.1.2.13)",
        "m: sip:a@h?b=c%3B;expires=5, <sip:d@h>",
        "contact user=a name=h tail=?b=c%3B ;expires=5\ncontact user=d name=h",
    ),
    (
        "blanks within brackets (RFC 4475 3.1.2.14)",
        "t: < sip:a@192.0.2.1 ;lr >;tag=1",
        "to user=a ip=192.0.2.1 tail=;lr ;tag=1",
    ),
    (
        "blanks around the colon of a port, as Via has them, in a URI",
        "f: <sip:h : 5060>\r\nt: sip:a@192.0.2.1 :\t5062;tag=1\r\nm: <sip:a@[::1]: 5060;lr>",
        "from name=h port=5060\nto user=a ip=192.0.2.1 port=5062 ;tag=1\n\
         contact user=a ip=[::1] port=5060 tail=;lr",
    ),
    ("`<*>`", "m: < * >", "contact all=*"),
    (
        "an empty element of a comma list, or a comma at its end",
        "m: ,<sip:a>, ,sip:b,\r\nv: SIP/2.0/UDP a,,SIP/2.0/UDP b,",
        "contact name=a\ncontact name=b\nvia transport=UDP name=a\nvia transport=UDP name=b",
    ),
    (
        "a broken value in a comma list",
        "m: ;x, <sip:a>\r\nm: \"b\" c, <sip:d>\r\nv: x, SIP/2.0/UDP a",
        "contact !NameAddr@19\ncontact name=a\ncontact !NameAddr@39\ncontact name=d\n\
         via !Protocol@54\nvia transport=UDP name=a",
    ),
    (
        "a broken value in a comma list",
        "m: <sip:a, <sip:b\r\nm: \"a <sip:b>, <sip:c>\r\nt: sip:a",
        "contact !NameAddr@19\ncontact !NameAddr@57\nto name=a",
    ),
    (
        "a stray `;`",
        "t: <sip:a>;;tag=1;\r\nm: sip:a;;q=1, sip:b;\r\nv: SIP/2.0/UDP h;;branch=1;",
        "to name=a ; ;tag=1 ;\ncontact name=a ; ;q=1\ncontact name=b ;\n\
         via transport=UDP name=h ; ;branch=1 ;",
    ),
    (
        "`=` without a value behind it",
        "t: <sip:a>;tag=\r\nv: SIP/2.0/UDP h;branch=;rport=;received=",
        "to name=a ;tag=\nvia transport=UDP name=h ;branch= ;rport= ;received=",
    ),
    (
        "a tag, branch or other value that is no token, or empty",
        "f: <sip:a>;tag=x@y/[z] 1;b=2\r\nv: SIP/2.0/UDP h;branch=(1) @;rport=x;received=y z",
        "from name=a ;tag=x@y/[z] 1 ;b=2\nvia transport=UDP name=h ;branch=(1) @ ;rport=x ;received=y z",
    ),
    ("a stray `>` behind a parameter", "t: <sip:a>;b=c>;tag=1", "to name=a ;b=c> ;tag=1"),
    (
        "a quote in a parameter that is never closed",
        "m: <sip:a>;b=\"c, <sip:d>\r\nv: SIP/2.0/UDP h;b=\"c, SIP/2.0/UDP i;d\r\nt: <sip:a>;b=\"c;tag=1",
        "contact name=a ;b=\"c, <sip:d>\nvia transport=UDP name=h ;b=\"c, SIP/2.0/UDP i;d\n\
         to name=a ;b=\"c;tag=1",
    ),
    (
        "letters in a user part that have to be escaped",
        "f: <sip:a b#\"[\u{e9}]%@h>\r\nt: sip:{x}^`|@h",
        "from user=a b#\"[\u{e9}]% name=h\nto user={x}^`| name=h",
    ),
    ("letters of a Call-ID that are none of a word", "i: a b@c@d;=,&", "call-id text=a b@c@d;=,&"),
    ("`_` in a host name", "v: SIP/2.0/UDP a_b\r\nt: sip:_a.b_", "via transport=UDP name=a_b\nto name=_a.b_"),
    (
        "a zone id in an IPv6 reference (RFC 6874), or a colon too many (RFC 5118 4.10)",
        "v: SIP/2.0/UDP [fe80::1%25eth0]:5062\r\nm: <sip:[2001:db8:::192.0.2.1]:5060>",
        "via transport=UDP name=[fe80::1%25eth0] port=5062\ncontact name=[2001:db8:::192.0.2.1] port=5060",
    ),
    (
        "IPv6 in `received` with brackets and without (RFC 5118 4.5)",
        "v: SIP/2.0/UDP [2001:db8::9];received=2001:db8::1;branch=1\r\nv: SIP/2.0/UDP h;received=[2001:db8::1];rport=1",
        "via transport=UDP ip=[2001:db8::9] ;received=2001:db8::1 ;branch=1\n\
         via transport=UDP name=h ;received=[2001:db8::1] ;rport=1",
    ),
    ("a method of CSeq that is no token", "CSeq: 1 a b", "cseq number=1 method=Other"),
    (
        "a number beyond 32 bits in a time",
        "Expires: 4294967296\r\nMin-Expires: 99999999999999999999\r\nx: 4294967296;refresher=uac",
        "expires seconds=4294967295\nmin-expires seconds=4294967295\nsession-expires seconds=4294967295",
    ),
    ("words behind a time", "Expires: 60 seconds\r\nx: 90 (s);refresher=uac", "expires seconds=60\nsession-expires seconds=90"),
    // That the agents are read is seen in `headers.rs`, where they are translated.
    (
        "a warning without a text, or with folding or several blanks in it",
        "Warning: 399 h, 399\r\n i  \"x\"",
        "warning text=399 h, 399\\r\\n i  \"x\"",
    ),
];

/// Descriptions; whole bodies, or lines behind `v=0`.
#[rustfmt::skip]
const SDP: &[Row] = &[
    (
        "CR or LF alone as line end",
        "c=IN IP4 192.0.2.1\rm=audio 4 RTP/AVP 0\na=mid:0\r\na=inactive\n",
        "connection ip=192.0.2.1\nmedia kind=Audio port=4 proto=RTP/AVP flow=Inactive mid=0",
    ),
    (
        "empty lines, and lines that are no `letter=value`, also in front of `v=`",
        "\r\nrubbish\r\nv=0\r\n\r\nrubbish\r\nc\r\nm=audio 4 RTP/AVP 0\r\n\r\nrubbish\r\na=mid:0\r\n",
        "media kind=Audio port=4 proto=RTP/AVP mid=0",
    ),
    (
        "several blanks or TABs where one belongs, or where none does: in front of the first word, behind the last",
        "o= -  1\t1 IN IP4 192.0.2.1 \r\nc= \tIN  IP4\t192.0.2.1 \r\nm=  audio\t4 \tRTP/AVP  0 \r\n\
         a=rtcp: 5  IN IP4  192.0.2.1 \r\na=sendonly \t\r\n",
        "origin ip=192.0.2.1\nconnection ip=192.0.2.1\nmedia kind=Audio port=4 proto=RTP/AVP flow=SendOnly\n\
         rtcp port=5 ip=192.0.2.1",
    ),
    (
        "another version than 0",
        "v=7\r\nm=audio 4 RTP/AVP 0\r\n",
        "media kind=Audio port=4 proto=RTP/AVP",
    ),
    (
        "lines in any order behind `v=`, and none of `o=`, `s=`, `t=`",
        "a=sendonly\r\nc=IN IP4 192.0.2.2\r\no=- 1 1 IN IP4 192.0.2.1\r\nm=audio 4 RTP/AVP 0\r\na=mid:0\r\nc=IN IP4 192.0.2.3\r\n",
        "flow=SendOnly\norigin ip=192.0.2.1\nconnection ip=192.0.2.2\nmedia kind=Audio port=4 proto=RTP/AVP mid=0\nconnection ip=192.0.2.3",
    ),
    (
        "several `o=`, or several `c=` of the session",
        "o=- 1 1 IN IP4 192.0.2.1\r\no=- 1 1 IN IP4 192.0.2.2\r\nc=IN IP4 192.0.2.3\r\nc=IN IP4 192.0.2.4\r\n",
        "origin ip=192.0.2.1\nconnection ip=192.0.2.4",
    ),
    (
        "a line that cannot be read, `m=` aside",
        "o=x\r\nc=IN\r\na=setup:x\r\na=mid\r\nc=IN IP4 192.0.2.1\r\nm=audio 4 RTP/AVP 0\r\nc=\r\na=rtcp:x\r\na=setup:active\r\n",
        "connection ip=192.0.2.1\nmedia kind=Audio port=4 proto=RTP/AVP setup=Active",
    ),
    (
        "an `m=` line that cannot be read",
        "m=audio x RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\na=mid:0\r\nm=audio 4 RTP/AVP 0\r\nm=video\r\na=mid:1\r\n",
        "media kind=Audio port=4 proto=RTP/AVP",
    ),
    ("`m=` without formats", "m=audio 4 RTP/AVP\r\n", "media kind=Audio port=4 proto=RTP/AVP"),
    (
        "a count of ports that is no number",
        "m=audio 4/x RTP/AVP 0\r\nm=audio 6/ RTP/AVP 0\r\n",
        "media kind=Audio port=4 proto=RTP/AVP\nmedia kind=Audio port=6 proto=RTP/AVP",
    ),
    ("a port beyond 16 bits", "m=audio 65536 RTP/AVP 0\r\n", "media kind=Audio port=65536 proto=RTP/AVP"),
    (
        "`IN`, `IP4`, media types, protocols, and names of attributes in any case",
        "c=in Ip4 192.0.2.1\r\nm=AUDIO 4 rtp/avp 0\r\na=RTCP:5\r\na=SendOnly\r\na=Mid:0\r\nm=Image 6 UDPTL t38\r\n",
        "connection ip=192.0.2.1\nmedia kind=Audio port=4 proto=rtp/avp flow=SendOnly mid=0\nrtcp port=5\n\
         media kind=Image port=6 proto=UDPTL",
    ),
    (
        "a `c=` that names no address of its family",
        "c=IN IP6 192.0.2.1\r\nm=audio 4 RTP/AVP 0\r\nc=IN IP4 ::1\r\n",
        "connection name=192.0.2.1\nmedia kind=Audio port=4 proto=RTP/AVP\nconnection name=::1",
    ),
];

/// Reads fields as those of a response, and a whole message as it is.
fn fields(text: &str) -> String {
    if text.ends_with("\r\n") {
        return described(text.as_bytes());
    }
    let message = format!("SIP/2.0 200 OK\r\n{text}\r\n\r\n");
    let read = described(message.as_bytes());
    read.replacen("response code=200\n", "", 1)
}

/// Reads lines as those of a description, and a whole one as it is.
fn lines(text: &str) -> String {
    let version = if text.contains("v=") { "" } else { "v=0\r\n" };
    let message = format!("SIP/2.0 200 OK\r\nc: application/sdp\r\n\r\n{version}{text}");
    let read = described(message.as_bytes());
    let (_, session) = read.split_once("\nsession").expect("it is a description");
    session.trim_start().to_owned()
}

/// The names of the rows in the list of a file: the first cells of its only table.
fn listed(file: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/alg");
    let text = fs::read_to_string(path.join(file)).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("//! | "));
    let names = rows.map(|row| row.split(" | ").next().unwrap().to_owned());
    names.skip(1).collect()
}

#[track_caller]
fn each_row_is_read(file: &str, rows: &[Row], read: impl Fn(&str) -> String) {
    let other = rows
        .iter()
        .map(|(name, text, expected)| (name, read(text), *expected));
    let other: Vec<_> = other.filter(|row| row.1 != row.2).collect();
    assert!(other.is_empty(), "{other:#?}");
    let mut names: Vec<_> = rows.iter().map(|row| row.0).collect();
    names.dedup();
    same(names.join("\n"), listed(file).join("\n"));
}

#[test]
fn what_is_accepted_beyond_the_grammar_of_sip_is_listed_and_read() {
    each_row_is_read("sip.rs", SIP, fields);
}

#[test]
fn what_is_accepted_beyond_the_grammar_of_descriptions_is_listed_and_read() {
    each_row_is_read("sdp.rs", SDP, lines);
}
