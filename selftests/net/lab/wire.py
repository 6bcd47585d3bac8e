# SPDX-License-Identifier: GPL-2.0-only
"""IP packets as they are on the wire: made by hand, and looked at byte by byte."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass

from .check import Failed

UDP = socket.IPPROTO_UDP


@dataclass(frozen=True)
class Datagram:
    """An IPv4 packet with UDP in it."""

    tos: int
    id: int
    fragment: int
    ttl: int
    source: str
    destination: str
    ports: tuple[int, int]
    length: int
    payload: bytes
    checksums_right: bool


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def pseudo(source: str, destination: str, length: int) -> bytes:
    """The pseudo header that UDP's checksum covers too."""
    addresses = socket.inet_aton(source) + socket.inet_aton(destination)
    return addresses + struct.pack("!BBH", 0, UDP, length)


def udp4(
    source: tuple[str, int],
    destination: tuple[str, int],
    payload: bytes,
    *,
    length: int | None = None,
    sum_udp: bool = True,
    trailer: bytes = b"",
    tos: int = 0,
    ident: int = 0x5060,
    dont_fragment: bool = False,
) -> bytes:
    """A whole IPv4 packet; `length` is what UDP's header states, `trailer` lies behind that."""
    stated = len(payload) + 8 if length is None else length
    udp = struct.pack("!HHHH", source[1], destination[1], stated, 0) + payload
    if sum_udp:
        covered = udp[:stated]
        total = checksum(pseudo(source[0], destination[0], stated) + covered) or 0xFFFF
        udp = udp[:6] + struct.pack("!H", total) + udp[8:]
    udp += trailer
    flags = 0x4000 if dont_fragment else 0
    head = struct.pack("!BBHHHBBH", 0x45, tos, 20 + len(udp), ident, flags, 64, UDP, 0)
    head += socket.inet_aton(source[0]) + socket.inet_aton(destination[0])
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + udp


def read(packet: bytes) -> Datagram | None:
    """Reads an unfragmented IPv4 UDP packet; None for anything else."""
    if len(packet) < 28 or packet[0] != 0x45 or packet[9] != UDP:
        return None
    _, tos, total, ident, fragment, ttl, _, _ = struct.unpack_from("!BBHHHBBH", packet)
    source, destination = socket.inet_ntoa(packet[12:16]), socket.inet_ntoa(packet[16:20])
    udp = packet[20:total]
    sport, dport, length, udp_sum = struct.unpack_from("!HHHH", udp)
    right = checksum(packet[:20]) == 0
    if udp_sum:
        right = right and checksum(pseudo(source, destination, length) + udp[:length]) == 0
    return Datagram(
        tos,
        ident,
        fragment,
        ttl,
        source,
        destination,
        (sport, dport),
        length,
        udp[8:length],
        right,
    )


def next_datagram(capture: socket.socket, port: int) -> Datagram:
    """The next UDP packet on a wire that goes to this port."""
    while True:
        try:
            data = capture.recv(1 << 16)
        except TimeoutError:
            raise Failed(f"no datagram to port {port} was on the wire") from None
        datagram = read(data)
        if datagram and datagram.ports[1] == port:
            return datagram
