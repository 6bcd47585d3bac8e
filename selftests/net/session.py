# SPDX-License-Identifier: GPL-2.0-only
"""Session descriptions: which of their addresses and ports change, and Content-Length.

phone 10.0.0.2 ──┐                                        ┌── server 203.0.113.10
                 ├── 10.0.0.1 gateway 203.0.113.1 ────────┤
other 10.0.0.3 ──┘          masquerade                    └── stranger 203.0.113.66
"""

import re

from lab import (
    FIREWALL,
    MASQUERADE,
    NAT66,
    Message,
    Net,
    UserAgent,
    agent,
    closed,
    equal,
    established,
    flows,
    outward,
    pair,
    parameter,
    sdp,
    swap,
    test,
    true,
    two_way,
)

GATEWAY = MASQUERADE
AUDIO = "m=audio 30000 RTP/AVP 8"
VIDEO = "m=video 30002 RTP/AVP 96"


def family(net: Net) -> str:
    """IN IP4, or IN IP6."""
    return "IN IP6" if ":" in net.phone.ip else "IN IP4"


def offers(net: Net, body: bytes, *pairs: tuple[str, str], opens: list[int] | None = None) -> None:
    """An offer arrives with the phone's address replaced, after `pairs`, and opens these ports."""
    alice, bob = pair(net)
    invite = alice.invite(bob, body)
    equal(alice.to(bob, invite), outward(net, invite, *pairs), "INVITE")
    if opens is not None:
        equal(sorted(one.outside[1] for one in net.expectations()), opens, "pinholes")


@test(MASQUERADE, NAT66)
def session_address_holds_for_all_media(net: Net) -> None:
    offers(net, sdp(net.phone.ip, AUDIO, VIDEO), opens=[30000, 30001, 30002, 30003])


@test(MASQUERADE, NAT66)
def media_may_have_addresses_of_their_own(net: Net) -> None:
    own = f"c={family(net)} {net.phone.ip}"
    body = sdp(net.phone.ip, AUDIO, own, VIDEO, own, connection="")
    offers(net, body, opens=[30000, 30001, 30002, 30003])


@test()
def audio_and_video_flow_both_ways(net: Net) -> None:
    alice, bob = pair(net)
    answer = sdp(net.server.ip, "m=audio 40000 RTP/AVP 8", "m=video 40002 RTP/AVP 96")
    call = established(alice, bob, sdp(net.phone.ip, AUDIO, VIDEO), answer)
    equal(call.offer.media("video"), (net.public.ip, 30002), "video")
    equal([one.klass for one in net.opened()], [1, 1, 2, 2], "classes")
    for step in range(4):
        near, far = net.phone.udp(30000 + step), net.server.udp(40000 + step)
        two_way(near, far, (net.public.ip, 30000 + step), far.endpoint)


@test(mainline="opens nothing for the fourth line (defect 30)")
def media_lines_are_not_counted(net: Net) -> None:
    lines = [f"m=audio {port} RTP/AVP 8" for port in range(30000, 30012, 2)]
    offers(net, sdp(net.phone.ip, *lines), opens=list(range(30000, 30012)))


@test(MASQUERADE, NAT66, mainline="leaves a=rtcp as it is and opens no way to it (defect 29)")
def named_rtcp_port_is_opened(net: Net) -> None:
    rtcp = f"a=rtcp:30009 {family(net)} {net.phone.ip}"
    offers(net, sdp(net.phone.ip, AUDIO, rtcp), opens=[30000, 30009])
    near, far = net.phone.udp(30009), net.server.udp(40009)
    two_way(near, far, (net.public.ip, 30009), far.endpoint)


@test(mainline="ends its search at a kind of media that it does not know (defect 30)")
def media_of_every_kind_are_opened(net: Net) -> None:
    lines = ("m=x-data 30010 RTP/AVP 8", "m=text 30020 RTP/AVP 98", AUDIO)
    opens = [30000, 30001, 30010, 30011, 30020, 30021]
    offers(net, sdp(net.phone.ip, *lines), opens=opens)


@test(mainline="takes the session's address for such media (T5b)")
def media_of_the_other_family_open_nothing(net: Net) -> None:
    offers(net, sdp(net.phone.ip, AUDIO, "c=IN IP6 2001:db8::77"), opens=[])


@test(mainline="does not find the port (defect 30)")
def port_may_stand_behind_two_blanks(net: Net) -> None:
    offers(net, sdp(net.phone.ip, "m=audio  30000 RTP/AVP 8"), opens=[30000, 30001])


@test(MASQUERADE, NAT66, mainline="leaves candidates as they are (defect 29)")
def candidates_become_public(net: Net) -> None:
    lines = [
        f"a=candidate:1 {number} UDP 2130706431 {net.phone.ip} {30000 + number - 1} typ host"
        for number in (1, 2)
    ]
    offers(net, sdp(net.phone.ip, AUDIO, *lines), opens=[30000, 30001])


