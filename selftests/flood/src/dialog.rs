// SPDX-License-Identifier: GPL-2.0

//! What a phone and its provider say to one another, as both write it when all is well.

use std::net::SocketAddr;

use crate::random::Random;
use crate::whole;

/// Who speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    Phone,
    Server,
}

impl Side {
    pub fn other(self) -> Self {
        match self {
            Self::Phone => Self::Server,
            Self::Server => Self::Phone,
        }
    }
}

/// The ends of a connection: `public` is where the server sees the phone.
#[derive(Clone, Copy, Debug)]
pub struct Ends {
    pub phone: SocketAddr,
    pub public: SocketAddr,
    pub server: SocketAddr,
}

/// What one of them says.
pub enum Step {
    /// A message.
    Message(Side, Vec<u8>),
    /// Media for the phone at this port, or from it.
    Media(Side, u16),
}

/// One dialog.
pub struct Dialog<'r> {
    random: &'r mut Random,
    ends: Ends,
    transport: &'static str,
    call: String,
    media: u16,
    cseq: u32,
    steps: Vec<Step>,
}

impl<'r> Dialog<'r> {
    /// What is said in a dialog of some kind; no two have the same `name`.
    pub fn steps(
        random: &'r mut Random,
        ends: Ends,
        transport: &'static str,
        name: &str,
    ) -> Vec<Step> {
        let media = 20000 + 2 * random.below(10000) as u16;
        let mut dialog = Self {
            random,
            ends,
            transport,
            call: format!("{name}@{}", ends.phone.ip()),
            media,
            cseq: 1,
            steps: Vec::new(),
        };
        match dialog.random.below(10) {
            0 => dialog.registration(),
            1..=3 => dialog.outgoing(),
            4 | 5 => dialog.incoming(),
            6 => dialog.forked(),
            7 => dialog.cancelled(),
            8 => dialog.others(),
            _ => dialog.vectors(),
        }
        dialog.steps
    }

    /// How a side names the two of them.
    fn names(&self, by: Side) -> (SocketAddr, SocketAddr) {
        match by {
            Side::Phone => (self.ends.phone, self.ends.server),
            Side::Server => (self.ends.server, self.ends.public),
        }
    }

    fn head(&self, method: &str, asker: Side, by: Side, tag: &str) -> String {
        let (own, other) = self.names(by);
        let asked = if asker == by { own } else { other };
        let answers = if asker == by { other } else { own };
        let tag = if tag.is_empty() {
            String::new()
        } else {
            format!(";tag={tag}")
        };
        format!(
            "Via: SIP/2.0/{} {asked};branch=z9hG4bK{}{}{method}\r\n\
             From: \"{asker:?}\" <sip:{asker:?}@{asked}>;tag={asker:?}-1\r\n\
             To: <sip:{:?}@{answers}>{tag}\r\nCall-ID: {}\r\nCSeq: {} {method}\r\n\
             Contact: <sip:{by:?}@{own}>\r\n",
            self.transport,
            self.cseq,
            self.call.replace('@', "-"),
            asker.other(),
            self.call,
            self.cseq,
        )
    }

    fn request(&mut self, by: Side, method: &str, tag: &str, body: &[u8]) {
        let (_, other) = self.names(by);
        let head = self.head(method, by, by, tag);
        let start = format!(
            "{method} sip:{:?}@{other} SIP/2.0\r\nMax-Forwards: 70\r\n",
            by.other()
        );
        self.say(by, &(start + &head), body);
    }

    fn reply(&mut self, by: Side, status: &str, method: &str, tag: &str, body: &[u8]) {
        let head = self.head(method, by.other(), by, tag);
        self.say(by, &format!("SIP/2.0 {status}\r\n{head}"), body);
    }

    fn say(&mut self, by: Side, head: &str, body: &[u8]) {
        let kind = match body {
            [] => "",
            [b'-', ..] => "Content-Type: multipart/mixed;boundary=b\r\n",
            _ => "Content-Type: application/sdp\r\n",
        };
        let length = *self
            .random
            .pick(&["Content-Length", "l", "content-LENGTH "]);
        let mut text = format!("{head}{kind}{length}: {}\r\n\r\n", body.len()).into_bytes();
        text.extend_from_slice(body);
        self.steps.push(Step::Message(by, text));
    }

    /// A session description.
    fn sdp(&mut self, by: Side) -> Vec<u8> {
        let (own, _) = self.names(by);
        let address = match own {
            SocketAddr::V4(own) => format!("IN IP4 {}", own.ip()),
            SocketAddr::V6(own) => format!("IN IP6 {}", own.ip()),
        };
        let ip = own.ip();
        let port = if by == Side::Phone { self.media } else { 40000 };
        let mut text = format!(
            "v=0\r\no=- {} 1 {address}\r\ns=-\r\nc={address}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0 8\r\n",
            self.cseq
        );
        if self.random.percent(30) {
            text += &format!("a=rtcp:{} {address}\r\n", port + 1);
        }
        if self.random.percent(30) {
            text += "a=ice-ufrag:a\r\na=ice-pwd:b\r\n";
            for component in [1, 2] {
                let at = port + component - 1;
                text += &format!("a=candidate:1 {component} UDP 2130706431 {ip} {at} typ host\r\n");
            }
        }
        if self.random.percent(30) {
            text += &format!(
                "m=video {} RTP/AVP 96\r\nc={address}\r\na=rtpmap:96 H264/90000\r\n",
                port + 2
            );
        }
        if self.random.percent(10) {
            text += &format!("m=image {} udptl t38\r\n", port + 4);
        }
        let text = text.into_bytes();
        match self.random.percent(15) {
            true => multipart(&text, self.random.size(200)),
            false => text,
        }
    }

