// SPDX-License-Identifier: GPL-2.0

//! Session descriptions.

use alg::Text;

use super::table;
use crate::reader::{
    describe,
    description, //
};

fn shown(body: &str) -> String {
    let body = Text::new(body.as_bytes());
    describe(body, |see| description(body, see))
}

/// What is read of one line behind an `m=`.
fn media(line: &str) -> String {
    let body = format!("v=0\r\nm=audio 4000 RTP/AVP 0\r\n{line}\r\n");
    let text = shown(&body);
    text.strip_prefix("session\nmedia kind=Audio port=4000 proto=RTP/AVP")
        .expect("it begins as it does")
        .trim_start()
        .to_owned()
}

#[test]
fn session_and_media_levels_are_told_apart() {
    table(
        &[
            (
                "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns= x\r\ni=c=IN IP4 192.0.2.9\r\n\
                 c=IN IP4 192.0.2.2\r\nt=0 0\r\na=sendonly\r\nm=audio 4000 RTP/AVP 0 8\r\n\
                 m=video 4002/2 RTP/SAVPF 96\r\ni=x\r\nc=IN IP4 192.0.2.3\r\nb=AS:64\r\na=recvonly\r\n",
                "session flow=SendOnly\norigin ip=192.0.2.1\nconnection ip=192.0.2.2\n\
                 media kind=Audio port=4000 proto=RTP/AVP\n\
                 media kind=Video port=4002 count=2 proto=RTP/SAVPF flow=RecvOnly\n\
                 connection ip=192.0.2.3",
            ),
            (
                "v=0\no=alice 1 2 IN IP6 2001:db8::1\ns=-\nt=0 0\nm=image 4000 udptl t38\nc=IN IP6 ::1\n",
                "session\norigin ip=2001:db8::1\nmedia kind=Image port=4000 proto=udptl\nconnection ip=::1",
            ),
            ("v=0\rm=text 9 TCP/MSRP *\r", "session\nmedia kind=Other port=9 proto=TCP/MSRP"),
            (
                "v=0\r\nm=audio 0 RTP/AVP 0\r\na=group:no\r\n",
                "session\nmedia kind=Audio port=0 proto=RTP/AVP",
            ),
            (
                "v=0\r\na=group:BUNDLE 0 1\r\na=ice-lite\r\na=setup:passive\r\nm=application 5000 UDP/DTLS/SCTP x\r\n\
                 a=mid:0\r\na=ice-ufrag:x\r\na=ice-pwd:y\r\na=setup:actpass\r\n",
                "session setup=Passive ice=true\ngroup text=BUNDLE 0 1\n\
                 media kind=Other port=5000 proto=UDP/DTLS/SCTP setup=ActPass ice=true mid=0",
            ),
            ("o=- 1 2 IN IP4 192.0.2.1\r\nv=0\r\n", " !Version@0"),
            ("hello", " !Version@0"),
        ],
        shown,
    );
}

#[test]
fn line_that_cannot_be_read_takes_no_other_with_it() {
    table(
        &[
            (
                "v=0\r\n\r\nrubbish\r\no=broken\r\nc=IN\r\na=setup:never\r\na=sendrecv\r\n\
                 m=audio\r\na=mid:lost\r\nm=video x RTP/AVP 1\r\nm=audio 4000 RTP/AVP 0\r\n\
                 a=rtcp:none\r\na=candidate:1 1\r\na=mid:1\r\n",
                "session flow=SendRecv\n\
                 media kind=Audio port=4000 proto=RTP/AVP ice=true mid=1\ncandidate !Attribute@150",
            ),
            (
                "v=0\r\nm=audio  4000  RTP/AVP  0\r\nc=IN  IP4  192.0.2.1\r\n",
                "session\nmedia kind=Audio port=4000 proto=RTP/AVP\nconnection ip=192.0.2.1",
            ),
        ],
        shown,
    );
}

