# SPDX-License-Identifier: GPL-2.0-only
"""Signalling connections: which calls and registrations are whose, and what is remembered of them.

phone 10.0.0.2 ──┐                                        ┌── server 203.0.113.10
                 ├── 10.0.0.1 gateway 203.0.113.1 ────────┤
other 10.0.0.3 ──┘     masquerade, or a firewall          └── stranger 203.0.113.66
"""

from lab import (
    FIREWALL,
    MASQUERADE,
    Message,
    Net,
    UserAgent,
    agent,
    counters,
    equal,
    established,
    flows,
    outward,
    pair,
    parameter,
    sdp,
    test,
    true,
    two_way,
    within,
)
from lab.memory import leaks, used

GATEWAY = MASQUERADE
SAME = "the same Call-ID"


def audio(ip: str, port: int) -> bytes:
    """A description of audio."""
    return sdp(ip, f"m=audio {port} RTP/AVP 8")


def talk(net: Net, phone: UserAgent, bob: UserAgent, port: int, far: int) -> None:
    """A call of a phone's to the server that has media, and a pinhole for RTCP besides."""
    call = established(phone, bob, audio(phone.host.ip, port), audio(net.server.ip, far))
    near, there = phone.host.udp(port), net.server.udp(far)
    two_way(near, there, call.offer.media(), there.endpoint)


def left(net: Net) -> tuple[list[int], list[int]]:
    """The ports of the phones that wait for media, and those of the server's that it comes from."""
    waiting = [one.outside[1] for one in net.expectations() if one.outside[0] != net.server.ip]
    media = [one.original.source[1] for one in net.conntrack.connections() if one.expected]
    return waiting, sorted(media)


def bye(phone: UserAgent, bob: UserAgent, cseq: int = 2) -> None:
    """A phone says that its call is over."""
    phone.to(bob, phone.request("BYE", bob, cseq=cseq, to_tag="bob-1"))


@test(MASQUERADE, FIREWALL, mainline="takes away the pinholes of the other call (defect 32)")
def bye_of_one_call_ends_no_media_of_another(net: Net) -> None:
    alice, bob = pair(net)
    for call, port, far in (("one", 30000, 40000), ("two", 30010, 40010)):
        alice.call = call
        talk(net, alice, bob, port, far)
    equal(left(net), ([30001, 30011], [40000, 40010]), "pinholes and media")
    bye(alice, bob)
    equal(left(net), ([30001], [40000]), "pinholes and media")
    alice.call = "three"
    bye(alice, bob)
    equal(left(net), ([30001], [40000]), "pinholes and media, after BYE of a call that is none")


@test(MASQUERADE, FIREWALL, mainline="leaves established media open (T32)")
def bye_ends_no_call_of_another_connection(net: Net) -> None:
    """Carol says what Alice could say, to the letter of the tags."""
    alice, bob = pair(net, call=SAME)
    carol = agent(net.other, "carol", call=SAME)
    talk(net, alice, bob, 30000, 40000)
    talk(net, carol, bob, 30010, 40010)
    forged = agent(net.other, "alice", 5070, call=SAME)
    forged.to(bob, forged.request("OPTIONS", bob))
    bye(forged, bob)
    bye(UserAgent("alice", carol.at, SAME, carol.socket), bob)
    waiting, media = left(net)
    equal((waiting[:1], media[:1]), ([30001], [40000]), "what Alice has")
    bye(carol, bob, cseq=3)
    equal(left(net), ([30001], [40000]), "what Alice has")
    bye(alice, bob, cseq=4)
    equal(left(net), ([], []), "pinholes and media")


@test()
def connection_that_ends_takes_its_calls_and_no_others(net: Net) -> None:
    alice, bob = pair(net, call=SAME)
    carol = agent(net.other, "carol", call=SAME)
    talk(net, alice, bob, 30000, 40000)
    talk(net, carol, bob, 30010, 40010)
    net.conntrack_tool("-D", "-p", "udp", "--orig-src", net.phone.ip, "--orig-port-dst", "5060")
    equal([one for one in left(net)[0] if one < 30010], [], "pinholes of Alice's")
    again = Message.read(carol.to(bob, carol.invite(bob, audio(net.other.ip, 30010), cseq=2)))
    equal(again.media(), (net.public.ip, 30010), "Carol's media")
    bye(carol, bob, cseq=3)
    equal([one for one in left(net)[0] if one >= 30010], [], "pinholes of Carol's")


@test(mainline="drops the second phone's INVITE (defect 1)")
def new_connection_knows_nothing_of_one_that_had_its_place(net: Net) -> None:
    """The kernel has the memory of a connection used again at once, and so are its addresses."""
    bob = agent(net.server, "bob")
    elsewhere = net.phone.udp(5062)
    for number in range(64):
        alice = agent(net.phone, "alice", call=SAME)
        carol = agent(net.other, "carol", call=f"other-{number}")
        if number % 2:
            # Carol has the port, so that Alice is told another one; and listens elsewhere.
            carol.to(bob, carol.invite(bob, audio(net.other.ip, 30000)))
            alice.to(bob, alice.request("OPTIONS", bob, via=f"{net.phone.uri}:5062", contact=""))
            invite = alice.invite(bob, audio(net.phone.ip, 30000), via=f"{net.phone.uri}:5062")
            told = Message.read(alice.to(bob, invite)).media()[1]
            true(told != 30000, "both phones have the same port")
        else:
            invite = alice.invite(bob, audio(net.phone.ip, 30000))
            seen = alice.to(bob, invite)
            equal(seen, outward(net, invite), f"INVITE of connection {number}")
            equal(bob.back(alice, bob.reply(seen, 180)), bob.reply(invite, 180), "180")
        alice.socket.close()
        carol.socket.close()
        net.conntrack.flush()
        equal(net.expectations(), [], "pinholes")
    equal(elsewhere.pending(), [], "what came to where the phone listened before")


