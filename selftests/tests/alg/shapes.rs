// SPDX-License-Identifier: GPL-2.0

//! Shapes of messages that are as costly to read as they can be made, and a plain message.

/// What a message begins with, what is repeated until it is as long as wanted, and how it ends.
pub type Case = (&'static str, &'static str, &'static str, &'static str);

const REQUEST: &str = "INVITE sip:10.0.0.2 SIP/2.0\r\n";
const CONTACT: &str = "REGISTER sip:h SIP/2.0\r\nCSeq: 1 REGISTER\r\nContact: ";
const FROM: &str = "INVITE sip:10.0.0.2 SIP/2.0\r\nFrom: ";
const VIA: &str = "INVITE sip:10.0.0.2 SIP/2.0\r\nVia: ";
const DIGEST: &str = "INVITE sip:10.0.0.2 SIP/2.0\r\nAuthorization: Digest ";
const SDP: &str =
    "SIP/2.0 200 OK\r\nContent-Type: application/sdp\r\n\r\nv=0\r\nc=IN IP4 10.0.0.2\r\n";
const MEDIA: &str = "SIP/2.0 200 OK\r\nContent-Type: application/sdp\r\n\r\n\
    v=0\r\nc=IN IP4 10.0.0.2\r\nm=audio 4000 RTP/AVP 0\r\n";
const PARTS: &str = "SIP/2.0 200 OK\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n--b\r\n";
const END: &str = "\r\n\r\n";

