# SPDX-License-Identifier: GPL-2.0-only
"""Phones that register with a provider and call each other through it.

alice 10.0.0.2 ──┐                                        ┌── provider 203.0.113.10 (Kamailio)
                 ├── 10.0.0.1 gateway 203.0.113.1 ────────┤
carol 10.0.0.3 ──┘     masquerade, or a firewall          └── bob 203.0.113.66

A firewall lets in what is established or related; the same in IPv6, with addresses of its own.
"""

from lab import FIREWALL, FIREWALL6, MASQUERADE, NAT66, Net, test
from lab.passage import untouched
from lab.phones import Phone, all_talk, call, counted, hold, registered
from lab.provider import provider

GATEWAY = MASQUERADE
NEEDS = ("baresip", "kamailio")
BARS = "lets media come from the registrar alone"


def at(net: Net, user: str) -> str:
    """A customer of the provider, which is its own domain."""
    return f"sip:{user}@{net.server.uri}"


def phones(net: Net) -> tuple[Phone, Phone]:
    """Alice behind the gateway and Bob outside, registered both."""
    provider(net)
    alice = registered(net.phone, "alice", 440, (5060, 10000), net.server.uri)
    return alice, registered(net.stranger, "bob", 1000, (5060, 20000), net.server.uri)


@test(MASQUERADE, NAT66, FIREWALL, FIREWALL6, needs=NEEDS)
def registered_phone_calls_and_is_called(net: Net) -> None:
    """Each ends the call that the other has made."""
    with untouched(net):
        alice, bob = phones(net)
        call(alice, at(net, "bob"), bob)
        bob.do("hangup")
        counted(alice, bob)
        call(bob, at(net, "alice"), alice)
        alice.do("hangup")
        counted(alice, bob)


@test(MASQUERADE, NAT66, FIREWALL6, needs=NEEDS)
def both_sides_hold_and_resume(net: Net) -> None:
    with untouched(net):
        alice, bob = phones(net)
        call(alice, at(net, "bob"), bob)
        hold(alice, bob)
        hold(bob, alice)


@test(needs=NEEDS)
def two_phones_behind_one_nat_ring_and_one_answers(net: Net) -> None:
    alice, bob = phones(net)
    second = registered(net.other, "alice", 700, (5060, 10000), net.server.uri)
    bob.dial(at(net, "alice"))
    for one in (alice, second):
        one.says("Incoming call")
    second.do("accept")
    all_talk([(second, bob)])
    alice.says("session closed")
    second.do("hangup")
    counted(second, bob)


@test(MASQUERADE, NAT66, mainline=BARS, needs=NEEDS)
def phones_behind_one_nat_talk_to_each_other(net: Net) -> None:
    talk(net)


@test(FIREWALL, needs=NEEDS)
def phones_behind_one_firewall_talk_to_each_other(net: Net) -> None:
    with untouched(net):
        talk(net)


def talk(net: Net) -> None:
    """Alice calls Carol, who ends the call."""
    alice, _ = phones(net)
    carol = registered(net.other, "carol", 700, (5060, 10000), net.server.uri)
    call(alice, at(net, "carol"), carol)
    carol.do("hangup")
    counted(alice, carol)


@test(MASQUERADE, NAT66, mainline=BARS, needs=NEEDS)
def phones_behind_one_nat_go_on_without_the_provider(net: Net) -> None:
    """It leaves the call, and what follows turns around at the gateway."""
    provider(net, stays=False)
    alice = registered(net.phone, "alice", 440, (5060, 10000), net.server.uri)
    carol = registered(net.other, "carol", 700, (5060, 10000), net.server.uri)
    call(alice, at(net, "carol"), carol)
    hold(alice, carol)
    hold(carol, alice)
    carol.do("hangup")
    counted(alice, carol)
