# SPDX-License-Identifier: GPL-2.0-only
"""What `conntrack -E expect` says at the gateway while phones register and call.

phone 10.0.0.2 ──┐                                        ┌── server 203.0.113.10
                 ├── 10.0.0.1 gateway 203.0.113.1 ────────┤
other 10.0.0.3 ──┘     masquerade, or a firewall          └── stranger 203.0.113.66
"""

import re
from pathlib import Path

from lab import (
    FIREWALL,
    MASQUERADE,
    Net,
    equal,
    established,
    flows,
    pair,
    registered,
    sdp,
    test,
    within,
)
from lab.check import PATIENCE
from lab.program import Program

GATEWAY = MASQUERADE
AUDIO = "m=audio 30000 RTP/AVP 8"
NETFILTER = "12"


def listen(net: Net) -> Program:
    """A conntrack tool that hears of expectations."""

    def listens() -> bool:
        with net.world.gateway.inside():
            sockets = Path("/proc/net/netlink").read_text().splitlines()[1:]
        found = [line.split() for line in sockets]
        return any(kind == NETFILTER and int(groups, 16) for _, kind, _, groups, *_ in found)

    tool = net.public.start("conntrack", "-E", "expect")
    within(PATIENCE, listens, "conntrack listens")
    return tool


def hears(tool: Program, *wanted: tuple[str, int]) -> None:
    """It says in any order what was made or destroyed, and at which port."""

    def said() -> list[tuple[str, int]]:
        lines = re.findall(r"\[(\w+)\].*? dport=(\d+) .*helper=sip", tool.text())
        return sorted((what, int(port)) for what, port in lines)

    within(PATIENCE, lambda: len(said()) >= len(wanted), lambda: f"{wanted}; it says {said()}")
    equal(said(), sorted(wanted), "what it says")


@test(MASQUERADE, FIREWALL, needs=("conntrack",))
def pinholes_of_a_call_are_made_and_destroyed(net: Net) -> None:
    tool = listen(net)
    alice, bob = pair(net)
    seen = alice.to(bob, alice.invite(bob, sdp(net.phone.ip, AUDIO)))
    made = [("NEW", 30000), ("NEW", 30001)]
    hears(tool, *made)
    bob.back(alice, bob.reply(seen, 486))
    hears(tool, *made, ("DESTROY", 30000), ("DESTROY", 30001))


@test(
    MASQUERADE, FIREWALL, mainline="takes nothing away with the media (T32)", needs=("conntrack",)
)
def pinhole_that_media_comes_through_is_destroyed_and_bye_destroys_the_others(net: Net) -> None:
    tool = listen(net)
    alice, bob = pair(net)
    call = established(
        alice, bob, sdp(net.phone.ip, AUDIO), sdp(net.phone.ip, "m=audio 0 RTP/AVP 8")
    )
    flows(net.server.udp(40000), (net.public.ip, 30000), net.phone.udp(30000))
    made = [("NEW", 30000), ("NEW", 30001), ("DESTROY", 30000)]
    hears(tool, *made)
    call.bye()
    hears(tool, *made, ("DESTROY", 30001))
    equal([one for one in net.conntrack.connections() if one.expected], [], "media")


@test(MASQUERADE, FIREWALL, needs=("conntrack",))
def pinhole_of_a_registration_is_made_and_destroyed(net: Net) -> None:
    tool = listen(net)
    alice, server = pair(net)
    registered(alice, server)
    hears(tool, ("NEW", 5060))
    got = alice.to(server, alice.register(server.at, expires=0, cseq=2))
    server.back(alice, server.reply(got))
    hears(tool, ("NEW", 5060), ("DESTROY", 5060))


@test(mainline="makes another one with each refresh (defect 33)", needs=("conntrack",))
def refresh_makes_and_destroys_nothing(net: Net) -> None:
    tool = listen(net)
    alice, server = pair(net)
    registered(alice, server)
    registered(alice, server, cseq=2)
    got = alice.to(server, alice.register(server.at, expires=0, cseq=3))
    server.back(alice, server.reply(got))
    # What a call makes comes behind all that.
    alice.to(server, alice.invite(server, sdp(net.phone.ip, AUDIO)))
    hears(tool, ("NEW", 5060), ("DESTROY", 5060), ("NEW", 30000), ("NEW", 30001))