#[rustfmt::skip]
pub const CASES: &[Case] = &[
    ("line ends in front", "", "\r\n", "SIP/2.0 200 OK\r\n\r\n"),
    ("a long method", "", "X", " sip:h SIP/2.0\r\n\r\n"),
    ("blanks in the start line", "INVITE ", " ", "sip:h SIP/2.0\r\n\r\n"),
    ("at signs in the Request-URI", "INVITE sip:", "@", " SIP/2.0\r\n\r\n"),
    ("many short fields", REQUEST, "a:\r\n", END),
    ("many short fields, LF only", REQUEST, "a:\n", "\n"),
    ("many lines without a colon", REQUEST, "Contact\r\n", END),
    ("lengths", REQUEST, "l:0\r\n", END),
    ("lengths without a colon", REQUEST, "l\n", END),
    ("lines that are nearly lengths", REQUEST, "Content-Lengt\n", END),
    ("lengths beyond ASCII", REQUEST, "Content-Length:\u{e9}\n", END),
    ("types beyond ASCII", REQUEST, "Content-Type:\u{e9}\t\u{e9}\n", END),
    ("types of many letters", REQUEST, "Content-Type:x/yyyyyyyyyyyyyyyyyyyyyy\u{e9}\n", END),
    ("times beyond ASCII", REQUEST, "Session-Expires:\u{e9}\n", END),
    ("sequences of unknown methods", REQUEST, "CSeq:1 \u{e9}\n", END),
    ("names without values", REQUEST, "Supported:\u{e9}\n", END),
    ("credentials without names", REQUEST, "Authorization:\u{e9}\n", END),
    ("transfers", "INVITE sip:h SIP/2.0\r\n", "Refer-To: <sip:10.0.0.2:7>\r\n", END),
    ("transfers by compact name", REQUEST, "r:sip:\u{e9}@10.0.0.2:9\n", END),
    ("transfers that cannot be read", REQUEST, "Refer-To:<sip:\u{e9}>\n", END),
    ("who transfers", REQUEST, "b:sip:\u{e9}@10.0.0.2:9\n", END),
    ("Vias beyond ASCII", REQUEST, "Via:\u{e9}\u{e9}\u{e9}\u{e9},\n", END),
    ("Via values beyond ASCII", VIA, "\u{e9}\u{e9},", END),
    ("Vias of marks", VIA, "SIP/2.0/UDP h;\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t\u{e9}\t,", END),
    ("Vias of quotes", VIA, "SIP/2.0/UDP h;\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\",", END),
    ("Vias of parameters", VIA, "SIP/2.0/UDP h;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;a=;,", END),
    ("Route values of blanks", "INVITE sip:h SIP/2.0\r\nRoute: ", "\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t,", END),
    ("Route values of brackets", "INVITE sip:h SIP/2.0\r\nRoute: ", "sip:h;<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>,", END),
    ("Route fields of escapes", REQUEST, "Route: \"\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\r\n", END),
    ("fields of blanks", REQUEST, "Call-Info: \t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\r\n", END),
    ("From of open brackets", "REGISTER sip:h SIP/2.0\r\nFrom: sip:h;", "<", END),
    ("warnings of blanks", "REGISTER sip:h SIP/2.0\r\nWarning: ", "<sip:h>;\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t,", END),
    ("credentials of blanks", "REGISTER sip:h SIP/2.0\r\nAuthorization: ", "Digest a=\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t,", END),
    ("credentials of brackets", "REGISTER sip:h SIP/2.0\r\nAuthorization: ", "Digest a=<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>,", END),
    ("Contacts of quotes", CONTACT, "\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\"a\",", END),
    ("routes with quoted names", "INVITE sip:h SIP/2.0\r\n", "Record-Route: \"\\\"\"<sip:\u{e9}@10.0.0.9;aaaaaaaaaaaaaaa>;\"\\\",\r\n", END),
    ("routes with a bracket", "INVITE sip:h SIP/2.0\r\n", "Record-Route: <sip:h;aaaaaaaaaaaaaaaaaaaaaaa>;<,\r\n", END),
    ("routes with escapes", "INVITE sip:h SIP/2.0\r\n", "Record-Route: <sip:h;aaaaaaaaaaaaaaaaaaaaaaaa>;a=\"\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\",\r\n", END),
    ("routes at addresses", "INVITE sip:h SIP/2.0\r\n", "Record-Route: <sip:10.0.0.9;aaaaaaaaaaaaaaa>\r\n", END),
    ("a Contact of escapes", "REGISTER sip:h SIP/2.0\r\nCSeq: 1 REGISTER\r\nContact: <sip:10.0.0.2>;a=\"", "\\\\", "\",<sip:h>,<sip:h>,<sip:h>,\r\n\r\n"),
    ("Vias of blanks", "INVITE sip:h SIP/2.0\r\n", "v:SIP / 2.0 / UDP 10.0.0.9;a=\"\\\",b=\"\"                              \n", END),
    ("TABs within a field", REQUEST, "\t", END),
    ("a CR after each byte", REQUEST, "a\r", END),
    ("folding in an unknown field", "SIP/2.0 200 OK\r\nSubject: x", "\r\n ", END),
    ("folding in front of a colon", "SIP/2.0 200 OK\r\nTo", "\r\n ", ": sip:h\r\n\r\n"),
    ("folding in a Via", VIA, "\r\n ", "SIP/2.0/UDP h\r\n\r\n"),
    ("folding between parameters", "SIP/2.0 200 OK\r\nTo: <sip:h>", "\r\n ;a", END),
    ("blanks behind a value", "SIP/2.0 200 OK\r\nTo: x", " ", END),
    ("blanks around parameters", "SIP/2.0 200 OK\r\nTo: <sip:h>", ";   a   =   b   ", END),
    ("many Vias", REQUEST, "Via: SIP/2.0/UDP 10.0.0.2\r\n", END),
    ("Via values", VIA, "SIP/2.0/UDP 10.0.0.2,", END),
    ("Via maddr", VIA, "SIP/2.0/UDP h;maddr=10.0.0.2,", END),
    ("Via commas", VIA, ",", END),
    ("Via slashes", VIA, "SIP/", END),
    ("Via semicolons", "INVITE sip:10.0.0.2 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2", ";", END),
    ("Via parameters", "INVITE sip:10.0.0.2 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2", ";a", END),
    ("Via parameters with quotes", "INVITE sip:10.0.0.2 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2", ";\"\"", END),
    ("Vias of no protocol", VIA, "x,", END),
    ("Via open angle brackets", VIA, "SIP/2.0/UDP h;<,", END),
    ("Via open brackets", VIA, "SIP/2.0/UDP [,", END),
    ("Via open quotes", VIA, "SIP/2.0/UDP h;a=\",", END),
    ("Via protocols with brackets", VIA, "x<,", END),
    ("Contact fields", "SIP/2.0 200 OK\r\n", "m: <sip:10.0.0.2>\r\n", END),
    ("Contact values", CONTACT, "<sip:10.0.0.2>,", END),
    ("Contact values without brackets", CONTACT, "sip:10.0.0.2,", END),
    ("Contact commas", CONTACT, ",", END),
    ("Contact open brackets", CONTACT, "<", END),
    ("Contact open brackets and commas", CONTACT, "a<,", END),
    ("Contact parameters with brackets", CONTACT, "a;<,", END),
    ("Contact open references", CONTACT, "sip:[,", END),
    ("Contact quotes", CONTACT, "\"", END),
    ("Contact escapes", CONTACT, "\"\\", END),
    ("Contact names without URI", CONTACT, "\"\",", END),
    ("Contact parameters", CONTACT, "<sip:h>;a;b=\"c\";expires=1,", END),
    ("Contact semicolons", "REGISTER sip:h SIP/2.0\r\nCSeq: 1 REGISTER\r\nContact: <sip:h>", ";", END),
    ("URI parameters", "INVITE sip:10.0.0.2", ";a", " SIP/2.0\r\n\r\n"),
    ("Contacts with parameters", CONTACT, "<sip:h>;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a,", END),
    ("a Contact with parameters", CONTACT, "<sip:10.0.0.2:7>;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a;a,", END),
    ("Contact URI parameters", "REGISTER sip:h SIP/2.0\r\nCSeq: 1 REGISTER\r\nContact: <sip:10.0.0.2", ";", ">\r\n\r\n"),
    ("Contact values with parameters", CONTACT, "<sip:h>;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;,", END),
    ("Content-Type parameters", "SIP/2.0 200 OK\r\nContent-Type: multipart/mixed", ";a", END),
    ("Route fields", REQUEST, "Route: <sip:10.0.0.2:9>\r\n", END),
    ("Record-Route values", "INVITE sip:h SIP/2.0\r\nRecord-Route: ", "<sip:10.0.0.2;lr>,", END),
    ("Record-Route open brackets", "INVITE sip:h SIP/2.0\r\nRecord-Route: ", "a<,", END),
    ("identities", "INVITE sip:h SIP/2.0\r\nHistory-Info: ", "<sip:10.0.0.2>;index=1,", END),
    ("asserted identities", "INVITE sip:h SIP/2.0\r\n", "P-Asserted-Identity: <sip:10.0.0.2>\r\n", END),
    ("covered identities", "INVITE sip:h SIP/2.0\r\ny: x\r\nP-Asserted-Identity: ", "<sip:10.0.0.3>,", END),
    ("warnings", "SIP/2.0 200 OK\r\nWarning: ", "399 10.0.0.2 \"a\",", END),
    ("open warnings", "SIP/2.0 200 OK\r\nWarning: ", "399 <,", END),
    ("From brackets", FROM, "<", END),
    ("From semicolons", "SIP/2.0 200 OK\r\nFrom: <sip:h>", ";", END),
    ("From parameters with brackets", "SIP/2.0 200 OK\r\nFrom: <sip:h>", ";<", END),
    ("From parameters with quotes", "SIP/2.0 200 OK\r\nFrom: <sip:h>", ";\"\"", END),
    ("From parameters with equals signs", "SIP/2.0 200 OK\r\nFrom: <sip:h>;", "=", END),
    ("From at signs", "SIP/2.0 200 OK\r\nFrom: <sip:", "@", ">\r\n\r\n"),
    ("a long number", "INVITE sip:10.0.0.2 SIP/2.0\r\nSession-Expires: ", "0", END),
    ("credentials", DIGEST, "a=\"b\",", END),
    ("credentials with brackets", DIGEST, "a=<,", END),
    ("credentials for the Request-URI", DIGEST, "uri=\"sip:x\" ", END),
    ("media", SDP, "m=audio 4000 RTP/AVP 0\r\n", ""),
    ("media that cannot be read", SDP, "m=x\r\n", ""),
    ("media with attributes", SDP, "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 10.0.0.2\r\na=mid:1\r\n", ""),
    ("connections of one media", MEDIA, "c=IN IP4 10.0.0.2\r\n", ""),
    ("connections that cannot be read", MEDIA, "c=\n", ""),
    ("candidates", MEDIA, "a=candidate:1 1 UDP 1 10.0.0.2 4000 typ host\r\n", ""),
    ("candidates elsewhere at its port", MEDIA, "a=candidate:1 1 UDP 1 10.0.0.9 4000 typ host\r\n", ""),
    ("candidates of IPv6 at its port", MEDIA, "a=candidate:1 1 UDP 1 1:1:1:1:1:1:1:1 4000 typ h\r\n", ""),
    ("candidates with both families in one", MEDIA,
        "a=candidate:1 1 UDP 1 1111:1111:1111:1111:1111:1111:255.255.255.255 4000 typ h\r\n", ""),
    ("candidates with names at its port", MEDIA, "a=candidate:1 1 UDP 1 h 4000 typ h\r\n", ""),
    ("candidates elsewhere at a long port", "INVITE sip:h SIP/2.0\r\nContent-Type: application/sdp\r\n\r\n\
        v=0\r\nc=IN IP4 10.0.0.2\r\nm=audio 14000 RTP/AVP 0\r\n",
        "a=candidate:1 1 UDP 1 210.210.110.119 14000 typ host\r\n", ""),
    ("short candidates elsewhere", MEDIA, "a=candidate:1 1 UDP 1 h 4004 typ h\r\n", ""),
    ("longer candidates elsewhere", MEDIA, "a=candidate:1 1 UDP 1 abcd 4000 typ host\r\n", ""),
    ("candidates of long words", MEDIA, "a=candidate:aaaaaaaaaaaaaaaaa 1 uuuuuuuuuuuuuuuuu bbbbbbbbbbbbbbbbb \
        ccccccccccccccccc 4000 typ ddddddddddddddddd\n", ""),
    ("candidates of long words and more", MEDIA, "a=candidate:1 1 UDP bbbbbbbbbbbbbbbbb ccccccccccccccccc 4000 typ \
        ddddddddddddddddd x x\r\n", ""),
    ("a long candidate", "SIP/2.0 200 OK\r\nContent-Type: application/sdp\r\n\r\n\
        v=0\r\nm=audio 4000 RTP/AVP 0\r\na=candidate:1 1 UDP 1 10.0.0.2 4000 typ host", " raddr 10.0.0.2", ""),
    ("remote candidates of IPv6", "SIP/2.0 200 OK\r\nContent-Type: application/sdp\r\n\r\n\
        v=0\r\nm=audio 4000 RTP/AVP 0\r\na=remote-candidates:", "1 1:1:1:1:1:1:1:1 4000 ", ""),
    ("remote candidates", "SIP/2.0 200 OK\r\nContent-Type: application/sdp\r\n\r\n\
        v=0\r\nm=audio 4000 RTP/AVP 0\r\na=remote-candidates:", "1 10.0.0.2 4000 ", ""),
    ("a=rtcp again and again", MEDIA, "a=rtcp:4001 IN IP4 10.0.0.2\r\n", ""),
    ("unknown attributes", MEDIA, "a=x\r\n", ""),
    ("empty lines of a description", SDP, "\r\n", ""),
    ("lines without equals sign", SDP, "x\n", ""),
    ("TABs in a description", SDP, "\t", ""),
    ("lines in front of a description", "SIP/2.0 200 OK\r\nContent-Type: application/sdp\r\n\r\n", "\n", "v=0\r\n"),
    ("words of an alternative", "SIP/2.0 200 OK\r\nContent-Type: application/sdp\r\n\r\n\
        v=0\r\nc=IN IP4 10.0.0.2\r\nm=audio 4000 RTP/AVP 0\r\na=remote-candidates:\r\na=alt:", "x\t", ""),
    ("words of a session's alternative", "SIP/2.0 200 OK\r\nContent-Type: application/sdp\r\n\r\nv=0\r\na=alt:", "x\t", ""),
    ("words of a path", "SIP/2.0 200 OK\r\nContent-Type: application/sdp\r\n\r\n\
        v=0\r\nc=IN IP4 10.0.0.2\r\nm=audio 4000 RTP/AVP 0\r\na=path:", "x\t", ""),
    ("words of a candidate", "SIP/2.0 200 OK\r\nContent-Type: application/sdp\r\n\r\n\
        v=0\r\nc=IN IP4 10.0.0.2\r\nm=audio 4000 RTP/AVP 0\r\na=candidate:1 1 UDP 1 10.0.0.2 4000 typ host ", "x\t", ""),
    ("candidates with TABs", MEDIA, "a=candidate:1\t1\tu\t1\th\t1\ttyp\tx\n", ""),
    ("candidates with TABs and more", MEDIA, "a=candidate:1\t1\tu\t1\th\t1\ttyp\tx\tx\tx\tx\tx\tx\tx\tx\tx\tx\tx\tx\tx\n", ""),
    ("candidates that cannot be read", MEDIA, "a=candidate:1\t1\tu\t1\th\t1\ttyp\n", ""),
    ("candidates with many blanks", MEDIA, "a=candidate:1  1  u  1  h  1  typ  x  x  x  x  x  x  x  x  x  x\n", ""),
    ("candidates beyond ASCII", MEDIA, "a=candidate:\u{e9} 1 \u{e9} 1 \u{e9} 1 typ \u{e9} \u{e9} \u{e9} \u{e9} \u{e9} \u{e9}\n", ""),
    ("media with unusual candidates", SDP, "m=audio 4000 RTP/AVP 0\r\n\
        a=candidate:1  1  u  1  h  1  typ  x  x  x  x  x  x  x\na=candidate:1  1  u  1  h  1  typ  x  x  x  x  x  x  x\n\
        a=candidate:1  1  u  1  h  1  typ  x  x  x  x  x  x  x\na=candidate:1  1  u  1  h  1  typ  x  x  x  x  x  x  x\n", ""),
    ("media with a candidate of TABs", SDP, "m=audio 4000 RTP/AVP 0\r\na=candidate:1\t1\tu\t1\th\t1\ttyp\tx\n", ""),
    ("media with RTCP", SDP, "m=audio 4000 RTP/AVP 0\r\na=rtcp:4001 IN IP4 10.0.0.2\r\n", ""),
    ("media with remote candidates", SDP, "m=audio 4000 RTP/AVP 0\r\na=remote-candidates:1 10.0.0.2 4000 2 10.0.0.2 4001\r\n", ""),
    ("alternatives", MEDIA, "a=alt:1\t2\tx\t10.0.0.2\t4000\n", ""),
    ("alternatives of many words", MEDIA, "a=alt:x\tx\tx\tx\tx\tx\tx\tx\tx\tx\tx\tx\tx\tx\tx\n", ""),
    ("alternatives with many blanks", MEDIA, "a=alt:x  x  x  x  x  x  x  x\n", ""),
    ("alternatives beyond ASCII", MEDIA, "a=alt:\u{e9} \u{e9} \u{e9} \u{e9} \u{e9} \u{e9} \u{e9} \u{e9}\n", ""),
    ("paths", MEDIA, "a=path:msrp://10.0.0.2:9/a\n", ""),
    ("paths of many words", MEDIA, "a=path:x\tx\tx\tx\tx\tx\tx\tx\tx\tx\tx\tx\tx\tx\tx\n", ""),
    ("formats among all others", "SIP/2.0 200 OK\r\nContent-Type: application/sdp\r\n\r\n\
        v=0\r\nm=audio 4000 RTP/AVP 0\r\nc=IN IP4 10.0.0.2\r\nc=IN IP4 10.0.0.2\r\na=path:\r\na=remote-candidates:\r\n\
        a=candidate:1 1 UDP 1 10.0.0.2 4000 typ host\r\n", "a=rtpm\r\n", "a=candidate:1 1 UDP 1 10.0.0.2 4000 typ host\r\n"),
    ("types in parts", "SIP/2.0 200 OK\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n--b\nc:multipart/x;boundary=c\n\n",
        "--c\nc:x\nc:x\nc:x\nc:x\nc:x\nc:x\nc:x\nc:x\nc:x\nc:x\nc:x\nc:x\nc:x\nc:x\nc:x\nc:x\nc:x\nc:x\nc:x\nc:x\nc:x\nc:x\nc:x\nc:x\nc:x\nc:x\nc:x\nc:x\nc:x\nc:x\nc:x\nc:x\n", "--c--\n--b--\n"),
    ("fields of parts", "SIP/2.0 200 OK\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n--b\nc:multipart/x;boundary=c\n\n",
        "--c\na:\na:\na:\na:\na:\na:\na:\na:\na:\na:\na:\na:\na:\na:\na:\na:\na:\na:\na:\na:\na:\na:\na:\na:\na:\na:\na:\na:\na:\na:\na:\na:\n", "--c--\n--b--\n"),
    ("candidates in parts", "SIP/2.0 200 OK\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n",
        "--b\nc:application/sdp\n\nv=0\nc=IN IP4 10.0.0.2\nm=audio 4000 RTP/AVP 0\n\
        a=candidate:1  1  u  1  h  1  typ  x\na=candidate:1  1  u  1  h  1  typ  x\na=candidate:1  1  u  1  h  1  typ  x\n\
        a=candidate:1  1  u  1  h  1  typ  x\na=candidate:1  1  u  1  h  1  typ  x\na=candidate:1  1  u  1  h  1  typ  x\n\
        a=candidate:1  1  u  1  h  1  typ  x\na=candidate:1  1  u  1  h  1  typ  x\na=candidate:1  1  u  1  h  1  typ  x\n\
        a=candidate:1  1  u  1  h  1  typ  x\na=candidate:1  1  u  1  h  1  typ  x\na=candidate:1  1  u  1  h  1  typ  x\n", "--b--"),
    ("TABs in parts in parts", "SIP/2.0 200 OK\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n--b\r\n\
        c:multipart/x;boundary=c\r\n\r\n--c\r\n\r\n", "\t\t\t\n", "--c--\r\n--b--"),
    ("media that is read twice", "SIP/2.0 200 OK\r\nContent-Type: application/sdp\r\n\r\nv=0\r\nc=IN IP4 203.0.113.10\r\n",
        "m=audio 4000 RTP/AVP 0\r\nc=IN IP4 10.0.0.2\r\na=mid:1\r\na=sendrecv\r\n", ""),
    ("remote candidates in parts", PARTS, "c: application/sdp\r\n\r\nv=0\r\nm=a 1 x 1\r\na=remote-candidates:1 203.0.113.1 4000 1 203.0.113.1 4000 1 203.0.113.1 4000\r\n--b\r\n", "--b--"),
    ("boundaries", PARTS, "--b\r\n", "--b--"),
    ("what is nearly a boundary", PARTS, "--bb\r\n", "--b--"),
    ("parts that are not ended", PARTS, "\r\n-", ""),
    ("descriptions in parts", PARTS, "c: application/sdp\r\n\r\nv=0\r\n--b\r\n", "--b--"),
    ("parts in parts", PARTS, "c: multipart/mixed;boundary=c\r\n\r\n--c\r\n\r\n--c--\r\n--b\r\n", "--b--"),
    ("open parts in parts", PARTS, "c: multipart/mixed;boundary=c\r\n\r\n--c\r\n--b\r\n", "--b--"),
    ("a long boundary", "SIP/2.0 200 OK\r\nContent-Type: multipart/mixed;boundary=", "--b", "\r\n\r\n----b--b"),
];

