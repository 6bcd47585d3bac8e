# SPDX-License-Identifier: GPL-2.0-only
"""Machines of the network, and their UDP sockets."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .check import PATIENCE, Failed, Skip
from .program import Program

if TYPE_CHECKING:
    from .namespace import Namespace
    from .net import Net

Endpoint = tuple[str, int]


@dataclass(frozen=True)
class Packet:
    """A datagram that has come in."""

    data: bytes
    source: Endpoint


class Socket:
    """A UDP socket of a host. Whatever it sends and gets can be seen when the test fails."""

    def __init__(self, host: Host, port: int) -> None:
        self.host = host
        family = socket.AF_INET6 if ":" in host.ip else socket.AF_INET
        with host.namespace.inside():
            self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # So that a datagram of any size is sent, in fragments where it has to be.
        if family == socket.AF_INET:
            ip_mtu_discover, ip_pmtudisc_dont = 10, 0
            self.socket.setsockopt(socket.IPPROTO_IP, ip_mtu_discover, ip_pmtudisc_dont)
        self.socket.bind((host.ip, port))
        self.socket.setblocking(False)
        # Address and port.
        self.endpoint: Endpoint = self.socket.getsockname()[:2]

    @property
    def port(self) -> int:
        """The port alone."""
        return self.endpoint[1]

    @property
    def at(self) -> str:
        """Address and port as they stand in a URI."""
        return f"{self.host.uri}:{self.port}"

    def send(self, data: bytes, to: Endpoint | Socket) -> None:
        """Sends a datagram."""
        endpoint = to.endpoint if isinstance(to, Socket) else to
        self.host.net.trace(f"{self} -> {name(endpoint)}", data)
        self.socket.sendto(data, endpoint)

    def receive(self, what: str = "a datagram", timeout: float = PATIENCE) -> Packet:
        """The next datagram; the test fails when none comes."""
        self.socket.settimeout(timeout)
        try:
            data, source = self.socket.recvfrom(1 << 16)
        except TimeoutError:
            raise Failed(f"{what} did not come to {self}") from None
        except ConnectionRefusedError:
            raise Failed(f"{self} was refused while it waited for {what}") from None
        finally:
            self.socket.setblocking(False)
        packet = Packet(data, source[:2])
        self.host.net.trace(f"{self} <- {name(packet.source)}", data)
        return packet

    def pending(self) -> list[Packet]:
        """What has come in by now."""
        packets = []
        while True:
            try:
                packets.append(self.receive(timeout=0))
            except (BlockingIOError, Failed):
                return packets

    def close(self) -> None:
        """Frees the port."""
        self.socket.close()

    def __str__(self) -> str:
        return f"{self.host.name}:{self.port}"


class Host:
    """A machine, by its address of the family at hand."""

    def __init__(self, net: Net, name: str, ip: str) -> None:
        self.net = net
        self.name = name
        self.ip = ip
        self.uri = f"[{ip}]" if ":" in ip else ip
        self.namespace: Namespace = net.world.namespaces[name]

    def udp(self, port: int = 0) -> Socket:
        """Opens a UDP socket."""
        opened = Socket(self, port)
        self.net.sockets.append(opened)
        return opened

    def run(self, *command: str) -> str:
        """Runs a command there."""
        return self.namespace.run(list(command))

    def start(self, *command: str, **environment: str) -> Program:
        """Starts a program there, which ends with the test at the latest."""
        if not shutil.which(command[0]):
            raise Skip(f"{command[0]} is not installed")
        with self.namespace.inside():
            program = Program(self.name, list(command), environment)
        self.net.programs.append(program)
        return program

    def listens(self, port: int, transport: str = "udp") -> bool:
        """Is there a socket at this port, which over TCP takes connections?"""
        with self.namespace.inside():
            tables = [Path("/proc/net", transport + six).read_text() for six in ("", "6")]
        local, state = f":{port:04X} ", " 0A " if transport == "tcp" else " "
        lines = [line for text in tables for line in text.splitlines()[1:]]
        return any(local in line[:45] and state in line for line in lines)

    def capture(self) -> socket.socket:
        """A socket that gets the IP packets on the host's wire, both ways."""
        every = 3  # ETH_P_ALL: with it also what leaves is seen
        with self.namespace.inside():
            raw = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(every))
            raw.bind(("eth0", every))
        raw.settimeout(PATIENCE)
        self.net.captures.append(raw)
        return raw


def name(endpoint: Endpoint) -> str:
    """An endpoint as text."""
    address, port = endpoint
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def each(sockets: Iterable[Socket]) -> list[Packet]:
    """What has come in by now to any of several sockets."""
    return [packet for one in sockets for packet in one.pending()]


def passed(wire: socket.socket) -> Iterator[bytes]:
    """The packets that have passed on a captured wire by now."""
    wire.setblocking(False)
    while True:
        try:
            yield wire.recv(1 << 16)
        except BlockingIOError:
            return
