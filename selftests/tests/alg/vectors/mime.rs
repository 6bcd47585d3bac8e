// SPDX-License-Identifier: GPL-2.0

//! Bodies: found by their type, as long as they say, and in parts.

use crate::reader::described;

/// What is read behind the header of a message with that type and body.
fn body(media_type: &str, length: Option<usize>, body: &str) -> String {
    let length = length.map_or(String::new(), |length| {
        format!("Content-Length: {length}\r\n")
    });
    let text = format!("SIP/2.0 200 OK\r\n{length}Content-Type: {media_type}\r\n\r\n{body}");
    let read = described(text.as_bytes());
    let header = |line: &&str| {
        ["response", "content-length", "content-type"]
            .iter()
            .any(|name| line.starts_with(name))
    };
    let lines: Vec<_> = read.lines().skip_while(header).collect();
    lines.join("\n")
}

const SDP: &str = "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 0\r\n";
const READ: &str = "session\nconnection ip=192.0.2.1\nmedia kind=Audio port=4000 proto=RTP/AVP";

#[test]
fn description_is_found_through_its_type() {
    assert_eq!(body("application/sdp", None, SDP), READ);
    assert_eq!(body("APPLICATION/SDP;x=y", None, SDP), READ);
    assert_eq!(body("text/plain", None, SDP), "");
    assert_eq!(body("application/sdpfrag", None, SDP), "");
}

#[test]
fn description_ends_where_the_length_says() {
    let len = SDP.len();
    assert_eq!(body("application/sdp", Some(len), SDP), READ);
    let longer = format!("{SDP}m=video 4002 RTP/AVP 0\r\n");
    assert_eq!(body("application/sdp", Some(len), &longer), READ);
    assert_eq!(body("application/sdp", Some(len + 99), SDP), READ);
    assert_eq!(body("application/sdp", Some(0), SDP), "");
}

#[test]
fn parts_are_found_by_their_boundary() {
    let len = SDP.len();
    let parts = format!(
        "ignored\r\n--b\r\nContent-Type: text/plain\r\n\r\nv=0\r\n\
         --b\r\nContent-Type: application/sdp\r\nContent-Length: {len:04}\r\n\r\n{SDP}\r\n\
         --b \t\r\n\r\n--b2\r\n--bb--\r\n--b--\r\nignored\r\n--b\r\nc:application/sdp\r\n\r\n{SDP}\r\n--b--"
    );
    let read = format!("part bytes=3\npart length={len:04} bytes={len}\n{READ}\npart bytes=12");
    for media_type in [
        "multipart/mixed;boundary=b",
        "multipart/alternative; x=y; Boundary=\"b\"",
        "Multipart/Related ; boundary = b ; start=<a>",
    ] {
        assert_eq!(body(media_type, None, &parts), read, "{media_type}");
    }
    assert_eq!(
        body(
            "multipart/mixed;boundary=b",
            None,
            &parts.replace("\r\n", "\n")
        ),
        read.replace(&format!("bytes={len}"), &format!("bytes={}", len - 3))
            .replace("bytes=12", "bytes=11")
    );
    assert_eq!(body("multipart/mixed", None, &parts), "");
    assert_eq!(body("text/mixed;boundary=b", None, &parts), "");
}

#[test]
fn parts_may_have_parts_but_these_no_more() {
    let inner = format!(
        "--i\r\nContent-Type: application/sdp\r\nl: 7\r\n\r\n{SDP}\r\n\
         --i\r\nContent-Type: multipart/mixed;boundary=k\r\n\r\n--k\r\nc: application/sdp\r\n\r\n{SDP}\r\n--k--\r\n--i--"
    );
    let outer = format!("--o\r\nContent-Type: multipart/mixed;boundary=i\r\n\r\n{inner}\r\n--o--");
    let (len, third) = (SDP.len(), 34 + SDP.len());
    assert_eq!(
        body("multipart/mixed;boundary=o", None, &outer),
        format!(
            "part bytes={}\ninner part length=7 bytes={len}\n{READ}\ninner part bytes={third}",
            inner.len()
        )
    );
}

#[test]
fn part_that_is_not_ended_is_none() {
    let open = format!("--b\r\nContent-Type: application/sdp\r\n\r\n{SDP}");
    assert_eq!(body("multipart/mixed;boundary=b", None, &open), "");
}
