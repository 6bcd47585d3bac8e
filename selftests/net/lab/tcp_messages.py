# SPDX-License-Identifier: GPL-2.0-only
"""Messages for streams, each as it is sent and as it ought to arrive, and the pieces they are cut into."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator

from .host import Endpoint, name
from .sip import message
from .stream import Stream
from .tcp import Pair, Way

# Bytes of a body, from none to more than two segments.
SIZES = (0, 0, 1, 9, 10, 99, 100, 300, 300, 999, 1000, 1400, 1460, 3100)


def text(number: int, target: str, via: str, caller: str, callee: str, contacts: int, body: bytes) -> bytes:
    """A request, with its endpoints as they stand in URIs; Contact may name the caller several times."""
    contact = ", ".join([f"<sip:alice@{caller}>"] * contacts)
    return message(
        f"""
        MESSAGE sip:bob@{target} SIP/2.0
        Via: SIP/2.0/TCP {via};branch=z9hG4bK-{number}
        Max-Forwards: 70
        From: <sip:alice@{caller}>;tag=a-{number}
        To: <sip:bob@{callee}>
        Call-ID: stream-{number}
        CSeq: {number + 1} MESSAGE
        Contact: {contact}
        Content-Type: text/plain
        Content-Length: LENGTH
        """,
        body,
    )


class Speech:
    """What can be said over a connection of the phone's to the server, by its four endpoints."""

    def __init__(self, phone: Endpoint, called: Endpoint, public: Endpoint, server: Endpoint) -> None:
        ends = (phone, called, public, server)
        self.phone, self.called, self.public, self.server = (name(end) for end in ends)
        self.random = random.Random(5060)

    def body(self, size: int) -> bytes:
        """A text that speaks of addresses, which are not to be touched, and looks like messages."""
        words = f"{self.phone} {self.public} SIP/2.0 200 OK\r\n\r\nBYE sip:x SIP/2.0\r\nl: 9\r\n\r\n".encode()
        return (words * (size // len(words) + 1))[:size]

    def outward(self, number: int, size: int, contacts: int = 1) -> Pair:
        """A request of the phone's, which grows where the outside address is longer."""
        body = self.body(size)
        sent = text(number, self.called, self.phone, self.phone, self.called, contacts, body)
        return Pair(sent, text(number, self.server, self.public, self.public, self.server, contacts, body))

    def inward(self, number: int, size: int, contacts: int = 1) -> Pair:
        """A request of the server's, which becomes as much shorter in its first line and To."""
        body = self.body(size)
        server = self.server
        sent = text(number, self.public, server, server, self.public, contacts, body)
        called = self.called
        return Pair(sent, text(number, self.phone, called, called, self.phone, contacts, body))

    def both(self, count: int, sizes: tuple[int, ...] = SIZES) -> tuple[list[Pair], list[Pair]]:
        """So many messages for each direction, of changing sizes and growths."""
        chosen = self.random.choice
        lists = []
        for kind in (self.outward, self.inward):
            lists.append([kind(n, chosen(sizes), self.random.randint(1, 4)) for n in range(count)])
        return lists[0], lists[1]


class Talk(Speech):
    """Both ends of a connection, and what can be said over it."""

    def __init__(self, near: Stream, far: Stream) -> None:
        ends = (near.socket, far.socket)
        inside, outside = ((one.getsockname()[:2], one.getpeername()[:2]) for one in ends)
        super().__init__(*inside, *outside[::-1])
        self.near, self.far = near, far

    def ways(self, out: list[Pair], back: list[Pair], cut=None, lenient: bool = False) -> tuple[Way, Way]:
        """Both directions, with the messages cut by `cut`, or one at a time."""
        cut = cut or whole
        return (
            Way(self.near, self.far, out, cut(out), lenient),
            Way(self.far, self.near, back, cut(back), lenient),
        )


# An endpoint's keep-alive and its answer (RFC 5626 3.5.1).
PING, PONG = Pair(b"\r\n\r\n", b"\r\n\r\n"), Pair(b"\r\n", b"\r\n")


def as_it_is(data: bytes) -> list[Pair]:
    """What ought to arrive as it is sent, in handy pieces."""
    parts = (data[place : place + 16384] for place in range(0, len(data), 16384))
    return [Pair(one, one) for one in parts]


def edited(pair: Pair, old: bytes, new: bytes) -> Pair:
    """The message with one of its lines written in another way."""
    assert old in pair.sent and old in pair.wanted, old
    return Pair(pair.sent.replace(old, new, 1), pair.wanted.replace(old, new, 1))


def whole(messages: Iterable[Pair]) -> Iterator[bytes]:
    """Each message by itself."""
    return (one.sent for one in messages)


def single_bytes(messages: Iterable[Pair]) -> Iterator[bytes]:
    """One byte after the other."""
    return (bytes([byte]) for one in messages for byte in one.sent)


def at_random(largest: int, seed: int = 5060):
    """Pieces of up to so many bytes, whatever the messages."""

    def cut(messages: Iterable[Pair]) -> Iterator[bytes]:
        drawn = random.Random(seed)
        stream = b"".join(one.sent for one in messages)
        place = 0
        while place < len(stream):
            size = drawn.randint(1, largest)
            yield stream[place : place + size]
            place += size

    return cut


# What a message is cut in: where the rest begins, as the end of this pattern.
PLACES = {
    "the method": rb"^..",
    "the Request-URI": rb"sip:b",
    "the version": rb" SIP/2",
    "the first line's end": rb"SIP/2.0\r",
    "the name of a header field": rb"\r\nVi",
    "an address": rb"TCP [^;]{4}",
    "a port": rb"TCP \S*:\d\d",
    "a line's end": rb"Max-Forwards: 70\r",
    "the Contact": rb"Contact: <sip:alice@",
    "the name of Content-Length": rb"Content-Le",
    "the value of Content-Length": rb"Content-Length: \d",
    "the end of Content-Length": rb"Content-Length: \d+",
    "the header's end, in front": rb"Content-Length: \d+\r\n",
    "the header's end, within": rb"Content-Length: \d+\r\n\r",
    "header and body": rb"\r\n\r\n",
    "the body": rb"\r\n\r\n.{5}",
    "the last byte": rb"(?s)^.*(?=.$)",
}


def cut_in(place: str):
    """In each message; what lies between two cuts is one piece, with the end of one and the next's beginning."""

    def cut(messages: Iterable[Pair]) -> Iterator[bytes]:
        kept = b""
        for one in messages:
            match = re.search(PLACES[place], one.sent)
            assert match, place
            yield kept + one.sent[: match.end()]
            kept = one.sent[match.end() :]
        yield kept

    return cut


def cut_apart(place: str):
    """In each message, whose two pieces are its own."""

    def cut(messages: Iterable[Pair]) -> Iterator[bytes]:
        for one in messages:
            match = re.search(PLACES[place], one.sent)
            assert match, place
            yield one.sent[: match.end()]
            yield one.sent[match.end() :]

    return cut
