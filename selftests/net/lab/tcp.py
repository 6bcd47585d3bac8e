# SPDX-License-Identifier: GPL-2.0-only
"""SIP over TCP: gateways that give its connections the helper, and messages in both directions at once.

A Way is what one side sends and what the other ought to get of it; exchange() moves several at a
time and compares each byte when it comes.
"""

from __future__ import annotations

import selectors
import socket
import struct
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from .check import Failed, equal, patience
from .gateway import Gateway
from .host import Host
from .net import Net
from .stream import Stream, listen, unbound

# Seconds without a byte after which a connection counts as stalled.
STALL = 60.0
# The same in a test that is to fail.
LOST = 1.0


def over_tcp(gateway: Gateway) -> Gateway:
    """The gateway with its rules for TCP."""
    rules = gateway.nft.replace("protocol udp", "protocol tcp").replace("udp dport", "tcp dport")
    return replace(
        gateway,
        name=f"{gateway.name}, tcp",
        nat=tuple(rule.replace("-p udp", "-p tcp") for rule in gateway.nat),
        forward=tuple(rule.replace("-p udp", "-p tcp") for rule in gateway.forward),
        tcp="5060",
        nft=rules,
    )


@dataclass(frozen=True)
class Pair:
    """A message as it is sent, and as it ought to arrive."""

    sent: bytes
    wanted: bytes


@dataclass
class Way:
    """What goes from one socket to another.

    pieces: what is sent with each call; the messages' bytes, however cut.
    lenient: a message may also arrive as it was sent, where its pieces could not be held for long.
    """

    sender: Stream
    receiver: Stream
    messages: list[Pair]
    pieces: Iterable[bytes]
    lenient: bool = False
    unchanged: int = 0
    received: int = 0
    ended: bool = False
    rest: bytearray = field(default_factory=bytearray)

    def take(self, data: bytes) -> None:
        """Compares what has come with what ought to."""
        self.rest += data
        while self.rest and self.received < len(self.messages):
            message = self.messages[self.received]
            forms = [message.wanted] + [message.sent] * self.lenient
            whole = [one for one in forms if self.rest.startswith(one)]
            if whole:
                del self.rest[: len(whole[0])]
                self.unchanged += whole[0] != message.wanted
                self.received += 1
            elif any(one.startswith(self.rest) for one in forms):
                return
            else:
                self.complain(message)
        if self.rest and self.received == len(self.messages):
            raise Failed(f"{len(self.rest)} bytes too many came to {self.receiver}: {bytes(self.rest[:80])!r}")

    def complain(self, message: Pair) -> None:
        """Says how what has come differs."""
        which = f"message {self.received} of {len(self.messages)} to {self.receiver}"
        if message.sent.startswith(self.rest[: len(message.sent)]):
            raise Failed(f"{which} comes as it was sent")
        pairs = enumerate(zip(self.rest, message.wanted))
        place = next(at for at, (got, wanted) in pairs if got != wanted)
        part = slice(max(0, place - 60), place + 60)
        equal(bytes(self.rest[part]), message.wanted[part], f"{which}, at byte {place} of {len(message.wanted)}")

    def end(self) -> None:
        """No more will come."""
        self.ended = True
        short = f"the stream to {self.receiver} ended in message {self.received}"
        equal(self.received, len(self.messages), short)


