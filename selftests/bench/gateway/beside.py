# SPDX-License-Identifier: GPL-2.0-only
"""beside.py [PAIRS]: what a helper costs a connection that is no SIP.

phone 10.0.0.2 ──── 10.0.0.1 gateway 203.0.113.1 ──── server 203.0.113.10
                           masquerade

Two connections of one guest, of which one has the helper, take turns in sending so many bytes. Each of them has
it in half of the pairs, as what they differ in by themselves is no part of it. Prints for each pair of turns how
long they took; with the rule that gives the helper, and when it is gone.

What else a machine does, and how packets happen to meet, makes more of a difference than the helper: so it is to
be measured by a clock that counts instructions (NF_SIP_CLOCK).
"""

import os
import signal
import socket
import sys
import time
from dataclasses import replace

from lab import MASQUERADE, Net
from lab.main import World
from lab.tcp import over_tcp
from measure import BLOCK, STALL, connections

# Blocks of one turn: it is short, so that the kernel's own work falls into few of them.
BLOCKS = 2
# Turns before any counts: connections grow faster.
WARM = 5
# What begins every block: no message does.
OTHER = b"\x16\x03\x01"
PORTS = (5060, 5062)


class Bulk:
    """Both connections, whose sender is another program."""

    def __init__(self, net: Net) -> None:
        ends = [pair for port in PORTS for pair in connections(net, 1, port)]
        self.receivers = [far for _, far in ends]
        self.room = bytearray(BLOCK)
        orders, self.orders = os.pipe()
        self.child = os.fork()
        if not self.child:
            self.send([near for near, _ in ends], orders)
        for near, far in ends:
            near.close()
            far.settimeout(STALL)

    @staticmethod
    def send(senders: list[socket.socket], orders: int) -> None:
        """Sends blocks for each byte that says by which connection."""
        block = OTHER + bytes(BLOCK - len(OTHER))
        while order := os.read(orders, 1):
            for _ in range(BLOCKS):
                senders[order[0]].sendall(block)

    def turn(self, which: int) -> float:
        """Seconds that a turn takes."""
        left = BLOCK * BLOCKS
        start = time.monotonic()
        os.write(self.orders, bytes([which]))
        while left:
            got = self.receivers[which].recv_into(self.room)
            assert got, "a connection ended"
            left -= got
        return time.monotonic() - start

    def pair(self, number: int, own: int) -> tuple[float, float]:
        """Seconds of a turn of one connection, and of the other; they take turns in being first."""
        order = (0, 1) if number % 2 else (1, 0)
        took = {which: self.turn(which) for which in order}
        return took[own], took[1 - own]

    def close(self) -> None:
        """Ends both."""
        os.kill(self.child, signal.SIGKILL)
        os.waitpid(self.child, 0)
        for far in self.receivers:
            far.close()


def main(pairs: int) -> None:
    """Prints a line for each pair."""
    world = World()
    for name, rule in (("with-rule", True), ("without-rule", False)):
        for own, port in enumerate(PORTS):
            net = world.net(replace(over_tcp(MASQUERADE), tcp=str(port)))
            if not rule:
                world.gateway.run(["iptables", "-t", "raw", "-F"])
            bulk = Bulk(net)
            for number in range(-WARM, pairs // 2):
                took = bulk.pair(number, own)
                if number >= 0:
                    print("measured", f"beside-{name}", *took)
            bulk.close()
            net.close()


main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