/// A message of this shape and about so many bytes.
pub fn message(&(_, head, repeated, tail): &Case, len: usize) -> Vec<u8> {
    let count = len.saturating_sub(head.len() + tail.len()) / repeated.len();
    [head, &repeated.repeat(count), tail].concat().into_bytes()
}

/// How a telephone calls.
const PLAIN: &str = "INVITE sip:bob@203.0.113.10 SIP/2.0\r\n\
    Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK-74bf9;rport\r\nMax-Forwards: 70\r\n\
    From: \"Alice\" <sip:alice@10.0.0.2>;tag=9fxced76sl\r\nTo: <sip:bob@203.0.113.10>\r\n\
    Call-ID: 3848276298220188511@10.0.0.2\r\nCSeq: 1 INVITE\r\n\
    Contact: <sip:alice@10.0.0.2:5060;transport=udp>\r\n\
    Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, INFO\r\n\
    Supported: replaces, timer, path\r\nUser-Agent: Phone 1.2.3\r\nContent-Type: application/sdp\r\n";

/// What it describes.
const PLAIN_SDP: &str = "v=0\r\no=alice 2890844526 2890844526 IN IP4 10.0.0.2\r\ns=-\r\n\
    c=IN IP4 10.0.0.2\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\n\
    a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n\
    a=ptime:20\r\na=sendrecv\r\n";

