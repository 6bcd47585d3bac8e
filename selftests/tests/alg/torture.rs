// SPDX-License-Identifier: GPL-2.0

//! The torture tests of RFC 4475, where they lie beside the repository.

use crate::corpus::corpus;
use crate::gateway::{
    same,
    Gateway, //
};
use crate::reader::described;

/// Lines that have to be read of a message, in this order; others may stand between them.
type Row = (&'static str, &'static [&'static str]);

/// What the sections of the RFC say, as far as it concerns where things are.
#[rustfmt::skip]
const READ: &[Row] = &[
    // 3.1.1.1: a tortuous INVITE.
    (
        "wsinv",
        &[
            "request method=Invite user=vivekg name=chair-dnrc.example.com tail=;unknownparam",
            "to user=vivekg name=chair-dnrc.example.com ;tag=1918181833n",
            "from user=jdrosen name=example.com ;tag=98asjd8",
            "call-id text=wsinv.ndaksdj@192.0.2.1",
            "content-length number=150",
            "cseq number=9 method=Invite",
            "via transport=UDP ip=192.0.2.2 ;branch=390skdjuw",
            "route name=services.example.com tail=;lr;unknownwith=value;unknown-no-value",
            "via transport=TCP name=spindle.example.com ;branch=z9hG4bK9ikj8",
            "via transport=UDP ip=192.168.255.111 ;branch=z9hG4bK30239",
            "contact user=jdrosen name=example.com ;newparam=newvalue ;secondparam ;q=0.33",
            "connection ip=192.0.2.4",
            "media kind=Audio port=49217 proto=RTP/AVP",
            "media kind=Video port=3227 proto=RTP/AVP",
        ],
    ),
    // 3.1.1.2: wide range of characters.
    (
        "intmeth",
        &[
            "request method=Other user=1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it) name=example.com",
            "via transport=TCP name=host1.example.com ;branch=z9hG4bK-.!%66*_+`'~",
            "to user=1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;* name=example.com",
            r#"from user=mundane name=example.com ;fromParam''~+*_!.-%="работающий" ;tag=_token~1'+`*%!-."#,
            r#"call-id text=intmeth.word%ZK-!.*_+'@word`~)(><:\/"][?}{"#,
            "cseq number=139122385 method=Other",
            "content-length number=0",
        ],
    ),
    // 3.1.1.3: escapes, none to be undone.
    (
        "esc01",
        &[
            "request method=Invite user=sips%3Auser%40example.com name=example.net",
            "to user=%75se%72 name=example.com",
            "from user=I%20have%20spaces name=example.net ;tag=938",
            "call-id text=esc01.239409asdfakjkn23onasd0-3234",
            "cseq number=234234 method=Invite",
            "via transport=UDP name=host5.example.net ;branch=z9hG4bKkdjuw",
            "contact user=cal%6Cer name=host5.example.net tail=;%6C%72;n%61me=v%61lue%25%34%31",
            "content-length number=150",
            "connection ip=192.0.2.1",
            "media kind=Audio port=49217 proto=RTP/AVP",
            "media kind=Video port=3227 proto=RTP/AVP",
        ],
    ),
    // 3.1.1.4: escaped NUL.
    (
        "escnull",
        &[
            "request method=Register name=example.com",
            "to user=null-%00-null name=example.com",
            "from user=null-%00-null name=example.com ;tag=839923423",
            "call-id text=escnull.39203ndfvkjdasfkq3w4otrq0adsfdfnavd",
            "cseq number=14398234 method=Register",
            "via transport=UDP name=host5.example.com ;branch=z9hG4bKkdjuw",
            "contact user=%00 name=host5.example.com",
            "contact user=%00%00 name=host5.example.com",
            "content-length number=0",
        ],
    ),
    // 3.1.1.5: a percent sign that is no escape.
    (
        "esc02",
        &[
            "request method=Other name=registrar.example.com",
            "to user=resource name=example.com",
            "from user=resource name=example.com ;tag=f232jadfj23",
            "call-id text=esc02.asdfnqwo34rq23i34jrjasdcnl23nrlknsdf",
            "via transport=TCP name=host.example.com ;branch=z9hG4bK209%fzsnel234",
            "cseq number=29344 method=Other",
            "contact user=alias1 name=host1.example.com",
            "contact user=alias3 name=host3.example.com",
            "content-length number=0",
        ],
    ),
    // 3.1.1.6: no white space between name and bracket.
    (
        "lwsdisp",
        &[
            "request method=Other user=user name=example.com",
            "to user=user name=example.com",
            "from user=caller name=example.com ;tag=323",
            "call-id text=lwsdisp.1234abcd@funky.example.com",
            "cseq number=60 method=Other",
            "via transport=UDP name=funky.example.com ;branch=z9hG4bKkdjuw",
            "content-length number=0",
        ],
    ),
    // 3.1.1.7: long values.
    (
        "longreq",
        &[
            "request method=Invite user=user name=example.com",
            "cseq number=3882340 method=Invite",
            "via transport=TCP name=sip33.example.com",
            "via transport=TCP name=sip1.example.com",
            "content-length number=150",
            "connection ip=192.0.2.1",
            "media kind=Audio port=49217 proto=RTP/AVP",
            "media kind=Video port=3227 proto=RTP/AVP",
        ],
    ),
    // 3.1.1.8: the second message is outside the first.
    (
        "dblreq",
        &[
            "request method=Register name=example.com",
            "to user=j.user name=example.com",
            "from user=j.user name=example.com ;tag=43251j3j324",
            "call-id text=dblreq.0ha0isndaksdj99sdfafnl3lk233412",
            "contact user=j.user name=host.example.com",
            "cseq number=8 method=Register",
            "via transport=UDP ip=192.0.2.125 ;branch=z9hG4bKkdjuw23492",
            "content-length number=0",
        ],
    ),
    // 3.1.1.9: semicolons in the user.
    (
        "semiuri",
        &[
            "request method=Other user=user;par=u%40example.net name=example.com",
            "to user=j_user name=example.com",
            "from user=caller name=example.org ;tag=33242",
            "call-id text=semiuri.0ha0isndaksdj",
            "cseq number=8 method=Other",
            "via transport=UDP ip=192.0.2.1 ;branch=z9hG4bKkdjuw",
            "content-length number=0",
        ],
    ),
    // 3.1.1.10: transports of every kind.
    (
        "transports",
        &[
            "request method=Other user=user name=example.com",
            "to user=user name=example.com",
            "from user=caller name=example.com ;tag=323",
            "call-id text=transports.kijh4akdnaqjkwendsasfdj",
            "cseq number=60 method=Other",
            "via transport=UDP name=t1.example.com ;branch=z9hG4bKkdjuw",
            "via transport=SCTP name=t2.example.com ;branch=z9hG4bKklasjdhf",
            "via transport=TLS name=t3.example.com ;branch=z9hG4bK2980unddj",
            "via transport=UNKNOWN name=t4.example.com ;branch=z9hG4bKasd0f3en",
            "via transport=TCP name=t5.example.com ;branch=z9hG4bK0a9idfnee",
            "content-length number=0",
        ],
    ),
    // 3.1.1.11: a body in parts.
    (
        "mpart01",
        &[
            "request method=Other user=kumiko name=example.org",
            "via transport=UDP ip=127.0.0.1 port=5070 ;branch=z9hG4bK-d87543-4dade06d0bdb11ee-1--d87543- ;rport",
            "route ip=127.0.0.1 port=5080",
            "contact user=fluffy ip=127.0.0.1 port=5070",
            "to user=kumiko name=example.org",
            "from user=fluffy name=example.com ;tag=2fb0dcc9",
            "call-id text=3d9485ad0c49859b@Zmx1ZmZ5LW1hYy0xNi5sb2NhbA..",
            "cseq number=1 method=Other",
            "content-length number=553",
            "part bytes=5",
            "part bytes=342",
        ],
    ),
    // 3.1.1.12: UTF-8 in the reason.
    (
        "unreason",
        &[
            "response code=200",
            "via transport=UDP ip=192.0.2.198 ;branch=z9hG4bK1324923",
            "call-id text=unreason.1234ksdfak3j2erwedfsASdf",
            "cseq number=35 method=Invite",
            "from user=user name=example.com ;tag=11141343",
            "to user=user name=example.edu ;tag=2229",
            "content-length number=154",
            "contact user=user name=host198.example.com",
            "connection ip=192.0.2.198",
            "media kind=Audio port=49217 proto=RTP/AVP",
            "media kind=Video port=3227 proto=RTP/AVP",
        ],
    ),
    // 3.1.1.13: no reason.
    (
        "noreason",
        &[
            "response code=100",
            "via transport=UDP ip=192.0.2.105 ;branch=z9hG4bK2398ndaoe",
            "call-id text=noreason.asndj203insdf99223ndf",
            "cseq number=35 method=Invite",
            "from user=user name=example.com ;tag=39ansfi3",
            "to user=user name=example.edu ;tag=902jndnke3",
            "content-length number=0",
            "contact user=user name=host105.example.com",
        ],
    ),
    // 3.1.2.1: separators: the values between them count.
    (
        "badinv01",
        &[
            "request method=Invite user=user name=example.com",
            "to user=j.user name=example.com",
            "from user=caller name=example.net ;tag=134161461246",
            "call-id text=badinv01.0ha0isndaksdjasdf3234nas",
            "cseq number=8 method=Invite",
            "via transport=UDP ip=192.0.2.15 ; ;",
            "via !Protocol@219",
            "contact user=joe name=example.org ; ; ; ;",
            "content-length number=152",
            "connection ip=192.0.2.15",
            "media kind=Audio port=49217 proto=RTP/AVP",
            "media kind=Video port=3227 proto=RTP/AVP",
        ],
    ),
    // 3.1.2.2: a length beyond the end: the body ends there.
    (
        "clerr",
        &[
            "request method=Invite user=user name=example.com",
            "to user=j.user name=example.com",
            "from user=caller name=example.net ;tag=93942939o2",
            "contact user=caller name=hungry.example.net",
            "call-id text=clerr.0ha0isndaksdjweiafasdk3",
            "cseq number=8 method=Invite",
            "via transport=UDP name=host5.example.com ;branch=z9hG4bK-39234-23523",
            "content-length number=9999",
            "connection ip=192.0.2.155",
            "media kind=Audio port=49217 proto=RTP/AVP",
            "media kind=Video port=3227 proto=RTP/AVP",
        ],
    ),
    // 3.1.2.3: a negative length is none.
    (
        "ncl",
        &[
            "request method=Invite user=user name=example.com",
            "to user=j.user name=example.com",
            "from user=caller name=example.net ;tag=32394234",
            "call-id text=ncl.0ha0isndaksdj2193423r542w35",
            "cseq number=0 method=Invite",
            "via transport=UDP ip=192.0.2.53 ;branch=z9hG4bKkdjuw",
            "contact user=caller name=example53.example.net",
            "content-length !Number@326",
            "connection ip=192.0.2.53",
            "media kind=Audio port=49217 proto=RTP/AVP",
            "media kind=Video port=3227 proto=RTP/AVP",
        ],
    ),
    // 3.1.2.4: numbers too large: no CSeq, times as long as can be.
    (
        "scalar02",
        &[
            "request method=Register name=example.com",
            "via transport=TCP name=host129.example.com ;branch=z9hG4bK342sdfoi3",
            "to user=user name=example.com",
            "from user=user name=example.com ;tag=239232jh3",
            "cseq !CSeq@174",
            "call-id text=scalar02.23o0pd9vanlq3wnrlnewofjas9ui32",
            "expires seconds=4294967295",
            "contact user=user name=host129.example.com ;expires=280297596632815",
            "content-length number=0",
        ],
    ),
    // 3.1.2.5: numbers too large in a response.
    (
        "scalarlg",
        &[
            "response code=503",
            "via transport=TCP name=host129.example.com ;branch=z9hG4bKzzxdiwo34sw ;received=192.0.2.129",
            "to user=user name=example.com",
            "from user=other name=example.net ;tag=2easdjfejw",
            "cseq !CSeq@198",
            "call-id text=scalarlg.noase0of0234hn2qofoaf0232aewf2394r",
            "content-length number=0",
        ],
    ),
    // 3.1.2.6: an open quote: no To.
    (
        "quotbal",
        &[
            "request method=Invite user=user name=example.com",
            "to !NameAddr@78",
            "from user=caller name=example.net ;tag=93334",
            "call-id text=quotbal.aksdj",
            "contact user=caller name=host59.example.net",
            "cseq number=8 method=Invite",
            "via transport=UDP ip=192.0.2.59 port=5050 ;branch=z9hG4bKkdjuw39234",
            "content-length number=152",
            "connection ip=192.0.2.15",
            "media kind=Audio port=49217 proto=RTP/AVP",
            "media kind=Video port=3227 proto=RTP/AVP",
        ],
    ),
    // 3.1.2.7: brackets around the Request-URI: it names no host.
    (
        "ltgtruri",
        &[
            "request method=Invite uri=<sip:user@example.com>",
            "to user=user name=example.com",
            "from user=caller name=example.net ;tag=39291",
            "call-id text=ltgtruri.1@192.0.2.5",
            "cseq number=1 method=Invite",
            "via transport=UDP ip=192.0.2.5",
            "contact user=caller name=host5.example.net",
            "content-length number=159",
            "connection ip=192.0.2.5",
            "media kind=Audio port=49217 proto=RTP/AVP",
            "media kind=Video port=3227 proto=RTP/AVP",
        ],
    ),
    // 3.1.2.9: several blanks in the start line are let pass.
    (
        "lwsstart",
        &[
            "request method=Invite user=user name=example.com",
            "to user=user name=example.com",
            "from user=caller name=example.net ;tag=8814",
            "call-id text=lwsstart.dfknq234oi243099adsdfnawe3@example.com",
            "cseq number=1893884 method=Invite",
            "via transport=UDP name=host1.example.com ;branch=z9hG4bKkdjuw3923",
            "contact user=caller name=host1.example.net",
            "content-length number=150",
            "connection ip=192.0.2.1",
            "media kind=Audio port=49217 proto=RTP/AVP",
            "media kind=Video port=3227 proto=RTP/AVP",
        ],
    ),
    // 3.1.2.10: a blank behind the start line is let pass.
    (
        "trws",
        &[
            "request method=Other user=remote-target name=example.com",
            "via transport=TCP name=host1.examle.com ;branch=z9hG4bK299342093",
            "to user=remote-target name=example.com",
            "from user=local-resource name=example.com ;tag=329429089",
            "call-id text=trws.oicu34958239neffasdhr2345r",
            "cseq number=238923 method=Other",
            "content-length number=0",
        ],
    ),
    // 3.1.2.11: headers in the Request-URI are let pass.
    (
        "escruri",
        &[
            "request method=Invite user=user name=example.com tail=?Route=%3Csip:example.com%3E",
            "to user=user name=example.com",
            "from user=caller name=example.net ;tag=341518",
            "contact user=caller name=host39923.example.net",
            "call-id text=escruri.23940-asdfhj-aje3br-234q098w-fawerh2q-h4n5",
            "cseq number=149209342 method=Invite",
            "via transport=UDP name=host-of-the-hour.example.com ;branch=z9hG4bKkdjuw",
            "content-length number=150",
            "connection ip=192.0.2.1",
            "media kind=Audio port=49217 proto=RTP/AVP",
            "media kind=Video port=3227 proto=RTP/AVP",
        ],
    ),
    // 3.1.2.12: dates are not looked at.
    (
        "baddate",
        &[
            "request method=Invite user=user name=example.com",
            "to user=user name=example.com",
            "from user=caller name=example.net ;tag=2234923",
            "call-id text=baddate.239423mnsadf3j23lj42--sedfnm234",
            "cseq number=1392934 method=Invite",
            "via transport=UDP name=host.example.com ;branch=z9hG4bKkdjuw",
            "contact user=caller name=host5.example.net",
            "content-length number=150",
            "connection ip=192.0.2.5",
            "media kind=Audio port=49217 proto=RTP/AVP",
            "media kind=Video port=3227 proto=RTP/AVP",
        ],
    ),
    // 3.1.2.13: no brackets where they are needed: let pass.
    (
        "regbadct",
        &[
            "request method=Register name=example.com",
            "to user=user name=example.com",
            "from user=user name=example.com ;tag=998332",
            "call-id text=regbadct.k345asrl3fdbv@10.0.0.1",
            "cseq number=1 method=Register",
            "via transport=UDP ip=135.180.130.133 port=5060 ;branch=z9hG4bKkdjuw",
            "contact user=user name=example.com tail=?Route=%3Csip:sip.example.com%3E",
            "content-length number=0",
        ],
    ),
    // 3.1.2.14: blanks within an addr-spec in brackets are let pass.
    (
        "badaspec",
        &[
            "request method=Other user=user name=example.org",
            "via transport=UDP name=host4.example.com port=5060 ;branch=z9hG4bKkdju43234",
            "from user=a.g.bell name=example.com ;tag=433423",
            "to user=t.watson name=example.org",
            "call-id text=badaspec.sdf0234n2nds0a099u23h3hnnw009cdkne3",
            "cseq number=3923239 method=Other",
            "content-length number=0",
        ],
    ),
    // 3.1.2.17: CSeq of another method: let pass.
    (
        "mismatch01",
        &[
            "request method=Other user=user name=example.com",
            "to user=j.user name=example.com",
            "from user=caller name=example.net ;tag=34525",
            "call-id text=mismatch01.dj0234sxdfl3",
            "cseq number=8 method=Invite",
            "via transport=UDP name=host.example.com ;branch=z9hG4bKkdjuw",
            "content-length number=0",
        ],
    ),
    // 3.1.2.18: CSeq of an unknown method: let pass.
    (
        "mismatch02",
        &[
            "request method=Other user=user name=example.com",
            "to user=j.user name=example.com",
            "from user=caller name=example.net ;tag=34525",
            "call-id text=mismatch02.dj0234sxdfl3",
            "cseq number=8 method=Invite",
            "contact user=caller name=host.example.net",
            "via transport=UDP name=host.example.net ;branch=z9hG4bKkdjuw",
            "content-length number=138",
            "connection ip=192.0.2.1",
            "media kind=Audio port=49217 proto=RTP/AVP",
            "media kind=Video port=3227 proto=RTP/AVP",
        ],
    ),
    // 3.2.1: a branch that is only its cookie.
    (
        "badbranch",
        &[
            "request method=Other user=user name=example.com",
            "to user=user name=example.com",
            "from user=caller name=example.org ;tag=33242",
            "via transport=UDP ip=192.0.2.1 ;branch=z9hG4bK",
            "call-id text=badbranch.sadonfo23i420jv0as0derf3j3n",
            "cseq number=8 method=Other",
            "content-length number=0",
        ],
    ),
    // 3.3.1: fields that are missing.
    (
        "insuf",
        &[
            "request method=Invite user=user name=example.com",
            "cseq number=193942 method=Invite",
            "via transport=UDP ip=192.0.2.95 ;branch=z9hG4bKkdj.insuf",
            "content-length number=152",
            "connection ip=192.0.2.95",
            "media kind=Audio port=49217 proto=RTP/AVP",
            "media kind=Video port=3227 proto=RTP/AVP",
        ],
    ),
    // 3.3.2: an unknown scheme has no host.
    (
        "unkscm",
        &[
            "request method=Other uri=nobodyKnowsThisScheme:totallyopaquecontent",
            "to user=user name=example.com",
            "from user=caller name=example.net ;tag=384",
            "call-id text=unkscm.nasdfasser0q239nwsdfasdkl34",
            "cseq number=3923423 method=Other",
            "via transport=TCP name=host9.example.com ;branch=z9hG4bKkdjuw39234",
            "content-length number=0",
        ],
    ),
    // 3.3.3: a known scheme that is not SIP has no host.
    (
        "novelsc",
        &[
            "request method=Other uri=soap.beep://192.0.2.103:3002",
            "to user=user name=example.com",
            "from user=caller name=example.net ;tag=384",
            "call-id text=novelsc.asdfasser0q239nwsdfasdkl34",
            "cseq number=3923423 method=Other",
            "via transport=TCP name=host9.example.com ;branch=z9hG4bKkdjuw39234",
            "content-length number=0",
        ],
    ),
    // 3.3.4: unknown schemes in the header.
    (
        "unksm2",
        &[
            "request method=Register name=example.com",
            "to uri=isbn:2983792873",
            "from uri=http://www.example.com ;tag=3234233",
            "call-id text=unksm2.daksdj@hyphenated-host.example.com",
            "cseq number=234902 method=Register",
            "via transport=UDP ip=192.0.2.21 port=5060 ;branch=z9hG4bKkdjuw",
            "contact uri=name:John_Smith",
            "content-length number=0",
        ],
    ),
    // 3.3.5: extensions nobody knows.
    (
        "bext01",
        &[
            "request method=Other user=user name=example.com",
            "to user=j_user name=example.com",
            "from user=caller name=example.net ;tag=242etr",
            "call-id text=bext01.0ha0isndaksdj",
            "cseq number=8 method=Other",
            "via transport=TLS name=fold-and-staple.example.com ;branch=z9hG4bKkdjuw",
            "content-length number=0",
        ],
    ),
    // 3.3.6: a body of unknown type.
    (
        "invut",
        &[
            "request method=Invite user=user name=example.com",
            "contact user=caller name=host5.example.net",
            "to user=j.user name=example.com",
            "from user=caller name=example.net ;tag=8392034",
            "call-id text=invut.0ha0isndaksdjadsfij34n23d",
            "cseq number=235448 method=Invite",
            "via transport=UDP name=somehost.example.com ;branch=z9hG4bKkdjuw",
            "content-length number=40",
        ],
    ),
    // 3.3.7: credentials nobody knows.
    (
        "regaut01",
        &[
            "request method=Register name=example.com",
            "to user=j.user name=example.com",
            "from user=j.user name=example.com ;tag=87321hj23128",
            "call-id text=regaut01.0ha0isndaksdj",
            "cseq number=9338 method=Register",
            "via transport=TCP ip=192.0.2.253 ;branch=z9hG4bKkdjuw",
            "content-length number=0",
        ],
    ),
    // 3.3.8: fields there should be one of: each is read, the first counts.
    (
        "multi01",
        &[
            "request method=Invite user=user name=company.com",
            "contact user=caller name=host25.example.net",
            "via transport=UDP ip=192.0.2.25 ;branch=z9hG4bKkdjuw",
            "cseq number=5 method=Invite",
            "call-id text=multi01.98asdh@192.0.2.1",
            "cseq number=59 method=Invite",
            "call-id text=multi01.98asdh@192.0.2.2",
            "from user=caller name=example.com ;tag=3413415",
            "to user=user name=example.com",
            "to user=other name=example.net",
            "from user=caller name=example.net ;tag=2923420123",
            "content-length number=154",
            "contact user=caller name=host36.example.net",
            "connection ip=192.0.2.25",
            "media kind=Audio port=49217 proto=RTP/AVP",
            "media kind=Video port=3227 proto=RTP/AVP",
        ],
    ),
    // 3.3.9: two lengths: the first counts.
    (
        "mcl01",
        &[
            "request method=Other user=user name=example.com",
            "via transport=UDP name=host5.example.net ;branch=z9hG4bK293423",
            "to user=user name=example.com",
            "from user=other name=example.net ;tag=3923942",
            "call-id text=mcl01.fhn2323orihawfdoa3o4r52o3irsdf",
            "cseq number=15932 method=Other",
            "content-length number=13",
            "content-length number=5",
        ],
    ),
    // 3.3.10: a Via that names everybody.
    (
        "bcast",
        &[
            "response code=200",
            "via transport=UDP ip=192.0.2.198 ;branch=z9hG4bK1324923",
            "via transport=UDP ip=255.255.255.255 ;branch=z9hG4bK1saber23",
            "call-id text=bcast.0384840201234ksdfak3j2erwedfsASdf",
            "cseq number=35 method=Invite",
            "from user=user name=example.com ;tag=11141343",
            "to user=user name=example.edu ;tag=2229",
            "content-length number=154",
            "contact user=user name=host28.example.com",
            "connection ip=192.0.2.198",
            "media kind=Audio port=49217 proto=RTP/AVP",
            "media kind=Video port=3227 proto=RTP/AVP",
        ],
    ),
    // 3.3.11: no hops left.
    (
        "zeromf",
        &[
            "request method=Other user=user name=example.com",
            "to user=user name=example.com",
            "from user=caller name=example.net ;tag=3ghsd41",
            "call-id text=zeromf.jfasdlfnm2o2l43r5u0asdfas",
            "cseq number=39234321 method=Other",
            "via transport=UDP name=host1.example.com ;branch=z9hG4bKkdjuw2349i",
            "content-length number=0",
        ],
    ),
    // 3.3.12: a parameter of the Contact.
    (
        "cparam01",
        &[
            "request method=Register name=example.com",
            "via transport=UDP name=saturn.example.com port=5060 ;branch=z9hG4bKkdjuw",
            "from user=watson name=example.com ;tag=DkfVgjkrtMwaerKKpe",
            "to user=watson name=example.com",
            "call-id text=cparam01.70710@saturn.example.com",
            "cseq number=2 method=Register",
            "contact user=+19725552222 name=gw1.example.net ;unknownparam",
            "content-length number=0",
        ],
    ),
    // 3.3.13: a parameter of the URI.
    (
        "cparam02",
        &[
            "request method=Register name=example.com",
            "via transport=UDP name=saturn.example.com port=5060 ;branch=z9hG4bKkdjuw",
            "from user=watson name=example.com ;tag=838293",
            "to user=watson name=example.com",
            "call-id text=cparam02.70710@saturn.example.com",
            "cseq number=3 method=Register",
            "contact user=+19725552222 name=gw1.example.net tail=;unknownparam",
            "content-length number=0",
        ],
    ),
    // 3.3.14: an escaped Route.
    (
        "regescrt",
        &[
            "request method=Register name=example.com",
            "to user=user name=example.com",
            "from user=user name=example.com ;tag=8",
            "call-id text=regescrt.k345asrl3fdbv@192.0.2.1",
            "cseq number=14398234 method=Register",
            "via transport=UDP name=host5.example.com ;branch=z9hG4bKkdjuw",
            "contact user=user name=example.com tail=?Route=%3Csip:sip.example.com%3E",
            "content-length number=0",
        ],
    ),
    // 3.3.15: a type nobody accepts.
    (
        "sdp01",
        &[
            "request method=Invite user=user name=example.com",
            "to user=j_user name=example.com",
            "contact user=caller name=host15.example.net",
            "from user=caller name=example.net ;tag=234",
            "call-id text=sdp01.ndaksdj9342dasdd",
            "cseq number=8 method=Invite",
            "via transport=UDP ip=192.0.2.15 ;branch=z9hG4bKkdjuw",
            "content-length number=150",
            "connection ip=192.0.2.5",
            "media kind=Audio port=49217 proto=RTP/AVP",
            "media kind=Video port=3227 proto=RTP/AVP",
        ],
    ),
    // 3.4.1: as before RFC 3261.
    (
        "inv2543",
        &[
            "request method=Invite user=UserB name=example.com",
            "via transport=UDP name=iftgw.example.com",
            "from user=+13035551111 name=ift.client.example.net tail=;user=phone",
            "record-route user=UserB name=example.com tail=;maddr=ss1.example.com",
            "to user=+16505552222 name=ss1.example.net ;user=phone",
            "call-id text=inv2543.1717@ift.client.example.com",
            "cseq number=56 method=Invite",
            "connection ip=192.0.2.5",
            "media kind=Audio port=49217 proto=RTP/AVP",
        ],
    ),
];

/// 3.1.2.15: a comma in a name without quotes. The file has lost its empty line.
const ENDLESS: Row = (
    "baddn",
    &[
        "request method=Other user=t.watson name=example.org",
        "via transport=UDP name=c.example.com port=5060 ;branch=z9hG4bKkdjuw",
        "from user=a.g.bell name=example.com ;tag=43",
        "to user=t.watson name=example.org",
        "call-id text=baddn.31415@c.example.com",
        "cseq number=3923239 method=Other",
        "content-length number=0",
    ],
);

/// What has to be refused, and so passes unchanged: a version or status that is none (3.1.2.16 and
/// 3.1.2.19), a blank within the Request-URI (3.1.2.8), and an extra of the archive without a version.
const REFUSED: [(&str, &str); 4] = [
    ("badvers", "!StartLine@0"),
    ("bigcode", "!StatusCode@8"),
    ("lwsruri", "!StartLine@0"),
    ("test", "!StartLine@0"),
];

/// The message of that name; nothing where the corpus is absent.
fn torture(messages: &[(String, Vec<u8>)], name: &str) -> Option<Vec<u8>> {
    let name = format!("rfc4475/{name}.sip");
    let found = messages.iter().find(|(known, _)| *known == name);
    assert!(found.is_some() || messages.is_empty(), "{name} is missing");
    found.map(|(_, message)| message.clone())
}

/// Looks for the lines of a row in what is read of the message.
fn looked_at(name: &str, message: &[u8], expected: &[&str]) {
    let read = described(message);
    let mut lines = read.lines();
    for line in expected {
        assert!(lines.any(|read| read == *line), "{name}: {line}\n{read}");
    }
}

#[test]
fn torture_is_read_as_its_section_says() {
    let messages = corpus();
    for (name, expected) in READ {
        let Some(message) = torture(&messages, name) else {
            return;
        };
        looked_at(name, &message, expected);
    }
}

#[test]
fn comma_in_a_bare_name_of_from_and_to_is_read_where_the_header_ends() {
    let (name, expected) = ENDLESS;
    let Some(mut message) = torture(&corpus(), name) else {
        return;
    };
    assert!(described(&message).starts_with("!Message@"));
    message.extend_from_slice(b"\r\n");
    looked_at(name, &message, expected);
}

#[test]
fn refused_torture_passes_unchanged_even_where_it_names_the_sender() {
    let messages = corpus();
    for (name, why) in REFUSED {
        let Some(message) = torture(&messages, name) else {
            return;
        };
        assert_eq!(described(&message), why, "{name}");
        let text = String::from_utf8_lossy(&message);
        let own = text
            .replace("example.com", "10.0.0.2")
            .replace("192.0.2.1", "10.0.0.2");
        same(Gateway::new(1024).out(&own), own);
    }
}
