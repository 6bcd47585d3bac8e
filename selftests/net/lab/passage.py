# SPDX-License-Identifier: GPL-2.0-only
"""What passes a firewall that does no NAT: every SIP message as it is, and nothing that is not expected."""

from __future__ import annotations

import ipaddress
import socket
import struct
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from .check import PATIENCE, equal, true, within
from .host import Host, passed
from .net import Net

# Source, destination, and what is said.
Said = tuple[str, str, bytes]
SIP = 5060


def read(packet: bytes) -> Said | None:
    """A SIP message in an IP packet of UDP; None for anything else."""
    version = packet[0] >> 4
    offset, width, head = (12, 4, 4 * (packet[0] & 15)) if version == 4 else (8, 16, 40)
    protocol = packet[9] if version == 4 else packet[6]
    if protocol != socket.IPPROTO_UDP:
        return None
    ports = struct.unpack_from("!HH", packet, head)
    ends = [packet[offset + width * n :][:width] for n in (0, 1)]
    text = packet[head + 8 :]
    if SIP not in ports or b"SIP/2.0" not in text.split(b"\r\n", 1)[0]:
        return None
    source, destination = (f"{ipaddress.ip_address(end)} {port}" for end, port in zip(ends, ports))
    return source, destination, text


class Side:
    """What the hosts on one side of the gateway exchange with those on the other."""

    def __init__(self, hosts: list[Host], beyond: list[Host]) -> None:
        self.near = {host.ip for host in hosts}
        self.far = {host.ip for host in beyond}
        self.wires = [host.capture() for host in hosts]
        self.said: Counter[Said] = Counter()
        for wire in self.wires:
            # The media of the calls passes here as well.
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 23)

    def messages(self) -> Counter[Said]:
        """The messages so far, each with how often it was sent."""
        for wire in self.wires:
            for packet in passed(wire):
                found = read(packet)
                if found and {end.split()[0] for end in found[:2]} & self.far:
                    self.said[found] += 1
        return self.said


@contextmanager
def untouched(net: Net) -> Iterator[None]:
    """Where there is no NAT, what happens here passes unchanged, and a stranger's call does not."""
    if net.gateway.public:
        yield
        return
    lan, wan = [net.phone, net.other], [net.server, net.stranger]
    inside, outside = Side(lan, wan), Side(wan, lan)
    yield
    stranger = net.stranger.udp()
    call = f"OPTIONS sip:{net.phone.uri} SIP/2.0\r\n\r\n".encode()
    stranger.send(call, (net.phone.ip, SIP))
    barred = (f"{net.stranger.ip} {stranger.port}", f"{net.phone.ip} {SIP}", call)
    within(PATIENCE, lambda: outside.messages()[barred], "the stranger's call is on its way")

    def passed() -> bool:
        sent = outside.messages() - Counter([barred])
        return sent == inside.messages()

    def difference() -> str:
        sent, got = outside.messages() - Counter([barred]), inside.messages()
        return f"all passes as it is: outside {list(sent - got)}, inside {list(got - sent)}"

    within(PATIENCE, passed, difference, interval=0.05)
    equal(inside.messages()[barred], 0, "calls of the stranger that came in")
    true(inside.messages(), "nothing has passed")
