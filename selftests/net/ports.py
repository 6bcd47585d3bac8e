# SPDX-License-Identifier: GPL-2.0-only
"""Media ports that are wanted twice.

phone 10.0.0.2:30000 ──┐                                     ┌── server 203.0.113.10
                       ├── 10.0.0.1 gateway 203.0.113.1 ─────┤
other 10.0.0.3:30000 ──┘           masquerade                └── stranger 203.0.113.66
"""

from collections.abc import Iterator
from contextlib import contextmanager

from lab import (
    FIREWALL,
    MASQUERADE,
    NAT66,
    SNAT,
    Message,
    Net,
    UserAgent,
    agent,
    closed,
    contains,
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
from lab.kernel import conntrack_setting

GATEWAY = MASQUERADE
AUDIO = "m=audio 30000 RTP/AVP 8"
DROPS = "drops the second INVITE (defect 1)"


def third(net: Net) -> UserAgent:
    """Carol, on the other phone."""
    return agent(net.other, "carol")


def offered(net: Net, message: Message) -> int:
    """The RTP port of an offer as the server sees it; its address has to be the public one."""
    host, port = message.media()
    equal(host, net.public.ip, "address of the media")
    return port


def talk(net: Net, phone: UserAgent, near: int, outside: int, far: int) -> None:
    """RTP and RTCP flow both ways between a phone and the server."""
    for step in (0, 1):
        here, there = phone.host.udp(near + step), net.server.udp(far + step)
        two_way(here, there, (net.public.ip, outside + step), there.endpoint)


@test(MASQUERADE, SNAT, NAT66, mainline=DROPS, essential=True)
def second_phone_with_the_same_rtp_port_gets_another_pair(net: Net) -> None:
    alice, bob = pair(net)
    carol = third(net)
    answers = [sdp(net.server.ip, f"m=audio {port} RTP/AVP 8") for port in (40000, 40010)]
    first = established(alice, bob, sdp(net.phone.ip, AUDIO), answers[0])
    equal(offered(net, first.offer), 30000, "the first phone's port")

    invite = carol.invite(bob, sdp(net.other.ip, AUDIO))
    seen = carol.to(bob, invite)
    port = offered(net, Message.read(seen))
    true(port not in (30000, 30001), f"the second phone's port is {port}")
    equal(port % 2, 0, "parity of the second phone's RTP port")
    assert bob.peer
    media = (AUDIO, f"m=audio {port} RTP/AVP 8")
    signalling = (carol.at, f"{net.public.uri}:{bob.peer[1]}")
    equal(seen, outward(net, invite, media, signalling, host=net.other), "INVITE")
    back = bob.back(carol, bob.reply(seen, 200, answers[1]))
    equal(back, bob.reply(invite, 200, answers[1]), "200")
    talk(net, carol, 30000, port, 40010)
    talk(net, alice, 30000, 30000, 40000)


@test(mainline=DROPS)
def second_phone_gets_another_pair_while_the_first_one_talks(net: Net) -> None:
    alice, bob = pair(net)
    carol = third(net)
    answers = [sdp(net.server.ip, f"m=audio {port} RTP/AVP 8") for port in (40000, 40010)]
    established(alice, bob, sdp(net.phone.ip, AUDIO), answers[0])
    near, far = net.phone.udp(30000), net.server.udp(40000)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)
    second = established(carol, bob, sdp(net.other.ip, AUDIO), answers[1])
    talk(net, carol, 30000, offered(net, second.offer), 40010)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)


@test(mainline=DROPS)
def media_of_the_second_phone_leave_from_the_port_that_was_named(net: Net) -> None:
    alice, bob = pair(net)
    carol = third(net)
    answers = [sdp(net.server.ip, f"m=audio {port} RTP/AVP 8") for port in (40000, 40010)]
    established(alice, bob, sdp(net.phone.ip, AUDIO), answers[0])
    second = established(carol, bob, sdp(net.other.ip, AUDIO), answers[1])
    for step in (0, 1):
        near, far = net.other.udp(30000 + step), net.server.udp(40010 + step)
        source = flows(near, far.endpoint, far)
        equal(source, (net.public.ip, offered(net, second.offer) + step), "where it comes from")


@test(
    mainline="gives them the same ports as soon as the pinholes are used up",
)
def media_of_one_call_never_reach_another_phone(net: Net) -> None:
    """The first call's pinholes have done their work; its ports are still its own."""
    alice, bob = pair(net)
    carol = third(net)
    answers = [sdp(net.server.ip, f"m=audio {port} RTP/AVP 8") for port in (40000, 40010)]
    established(alice, bob, sdp(net.phone.ip, AUDIO), answers[0])
    talk(net, alice, 30000, 30000, 40000)
    established(carol, bob, sdp(net.other.ip, AUDIO), answers[1])
    wrong = [net.other.udp(port) for port in (30000, 30001)]
    # The server moves the first call's media to other ports of its own.
    for step in (0, 1):
        closed(net, net.server.udp(40100 + step), (net.public.ip, 30000 + step), wrong)


