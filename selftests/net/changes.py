# SPDX-License-Identifier: GPL-2.0-only
"""Hundreds of calls, in the middle of which the gateway is changed under them.

alice 10.0.0.2 ──┐                                     ┌── bob 203.0.113.10
                 ├── 10.0.0.1 gateway 203.0.113.1 ─────┤
carol 10.0.0.3 ──┘           masquerade                └──
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lab import (
    MASQUERADE,
    SNAT,
    Endpoint,
    Message,
    Net,
    Socket,
    UserAgent,
    agent,
    counters,
    equal,
    established,
    flows,
    outward,
    pair,
    registered,
    sdp,
    swap,
    test,
    within,
)
from lab.check import PATIENCE
from lab.gateway import FIXED, V4
from lab.kernel import load, references, roomy, unload
from lab.namespace import Namespace
from lab.rules import without_helper
from lab.standby import lead, lead_back, wire
from lab.state import nothing_stays
from lab.stream import Stream, connect, listen
from lab.tcp import over_tcp

GATEWAY = MASQUERADE
MINE = "mainline has room for two calls of a connection (defects 31 and 32)"
CALLS = 500
# In so many of them somebody talks.
TALKING = 20


def audio(ip: str, port: int) -> bytes:
    """A description of audio."""
    return sdp(ip, f"m=audio {port} RTP/AVP 8")


@dataclass
class Line:
    """Media that flows between two ends."""

    near: Socket
    far: Socket
    outside: Endpoint
    number: int = 1

    def talk(self) -> None:
        """Both say something, and hear the other."""
        self.number += 1
        flows(self.far, self.outside, self.near, self.number)
        flows(self.near, self.far.endpoint, self.far, self.number)


class Crowd:
    """Many calls of one connection, in the first of which media flows already."""

    def __init__(self, net: Net) -> None:
        self.net = net
        self.alice, self.bob = pair(net)
        registered(self.alice, self.bob)
        self.lines: list[Line] = []
        for number in range(CALLS):
            self.alice.call = f"call-{number}"
            offer = audio(net.phone.ip, self.port(number))
            call = established(self.alice, self.bob, offer, audio(net.server.ip, self.port(number)))
            if number < TALKING:
                self.lines.append(self.line(number, call.offer.media()))
                self.lines[-1].talk()

    @staticmethod
    def port(number: int) -> int:
        """The RTP port of a call, which is the same at both ends."""
        return 20000 + 2 * number

    def line(self, number: int, outside: Endpoint) -> Line:
        """The media of a call."""
        port = self.port(number)
        return Line(self.net.phone.udp(port), self.net.server.udp(port), outside)

    def talk(self) -> None:
        """Everybody who has talked still does."""
        for line in self.lines:
            line.talk()

    def bye(self, numbers: range, address: str) -> None:
        """Alice ends calls; Bob gets her BYE with that address of hers."""
        for number in numbers:
            self.alice.call = f"call-{number}"
            bye = self.alice.request("BYE", self.bob, cseq=2, to_tag="bob-1")
            got = self.alice.to(self.bob, bye)
            equal(got, swap(bye, (self.net.phone.ip, address)), f"BYE of call {number}")
            back = self.bob.back(self.alice, self.bob.reply(got))
            equal(back, self.bob.reply(bye), f"200 to BYE of call {number}")


@contextmanager
def crowd(net: Net) -> Iterator[Crowd]:
    """The calls, and a look at what stays of them."""
    with roomy():
        calls = Crowd(net)
        yield calls
        net.close_sockets()
        nothing_stays(net)


def talks(net: Net, caller: UserAgent, callee: UserAgent, port: int, address: str) -> None:
    """A new call of a phone's has media, and what it has opened is closed when it is over."""
    caller.call = f"new-{port}"
    invite = caller.invite(callee, audio(caller.host.ip, port))
    seen = caller.to(callee, invite)
    equal(Message.read(seen).media(), (address, port), "where the new call has its media")
    callee.back(caller, callee.reply(seen, 200, audio(net.server.ip, port)))
    line = Line(caller.host.udp(port), net.server.udp(port), (address, port))
    line.talk()
    caller.to(callee, caller.request("BYE", callee, cseq=2, to_tag="bob-1"))
    left = [one for one in net.opened(1) if one.outside[1] in (port, port + 1)]
    equal(left, [], "pinholes of the new call")