@test(mainline="translates the descriptions of calls alone (T66)")
def description_may_come_with_any_request(net: Net) -> None:
    alice, bob = pair(net)
    for number, method in enumerate(("INFO", "MESSAGE", "NOTIFY", "OPTIONS"), 1):
        sent = alice.request(method, bob, sdp(net.phone.ip, AUDIO), cseq=number)
        equal(alice.to(bob, sent), outward(net, sent), method)


def in_parts(alice: UserAgent, bob: UserAgent, body: bytes) -> bytes:
    """An INVITE with a description as a part of its body."""
    part = b"--b\r\nContent-Type: application/sdp\r\n\r\n" + body + b"\r\n"
    other = b"--b\r\nContent-Type: application/isup\r\n\r\nv=1 2 3\r\n"
    invite = alice.invite(bob, part + other + b"--b--\r\n")
    return invite.replace(b"application/sdp\r\nC", b"multipart/mixed;boundary=b\r\nC", 1)


@test(mainline="counts the body from the description on (defect 12)")
def description_may_be_a_part_of_the_body(net: Net) -> None:
    alice, bob = pair(net)
    invite = in_parts(alice, bob, sdp(net.phone.ip, AUDIO))
    seen = alice.to(bob, invite)
    equal(seen, outward(net, invite), "INVITE")
    equal(int(Message.read(seen)["Content-Length"]), len(Message.read(seen).body), "length")
    equal(len(net.expectations()), 2, "pinholes")


@test(mainline="leaves a=rtcp as it is (defect 29)")
def rtcp_port_moves_with_its_pair(net: Net) -> None:
    alice, bob = pair(net)
    carol = agent(net.other, "carol")
    alice.to(bob, alice.invite(bob, sdp(net.phone.ip, AUDIO)))
    invite = carol.invite(bob, sdp(net.other.ip, AUDIO, "a=rtcp:30001"))
    seen = Message.read(carol.to(bob, invite))
    _, port = seen.media()
    named = re.search(rb"a=rtcp:(\d+)", seen.body)
    equal(named and int(named[1]), port + 1, "a=rtcp")
    near, far = net.other.udp(30001), net.server.udp(40001)
    flows(far, (net.public.ip, port + 1), near)


@test()
def rtcp_at_another_host_stays_there(net: Net) -> None:
    alice, bob = pair(net)
    elsewhere = "a=rtcp:30009 IN IP4 198.51.100.20"
    got = Message.read(alice.to(bob, alice.invite(bob, sdp(net.phone.ip, AUDIO, elsewhere))))
    true(elsewhere.encode() in got.body, "it was changed")
    true(all(one.outside[1] != 30009 for one in net.expectations()), "a pinhole for it was opened")


@test()
def refused_media_stay_refused(net: Net) -> None:
    offers(net, sdp(net.phone.ip, AUDIO, "m=video 0 RTP/AVP 96"), opens=[30000, 30001])


@test(mainline="writes 0.0.0.0 into o= (defect 14)")
def hold_stays_hold(net: Net) -> None:
    body = sdp(net.phone.ip, AUDIO, connection="IN IP4 0.0.0.0")
    offers(net, body, opens=[])


@test(mainline="makes the hold address a public one, and opens a way to it (defect 14)")
def hold_stays_hold_where_media_may_come_from_anywhere(net: Net) -> None:
    body = sdp(net.phone.ip, AUDIO, connection="IN IP4 0.0.0.0")
    with parameter("sip_direct_media", 0):
        offers(net, body, opens=[])


@test(mainline="writes the last address into o= (defect 14)")
def media_elsewhere_stay_as_they_are(net: Net) -> None:
    alice, bob = pair(net)
    body = sdp(net.phone.ip, AUDIO, connection="IN IP4 198.51.100.20")
    invite = alice.invite(bob, body)
    seen = alice.to(bob, invite)
    equal(Message.read(seen).media(), ("198.51.100.20", 30000), "media")
    equal(seen, outward(net, invite), "INVITE")
    equal(net.expectations(), [], "pinholes")


@test(mainline="sends the audio to the video's host (defect 14)")
def one_of_two_media_elsewhere_stays_there(net: Net) -> None:
    body = sdp(net.phone.ip, AUDIO, VIDEO, "c=IN IP4 198.51.100.20")
    offers(net, body, opens=[30000, 30001])


@test()
def another_phone_s_address_stays(net: Net) -> None:
    """A description that names a neighbour, whose ports are not the sender's to open."""
    alice, bob = pair(net)
    body = sdp(net.other.ip, AUDIO, origin=net.phone.ip)
    seen = Message.read(alice.to(bob, alice.invite(bob, body)))
    equal(seen.media(), (net.other.ip, 30000), "media")
    equal(net.expectations(), [], "pinholes")
    closed(net, net.server.udp(40000), (net.public.ip, 30000), [net.other.udp(30000)])