    fn registration(&mut self) {
        let count = self.random.between(1, 3);
        for _ in 0..count {
            self.request(Side::Phone, "REGISTER", "", b"");
            if self.random.percent(30) {
                self.reply(Side::Server, "401 Unauthorized", "REGISTER", "r", b"");
                self.cseq += 1;
                self.request(Side::Phone, "REGISTER", "", b"");
            }
            let at = self.ends.public;
            let head = self.head("REGISTER", Side::Phone, Side::Server, "r");
            let head = head.replace(
                &format!("Server@{}", self.ends.server),
                &format!("Phone@{at}"),
            );
            self.say(
                Side::Server,
                &format!("SIP/2.0 200 OK\r\n{head}Expires: 60\r\n"),
                b"",
            );
            self.cseq += 1;
        }
    }

    fn call(&mut self, asker: Side) {
        let offer = self.sdp(asker);
        self.request(asker, "INVITE", "", &offer);
        self.reply(asker.other(), "100 Trying", "INVITE", "", b"");
        if self.random.percent(50) {
            self.reply(asker.other(), "180 Ringing", "INVITE", "t1", b"");
        }
        let answer = self.sdp(asker.other());
        self.reply(asker.other(), "200 OK", "INVITE", "t1", &answer);
        self.request(asker, "ACK", "t1", b"");
        let count = self.random.below(3);
        for _ in 0..count {
            self.steps.push(Step::Media(Side::Server, self.media));
            self.steps.push(Step::Media(Side::Phone, self.media));
        }
    }

    fn hang_up(&mut self) {
        // Some calls are never ended.
        if self.random.percent(70) {
            self.cseq += 1;
            let by = *self.random.pick(&[Side::Phone, Side::Server]);
            self.request(by, "BYE", "t1", b"");
            self.reply(by.other(), "200 OK", "BYE", "t1", b"");
        }
    }

    fn outgoing(&mut self) {
        self.call(Side::Phone);
        if self.random.percent(30) {
            self.cseq += 1;
            let offer = self.sdp(Side::Phone);
            self.request(Side::Phone, "INVITE", "t1", &offer);
            self.reply(Side::Server, "488 Not Acceptable Here", "INVITE", "t1", b"");
        }
        self.hang_up();
    }

    fn incoming(&mut self) {
        self.registration();
        self.call(Side::Server);
        self.hang_up();
    }

    fn forked(&mut self) {
        let offer = self.sdp(Side::Phone);
        self.request(Side::Phone, "INVITE", "", &offer);
        for branch in ["b1", "b2", "b3"] {
            let answer = self.sdp(Side::Server);
            self.reply(
                Side::Server,
                "183 Session Progress",
                "INVITE",
                branch,
                &answer,
            );
        }
        let answer = self.sdp(Side::Server);
        self.reply(Side::Server, "200 OK", "INVITE", "b2", &answer);
        self.request(Side::Phone, "ACK", "b2", b"");
        self.hang_up();
    }

    fn cancelled(&mut self) {
        let offer = self.sdp(Side::Phone);
        self.request(Side::Phone, "INVITE", "", &offer);
        self.request(Side::Phone, "CANCEL", "", b"");
        self.reply(Side::Server, "200 OK", "CANCEL", "c", b"");
        self.reply(Side::Server, "487 Request Terminated", "INVITE", "c", b"");
        self.request(Side::Phone, "ACK", "c", b"");
    }

    fn others(&mut self) {
        for method in [
            "OPTIONS",
            "MESSAGE",
            "SUBSCRIBE",
            "NOTIFY",
            "REFER",
            "INFO",
            "PUBLISH",
            "UPDATE",
        ] {
            let by = *self.random.pick(&[Side::Phone, Side::Server]);
            self.request(by, method, "", b"");
            self.reply(by.other(), "200 OK", method, "o", b"");
            self.cseq += 1;
        }
    }

    /// Those that the core's own tests have.
    fn vectors(&mut self) {
        for text in whole::MESSAGES {
            let side = match text.starts_with("SIP/2.0") {
                true => Side::Server,
                false => Side::Phone,
            };
            let phone = self.ends.phone.ip().to_string();
            let text = text
                .replace("203.0.113.10", &self.ends.server.ip().to_string())
                .replace("203.0.113.1:1024", &self.ends.public.to_string())
                .replace("10.0.0.2", &phone);
            self.steps.push(Step::Message(side, text.into_bytes()));
        }
    }
}

/// The description as one part among others, within so many more.
fn multipart(text: &[u8], depth: usize) -> Vec<u8> {
    let mut body = text.to_vec();
    let mut kind = "application/sdp".to_owned();
    for level in (0..depth).rev() {
        let boundary = if level == 0 {
            "b".to_owned()
        } else {
            format!("b{level}")
        };
        let before = format!("--{boundary}\r\nContent-Type: text/plain\r\n\r\nhello\r\n");
        let head = format!("--{boundary}\r\nContent-Type: {kind}\r\n\r\n");
        let end = format!("\r\n--{boundary}--\r\n");
        body = [before.as_bytes(), head.as_bytes(), &body, end.as_bytes()].concat();
        kind = format!("multipart/mixed;boundary={boundary}");
    }
    body
}
