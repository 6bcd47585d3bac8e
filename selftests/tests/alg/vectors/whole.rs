// SPDX-License-Identifier: GPL-2.0

//! Whole messages, of the kinds that pass a NAT; fuzzers begin with them as well.

/// The vectors; in some of them stands what a phone behind the modelled gateway would write.
pub const MESSAGES: &[&str] = &[
    "REGISTER sip:203.0.113.10 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKr1;rport\r\n\
     Max-Forwards: 70\r\nFrom: \"Alice \\\"A\\\"\" <sip:alice@203.0.113.10>;tag=f1\r\n\
     To: <sip:alice@203.0.113.10>\r\nCall-ID: r1@10.0.0.2\r\nCSeq: 1 REGISTER\r\n\
     Contact: <sip:alice@10.0.0.2:5060;ob>;+sip.instance=\"<urn:uuid:1>\";reg-id=1;q=0.7;expires=600, \
     <sip:alice@10.0.0.2:5062>\r\nExpires: 3600\r\nSupported: path, outbound\r\nContent-Length: 0\r\n\r\n",
    "SIP/2.0 200 OK\r\nv: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKr1;rport=1024;received=203.0.113.1\r\n\
     f: <sip:alice@203.0.113.10>;tag=f1\r\nt: <sip:alice@203.0.113.10>;tag=t1\r\ni: r1@10.0.0.2\r\n\
     CSeq: 1 REGISTER\r\nm: <sip:alice@203.0.113.1:1024>;expires=60\r\n\
     Path: <sip:203.0.113.10;lr>\r\nService-Route: <sip:203.0.113.10;lr>\r\nMin-Expires: 60\r\nl: 0\r\n\r\n",
    "REGISTER sip:203.0.113.10 SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.2\nFrom: sip:alice@203.0.113.10;tag=f2\n\
     To: sip:alice@203.0.113.10\nCall-ID: r2\nCSeq: 2 REGISTER\nContact: *\nExpires: 0\n\n",
    "INVITE sip:bob@203.0.113.10 SIP/2.0\r\nVia: SIP / 2.0 / UDP\r\n 10.0.0.2 : 5060 ; branch=z9hG4bKi1\r\n\
     Route: <sip:203.0.113.10;lr>\r\nRecord-Route: <sip:10.0.0.2;lr>, <sip:[2001:db8::1]:5060;lr>\r\n\
     From: <sip:alice@10.0.0.2>;tag=f3\r\nTo: <tel:+15550100>\r\nCall-ID: i1\r\nCSeq: 3 INVITE\r\n\
     Contact: sip:alice@10.0.0.2;transport=udp\r\nSession-Expires: 1800;refresher=uac\r\n\
     P-Preferred-Identity: <sip:alice@10.0.0.2>\r\nDiversion: <sip:carol@10.0.0.2>;reason=no-answer\r\n\
     Content-Type: application/sdp\r\nContent-Length: 190\r\n\r\n\
     v=0\r\no=alice 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\n\
     m=audio 4000 RTP/AVP 0 8\r\na=rtcp:4005 IN IP4 10.0.0.2\r\na=sendrecv\r\n\
     m=video 4002/2 RTP/AVP 96\r\nc=IN IP4 10.0.0.2\r\na=rtcp-mux\r\n",
    "SIP/2.0 183 Session Progress\r\nVia: SIP/2.0/UDP 203.0.113.1:1024;branch=z9hG4bKi1\r\n\
     From: <sip:alice@203.0.113.1>;tag=f3\r\nTo: <sip:bob@203.0.113.10>;tag=t3\r\nCall-ID: i1\r\n\
     CSeq: 3 INVITE\r\nContact: <sip:bob@203.0.113.10>\r\nRequire: 100rel\r\n\
     Content-Type: application/sdp\r\n\r\n\
     v=0\r\no=- 1 1 IN IP4 203.0.113.10\r\ns=-\r\nc=IN IP4 203.0.113.10\r\nt=0 0\r\na=ice-lite\r\n\
     a=group:BUNDLE 0 1\r\nm=audio 6000 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=setup:active\r\n\
     a=ice-ufrag:x\r\na=ice-pwd:y\r\na=candidate:1 1 UDP 2130706431 203.0.113.10 6000 typ host\r\n\
     a=candidate:2 1 UDP 1694498815 203.0.113.9 6000 typ srflx raddr 203.0.113.10 rport 6000\r\n\
     a=remote-candidates:1 203.0.113.1 4000\r\nm=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n\
     a=mid:1\r\na=inactive\r\n",
    "INVITE sip:alice@203.0.113.1:1024;ob SIP/2.0\r\nVia: SIP/2.0/TCP 203.0.113.10;branch=1, \
     SIP/2.0/UDP [2001:db8::9]:5062;received=2001:db8::9;maddr=192.0.2.1\r\nFrom: <sip:b@h>;tag=4\r\n\
     To: <sip:alice@203.0.113.1>\r\nCall-ID: i2\r\nCSeq: 4 INVITE\r\nContact: <sips:b@203.0.113.10>\r\n\
     Authorization: Digest username=\"b\", uri=\"sip:alice@203.0.113.1:1024;ob\", response=\"0\"\r\n\
     Content-Type: multipart/mixed;boundary=\"x y\"\r\nContent-Length: 273\r\n\r\n\
     --x y\r\nContent-Type: application/isup\r\n\r\n\x01\x10\r\n--x y\r\n\
     Content-Type: multipart/alternative;boundary=z\r\n\r\n--z\r\nContent-Type: application/sdp\r\n\
     Content-Length: 0093\r\n\r\nv=0\r\no=- 1 1 IN IP4 203.0.113.10\r\ns=-\r\nt=0 0\r\n\
     m=image 5000 udptl t38\r\nc=IN IP4 203.0.113.10\r\n\r\n--z--\r\n--x y--\r\n",
    "INVITE sip:bob@203.0.113.10 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKp1\r\nFrom: <sip:a@10.0.0.2>;tag=8\r\n\
     To: <sip:b@203.0.113.10>\r\nCall-ID: p1\r\nCSeq: 7 INVITE\r\nContact: <sip:a@10.0.0.2>\r\n\
     Content-Type: multipart/mixed;boundary=o\r\nContent-Length: 214\r\n\r\n\
     --o\r\nc: multipart/alternative;boundary=i\r\nContent-Length: 147\r\n\r\n\
     --i\r\nContent-Type: application/sdp\r\nl: 085\r\n\r\n\
     v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\nc=IN IP4 10.0.0.2\r\n\r\n\
     --i--\r\n\r\n--o--\r\n",
    "REFER sip:bob@203.0.113.10:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2;rport\r\nFrom: <sip:a@h>;tag=5\r\n\
     To: <sip:b@h>;tag=6\r\nCall-ID: t1\r\nCSeq: 5 REFER\r\nContact: <sip:a@10.0.0.2>\r\n\
     r: <sip:c@10.0.0.2?Replaces=i1%3Bto-tag%3D1%3Bfrom-tag%3D2>\r\nb: <sip:a@10.0.0.2>\r\n\
     Reply-To: <sip:a@10.0.0.2>\r\nHistory-Info: <sip:b@10.0.0.2>;index=1\r\n\
     Remote-Party-ID: \"A\" <sip:a@10.0.0.2>;party=calling\r\nP-Asserted-Identity: <sip:a@10.0.0.2>, <tel:+1>\r\n\
     Call-Info: <http://10.0.0.2/a>;purpose=icon\r\nAlert-Info: <http://10.0.0.2/b>\r\n\
     Warning: 399 10.0.0.2 \"text\"\r\nIdentity: abc;info=<https://h/c>\r\nContent-Length: 0\r\n\r\n",
    "MESSAGE sip:b@203.0.113.10 SIP/2.0\rVia: SIP/2.0/UDP 10.0.0.2\rFrom: sip:a@h;tag=7\rTo: sip:b@h\r\
     Call-ID: m1\rCSeq: 6 MESSAGE\rContent-Type: text/plain\rContent-Length: 8\r\rm=audio\r\n",
    "SIP/2.0 486\r\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKi1\r\nTo: \"open <sip:b@h>\r\n\
     no colon\r\nContact: <sip:b@203.0.113.10\r\nCSeq: INVITE\r\n\r\n",
    "\r\n\r\n",
];

#[cfg(test)]
mod tests {
    use super::MESSAGES;
    use crate::reader::described;

    #[test]
    fn whole_messages_are_read_but_for_what_is_broken() {
        let broken: Vec<_> = MESSAGES
            .iter()
            .flat_map(|message| {
                let read = described(message.as_bytes());
                let lines = read.lines().map(str::to_owned);
                lines.filter(|line| line.contains('!')).collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(
            broken,
            [
                "to !NameAddr@81",
                "contact !NameAddr@102",
                "cseq !CSeq@129",
                "!Message@4"
            ]
        );
    }

    #[test]
    fn lengths_are_those_of_the_bodies() {
        for message in MESSAGES {
            let Some((header, body)) = message.split_once("\r\n\r\n") else {
                continue;
            };
            let length = header
                .lines()
                .find_map(|line| line.strip_prefix("Content-Length: "));
            if let Some(length) = length {
                assert_eq!(length.parse(), Ok(body.len()), "{header}");
            }
        }
    }
}