@test(mainline="drops it (defect 3)", essential=True)
def body_without_content_length_is_translated(net: Net) -> None:
    alice, bob = pair(net)
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
    bare = re.sub(rb"Content-Length: \d+\r\n", b"", invite)
    equal(alice.to(bob, bare), outward(net, bare), "INVITE")
    equal(len(net.expectations()), 2, "pinholes")


def padded(net: Net, size: int, header: str) -> bytes:
    """An INVITE with a body of so many bytes and its own form of Content-Length."""
    alice = agent(net.phone, "alice")
    bob = agent(net.server, "bob")
    plain = len(sdp(net.phone.ip, AUDIO, "a=x:"))
    body = sdp(net.phone.ip, AUDIO, "a=x:" + "x" * (size - plain))
    equal(len(body), size, "the body that the test makes")
    invite = re.sub(rb"Content-Length: \d+", header.encode(), alice.invite(bob, body))
    seen = alice.to(bob, invite)
    equal(seen, outward(net, invite), "INVITE")
    return seen


@test()
def content_length_grows_by_a_digit(net: Net) -> None:
    seen = padded(net, 996, "Content-Length: 996")
    equal(Message.read(seen)["Content-Length"], "1002", "Content-Length")


@test()
def content_length_may_be_compact(net: Net) -> None:
    equal(Message.read(padded(net, 300, "l: 300"))["l"], "306", "l")


@test(mainline="drops it where the new number is shorter (defect 8)")
def content_length_keeps_its_zeros(net: Net) -> None:
    seen = padded(net, 300, "Content-Length: 0000000300")
    equal(Message.read(seen)["Content-Length"], "0000000306", "Content-Length")


@test(mainline="counts them in (defect 13)")
def bytes_behind_the_body_do_not_count(net: Net) -> None:
    alice, bob = pair(net)
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
    wanted = outward(net, invite)
    equal(alice.to(bob, invite + b"\r\n\r\n"), wanted + b"\r\n\r\n", "INVITE")


@test()
def answer_of_the_server_is_left_alone(net: Net) -> None:
    alice, bob = pair(net)
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
    seen = alice.to(bob, invite)
    answer = sdp(net.server.ip, "m=audio 40000 RTP/AVP 8", "a=rtcp:40001", VIDEO)
    equal(bob.back(alice, bob.reply(seen, 200, answer)), bob.reply(invite, 200, answer), "200")


@test(FIREWALL)
def without_nat_all_of_it_stays(net: Net) -> None:
    body = sdp(net.phone.ip, AUDIO, f"a=rtcp:30009 IN IP4 {net.phone.ip}", VIDEO)
    alice, bob = pair(net)
    invite = alice.invite(bob, body)
    equal(alice.to(bob, invite), invite, "INVITE")


@test(mainline="reads any body that has v= in it (defect 38)")
def text_is_no_session_description(net: Net) -> None:
    alice, bob = pair(net)
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
    text = invite.replace(b"application/sdp", b"text/plain")
    seen = alice.to(bob, text)
    head, empty, body = text.partition(b"\r\n\r\n")
    wanted = head.replace(net.phone.ip.encode(), net.public.ip.encode()) + empty + body
    equal(seen, wanted, "INVITE")
    equal(net.expectations(), [], "pinholes")


@test()
def number_of_ports_behind_the_slash_stays(net: Net) -> None:
    alice, bob = pair(net)
    invite = alice.invite(bob, sdp(net.phone.ip, "m=audio 30000/2 RTP/AVP 8"))
    equal(alice.to(bob, invite), swap(invite, (net.phone.ip, net.public.ip)), "INVITE")


@test(MASQUERADE, FIREWALL, mainline="opens the first pair alone (defect 30)")
def all_ports_of_a_line_are_opened(net: Net) -> None:
    offers(net, sdp(net.phone.ip, "m=audio 30000/2 RTP/AVP 8"), opens=[30000, 30001, 30002, 30003])
    near, far = net.phone.udp(30002), net.server.udp(40002)
    flows(far, (net.outside(net.phone).ip, 30002), near)


@test(MASQUERADE, NAT66, mainline="opens nothing for messages (defect 30)")
def session_of_messages_is_reached(net: Net) -> None:
    """MSRP (RFC 4975), by where its URI says."""
    elsewhere = "msrp://relay.example.com:2855/s;tcp"
    path = f"a=path:{elsewhere} msrps://{net.phone.uri}:30000/s;tcp"
    offers(net, sdp(net.phone.ip, "m=message 30000 TCP/TLS/MSRP *", path), opens=[30000])


@test(MASQUERADE, NAT66, mainline="leaves a=alt and a=altc as they are (defect 29)")
def alternatives_become_public(net: Net) -> None:
    kind = "IP6" if ":" in net.phone.ip else "IP4"
    lines = [f"a=altc:1 {kind} {net.phone.ip} 30000", f"a=alt:1 1 : u p {net.phone.ip} 30001"]
    offers(net, sdp(net.phone.ip, AUDIO, *lines), opens=[30000, 30001])
