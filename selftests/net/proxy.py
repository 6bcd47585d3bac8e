# SPDX-License-Identifier: GPL-2.0-only
"""A server that the phones know by an address of the gateway's: both sides are translated.

phone 10.0.0.2 ──┐                                          ┌── server 203.0.113.10
                 ├── 10.0.0.1:5060 gateway 203.0.113.1 ─────┤
other 10.0.0.3 ──┘     dnat to server, masquerade           └── stranger 203.0.113.66
"""

from lab import (
    PROXY,
    Agent,
    Endpoint,
    Message,
    Net,
    UserAgent,
    agent,
    equal,
    flows,
    pair,
    sdp,
    swap,
    test,
    two_way,
)

GATEWAY = PROXY
INSIDE = PROXY.plan.inside
AUDIO = "m=audio 30000 RTP/AVP 8"


def answer(net: Net, port: int = 40000) -> bytes:
    """The server's description of audio."""
    return sdp(net.server.ip, f"m=audio {port} RTP/AVP 8")


def outward(net: Net, data: bytes) -> bytes:
    """A message of the phone's as the server ought to get it."""
    return swap(data, (net.phone.ip, net.public.ip), (INSIDE, net.server.ip))


def inward(net: Net, data: bytes) -> bytes:
    """A message of the server's as the phone ought to get it."""
    return swap(data, (net.public.ip, net.phone.ip), (net.server.ip, INSIDE))


def called(net: Net) -> tuple[UserAgent, UserAgent]:
    """Alice has called Bob, by the address of the gateway's, and talks with him."""
    alice, bob = pair(net)
    target = Agent("bob", f"{INSIDE}:5060")
    invite = alice.invite(target, sdp(net.phone.ip, AUDIO))
    seen = alice.to(bob, invite, (INSIDE, 5060))
    equal(seen, outward(net, invite), "INVITE")
    ok = bob.reply(seen, 200, answer(net))
    equal(bob.back(alice, ok), inward(net, ok), "200")
    alice.to(bob, alice.request("ACK", target, to_tag="bob-1"), (INSIDE, 5060))
    near, far = net.phone.udp(30000), net.server.udp(40000)
    two_way(near, far, (net.public.ip, 30000), (INSIDE, 40000))
    return alice, bob


def heard(net: Net, far: int) -> Endpoint:
    """Where the phone sees media that the server sends from this port."""
    near = net.phone.udp(30000)
    return flows(net.server.udp(far), (net.public.ip, 30000), near)


@test()
def call_is_translated_on_both_sides_and_has_media(net: Net) -> None:
    alice, bob = called(net)
    bye = alice.request("BYE", Agent("bob", f"{INSIDE}:5060"), cseq=2, to_tag="bob-1")
    equal(alice.to(bob, bye, (INSIDE, 5060)), outward(net, bye), "BYE")


@test(mainline="opens nothing before the phone has answered")
def pinhole_that_the_server_s_message_opens_leads_in_like_that_of_the_phone_s(net: Net) -> None:
    """Media is seen to come from where the phone was told, also where nobody has named its port."""
    alice, bob = called(net)
    bob.call = alice.call
    moved = bob.request("INVITE", alice, answer(net, 40020), cseq=7, to_tag="alice-1")
    equal(Message.read(bob.back(alice, moved)).media(), (INSIDE, 40020), "media of the offer")
    equal(heard(net, 50000)[0], INSIDE, "where the phone sees media of another port")


@test()
def registration_is_translated_on_both_sides(net: Net) -> None:
    alice, server = agent(net.phone, "alice"), agent(net.server, "bob")
    sent = alice.register(f"{INSIDE}:5060")
    got = alice.to(server, sent, (INSIDE, 5060))
    equal(got, outward(net, sent), "REGISTER")
    back = server.back(alice, server.bind(got))
    equal(back, server.bind(sent), "200")
    (pinhole,) = net.expectations(0)
    equal(pinhole.peer, net.server.ip, "who may call")