/// What makes its header longer, and its body.
const FIELDS: &[&str] = &["X-Info: what a proxy has to say of a call, in some words\r\n"];
const LINES: &[&str] = &[
    "a=rtpmap:96 VP8/90000\r\n",
    "a=rtcp-fb:96 nack pli\r\n",
    "a=fmtp:97 apt=96\r\n",
    "a=extmap:3 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n",
    "a=ssrc:1001 cname:abcdefghijklmnop\r\n",
    "a=ssrc:1001 msid:stream track\r\n",
    "a=candidate:1 1 UDP 2130706431 192.0.2.5 50000 typ host\r\n",
];

/// A message of so many bytes as they are sent every day, of which a part is to be translated.
pub fn plain(len: usize) -> Vec<u8> {
    const SUBJECT: &str = "Subject: \r\n";
    let end = |body: &str| format!("Content-Length: {:05}\r\n\r\n{body}", body.len());
    let room = len.saturating_sub(PLAIN.len() + SUBJECT.len() + end(PLAIN_SDP).len());
    let head = [PLAIN, &grown(FIELDS, room / 2)].concat();
    let end = end(&[PLAIN_SDP, &grown(LINES, room / 2)].concat());
    let left = len.saturating_sub(head.len() + SUBJECT.len() + end.len());
    format!("{head}Subject: {}\r\n{end}", "x".repeat(left)).into_bytes()
}

/// Lines in turn, as many as there is room for.
fn grown(lines: &[&str], room: usize) -> String {
    let mut text = String::new();
    for line in lines.iter().cycle() {
        if text.len() + line.len() > room {
            break;
        }
        text += line;
    }
    text
}
