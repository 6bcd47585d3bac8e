# SPDX-License-Identifier: GPL-2.0-only
"""Messages on both sides of the gateway: which belong together, and what became of the addresses."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from capture import Capture, Packet
from sip import Line, Message, is_sip

PRIVATE = re.compile(r"\b192\.168\.\d+\.\d+")
# Lines to be shown also when nothing happened to them.
ALWAYS = {"request", "via", "contact", "sdp c=", "sdp m="}


class Row(NamedTuple):
    """A line on both sides; None where it is not there."""

    name: str
    lan: str | None
    wan: str | None
    changed: bool


class Crossing(NamedTuple):
    """One message, as it was seen on both sides; None where it did not get to."""

    lan: Message | None
    wan: Message | None
    outward: bool
    times_sent: int

    @property
    def message(self) -> Message:
        message = self.lan or self.wan
        assert message
        return message

    @property
    def time(self) -> float:
        return min(message.packet.time for message in (self.lan, self.wan) if message)

    @property
    def private_addresses(self) -> int:
        """How many of them the Internet reads in it."""
        return sum(len(PRIVATE.findall(line.raw)) for line in self.wan.lines) if self.wan else 0

    def rows(self) -> Iterator[Row]:
        """What is worth showing, in the message's own order. No difference is left out."""
        if not (self.lan and self.wan):
            return
        lan, wan = (f"{m.packet.source} > {m.packet.destination}" for m in (self.lan, self.wan))
        yield Row("packet", lan, wan, lan != wan)
        for here, there in pair(self.lan.lines, self.wan.lines):
            if not here or not there:
                only = here or there
                if only:
                    yield Row(only.name, here and here.raw, there and there.raw, True)
            elif here.short != there.short:
                yield Row(here.name, here.short, there.short, True)
            elif here.raw != there.raw:
                # A difference that the short form hides.
                yield Row(here.name, here.raw, there.raw, True)
            elif here.short and here.name.lower() in ALWAYS:
                yield Row(here.name, here.short, there.short, False)


def pair(lan: list[Line], wan: list[Line]) -> list[tuple[Line | None, Line | None]]:
    """Lines with their counterparts; None where a side has more lines than the other."""
    if len(lan) == len(wan):
        return list(zip(lan, wan))
    pairs: list[tuple[Line | None, Line | None]] = []
    matcher = difflib.SequenceMatcher(None, [x.raw for x in lan], [x.raw for x in wan], False)
    for _, lan_from, lan_to, wan_from, wan_to in matcher.get_opcodes():
        here, there = lan[lan_from:lan_to], wan[wan_from:wan_to]
        for n in range(max(len(here), len(there))):
            pairs.append((here[n] if n < len(here) else None, there[n] if n < len(there) else None))
    return pairs


def crossings(lan: Capture, wan: Capture, phone: str, gateway: str) -> list[Crossing]:
    """All messages between the telephone and the Internet, in their order."""
    seen: dict[tuple, tuple[list[Message], list[Message]]] = defaultdict(lambda: ([], []))

    def collect(packet: Packet, side: int, inside: str) -> None:
        if is_sip(packet):
            message = Message(packet)
            seen[message.key, packet.source.address == inside][side].append(message)

    for packet in lan.packets():
        collect(packet, 0, phone)
    for packet in wan.packets():
        collect(packet, 1, gateway)
    found = []
    for (_, outward), (here, there) in seen.items():
        times = max(len(here), len(there))
        found.append(
            Crossing(here[0] if here else None, there[0] if there else None, outward, times)
        )
    return sorted(found, key=lambda crossing: crossing.time)
