# SPDX-License-Identifier: GPL-2.0-only
"""losses.py [SECONDS]: SIP over TCP through the gateway when the network is bad.

phone 10.0.0.2 ──── 10.0.0.1 gateway 203.0.113.1 ──── server 203.0.113.10
                           masquerade

Both wires do the same in both directions. Each connection asks, waits for the answer and asks again for so many
seconds. Prints a line for each kind of network and length of messages: answers in a second, how often a sender
had to wait for its retransmission timer, and how many connections got no answer in the second half.
"""

import selectors
import socket
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field

from lab import MASQUERADE, Net
from lab.main import World
from lab.stream import Stream
from lab.tcp import Patience, over_tcp
from lab.tcp_path import bad_path
from measure import connections
from messages import Writer, numbered

CONNECTIONS = 10
# Of one segment, and of two.
LENGTHS = (900, 2400)
END = b"\r\n\r\n"
# What both wires do to each packet; a way has two of them.
NETWORKS = {
    "as-it-is": "",
    "loss-0.1%": "loss 0.05%",
    "loss-1%": "loss 0.5%",
    "loss-10%": "loss 5%",
    "delay-10ms": "delay 5ms",
    "delay-10ms,loss-1%": "delay 5ms loss 0.5%",
    "another-order": "delay 5ms reorder 50%",
}


@dataclass
class Phone:
    """A connection: what it asks and is answered, and how often it has been."""

    near: socket.socket
    far: socket.socket
    request: bytes
    answer: bytes
    answers: int = 0
    late: int = 0
    come: dict[socket.socket, bytes] = field(default_factory=dict)

    def take(self, end: socket.socket) -> bool:
        """Takes what has come to an end of it; whether that makes a message whole."""
        try:
            data = self.come.get(end, b"") + end.recv(1 << 16)
        except ConnectionError:
            return False
        whole = data.endswith(END)
        self.come[end] = b"" if whole else data
        return whole


def ask(phones: list[Phone], seconds: float) -> float:
    """All of them ask for so long; how long it was."""
    selector = selectors.DefaultSelector()
    for one in phones:
        for opened in (one.near, one.far):
            opened.setblocking(False)
            selector.register(opened, selectors.EVENT_READ, one)
    start = time.monotonic()
    for one in phones:
        one.near.send(one.request)
    while (now := time.monotonic() - start) < seconds:
        for key, _ in selector.select(seconds - now):
            phone: Phone = key.data
            end = key.fileobj
            assert isinstance(end, socket.socket)
            if not phone.take(end):
                continue
            if end is phone.far:
                end.send(phone.answer)
            else:
                phone.answers += 1
                phone.late += now > seconds / 2
                end.send(phone.request)
    selector.close()
    return now


def measure(net: Net, length: int, what: str, seconds: float) -> tuple[float, int, int]:
    """Answers in a second, waits, and connections that have come to a stand."""
    phones = []
    for near, far in connections(net, CONNECTIONS):
        writer = Writer("TCP", near.getsockname()[1], length=length)
        phones.append(Phone(near, far, numbered(writer.options(), 0), numbered(writer.answer(), 0)))
    with ExitStack() as stack:
        if what:
            stack.enter_context(bad_path(net, what))
        took = ask(phones, seconds)
    ends = [Stream(host, end) for one in phones for host, end in ((net.phone, one.near), (net.server, one.far))]
    waits = sum(Patience.of(end).waits for end in ends)
    for end in ends:
        end.close()
    return sum(one.answers for one in phones) / took, waits, sum(not one.late for one in phones)


def main(seconds: float) -> None:
    """Prints a line for each measurement."""
    world = World()
    for length in LENGTHS:
        for name, what in NETWORKS.items():
            net = world.net(over_tcp(MASQUERADE))
            rate, waits, stands = measure(net, length, what, seconds)
            print("losses", length, name, f"{rate:.0f}", waits, stands, flush=True)
            net.close()


main(float(sys.argv[1]) if len(sys.argv) > 1 else 5)
