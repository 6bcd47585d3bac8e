// SPDX-License-Identifier: GPL-2.0

//! Messages of a call and a registration, with the addresses left to be filled in.

/// `lines` ended by CRLF, with `body` and its length.
pub fn message(lines: &[&str], body: &str) -> String {
    let mut text = lines.join("\r\n");
    if !body.is_empty() {
        text += "\r\nContent-Type: application/sdp";
    }
    text + &format!("\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// A REGISTER from `via` for `contact`, asking for an hour.
pub fn register(via: &str, contact: &str) -> String {
    message(
        &[
            "REGISTER sip:203.0.113.10 SIP/2.0",
            &format!("Via: SIP/2.0/UDP {via};branch=z9hG4bK1;rport"),
            "Max-Forwards: 70",
            "From: <sip:alice@203.0.113.10>;tag=1",
            "To: <sip:alice@203.0.113.10>",
            "Call-ID: reg@10.0.0.2",
            "CSeq: 1 REGISTER",
            &format!("Contact: <sip:alice@{contact}>"),
            "Expires: 3600",
        ],
        "",
    )
}

/// The answer to [`register`]; `contact` with parameters.
pub fn registered(via: &str, contact: &str) -> String {
    message(
        &[
            "SIP/2.0 200 OK",
            &format!("Via: SIP/2.0/UDP {via};branch=z9hG4bK1;rport=1024;received=203.0.113.1"),
            "From: <sip:alice@203.0.113.10>;tag=1",
            "To: <sip:alice@203.0.113.10>;tag=2",
            "Call-ID: reg@10.0.0.2",
            "CSeq: 1 REGISTER",
            &format!("Contact: {contact}"),
        ],
        "",
    )
}

/// An INVITE from `host` (perhaps with a port) with `body`.
pub fn invite(host: &str, body: &str) -> String {
    message(
        &[
            "INVITE sip:bob@203.0.113.10 SIP/2.0",
            &format!("Via: SIP/2.0/UDP {host};branch=z9hG4bK2"),
            &format!(
                "From: \"sip:x@10.0.0.2\" <sip:alice@{}>;tag=1",
                host_only(host)
            ),
            "To: <sip:bob@203.0.113.10>",
            "Call-ID: call@10.0.0.2",
            "CSeq: 2 INVITE",
            &format!("Contact: <sip:alice@{host};transport=udp>"),
        ],
        body,
    )
}

fn host_only(host: &str) -> &str {
    host.split(':').next().unwrap_or(host)
}

/// A description of audio at `host` and `port`.
pub fn audio(host: &str, port: u16) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n\
         m=audio {port} RTP/AVP 8\r\na=sendrecv\r\n"
    )
}
