# SPDX-License-Identifier: GPL-2.0-only
"""Media: datagrams that look like RTP, and whether they get through."""

from __future__ import annotations

import struct

from .check import equal
from .host import Endpoint, Socket
from .net import Net


def rtp(number: int = 1, source: int = 0x5060, payload: bytes = b"\xd5" * 160) -> bytes:
    """An RTP packet of G.711 A-law."""
    return struct.pack("!BBHII", 0x80, 8, number & 0xFFFF, number * 160, source) + payload


def flows(sender: Socket, to: Endpoint, receiver: Socket, number: int = 1) -> Endpoint:
    """One packet gets through, unchanged; returns where it seems to come from."""
    data = rtp(number, sender.port)
    sender.send(data, to)
    packet = receiver.receive(f"RTP from {sender}")
    equal(packet.data, data, f"RTP from {sender} to {receiver}")
    return packet.source


def two_way(near: Socket, far: Socket, near_at: Endpoint, far_at: Endpoint) -> None:
    """Media from the far side first, which needs a pinhole, then both ways."""
    for number in (1, 2):
        source = flows(far, near_at, near, number)
        equal(source, far_at, f"where {near} sees {far}")
        source = flows(near, far_at, far, number)
        equal(source, near_at, f"where {far} sees {near}")


def shut(stranger: Socket, to: Endpoint, receiver: Socket, friend: Socket, seen: Endpoint) -> None:
    """What the stranger sends does not get in, while the friend's next packet does."""
    stranger.send(rtp(666, stranger.port), to)
    source = flows(friend, to, receiver, 3)
    equal(source, seen, f"who reached {receiver}")
    equal(len(receiver.pending()), 0, f"datagrams that reached {receiver} besides")


def closed(net: Net, sender: Socket, to: Endpoint, receivers: list[Socket]) -> None:
    """Nothing is open at `to`: a packet gets to none of the receivers."""
    sender.send(rtp(667, sender.port), to)
    # What the LAN sends out comes after it, and so shows that it has gone.
    probe, echo = net.phone.udp(), net.server.udp()
    probe.send(b"probe", echo)
    echo.receive("the probe")
    for receiver in receivers:
        equal(len(receiver.pending()), 0, f"datagrams that reached {receiver} from {sender}")
