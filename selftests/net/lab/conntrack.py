# SPDX-License-Identifier: GPL-2.0-only
"""Connections and expectations of a namespace, over ctnetlink: what `conntrack -L` shows."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

CTNETLINK, CTNETLINK_EXP = 1, 2
NEW, GET, DELETE = 0, 1, 2
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP, NLM_F_CREATE = 1, 4, 0x300, 0x400
NLMSG_ERROR, NLMSG_DONE = 2, 3
NESTED = 0x8000

# The length and the number of an attribute.
HEAD = struct.Struct("=HH")

ASSURED = 4

Attributes = dict[int, bytes]


@dataclass(frozen=True)
class Tuple:
    """Where packets of one direction come from and go to."""

    protocol: int
    source: tuple[str, int]
    destination: tuple[str, int]

    @classmethod
    def read(cls, data: bytes) -> Tuple:
        """Reads a CTA_TUPLE."""
        parts = attributes(data)
        ip, proto = attributes(parts[1]), attributes(parts.get(2, b""))
        return cls(
            proto.get(1, b"\0")[0],
            (address(ip.get(3, ip.get(1, b""))), port(proto.get(2))),
            (address(ip.get(4, ip.get(2, b""))), port(proto.get(3))),
        )


@dataclass(frozen=True)
class Connection:
    """A conntrack."""

    original: Tuple
    reply: Tuple
    timeout: int
    helper: str
    master: Tuple | None
    status: int

    @property
    def expected(self) -> bool:
        """Did it come in through a pinhole?"""
        return bool(self.status & 1)

    @property
    def assured(self) -> bool:
        """Has there been traffic both ways?"""
        return bool(self.status & ASSURED)


@dataclass(frozen=True)
class Expectation:
    """A pinhole: who may send what where, for how long, and for which connection."""

    flow: Tuple
    mask: Tuple
    master: Tuple
    timeout: int
    klass: int
    helper: str
    function: str
    permanent: bool
    inactive: bool
    saved: Tuple | None

    @property
    def outside(self) -> tuple[str, int]:
        """The endpoint that is open."""
        return self.flow.destination

    @property
    def peer(self) -> str | None:
        """Who may send; None for anybody."""
        anybody = set(self.mask.source[0]) <= set("0.:")
        return None if anybody else self.flow.source[0]


class Conntrack:
    """A namespace's table, read and emptied through a socket that was opened there."""

    def __init__(self, netlink: socket.socket) -> None:
        self.netlink = netlink
        self.sequence = 0

    def connections(self) -> list[Connection]:
        """All connections."""
        found = []
        for data in self.ask(CTNETLINK, GET, NLM_F_DUMP):
            a = attributes(data)
            found.append(
                Connection(
                    Tuple.read(a[1]),
                    Tuple.read(a[2]),
                    number(a.get(7)),
                    name(attributes(a.get(5, b"")).get(1)),
                    Tuple.read(a[14]) if 14 in a else None,
                    number(a.get(3)),
                )
            )
        return found

    def expectations(self) -> list[Expectation]:
        """All expectations, in the order of their ports."""
        found = []
        for data in self.ask(CTNETLINK_EXP, GET, NLM_F_DUMP):
            a = attributes(data)
            nat = attributes(a.get(10, b""))
            flags = number(a.get(8))
            found.append(
                Expectation(
                    Tuple.read(a[2]),
                    Tuple.read(a[3]),
                    Tuple.read(a[1]),
                    number(a.get(4)),
                    number(a.get(9)),
                    name(a.get(6)),
                    name(a.get(11)),
                    bool(flags & 1),
                    bool(flags & 2),
                    Tuple.read(nat[2]) if 2 in nat else None,
                )
            )
        return sorted(found, key=lambda one: (one.klass, one.outside[1]))

    def assure(self) -> None:
        """Makes all connections, which are of IPv4, as those that a full table does not let go."""
        for data in list(self.ask(CTNETLINK, GET, NLM_F_DUMP)):
            a = attributes(data)
            status = (number(a[3]) | ASSURED).to_bytes(4)
            change = attribute(1 | NESTED, a[1]) + attribute(3, status)
            for _ in self.ask(CTNETLINK, NEW, NLM_F_ACK, socket.AF_INET, change):
                pass

    def flush(self) -> None:
        """Ends all connections, and with them what they expect."""
        for _ in self.ask(CTNETLINK, DELETE, NLM_F_ACK):
            pass

    def flush_expectations(self) -> None:
        """Takes all expectations away."""
        for _ in self.ask(CTNETLINK_EXP, DELETE, NLM_F_ACK):
            pass

    def carry_expectations(self, other: Conntrack) -> None:
        """Makes the expectations of another namespace, which are of IPv4, here too."""
        for data in list(other.ask(CTNETLINK_EXP, GET, NLM_F_DUMP)):
            for _ in self.ask(CTNETLINK_EXP, NEW, NLM_F_ACK | NLM_F_CREATE, socket.AF_INET, data):
                pass

    def ask(
        self,
        subsystem: int,
        what: int,
        flags: int,
        family: int = socket.AF_UNSPEC,
        data: bytes = b"",
    ) -> Iterator[bytes]:
        """Sends a request with attributes and yields the attributes of each answer."""
        self.sequence += 1
        kind = subsystem << 8 | what
        size = 20 + len(data)
        header = struct.pack("=IHHII", size, kind, NLM_F_REQUEST | flags, self.sequence, 0)
        self.netlink.send(header + struct.pack("=BBH", family, 0, 0) + data)
        while True:
            data = self.netlink.recv(1 << 18)
            while data:
                length, kind, _, sequence, _ = struct.unpack_from("=IHHII", data)
                part, data = data[16:length], data[length + 3 & ~3 :]
                if sequence != self.sequence:
                    continue
                if kind == NLMSG_DONE:
                    return
                if kind == NLMSG_ERROR:
                    error = -struct.unpack_from("=i", part)[0]
                    if error:
                        raise OSError(error, "ctnetlink")
                    return
                yield part[4:]


def attributes(data: bytes) -> Attributes:
    """Netlink attributes by their number."""
    found = {}
    place, end = 0, len(data)
    while end - place >= 4:
        length, kind = HEAD.unpack_from(data, place)
        found[kind & 0x3FFF] = data[place + 4 : place + length]
        place += length + 3 & ~3
    return found


def attribute(kind: int, data: bytes) -> bytes:
    """A netlink attribute."""
    return HEAD.pack(HEAD.size + len(data), kind) + data + bytes(-len(data) % 4)


def address(data: bytes) -> str:
    """An address as text."""
    return socket.inet_ntop(socket.AF_INET6 if len(data) == 16 else socket.AF_INET, data)


def number(data: bytes | None) -> int:
    """A number of 32 bits, in network order; 0 where there is none."""
    return int.from_bytes(data or b"", "big")


port = number


def name(data: bytes | None) -> str:
    """A string that ends with a zero byte."""
    return (data or b"").rstrip(b"\0").decode()
