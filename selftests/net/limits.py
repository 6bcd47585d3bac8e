# SPDX-License-Identifier: GPL-2.0-only
"""Calls for which there is no room: who makes room for whom.

alice 10.0.0.2 ──┐
                 ├── 10.0.0.1 gateway 203.0.113.1 ─────── bob 203.0.113.10
carol 10.0.0.3 ──┘          masquerade
"""

from collections.abc import Iterator
from contextlib import contextmanager

from lab import (
    MASQUERADE,
    Net,
    UserAgent,
    agent,
    counters,
    equal,
    pair,
    parameter,
    sdp,
    test,
)

GATEWAY = MASQUERADE
MINE = "a parameter of nf_sip's"


@contextmanager
def counted(**wanted: int) -> Iterator[None]:
    """So many calls were displaced meanwhile, and so many could not be remembered."""
    before = counters()
    yield
    after = counters()
    names = ("displaced", "too_many_calls")
    grown = {name: after[name] - before[name] for name in names}
    equal(grown, {name: wanted.get(name, 0) for name in names}, "what was counted")


def ring(phone: UserAgent, bob: UserAgent, port: int, lines: int = 1) -> bytes:
    """A call of a phone's, named by its first RTP port; returns the INVITE as it arrives."""
    phone.call = f"call-{port}"
    media = (f"m=audio {port + 2 * line} RTP/AVP 8" for line in range(lines))
    return phone.to(bob, phone.invite(bob, sdp(phone.host.ip, *media)))


def refuse(phone: UserAgent, bob: UserAgent, invite: bytes) -> None:
    """The call is refused: what is remembered of it is closed."""
    bob.back(phone, bob.reply(invite, 486))


def waiting(net: Net) -> list[int]:
    """The RTP ports that wait."""
    return [one.outside[1] for one in net.opened() if one.outside[1] % 2 == 0]


@test(only=MINE)
def call_that_has_rung_for_longest_makes_room(net: Net) -> None:
    alice, bob = pair(net)
    with parameter("sip_max_calls_per_connection", 3):
        with counted():
            first, *others = (ring(alice, bob, port) for port in (30000, 30010, 30020))
            bob.back(alice, bob.reply(first, 200, sdp(net.server.ip, "m=audio 40000 RTP/AVP 8")))
        with counted(displaced=1):
            others.append(ring(alice, bob, 30030))
        for invite in others:
            refuse(alice, bob, invite)
        equal(waiting(net), [30000, 30010], "ports of the answered and of the displaced call")
        alice.call = "call-30000"
        alice.to(bob, alice.request("BYE", bob, cseq=2, to_tag="bob-1"))
        equal(waiting(net), [30010], "ports after the answered call is over")


@test(only=MINE)
def call_that_was_answered_stays(net: Net) -> None:
    alice, bob = pair(net)
    answer = sdp(net.server.ip, "m=audio 40000 RTP/AVP 8")
    with parameter("sip_max_calls_per_connection", 2):
        with counted(too_many_calls=1):
            for port in (30000, 30010):
                bob.back(alice, bob.reply(ring(alice, bob, port), 200, answer))
            ring(alice, bob, 30020)
        for port in (30000, 30010):
            alice.call = f"call-{port}"
            alice.to(bob, alice.request("BYE", bob, cseq=2, to_tag="bob-1"))
        equal(waiting(net), [30020], "ports")


@test(only=MINE)
def calls_without_end_displace_none_of_another_phone(net: Net) -> None:
    alice, bob = pair(net)
    carol = agent(net.other, "carol")
    with parameter("sip_max_calls", 4):
        theirs = ring(carol, bob, 31000)
        at_carol = bob.peer
        with counted(displaced=7):
            for number in range(10):
                ring(alice, bob, 30000 + 10 * number)
        bob.peer = at_carol
        refuse(carol, bob, theirs)
        equal([port for port in waiting(net) if port >= 31000], [], "Carol's ports")


@test(only=MINE)
def phone_has_room_where_another_has_taken_all(net: Net) -> None:
    """Who has most calls that nobody answers makes room, but for its last."""
    alice, bob = pair(net)
    carol, dave = agent(net.other, "carol"), agent(net.other, "dave", 5070)
    with parameter("sip_max_calls", 2), counted(displaced=1, too_many_calls=1):
        for port in (30000, 30010):
            mine = ring(alice, bob, port)
        at_alice = bob.peer
        theirs = ring(carol, bob, 31000)
        at_carol = bob.peer
        refuse(dave, bob, ring(dave, bob, 32000))
        bob.peer = at_carol
        refuse(carol, bob, theirs)
        bob.peer = at_alice
        refuse(alice, bob, mine)
        equal(waiting(net), [30000, 32000], "ports of which nothing is remembered")


@test(only=MINE)
def media_of_one_phone_leave_another_room(net: Net) -> None:
    alice, bob = pair(net)
    carol = agent(net.other, "carol")
    # Four receivers of media for each call.
    with (
        parameter("sip_max_calls", 4),
        parameter("sip_max_calls_per_connection", 2),
        counted(displaced=2, too_many_calls=1),
    ):
        for port in (30000, 30100):
            ring(alice, bob, port, 8)
        ring(alice, bob, 30200, 9)
        refuse(carol, bob, ring(carol, bob, 31000))
        equal([port for port in waiting(net) if port >= 31000], [], "Carol's ports")