@test(mainline=DROPS)
def two_calls_of_one_flow_never_share_a_port(net: Net) -> None:
    """The port that the first call was moved to is the second one's own."""
    alice, bob = pair(net)
    carol = third(net)
    alice.to(bob, alice.invite(bob, sdp(net.phone.ip, AUDIO)))
    first = Message.read(carol.to(bob, carol.invite(bob, sdp(net.other.ip, AUDIO)))).media()
    carol.call = "call-2"
    media = f"m=audio {first[1]} RTP/AVP 8"
    second = Message.read(carol.to(bob, carol.invite(bob, sdp(net.other.ip, media)))).media()
    true(first != second, f"both calls have {first}")
    equal(first[1] % 2, second[1] % 2, "parity")


@test(mainline=DROPS)
def two_media_lines_never_share_a_port(net: Net) -> None:
    alice, bob = pair(net)
    carol = third(net)
    alice.to(bob, alice.invite(bob, sdp(net.phone.ip, AUDIO)))
    offer = sdp(net.other.ip, AUDIO, "m=audio 30002 RTP/AVP 8")
    seen = Message.read(carol.to(bob, carol.invite(bob, offer)))
    true(seen.media("audio", 0) != seen.media("audio", 1), "both lines have the same port")


@test(mainline="drops the second INVITE also where any source may send (defect 1)")
def second_phone_gets_another_pair_when_media_may_come_from_anywhere(net: Net) -> None:
    with parameter("sip_direct_media", 0):
        alice, bob = pair(net)
        carol = third(net)
        answers = [sdp(net.server.ip, f"m=audio {port} RTP/AVP 8") for port in (40000, 40010)]
        established(alice, bob, sdp(net.phone.ip, AUDIO), answers[0])
        second = established(carol, bob, sdp(net.other.ip, AUDIO), answers[1])
        talk(net, carol, 30000, offered(net, second.offer), 40010)
        talk(net, alice, 30000, 30000, 40000)


@test(FIREWALL)
def without_nat_both_phones_keep_the_port(net: Net) -> None:
    alice, bob = pair(net)
    carol = third(net)
    for phone, far in ((alice, 40000), (carol, 40010)):
        answer = sdp(net.server.ip, f"m=audio {far} RTP/AVP 8")
        call = established(phone, bob, sdp(phone.host.ip, AUDIO), answer)
        equal(call.offer.media(), (phone.host.ip, 30000), "media")
        for step in (0, 1):
            here, there = phone.host.udp(30000 + step), net.server.udp(far + step)
            two_way(here, there, here.endpoint, there.endpoint)


@test()
def a_phone_keeps_its_ports_from_call_to_call(net: Net) -> None:
    alice, bob = pair(net)
    for number in range(3):
        alice.call = f"call-{number}"
        answer = sdp(net.server.ip, f"m=audio {40000 + 2 * number} RTP/AVP 8")
        call = established(alice, bob, sdp(net.phone.ip, AUDIO), answer)
        equal(offered(net, call.offer), 30000, "port")
        talk(net, alice, 30000, 30000, 40000 + 2 * number)
        call.bye()


@test(MASQUERADE, SNAT, NAT66, mainline="leaves the port to the first phone")
def second_phone_talks_where_the_first_has_sent_after_its_call(net: Net) -> None:
    """To the same port of the server, which speaks first; what it says goes astray until Carol speaks."""
    alice, bob = pair(net)
    carol = third(net)
    answer = sdp(net.server.ip, "m=audio 40000 RTP/AVP 8")
    first = established(alice, bob, sdp(net.phone.ip, AUDIO), answer)
    near, far = net.phone.udp(30000), net.server.udp(40000)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)
    first.bye()
    equal(flows(near, far.endpoint, far), (net.public.ip, 30000), "where the last packet comes from")
    second = established(carol, bob, sdp(net.other.ip, AUDIO), answer)
    outside = (net.public.ip, offered(net, second.offer))
    flows(far, outside, near)
    hers = net.other.udp(30000)
    equal(flows(hers, far.endpoint, far), outside, "where Carol's media come from")
    equal(flows(far, outside, hers), far.endpoint, "where Carol's media come from there")


@test(mainline="drops it (defect 7)")
def fax_offer_beside_audio_may_name_the_same_port(net: Net) -> None:
    alice, bob = pair(net)
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO, "m=image 30000 udptl t38"))
    equal(alice.to(bob, invite), outward(net, invite), "INVITE")
    near, far = net.phone.udp(30000), net.server.udp(40000)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)


@test(mainline="drops it (defect 7)")
def bundled_media_share_a_port(net: Net) -> None:
    alice, bob = pair(net)
    offer = sdp(
        net.phone.ip, "a=group:BUNDLE a v", AUDIO, "a=mid:a", "m=video 30000 RTP/AVP 96", "a=mid:v"
    )
    invite = alice.invite(bob, offer)
    equal(alice.to(bob, invite), outward(net, invite), "INVITE")