@test(only=MINE)
def without_their_rule_calls_keep_their_helper(net: Net) -> None:
    with crowd(net) as calls:
        carol = agent(net.other, "carol")
        with without_helper(net):
            calls.talk()
            calls.bye(range(0, CALLS // 2), net.public.ip)
            talks(net, calls.alice, calls.bob, 40000, net.public.ip)
            invite = carol.invite(calls.bob, audio(net.other.ip, 41000))
            equal(carol.to(calls.bob, invite), invite, "INVITE of who comes now")
        calls.alice.to(calls.bob, b"\r\n\r\n")
        calls.bye(range(CALLS // 2, CALLS), net.public.ip)
        dave = agent(net.other, "dave", 5070)
        talks(net, dave, calls.bob, 42000, net.public.ip)
        equal(net.opened(1), [], "pinholes")


@test(only=MINE)
def when_rules_of_nat_change_calls_keep_their_address(net: Net) -> None:
    with crowd(net) as calls:
        try:
            net.world.install(SNAT)
            calls.talk()
            calls.line(CALLS - 1, (net.public.ip, calls.port(CALLS - 1))).talk()
            calls.bye(range(CALLS // 2), net.public.ip)
            talks(net, calls.alice, calls.bob, 40000, net.public.ip)
            talks(net, agent(net.other, "carol"), calls.bob, 41000, FIXED[V4])
        finally:
            net.world.install(MASQUERADE)
        calls.alice.to(calls.bob, b"\r\n\r\n")
        calls.bye(range(CALLS // 2, CALLS), net.public.ip)
        equal(net.opened(1), [], "pinholes")


@contextmanager
def moved(net: Net, address: str) -> Iterator[None]:
    """The gateway has another address outside."""
    plan = net.gateway.plan
    gateway = net.world.gateway
    change = [f"addr del {plan.outside}/{plan.bits} dev wan", f"addr add {address}/{plan.bits} dev wan"]
    back = [
        f"addr del {address}/{plan.bits} dev wan",
        f"addr add {plan.outside}/{plan.bits} dev wan",
        f"addr add {FIXED[plan]}/{plan.bits} dev wan preferred_lft 0",
    ]
    gateway.run(["ip", "-batch", "-"], "\n".join(change))
    try:
        yield
    finally:
        gateway.run(["ip", "-batch", "-"], "\n".join(back))


@test(only=MINE)
def when_the_address_outside_changes_calls_begin_anew(net: Net) -> None:
    """Masquerading ends the connections of an address that has gone."""
    elsewhere = "203.0.113.5"
    with crowd(net) as calls:
        with moved(net, elsewhere):
            within(
                PATIENCE,
                lambda: not any(one.helper for one in net.conntrack.connections()),
                "masquerading ends them",
            )
            equal(net.expectations(), [], "pinholes at the address that has gone")
            calls.bye(range(CALLS), elsewhere)
            sent = calls.alice.register(calls.bob.at, cseq=2)
            got = calls.alice.to(calls.bob, sent)
            equal(got, swap(sent, (net.phone.ip, elsewhere)), "REGISTER")
            calls.bob.back(calls.alice, calls.bob.bind(got))
            talks(net, calls.alice, calls.bob, 40000, elsewhere)
            net.empty()
        talks(net, calls.alice, calls.bob, 40002, net.public.ip)


@test(only=MINE, needs=("conntrack",))
def when_conntrack_is_flushed_calls_go_on(net: Net) -> None:
    with crowd(net) as calls:
        net.conntrack_tool("-F")
        equal(net.expectations(), [], "pinholes")
        for line in calls.lines:
            # Who is inside opens the way again.
            flows(line.near, line.far.endpoint, line.far, 7)
            line.talk()
        again = calls.alice.invite(calls.bob, audio(net.phone.ip, calls.port(0)), cseq=3, to_tag="bob-1")
        equal(calls.alice.to(calls.bob, again), outward(net, again), "a new INVITE of a call")
        calls.bye(range(CALLS), net.public.ip)
        talks(net, calls.alice, calls.bob, 40000, net.public.ip)


@test(only=MINE)
def when_the_module_goes_and_comes_calls_go_on(net: Net) -> None:
    with crowd(net) as calls:
        with without_helper(net):
            unload()
            try:
                equal(net.expectations(), [], "pinholes")
                calls.talk()
                calls.bye(range(CALLS // 2), net.phone.ip)
            finally:
                equal(load().returncode, 0, "insmod")
        calls.talk()
        calls.bye(range(CALLS // 2, CALLS), net.phone.ip)
        dave = agent(net.phone, "dave", 5070)
        talks(net, dave, calls.bob, 42000, net.public.ip)


@test(over_tcp(MASQUERADE), only=MINE)
def when_a_network_goes_its_calls_go_with_it(net: Net) -> None:
    """And leave alone those of another."""
    with crowd(net) as calls:
        held, remembered = references(), counters()["stream_gone"]
        namespace = Namespace("standby")
        netlink = wire(net, namespace)
        try:
            lead(net, namespace)
            carol = agent(net.other, "carol", 5070)
            answer = audio(net.server.ip, 50000)
            for number in range(100):
                carol.call = f"gone-{number}"
                established(carol, calls.bob, audio(net.other.ip, 30000 + 2 * number), answer)
            Line(net.other.udp(30198), net.server.udp(50000), (net.public.ip, 30198)).talk()
            near, waiting = holding(net)
        finally:
            netlink.close()
            namespace.delete()
            lead_back(net)
        within(PATIENCE, lambda: references() == held, "the rules of the other network have gone")
        equal(counters()["stream_gone"], remembered + 1, "streams that ended in a message")
        calls.talk()
        calls.bye(range(CALLS), net.public.ip)
        talks(net, calls.alice, calls.bob, 42000, net.public.ip)
        for one in (near, waiting):
            one.close()


def holding(net: Net) -> tuple[Stream, Stream]:
    """A connection of which the gateway holds the beginning of a message; and who waits for it."""
    waiting = listen(net.server, 5060)
    near = connect(net.phone, (net.server.ip, 5060))
    before = counters()["stream_held"]
    near.send(b"OPTIONS sip:bob@example.com SIP/2.0\r\nVia: ")
    within(PATIENCE, lambda: counters()["stream_held"] > before, "the beginning is held")
    return near, waiting


@contextmanager
def silenced(net: Net, *way: str) -> Iterator[None]:
    """What goes one way through the gateway is lost before conntrack sees it."""
    gateway = net.world.gateway
    rule = ["PREROUTING", *way, "-j", "DROP"]
    gateway.run(["iptables", "-t", "raw", "-I", *rule])
    try:
        yield
    finally:
        gateway.run(["iptables", "-t", "raw", "-D", *rule])


@test(only=MINE)
def when_the_way_back_is_lost_for_a_while_calls_go_on(net: Net) -> None:
    with crowd(net) as calls:
        alice, bob = calls.alice, calls.bob
        alice.call = "in between"
        invite = alice.invite(bob, audio(net.phone.ip, 40000))
        answer = audio(net.server.ip, 40000)
        with silenced(net, "-i", "wan"):
            seen = [alice.to(bob, invite) for _ in range(7)]
            before = [one.outside for one in net.expectations()]
            for _ in range(7):
                bob.socket.send(bob.reply(seen[0], 200, answer), bob.peer or bob.socket.endpoint)
            for line in calls.lines:
                flows(line.near, line.far.endpoint, line.far, 5)
                line.far.send(b"nothing of this arrives", line.outside)
        equal(seen, [outward(net, invite)] * 7, "what Bob gets of INVITE and its repeats")
        equal([one.outside for one in net.expectations()], before, "pinholes")
        equal(bob.back(alice, bob.reply(seen[0], 200, answer)), bob.reply(invite, 200, answer), "200")
        line = Line(net.phone.udp(40000), net.server.udp(40000), Message.read(seen[0]).media())
        line.talk()
        alice.to(bob, alice.request("BYE", bob, cseq=2, to_tag="bob-1"))
        calls.talk()
        calls.bye(range(CALLS), net.public.ip)
        equal(net.opened(1), [], "pinholes")


@test(only=MINE)
def when_the_way_out_is_lost_for_a_while_calls_go_on(net: Net) -> None:
    with crowd(net) as calls:
        alice, bob = calls.alice, calls.bob
        with silenced(net, "-i", "lan"):
            for number in range(10):
                alice.call = f"call-{number}"
                alice.socket.send(alice.request("BYE", bob, cseq=2, to_tag="bob-1"), bob.socket)
            for line in calls.lines:
                flows(line.far, line.outside, line.near, 5)
        calls.talk()
        calls.bye(range(CALLS), net.public.ip)
        equal(net.opened(1), [], "pinholes")
