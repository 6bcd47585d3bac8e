# SPDX-License-Identifier: GPL-2.0-only
"""Both processors work on the same few calls at once, while other things happen.

phone 10.0.0.2 ──┐                                     ┌── server 203.0.113.10
                 ├── 10.0.0.1 gateway 203.0.113.1 ─────┤
              ──┘            masquerade                └──

The phone's messages run on one processor and the server's on the other; each picks at random what to say
next, of a call that the other may just begin or end. Nobody looks at what arrives: the kernel looks
for faults, and nothing may stay. A guest with one processor goes from one to the other.
"""

import os
import random
import select
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lab import (
    MASQUERADE,
    Agent,
    Net,
    Socket,
    counters,
    equal,
    outward,
    rtp,
    sdp,
    swap,
    test,
    within,
)
from lab.check import PATIENCE
from lab.kernel import GUEST, references, roomy
from lab.namespace import Namespace
from lab.rules import reader_of_rules, reload_under_rules
from lab.standby import lead, lead_back, wire
from lab.state import nothing_stays
from lab.stream import connect, listen
from lab.tcp import over_tcp

GATEWAY = over_tcp(MASQUERADE)
MINE = "mainline drops much of it"
CALLS = 8
# Messages that are translated in each test.
MANY = 5000 if GUEST == "uml" else 3000

Wire = list[tuple[Socket, bytes, tuple[str, int]]]


def lines(ip: str, port: int) -> bytes:
    """A description of two media."""
    return sdp(ip, f"m=audio {port} RTP/AVP 8", f"m=video {port + 2} RTP/AVP 96")


def said(net: Net) -> tuple[Wire, Wire]:
    """All that the phone and the server may say."""
    phone, server, far = net.phone.udp(5060), net.server.udp(5060), net.server.udp(40000)
    to_server, to_phone = server.endpoint, (net.public.ip, 5060)
    alice, bob = Agent("alice", phone.at), Agent("bob", server.at)
    outside = Agent("alice", f"{net.public.uri}:5060")
    out: list[bytes] = []
    back: list[bytes] = []
    media: Wire = []
    for number in range(CALLS):
        alice.call = outside.call = bob.call = f"call-{number}"
        # Neighbours want the same ports.
        port = 30000 + 4 * (number // 2)
        requests = [
            alice.invite(bob, lines(net.phone.ip, port)),
            alice.invite(bob, lines(net.phone.ip, port + 2), cseq=2, to_tag="bob-1"),
            alice.request("ACK", bob, to_tag="bob-1"),
            alice.request("CANCEL", bob),
            alice.request("BYE", bob, cseq=3, to_tag="bob-1"),
        ]
        register = alice.register(bob.at, contact=f"<sip:alice@{net.phone.uri}:{5070 + number}>")
        gone = alice.register(bob.at, expires=0, cseq=2)
        out += [*requests, register, gone]
        invites = [outward(net, one) for one in requests[:2]]
        answers = [bob.reply(one, 200, lines(net.server.ip, 40000)) for one in invites]
        answers += [bob.reply(invites[0], status) for status in (180, 486)]
        answers += [bob.reply(outward(net, requests[4])), bob.bind(outward(net, register))]
        bye = bob.request("BYE", outside, to_tag="alice-1")
        again = bob.invite(outside, lines(net.server.ip, 40000), cseq=9, to_tag="alice-1")
        back += [*answers, bye, again]
        # What answers the server's own.
        out += [alice.reply(swap(again, (net.public.ip, net.phone.ip)), 200, lines(net.phone.ip, port))]
        for step in range(6):
            media.append((far, rtp(step), (net.public.ip, port + step)))
    phone_says: Wire = [(phone, data, to_server) for data in out]
    server_says: Wire = [(server, data, to_phone) for data in back]
    return phone_says, server_says + media


def speak(words: Wire, seed: int) -> None:
    """Says what there is to say in random order, for ever; what comes is not read."""
    chance = random.Random(seed)
    while True:
        one, data, to = chance.choice(words)
        try:
            one.socket.sendto(data, to)
        except OSError:
            # Its own stack has no room for more at the moment.
            os.sched_yield()


def exchange(opened, data: bytes) -> None:
    """Writes the same message for ever, and reads what comes."""
    opened.setblocking(False)
    rest = data
    while True:
        ready = select.select([opened], [opened], [])
        try:
            if ready[0]:
                opened.recv(1 << 16)
            if ready[1]:
                rest = rest[opened.send(rest) :] or data
        except OSError:
            signal.pause()


def child(work: Callable[[], None], number: int) -> int:
    """A process that works at a processor until it is killed."""
    pid = os.fork()
    if pid:
        return pid
    try:
        processors = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {processors[number % len(processors)]})
        work()
    finally:
        os._exit(1)


