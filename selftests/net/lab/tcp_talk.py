# SPDX-License-Identifier: GPL-2.0-only
"""What two ends say to each other segment by segment, and what each hears of it."""

from __future__ import annotations

import re

from .check import equal, patience, within
from .conntrack import Connection
from .net import Net
from .tcp import Pair
from .tcp_messages import PLACES, Speech
from .tcp_peer import Peer, peers


def talk(net: Net, **more) -> tuple[Peer, Peer, Speech]:
    """A connection, and what can be said over it."""
    near, far = peers(net, **more)
    return near, far, Speech(near.own, near.other, far.other, far.own)


def cut(pair: Pair, place: str = "header and body") -> tuple[bytes, bytes]:
    """Both parts of a message."""
    match = re.search(PLACES[place], pair.sent)
    assert match
    return pair.sent[: match.end()], pair.sent[match.end() :]


def sent(*pairs: Pair) -> bytes:
    """The messages as they are sent."""
    return b"".join(one.sent for one in pairs)


def wanted(*pairs: Pair) -> bytes:
    """The messages as they ought to arrive."""
    return b"".join(one.wanted for one in pairs)


def arrived(near: Peer, far: Peer, *pairs: Pair) -> None:
    """The far end has the messages, which are all there are, and the near one hears of it."""
    far.gets(wanted(*pairs), "messages")
    far.ack()
    near.hears_of(len(sent(*pairs)), "the messages")


def conversation(near: Peer, far: Peer, said: Speech, count: int) -> tuple[list[Pair], list[Pair]]:
    """So many messages each way, one at a time, with what each end has to know of the other."""
    out, back = [], []
    for number in range(count):
        out.append(said.outward(number, number * 7, 1 + number % 3))
        near.send(out[-1].sent)
        arrived(near, far, *out)
        back.append(said.inward(number, number * 5, 1))
        far.send(back[-1].sent)
        arrived(far, near, *back)
    return out, back


def tracked(net: Net) -> Connection:
    """The connection as the gateway knows it."""
    (found,) = [one for one in net.conntrack.connections() if one.original.protocol == 6]
    return found


def heard(near: Peer, far: Peer, place: int) -> None:
    """The one hears that so much has come, since the other answers what it is asked."""

    def hears() -> bool:
        far.look()
        near.look()
        return near.acknowledged == place

    within(patience(10, 0.5), hears, f"{near} hears that {place} bytes have come")
