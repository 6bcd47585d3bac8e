# SPDX-License-Identifier: GPL-2.0-only
"""Ends of connections that speak by turns: each waits for what the other says before it goes on."""

from __future__ import annotations

import selectors
import time

from .check import Failed, patience
from .tcp import LOST, STALL, arrived
from .tcp_messages import Talk


class Turns:
    """A connection, over which so many messages go each way, each of them the answer to the last."""

    def __init__(self, talk: Talk, count: int, sizes: tuple[int, ...]) -> None:
        self.ways = talk.ways(*talk.both(count, sizes), lenient=True)
        self.said = 0
        self.moved = time.monotonic()

    def is_over(self) -> bool:
        """Whether all has been said and has come."""
        return all(way.received == len(way.messages) for way in self.ways)

    def go(self) -> None:
        """Says what comes next, if the last message has come."""
        self.moved = time.monotonic()
        if self.said == sum(way.received for way in self.ways) and not self.is_over():
            way = self.ways[self.said % 2]
            way.sender.send(way.messages[way.received].sent)
            self.said += 1


def take_turns(turns: list[Turns]) -> None:
    """Moves all that is to be said over each connection; fails when nothing moves over one of them any more."""
    stall = patience(STALL, LOST)
    with selectors.DefaultSelector() as selector:
        for one in turns:
            for way in one.ways:
                selector.register(way.receiver.socket, selectors.EVENT_READ, (one, way))
            one.go()
        while left := [one for one in turns if not one.is_over()]:
            for key, _ in selector.select(stall):
                one, way = key.data
                arrived(way)
                one.go()
            first = min(left, key=lambda one: one.moved)
            if time.monotonic() - first.moved >= stall:
                there = [f"{way.received} of {len(way.messages)} to {way.receiver}" for way in first.ways]
                raise Failed(f"nothing moved for {stall:g} seconds; {', '.join(there)}")
