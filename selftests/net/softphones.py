# SPDX-License-Identifier: GPL-2.0-only
"""Real software over TCP: softphones, a provider, and many calls at a time.

alice 10.0.0.2 ──┐                                        ┌── provider 203.0.113.10 (Kamailio), or sipp
                 ├── 10.0.0.1 gateway 203.0.113.1 ────────┤
carol 10.0.0.3 ──┘     masquerade, or as named            └── bob 203.0.113.66

The softphones (baresip) listen at the usual port and connect from others; so a call comes in to them by
a new connection.
"""

import re

from lab import DNAT, FIREWALL, MASQUERADE, NAT66, Host, Net, equal, test, within
from lab.check import patience
from lab.phones import Phone, all_talk, call, counted, hold, phone, registered
from lab.provider import provider
from lab.tcp import forget_at_once, over_tcp

GATEWAY = over_tcp(MASQUERADE)
NEEDS = ("baresip", "kamailio")
PRIVATE = "leaves the Contact of who sends from another port (defect 21)"
LOST = "loses what a call sends by another connection than its first (defect 21)"
CALLS = 100
LIMIT = 300.0


def at(net: Net, user: str) -> str:
    """A customer of the provider, to be called over TCP."""
    return f"sip:{user}@{net.server.uri};transport=tcp"


def customer(host: Host, name: str, tone: int, media: int) -> Phone:
    """A phone that is registered over TCP."""
    return registered(host, name, tone, (5060, media), host.net.server.uri, transport="tcp")


def phones(net: Net) -> tuple[Phone, Phone]:
    """Alice behind the gateway and Bob outside, registered both."""
    forget_at_once(net)
    provider(net, transport="tcp")
    return customer(net.phone, "alice", 440, 10000), customer(net.stranger, "bob", 1000, 20000)


def neighbours(net: Net) -> tuple[Phone, Phone]:
    """Alice and Bob without a provider, who talk."""
    forget_at_once(net)
    bob = phone(net.server, "bob", 1000, (5060, 20000), account="regint=0", transport="tcp")
    alice = phone(net.phone, "alice", 440, (5060, 10000), account="regint=0", transport="tcp")
    for one in (alice, bob):
        one.says("is ready")
    call(alice, at(net, "bob"), bob)
    return alice, bob


def talk_and_hang_up(net: Net) -> None:
    """Both are heard, and who has called ends the call."""
    alice, bob = neighbours(net)
    hold(alice, bob)
    alice.do("hangup")
    counted(alice, bob)


@test(over_tcp(MASQUERADE), over_tcp(FIREWALL), needs=("baresip",))
def call_to_another_phone_has_audio_both_ways(net: Net) -> None:
    talk_and_hang_up(net)


@test(over_tcp(NAT66), mainline="lets no INVITE through", needs=("baresip",))
def call_to_another_phone_in_ipv6_has_audio_both_ways(net: Net) -> None:
    talk_and_hang_up(net)


@test(over_tcp(MASQUERADE), over_tcp(NAT66), mainline=PRIVATE, needs=("baresip",))
def who_was_called_holds_and_ends_the_call(net: Net) -> None:
    alice, bob = neighbours(net)
    hold(bob, alice)
    bob.do("hangup")
    counted(alice, bob)


@test(over_tcp(MASQUERADE), over_tcp(NAT66), mainline=LOST, needs=NEEDS)
def registered_phone_calls_and_is_called(net: Net) -> None:
    calls_and_is_called(net)


@test(over_tcp(FIREWALL), needs=NEEDS)
def registered_phone_behind_a_firewall_calls_and_is_called(net: Net) -> None:
    calls_and_is_called(net)


def calls_and_is_called(net: Net) -> None:
    """Each ends the call that the other has made."""
    alice, bob = phones(net)
    call(alice, at(net, "bob"), bob)
    bob.do("hangup")
    counted(alice, bob)
    call(bob, at(net, "alice"), alice)
    alice.do("hangup")
    counted(alice, bob)


@test(needs=NEEDS)
def two_phones_behind_one_nat_are_both_called(net: Net) -> None:
    """At the same port."""
    alice, bob = phones(net)
    carol = customer(net.other, "carol", 700, 10010)
    for one in (alice, carol):
        call(bob, at(net, one.name), one)
        one.do("hangup")
        counted(one, bob)


def sipp(host: Host, *more: str):
    """Starts sipp on the usual port."""
    common = ("-i", host.ip, "-p", "5060", "-nostdin", "-buff_size", str(1 << 22))
    return host.start("sipp", *common, *more, TERM="dumb")


def many_calls(caller: Host, callee: Host, target: str, *transport: str) -> None:
    """None of many calls fails."""
    forget_at_once(caller.net)
    sipp(callee, "-sn", "uas", "-t", "t1")
    within(LIMIT, lambda: callee.listens(5060, "tcp"), f"sipp listens at {callee.name}")
    client = sipp(caller, "-sn", "uac", target, *transport, "-m", str(CALLS), "-r", "500", "-l", "10")
    status = client.ends(patience(LIMIT, 6.0))
    end = client.text()[-4000:]
    done = re.findall(r"(Successful|Failed) call +\| +\d+ +\| +(\d+)", end)
    equal(done, [("Successful", str(CALLS)), ("Failed", "0")], f"sipp's account:\n{end}")
    equal(status, 0, "sipp's status")


@test(over_tcp(MASQUERADE), over_tcp(FIREWALL), needs=("sipp",))
def many_calls_of_one_connection(net: Net) -> None:
    many_calls(net.phone, net.server, f"{net.server.uri}:5060", "-t", "t1")


@test(over_tcp(NAT66), mainline="drops the brackets in sipp's o= (defect 2)", needs=("sipp",))
def many_calls_of_one_connection_in_ipv6(net: Net) -> None:
    many_calls(net.phone, net.server, f"{net.server.uri}:5060", "-t", "t1")


@test(only="with mainline's each call takes a second (defect 1)", needs=("sipp",))
def many_calls_each_of_a_connection_of_its_own(net: Net) -> None:
    many_calls(net.phone, net.server, f"{net.server.uri}:5060", "-t", "tn", "-max_socket", "500")


@test(over_tcp(DNAT), needs=("sipp",))
def many_calls_come_in(net: Net) -> None:
    many_calls(net.server, net.phone, f"{net.public.uri}:5060", "-t", "t1")
