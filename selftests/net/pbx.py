# SPDX-License-Identifier: GPL-2.0-only
"""A PBX behind the gateway (Asterisk), which as a rule is told nothing of the NAT.

  pbx 10.0.0.2 ──┐                                        ┌── provider 203.0.113.10 (Kamailio), or alice
                 ├── 10.0.0.1 gateway 203.0.113.1 ────────┤
carol 10.0.0.3 ──┘   masquerade, dnat 5060 where named    └── bob 203.0.113.66

The trunk also leads through a firewall that lets in what is established or related, and through
both in IPv6.
"""

from lab import (
    DNAT,
    DNAT_AROUND,
    DNAT_LOOP,
    FIREWALL,
    FIREWALL6,
    MASQUERADE,
    NAT66,
    Host,
    Net,
    test,
    within,
)
from lab.check import patience
from lab.linphone import linphone
from lab.passage import untouched
from lab.pbx import pbx, person, trunk
from lab.phones import LIMIT, Phone, all_talk, call, counted, hold, registered
from lab.provider import provider

GATEWAY = MASQUERADE
NEEDS = ("baresip", "kamailio")
# The trunk's number leads to Carol, and all others lead out.
TRUNK = """
exten => carol,1,Dial(PJSIP/carol)
exten => _[a-z].,1,Dial(PJSIP/${EXTEN}@trunk)
"""
PEOPLE = "exten => _[a-z].,1,Dial(PJSIP/${EXTEN})"


def with_trunk(net: Net, outside: str = "") -> tuple[Phone, Phone]:
    """Carol has a phone of the PBX, which has a trunk of the provider, and so has Bob."""
    provider(net)
    bob = registered(net.stranger, "bob", 1000, (5060, 20000), net.server.uri)
    pbx(net.phone, person("carol") + trunk("carol", net.server), TRUNK, outside)
    carol = registered(net.other, "carol", 700, (5060, 10000), net.phone.uri)
    return carol, bob


def with_phones(net: Net, *more: str, at: Host | None = None) -> tuple[Phone, Phone]:
    """Bob has a phone of the PBX outside, and Carol has one inside.

    at: where Carol's finds the PBX.
    """
    pbx(net.phone, "".join(map(person, ("bob", "carol", *more))), PEOPLE)
    bob = registered(net.stranger, "bob", 1000, (5060, 20000), net.public.ip)
    return bob, registered(net.other, "carol", 700, (5060, 10000), (at or net.phone).ip)


def with_three(net: Net) -> tuple[Phone, Phone, Phone]:
    """So has Alice outside."""
    bob, carol = with_phones(net, "alice")
    return registered(net.server, "alice", 440, (5060, 20000), net.public.ip), bob, carol


@test(MASQUERADE, NAT66, FIREWALL, FIREWALL6, needs=NEEDS)
def trunk_carries_calls_out_and_in(net: Net) -> None:
    """Each side ends the call that the other has made."""
    with untouched(net):
        carol, bob = with_trunk(net)
        call_out_and_in(net, carol, bob)


def call_out_and_in(net: Net, carol: Phone, bob: Phone) -> None:
    """By the trunk."""
    call(carol, f"sip:bob@{net.phone.uri}", bob)
    bob.do("hangup")
    counted(carol, bob)
    call(bob, f"sip:carol@{net.server.uri}", carol)
    carol.do("hangup")
    counted(carol, bob)


@test(needs=NEEDS)
def call_by_the_trunk_is_held_from_both_sides(net: Net) -> None:
    carol, bob = with_trunk(net)
    call(carol, f"sip:bob@{net.phone.uri}", bob)
    hold(carol, bob)
    hold(bob, carol)


@test(needs=NEEDS)
def pbx_that_knows_of_its_nat_is_left_in_peace(net: Net) -> None:
    carol, bob = with_trunk(net, outside=net.public.ip)
    call_out_and_in(net, carol, bob)


@test(DNAT, needs=NEEDS)
def phones_outside_call_each_other_and_inside(net: Net) -> None:
    """Alice hands her last call, with Carol, over to Bob."""
    alice, bob, carol = with_three(net)
    for caller, callee in ((alice, bob), (carol, alice), (alice, carol)):
        at = net.phone.ip if caller is carol else net.public.ip
        call(caller, f"sip:{callee.name}@{at}", callee)
        if callee is not carol:
            callee.do("hangup")
            counted(caller, callee)
    alice.do(f"transfer sip:bob@{net.public.ip}")
    bob.answer()
    all_talk([(carol, bob)])
    within(patience(LIMIT), lambda: alice.packets("audio"), "Alice's call is over")


@test(DNAT, needs=(*NEEDS, "linphonec"))
def call_is_handed_over_after_a_question(net: Net) -> None:
    """Dave's phone names the one call in the header that ends the other (Replaces)."""
    bob, carol = with_phones(net, "dave")
    dave = linphone(net.server, "dave", 440, 20000, net.public.ip, realm="asterisk")
    call(dave, f"sip:carol@{net.public.ip}", carol)
    dave.do("pause")
    call(dave, f"sip:bob@{net.public.ip}", bob)
    dave.do("transfer 1 --to-call 2")
    all_talk([(carol, bob)])


@test(DNAT_LOOP, DNAT_AROUND, needs=NEEDS)
def phone_inside_may_know_the_pbx_by_its_address_outside(net: Net) -> None:
    """What Carol sends there turns around at the gateway; her media may take the short way."""
    bob, carol = with_phones(net, at=net.public)
    for caller, callee in ((carol, bob), (bob, carol)):
        call(caller, f"sip:{callee.name}@{net.public.ip}", callee)
        callee.do("hangup")
        counted(caller, callee)
