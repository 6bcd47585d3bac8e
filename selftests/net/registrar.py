# SPDX-License-Identifier: GPL-2.0-only
"""Phones that register with a provider and call each other through it.

alice 10.0.0.2 ──┐                                        ┌── provider 203.0.113.10 (Kamailio)
                 ├── 10.0.0.1 gateway 203.0.113.1 ────────┤
carol 10.0.0.3 ──┘          masquerade                    └── bob 203.0.113.66
"""

from lab import MASQUERADE, Net, equal, test, within
from lab.phones import Phone, all_talk, call, counted, hold, registered
from lab.provider import DOMAIN, provider

GATEWAY = MASQUERADE
NEEDS = ("baresip", "kamailio")
BOB = f"sip:bob@{DOMAIN}"
ALICE = f"sip:alice@{DOMAIN}"
CAROL = f"sip:carol@{DOMAIN}"


def phones(net: Net) -> tuple[Phone, Phone]:
    """Alice behind the gateway and Bob outside, registered both."""
    provider(net)
    alice = registered(net.phone, "alice", 440, (5060, 10000), DOMAIN)
    return alice, registered(net.stranger, "bob", 1000, (5060, 20000), DOMAIN)


@test(needs=NEEDS)
def registered_phone_calls_and_is_called(net: Net) -> None:
    """Each ends the call that the other has made."""
    alice, bob = phones(net)
    call(alice, BOB, bob)
    bob.do("hangup")
    counted(alice, bob)
    call(bob, ALICE, alice)
    alice.do("hangup")
    counted(alice, bob)


@test(needs=NEEDS)
def both_sides_hold_and_resume(net: Net) -> None:
    alice, bob = phones(net)
    call(alice, BOB, bob)
    hold(alice, bob)
    hold(bob, alice)


@test(needs=NEEDS)
def two_phones_behind_one_nat_ring_and_one_answers(net: Net) -> None:
    alice, bob = phones(net)
    second = registered(net.other, "alice", 700, (5060, 10000), DOMAIN)
    bob.dial(ALICE)
    for one in (alice, second):
        one.says("Incoming call")
    second.do("accept")
    all_talk([(second, bob)])
    alice.says("session closed")
    second.do("hangup")
    counted(second, bob)


@test(mainline="lets media come from the registrar alone", needs=NEEDS)
def phones_behind_one_nat_talk_to_each_other(net: Net) -> None:
    alice, _ = phones(net)
    carol = registered(net.other, "carol", 700, (5060, 10000), DOMAIN)
    call(alice, CAROL, carol)
    carol.do("hangup")
    counted(alice, carol)


@test(mainline="lets media come from the registrar alone", needs=NEEDS)
def phones_behind_one_nat_go_on_without_the_provider(net: Net) -> None:
    """It leaves the call, and what follows turns around at the gateway."""
    provider(net, stays=False)
    alice = registered(net.phone, "alice", 440, (5060, 10000), DOMAIN)
    carol = registered(net.other, "carol", 700, (5060, 10000), DOMAIN)
    call(alice, CAROL, carol)
    hold(alice, carol)
    hold(carol, alice)
    carol.do("hangup")
    counted(alice, carol)
