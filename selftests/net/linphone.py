# SPDX-License-Identifier: GPL-2.0-only
"""A phone that does not ask where its messages come from: a Via without rport.

linphone 10.0.0.2 ───── 10.0.0.1 gateway 203.0.113.1 ──┬── provider 203.0.113.10 (Kamailio)
                        masquerade, or a firewall      └── bob 203.0.113.66

The same in IPv6.
"""

from lab import FIREWALL, FIREWALL6, MASQUERADE, NAT66, Net, test
from lab.linphone import Linphone, linphone
from lab.phones import Phone, all_talk, call, hold, registered
from lab.provider import provider

GATEWAY = MASQUERADE
NEEDS = ("baresip", "kamailio", "linphonec")


def at(net: Net, user: str) -> str:
    """A customer of the provider, which is its own domain."""
    return f"sip:{user}@{net.server.uri}"


def phones(net: Net) -> tuple[Linphone, Phone]:
    """Alice behind the gateway and Bob outside, registered both."""
    provider(net)
    bob = registered(net.stranger, "bob", 1000, (5060, 20000), net.server.uri)
    return linphone(net.phone, "alice", 440, 10000, net.server.uri), bob


@test(MASQUERADE, NAT66, FIREWALL, FIREWALL6, needs=NEEDS)
def phone_without_rport_calls_and_is_called(net: Net) -> None:
    """Each ends the call that the other has made."""
    alice, bob = phones(net)
    call(alice, at(net, "bob"), bob)
    bob.do("hangup")
    alice.says("ended")
    call(bob, at(net, "alice"), alice)
    alice.do("terminate all")
    bob.says("session closed")


@test(mainline="drops the re-INVITE by which the phone holds", needs=NEEDS)
def phone_without_rport_holds_and_is_held(net: Net) -> None:
    alice, bob = phones(net)
    call(alice, at(net, "bob"), bob)
    alice.do("pause")
    alice.says("is now paused")
    # The paused phone plays the same file as music on hold: only what it says tells.
    bob.says("got re-INVITE")
    alice.do("resume 1")
    all_talk([(alice, bob)])
    hold(bob, alice)