#[test]
fn connections_of_every_family() {
    table(
        &[
            ("c=IN IP4 192.0.2.1", "connection ip=192.0.2.1"),
            ("c=in ip4 192.0.2.1", "connection ip=192.0.2.1"),
            ("c=IN IP4 0.0.0.0", "connection ip=0.0.0.0"),
            ("c=IN IP4 phone.example", "connection name=phone.example"),
            ("c=IN IP4 192.0.2.1.example", "connection name=192.0.2.1.example"),
            ("c=IN IP6 2001:db8::1", "connection ip=2001:db8::1"),
            ("c=IN IP6 192.0.2.1", "connection name=192.0.2.1"),
            ("c=IN IP4 2001:db8::1", "connection name=2001:db8::1"),
            ("c=ATM NSAP 47.0091", "connection name=47.0091"),
            (
                "c=IN IP4 233.252.0.1/127",
                "connection ip=233.252.0.1 multicast=127",
            ),
            (
                "c=IN IP4 233.252.0.1/127/3\r\nc=IN IP4 233.252.0.8/127",
                "connection ip=233.252.0.1 multicast=127/3\nconnection ip=233.252.0.8 multicast=127",
            ),
            ("c=IN IP6 ff15::101/3", "connection ip=ff15::101 multicast=3"),
            ("c=IN IP4", ""),
        ],
        media,
    );
}

#[test]
fn attributes_that_say_where_media_goes() {
    table(
        &[
            ("a=rtcp:4005", "rtcp port=4005"),
            ("a=rtcp:4005 IN IP4 192.0.2.1", "rtcp port=4005 ip=192.0.2.1"),
            ("a=rtcp:4005 IN IP6 ::1", "rtcp port=4005 ip=::1"),
            ("a=rtcp-mux", "mux=true"),
            ("a=RTCP-MUX", "mux=true"),
            ("a=rtcp-mux-only", ""),
            (
                "a=candidate:1 1 UDP 2130706431 192.0.2.1 4000 typ host",
                "ice=true\ncandidate component=1 transport=UDP ip=192.0.2.1 port=4000 typ=host",
            ),
            (
                "a=candidate:f 2 tcp 1 2001:db8::1 9 typ host tcptype active",
                "ice=true\ncandidate component=2 transport=tcp ip=2001:db8::1 port=9 typ=host",
            ),
            (
                "a=candidate:2 1 UDP 1 198.51.100.1 4002 typ srflx raddr 192.0.2.1 rport 4000 generation 0",
                "ice=true\ncandidate component=1 transport=UDP ip=198.51.100.1 port=4002 typ=srflx \
                 raddr=192.0.2.1 rport=4000",
            ),
            (
                "a=candidate:1 1 UDP 1 0a-b.local 4000 typ host",
                "ice=true\ncandidate component=1 transport=UDP name=0a-b.local port=4000 typ=host",
            ),
            (
                "a=remote-candidates:1 192.0.2.1 4000 2 192.0.2.1 4001",
                "ice=true\nremote-candidate component=1 ip=192.0.2.1 port=4000\n\
                 remote-candidate component=2 ip=192.0.2.1 port=4001",
            ),
            ("a=sendrecv", "flow=SendRecv"),
            ("a=sendonly", "flow=SendOnly"),
            ("a=recvonly", "flow=RecvOnly"),
            ("a=inactive", "flow=Inactive"),
            ("a=inactive \t", "flow=Inactive"),
            ("a=setup:active", "setup=Active"),
            ("a=setup:passive", "setup=Passive"),
            ("a=setup:holdconn", "setup=HoldConn"),
            ("a=mid:audio", "mid=audio"),
            ("a=ice-options:trickle", "ice=true"),
            ("a=rtpmap:0 PCMU/8000", ""),
            ("a=fmtp:96 192.0.2.1", ""),
        ],
        media,
    );
}

#[test]
fn every_transport_and_port_form() {
    let first = |line: &str| {
        let text = shown(&format!("v=0\r\nm={line}\r\n"));
        text.lines().nth(1).unwrap_or_default().to_owned()
    };
    table(
        &[
            (
                "audio 65535 RTP/AVPF 0",
                "media kind=Audio port=65535 proto=RTP/AVPF",
            ),
            (
                "audio 4000/4 RTP/AVP 0",
                "media kind=Audio port=4000 count=4 proto=RTP/AVP",
            ),
            (
                "video 9 UDP/TLS/RTP/SAVPF 96",
                "media kind=Video port=9 proto=UDP/TLS/RTP/SAVPF",
            ),
            (
                "message 7654 TCP/TLS/MSRP *",
                "media kind=Other port=7654 proto=TCP/TLS/MSRP",
            ),
            (
                "audio 4000 RTP/AVP",
                "media kind=Audio port=4000 proto=RTP/AVP",
            ),
            (
                "Audio 4000 rtp/avp 0",
                "media kind=Audio port=4000 proto=rtp/avp",
            ),
            ("audio 4000", ""),
            ("audio -1 RTP/AVP 0", ""),
            ("audio $ RTP/AVP 0", ""),
        ],
        first,
    );
}