@test(only="mainline remembers no registrations")
def registrations_that_are_over_make_room(net: Net) -> None:
    server = agent(net.server, "bob")

    def registers(port: int, seconds: int) -> bool:
        phone = agent(net.phone, "alice", port, call=f"registration-{port}")
        before = counters()["too_many_calls"]
        got = phone.to(server, phone.register(server.at))
        server.back(phone, server.bind(got, seconds))
        phone.socket.close()
        return counters()["too_many_calls"] == before

    with parameter("sip_max_calls", 3):
        for port in (5070, 5071, 5072):
            true(registers(port, 1), "there is room at first")
        true(not registers(5073, 1), "there is room for more than there may be")
        within(10, lambda: registers(5074, 600), "a registration is over", interval=0.2)
        equal([one.outside[1] for one in net.expectations(0) if one.timeout > 10], [5074], "open")


@test(only="mainline remembers no registrations")
def registrations_end_with_their_connection(net: Net) -> None:
    server = agent(net.server, "bob")
    with parameter("sip_max_calls", 1):
        for port in range(5070, 5080):
            before = counters()["too_many_calls"]
            phone = agent(net.phone, "alice", port)
            got = phone.to(server, phone.register(server.at))
            server.back(phone, server.bind(got, 600))
            equal(counters()["too_many_calls"], before, f"no room at port {port}")
            net.conntrack.flush()


@test(only="mainline remembers neither")
def calls_and_registrations_that_are_over_leave_no_memory(net: Net) -> None:
    bob = agent(net.server, "bob")

    def round_of_calls() -> dict[str, int]:
        for number in range(40):
            alice = agent(net.phone, "alice", call=f"call-{number}")
            got = alice.to(bob, alice.register(bob.at))
            bob.back(alice, bob.bind(got))
            alice.call = f"another-{number}"
            call = established(
                alice, bob, audio(net.phone.ip, 30000), audio(net.server.ip, 40000), cseq=1
            )
            if number % 2:
                call.bye()
            alice.socket.close()
            net.empty()
        return used()

    samples = [round_of_calls() for _ in range(4)]
    equal(leaks(samples, 15), {}, "what grows with every other call")


@test(mainline="lets media in from the signalling peer only (T19)")
def media_of_each_branch_comes_from_where_it_says(net: Net) -> None:
    """Two phones ring, one of them at another machine; the first one answers."""
    alice, bob = pair(net)
    seen = alice.to(bob, alice.invite(bob, audio(net.phone.ip, 30000)))
    near = net.phone.udp(30000)
    for tag, host in (("one", net.server), ("two", net.stranger)):
        early = bob.reply(seen, 183, audio(host.ip, 40000))
        bob.back(alice, early.replace(b"tag=bob-1", b"tag=" + tag.encode()))
        far = host.udp(40000)
        two_way(near, far, (net.public.ip, 30000), far.endpoint)
    last = bob.reply(seen, 183, audio(net.stranger.ip, 40010))
    bob.back(alice, last.replace(b"tag=bob-1", b"tag=three"))
    answer = bob.reply(seen, 200, audio(net.server.ip, 40020))
    bob.back(alice, answer.replace(b"tag=bob-1", b"tag=one"))
    peers = {one.peer for one in net.opened(1)}
    equal(peers, {net.server.ip}, "who may send")
    net.stranger.udp(40010).send(b"late", (net.public.ip, 30000))
    far = net.server.udp(40020)
    equal(flows(far, (net.public.ip, 30000), near), far.endpoint, "who reached the phone")
    equal(near.pending(), [], "what came besides")
    alice.to(bob, alice.request("BYE", bob, cseq=2, to_tag="one"))
    equal(left(net), ([], []), "pinholes and media")


@test(mainline="lets media in from the signalling peer only (T19)")
def branch_that_never_answered_is_shut_out_by_an_answer_without_media(net: Net) -> None:
    """The 2xx repeats nothing of what its branch has said before."""
    alice, bob = pair(net)
    seen = alice.to(bob, alice.invite(bob, audio(net.phone.ip, 30000)))
    for tag, host in (("one", net.server), ("two", net.stranger)):
        early = bob.reply(seen, 183, audio(host.ip, 40000))
        bob.back(alice, early.replace(b"tag=bob-1", b"tag=" + tag.encode()))
    equal({one.peer for one in net.opened(1)}, {net.stranger.ip}, "who may send")
    bob.back(alice, bob.reply(seen, 200).replace(b"tag=bob-1", b"tag=one"))
    equal({one.peer for one in net.opened(1)}, {net.server.ip}, "who may send")
    late = bob.reply(seen, 183, audio(net.stranger.ip, 40000))
    bob.back(alice, late.replace(b"tag=bob-1", b"tag=two"))
    equal({one.peer for one in net.opened(1)}, {net.server.ip}, "who may send")