@contextmanager
def storm(net: Net) -> Iterator[Callable[[], bool]]:
    """Both sides speak in this block; says whether much was translated since it was asked last."""
    phone, server = said(net)
    waiting = listen(net.server, 5060)
    near = connect(net.phone, (net.server.ip, 5060), 5060)
    far = waiting.accept()
    for one in (near, far):
        one.reset_at_end()
    alice, bob = Agent("alice", net.phone.uri), Agent("bob", net.server.uri)
    options = alice.request("OPTIONS", bob)
    seed = random.randrange(1 << 32)
    print(f"# races: seed {seed}", flush=True)
    work: list[Callable[[], None]] = [
        lambda: speak(phone, seed),
        lambda: speak(server, seed + 1),
        lambda: exchange(near.socket, options),
        lambda: exchange(far.socket, bob.reply(outward(net, options))),
    ]
    last = counters()["translated"]

    def much() -> bool:
        # With the module its counters begin anew.
        return counters()["translated"] > last + MANY

    with roomy():
        children = [child(one, number) for number, one in enumerate(work)]
        try:
            yield much
            for pid in children:
                equal(os.waitpid(pid, os.WNOHANG), (0, 0), "who still speaks")
        finally:
            for pid in children:
                os.kill(pid, signal.SIGKILL)
            for pid in children:
                os.waitpid(pid, 0)
    net.close_sockets()
    nothing_stays(net)
    net.close_sockets()


@test(only=MINE)
def both_processors_work_on_the_same_calls(net: Net) -> None:
    with storm(net) as much:
        within(PATIENCE, much, "much is translated", interval=0.05)


@test(only=MINE)
def connections_and_pinholes_are_read_and_ended_meanwhile(net: Net) -> None:
    ended = 0

    def ends() -> bool:
        nonlocal ended
        net.conntrack.connections()
        net.expectations()
        net.conntrack.flush_expectations()
        time.sleep(0.01)
        net.conntrack.flush()
        ended += 1
        return ended >= 50

    with storm(net) as much:
        within(PATIENCE, lambda: ends() and much(), "much is translated")


@test(MASQUERADE, only=MINE)
def the_module_goes_and_comes_meanwhile(net: Net) -> None:
    def works() -> bool:
        # A connection gets its helper with its first packet, which may have come before the rule.
        net.conntrack.flush()
        return counters()["translated"] > 100

    with storm(net):
        rules = reader_of_rules(net)
        for _ in range(6 if GUEST == "uml" else 2):
            within(PATIENCE, works, "it works", interval=0.3)
            reload_under_rules(rules)


@test(only=MINE)
def networks_go_meanwhile(net: Net) -> None:
    held = references()
    for _ in range(3 if GUEST == "uml" else 1):
        with storm(net):
            namespace = Namespace("standby")
            netlink = wire(net, namespace)
            try:
                before = counters()["translated"]
                lead(net, namespace)
                within(PATIENCE, lambda: counters()["translated"] > before + 300, "it works there")
            finally:
                netlink.close()
                namespace.delete()
                lead_back(net)
            within(PATIENCE, lambda: references() == held, "the rules of the network have gone")
