# SPDX-License-Identifier: GPL-2.0-only
"""Ends of a TCP connection that send the segments a test wants.

Of its own accord an end says again what it has when it gets what it has acknowledged (RFC 9293 3.10.7.4).

Places in a stream are counted from 0; the numbers on the wire begin at `first`, and wrap.
"""

from __future__ import annotations

import socket
import time
from contextlib import suppress

from .check import PATIENCE, Failed, equal, true
from .host import Endpoint, Host, name
from .net import Net
from .tcp_segment import ACK, FIN, PSH, RST, SYN, Segment, opening, sack

WORD = 1 << 32
IPV6_HDRINCL = 36


class Peer:
    """One end, at a port of a host that the host itself does not hear of."""

    def __init__(self, host: Host, port: int, first: int = 1000, mss: int = 1460) -> None:
        self.host = host
        self.own: Endpoint = (host.ip, port)
        self.other: Endpoint = ("", 0)
        self.first = first
        self.mss = mss
        self.other_first = 0
        self.sent = 0
        self.stream = bytearray()
        # What came beyond the stream's end, by its place.
        self.ahead: dict[int, bytes] = {}
        # What the other side has heard of, and what this one has.
        self.acknowledged = 0
        self.told = 0
        # Whether this one answers what it had already.
        self.answers = True
        # Whether segments may come that were damaged on their way, of which it does not speak.
        self.forgives = False
        self.ended = False
        self.reset = False
        self.table = f"inet silent-{port}"
        rules = f"type filter hook input priority filter;\ntcp dport {port} drop"
        host.namespace.run(["nft", "-f", "-"], f"table {self.table} {{\nchain input {{\n{rules}\n}}\n}}")
        host.net.sockets.append(self)
        family = socket.AF_INET6 if ":" in host.ip else socket.AF_INET
        self.capture = host.capture()
        # A message may come in single bytes.
        self.capture.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 23)
        with host.namespace.inside():
            self.raw = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)
        if family == socket.AF_INET6:
            self.raw.setsockopt(socket.IPPROTO_IPV6, IPV6_HDRINCL, 1)

    def close(self) -> None:
        """Leaves the host as it was."""
        self.raw.close()
        with suppress(Failed):
            self.host.namespace.run(["nft", "delete", "table", *self.table.split()])

    def segment(
        self, seq: int, ack: int, flags: int, data: bytes = b"", options: bytes = b"", window: int = 0xFFFF
    ) -> None:
        """Sends a segment with these numbers."""
        numbers = (seq % WORD, ack % WORD)
        made = Segment(self.own, self.other, *numbers, flags, data, window, options)
        self.host.net.trace(f"{self} -> {name(self.other)} [{flags:02x}]", data)
        self.raw.sendto(made.packet(), (self.other[0], 0))

    def send(self, data: bytes, at: int | None = None, *, fin: bool = False, window: int = 0xFFFF) -> None:
        """Sends bytes of the stream: the next ones, or again those that stand at a place."""
        place = self.sent if at is None else at
        flags = ACK | PSH | FIN * fin
        self.segment(self.first + 1 + place, self.next_number(), flags, data, window=window)
        self.sent = max(self.sent, place + len(data))

    def send_damaged(self, data: bytes, at: int) -> None:
        """Sends bytes that stand at a place, of which the last one is another when it comes."""
        made = Segment(self.own, self.other, self.first + 1 + at, self.next_number(), ACK | PSH, data)
        packet = made.packet()
        self.raw.sendto(packet[:-1] + bytes([packet[-1] ^ 1]), (self.other[0], 0))

    def next_number(self) -> int:
        """The number that is acknowledged."""
        return self.other_first + 1 + len(self.stream) + self.ended

    def ack(self, place: int | None = None, *besides: tuple[int, int], window: int = 0xFFFF) -> None:
        """Acknowledges what has come, or as much as up to a place, and blocks besides."""
        begin = self.other_first + 1
        number = self.next_number() if place is None else begin + place
        self.told = max(self.told, len(self.stream) if place is None else place)
        blocks = [((begin + near) % WORD, (begin + far) % WORD) for near, far in besides]
        self.segment(self.first + 1 + self.sent, number, ACK, b"", sack(*blocks), window)

    def abort(self) -> None:
        """Resets the connection."""
        self.segment(self.first + 1 + self.sent, self.next_number(), RST | ACK)

    def next(self, what: str, timeout: float = PATIENCE) -> Segment:
        """The next segment that comes, whose checksum has to be right."""
        end = time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0:
            self.capture.settimeout(left)
            try:
                read = Segment.read(self.capture.recv(1 << 16))
            except TimeoutError:
                break
            if read and read[0].destination == self.own:
                segment, right = read
                if self.forgives and not right:
                    continue
                self.host.net.trace(f"{self} <- {name(segment.source)} [{segment.flags:02x}]", segment.data)
                true(right, f"a segment to {self} has a wrong checksum")
                return segment
        raise Failed(f"{what} did not come to {self}")

    def pending(self) -> list[Segment]:
        """The segments that have come by now."""
        found = []
        with suppress(Failed):
            while True:
                found.append(self.next("", 0.001))
        return found

    def take(self, segment: Segment) -> None:
        """Puts a segment's bytes where they belong; what came before must not change."""
        if segment.flags & RST:
            self.reset = True
            return
        if segment.flags & ACK:
            place = (segment.ack - self.first - 1) % WORD
            self.acknowledged = max(self.acknowledged, place if place < WORD // 2 else 0)
        at = (segment.seq - self.other_first - 1) % WORD
        at = at if at < WORD // 2 else at - WORD
        if segment.data and at + len(segment.data) <= self.told:
            if self.answers:
                self.ack()
        elif segment.data:
            true(at >= 0, f"{self} gets bytes in front of the stream's first")
            self.ahead[at] = max(self.ahead.get(at, b""), segment.data, key=len)
        self.join()
        if segment.flags & FIN and at + len(segment.data) <= len(self.stream):
            self.ended = True

    def join(self) -> None:
        """Moves what follows on into the stream."""
        for at in sorted(self.ahead):
            if at > len(self.stream):
                return
            data = self.ahead.pop(at)
            known = bytes(self.stream[at : at + len(data)])
            equal(data[: len(known)], known, f"{self} gets other bytes than before at {at}")
            self.stream += data[len(known) :]

    def look(self) -> bytes:
        """The stream as far as it has come by now."""
        for segment in self.pending():
            self.take(segment)
        return bytes(self.stream)

    def gets(self, wanted: bytes, what: str) -> None:
        """The stream is this in the end, and no other."""
        while len(self.stream) < len(wanted) and not self.reset:
            try:
                segment = self.next(what)
            except Failed:
                equal(bytes(self.stream), wanted, f"{what}: the stream to {self}")
                raise
            self.take(segment)
        equal(self.look(), wanted, f"{what}: the stream to {self}")
        true(not self.reset, f"{self} was reset")

    def hears_of(self, place: int, what: str) -> None:
        """All that was sent up to a place is acknowledged, and no more."""
        while self.acknowledged < place:
            self.take(self.next(f"acknowledgement of {what}"))
        self.look()
        equal(self.acknowledged, place, f"bytes of {what} that {self} hears have come")

    def __str__(self) -> str:
        return f"{self.host.name}:{self.own[1]}"


def connect(near: Peer, far: Peer, to: Endpoint | None = None, options: bytes = b"") -> Segment:
    """Opens a connection from the one to the other, with further options; returns the SYN as it comes."""
    near.other = to or far.own
    near.segment(near.first, 0, SYN, b"", opening(near.mss) + options)
    syn = far.next("SYN")
    equal(syn.flags, SYN, "flags of the SYN")
    far.other, far.other_first = syn.source, syn.seq
    far.segment(far.first, syn.seq + 1, SYN | ACK, b"", opening(far.mss))
    answer = near.next("SYN and ACK")
    equal(answer.flags, SYN | ACK, "flags of the SYN's answer")
    near.other_first = answer.seq
    near.ack()
    equal(far.next("ACK").flags, ACK, "flags of the ACK")
    return syn


def peers(net: Net, port: int = 33060, first: int = 1000, far_first: int = 5000) -> tuple[Peer, Peer]:
    """A connection from the phone to the server's SIP port, segment by segment."""
    near, far = Peer(net.phone, port, first), Peer(net.server, 5060, far_first)
    connect(near, far)
    return near, far