@test(mainline="opens the pair below an odd port, and leaves its RTCP closed (defect 19)")
def odd_port_has_its_neighbour_above(net: Net) -> None:
    alice, bob = pair(net)
    invite = alice.invite(bob, sdp(net.phone.ip, "m=audio 30001 RTP/AVP 8"))
    equal(alice.to(bob, invite), outward(net, invite), "INVITE")
    equal([one.outside[1] for one in net.expectations()], [30001, 30002], "pinholes")


@test(mainline="opens the pair below an odd port, and drops what wants it twice (defects 1, 19)")
def odd_port_that_is_taken_becomes_another_odd_one(net: Net) -> None:
    alice, bob = pair(net)
    carol = third(net)
    odd = "m=audio 30001 RTP/AVP 8"
    established(alice, bob, sdp(net.phone.ip, odd), sdp(net.server.ip, "m=audio 40000 RTP/AVP 8"))
    answer = sdp(net.server.ip, "m=audio 40010 RTP/AVP 8")
    port = offered(net, established(carol, bob, sdp(net.other.ip, odd), answer).offer)
    true(port != 30001 and port % 2 == 1, f"the second phone's port is {port}")
    talk(net, carol, 30001, port, 40010)


@test()
def ports_for_services_are_not_opened(net: Net) -> None:
    alice, bob = pair(net)
    for port in (22, 1023):
        sent = alice.invite(bob, sdp(net.phone.ip, f"m=audio {port} RTP/AVP 8"))
        alice.socket.send(sent, bob.socket)
    equal(net.expectations(), [], "pinholes")


@test()
def highest_port_has_no_neighbour(net: Net) -> None:
    alice, bob = pair(net)
    for port in (65534, 65535):
        invite = alice.invite(bob, sdp(net.phone.ip, f"m=audio {port} RTP/AVP 8"))
        seen = Message.read(alice.to(bob, invite))
        opened = [one.outside[1] for one in net.expectations()]
        contains(opened, seen.media()[1], "pinholes")


@contextmanager
def without_room(net: Net) -> Iterator[tuple[UserAgent, UserAgent]]:
    """Alice's call has pinholes, and for others the kernel has no room; Carol is at the server."""
    alice, bob = pair(net)
    alice.to(bob, alice.invite(bob, sdp(net.phone.ip, AUDIO)))
    with conntrack_setting("expect_max", 1):
        yield third(net), bob


@test(mainline="drops it (1.11)")
def without_room_for_pinholes_the_call_goes_on(net: Net) -> None:
    with without_room(net) as (carol, bob):
        invite = carol.invite(bob, sdp(net.other.ip, "m=audio 30010 RTP/AVP 8"))
        seen = carol.to(bob, invite)
    assert bob.peer
    head, empty, body = invite.partition(b"\r\n\r\n")
    own, public = f"{carol.at}".encode(), f"{net.public.uri}:{bob.peer[1]}".encode()
    equal(seen, head.replace(own, public) + empty + body, "INVITE")
    equal([one.outside[1] for one in net.expectations()], [30000, 30001], "pinholes")


@test(mainline="drops it (1.11)")
def without_room_for_pinholes_a_registration_goes_on(net: Net) -> None:
    with without_room(net) as (carol, server):
        sent = carol.register(server.at)
        got = carol.to(server, sent)
        assert server.peer
        mapped = (carol.at, f"{net.public.uri}:{server.peer[1]}")
        equal(got, swap(sent, mapped), "REGISTER")
        equal(server.back(carol, server.bind(got)), server.bind(sent), "200")
    equal(net.expectations(0), [], "pinholes for calls")


@test(MASQUERADE, FIREWALL, only="mainline knows no description that is refused")
def description_that_is_refused_midway_leaves_nothing_open(net: Net) -> None:
    """It has a line too many; as part of a call, of which some was agreed upon, and of none."""
    alice, bob = pair(net)
    lines = [f"m=audio {port} RTP/AVP 8" for port in range(30000, 30034, 2)]
    for method, before in (("OPTIONS", []), ("INVITE", []), ("INVITE", [30000, 30001])):
        alice.call = f"{method}-{len(before)}"
        if before:
            established(alice, bob, sdp(net.phone.ip, AUDIO), sdp(net.server.ip, AUDIO))
        sent = alice.request(method, bob, sdp(net.phone.ip, *lines), cseq=9)
        body = Message.read(alice.to(bob, sent)).body
        equal(body, sdp(net.phone.ip, *lines), f"description of {method}")
        equal([one.outside[1] for one in net.opened()], before, f"pinholes after {method}")


@test(only="mainline drops it")
def description_without_room_for_its_rtcp_leaves_nothing_open(net: Net) -> None:
    with without_room(net) as (carol, bob):
        apart = sdp(net.other.ip, "m=audio 30010 RTP/AVP 8", "a=rtcp:30015")
        with conntrack_setting("expect_max", 3):
            body = Message.read(carol.to(bob, carol.invite(bob, apart))).body
        equal(body, apart, "description")
    equal([one.outside[1] for one in net.expectations()], [30000, 30001], "pinholes")