class Sending:
    """The pieces of a way as they are written, one with each call."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self.pieces: Iterator[bytes] = iter(way.pieces)
        self.piece = memoryview(b"")

    def go(self) -> bool:
        """Writes what can be written now; whether there is more."""
        if not self.piece:
            self.piece = memoryview(next((one for one in self.pieces if one), b""))
        if not self.piece:
            self.way.sender.socket.shutdown(socket.SHUT_WR)
            return False
        try:
            self.piece = self.piece[self.way.sender.socket.send(self.piece) :]
        except ConnectionError as error:
            raise Failed(f"{self.way.sender} in the middle of a stream: {error}") from None
        return True


def exchange(*ways: Way) -> None:
    """Moves all that is to be sent, until each stream has ended; fails when nothing moves any more."""
    selector = selectors.DefaultSelector()
    sending = {way.sender.socket: Sending(way) for way in ways}
    receiving = {way.receiver.socket: way for way in ways}
    for end in sending.keys() | receiving.keys():
        end.setblocking(False)
        events = selectors.EVENT_READ * (end in receiving) | selectors.EVENT_WRITE * (end in sending)
        selector.register(end, events)
    stall = patience(STALL, LOST)
    moved = time.monotonic()
    try:
        while not all(way.ended for way in ways):
            for key, events in selector.select(stall):
                moved = time.monotonic()
                one = key.fileobj
                assert isinstance(one, socket.socket)
                over = 0
                if events & selectors.EVENT_WRITE and not sending[one].go():
                    over |= selectors.EVENT_WRITE
                if events & selectors.EVENT_READ and not arrived(receiving[one]):
                    over |= selectors.EVENT_READ
                if over == key.events:
                    selector.unregister(one)
                elif over:
                    selector.modify(one, key.events & ~over)
            if time.monotonic() - moved >= stall:
                there = [f"{way.received} of {len(way.messages)} to {way.receiver}" for way in ways]
                raise Failed(f"nothing moved for {stall:g} seconds; {', '.join(there)}")
    finally:
        selector.close()


def arrived(way: Way) -> bool:
    """Takes what has come; whether there may be more."""
    try:
        data = way.receiver.socket.recv(1 << 16)
    except BlockingIOError:
        return True
    except ConnectionError as error:
        raise Failed(f"{way.receiver} after {way.received} messages: {error}") from None
    if data:
        way.take(data)
    else:
        way.end()
    return bool(data)


def abort_at_end(stream: Stream) -> Stream:
    """When it is closed it is reset, so that nothing of it lives on behind the test."""
    stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return stream


def no_delay(*streams: Stream) -> None:
    """Each piece is sent when it is written."""
    for one in streams:
        one.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def forget_at_once(net: Net) -> None:
    """Connections that have ended do not linger (RFC 9293 3.6.1), and their ports are free again.

    Programs end with their tests, and the next ones want the same ports.
    """
    for host in (net.phone, net.other, net.server, net.stranger):
        host.run("sysctl", "-qw", "net.ipv4.tcp_max_tw_buckets=0")


@dataclass(frozen=True)
class Patience:
    """What a sender has gone through so far."""

    # Acknowledgements for which it has waited in vain, and begun again (RFC 6298 5).
    waits: int
    # Segments that it has sent once more.
    repeats: int

    @classmethod
    def of(cls, stream: Stream) -> Patience:
        """By the kernel's account."""
        total_retrans, total_rto = 100, 240  # of struct tcp_info
        info = stream.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, total_rto + 2)
        waits = struct.unpack_from("=H", info, total_rto)[0]
        return cls(waits, struct.unpack_from("=I", info, total_retrans)[0])


def connected(
    net: Net,
    port: int = 0,
    *,
    to: int = 5060,
    buffer: int = 0,
    host: Host | None = None,
    server: Host | None = None,
) -> tuple[Stream, Stream]:
    """A connection from the phone to a port of the server's, or between others: both its ends.

    buffer: bytes that each of them takes before it is read.
    """
    waiting = listen(server or net.server, to)
    near = unbound(host or net.phone, port)
    for one in (waiting, near) if buffer else ():
        one.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    try:
        near.socket.connect(waiting.socket.getsockname()[:2])
    except (TimeoutError, ConnectionRefusedError) as error:
        raise Failed(f"{near} got no connection: {error}") from None
    far = waiting.accept()
    waiting.close()
    return abort_at_end(near), abort_at_end(far)
