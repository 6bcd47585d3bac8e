# SPDX-License-Identifier: GPL-2.0-only
"""TCP segments as they are on the wire (RFC 9293), in IPv4 and IPv6."""

from __future__ import annotations

import ipaddress
import socket
import struct
from dataclasses import dataclass

from .host import Endpoint
from .wire import checksum

TCP = socket.IPPROTO_TCP
FIN, SYN, RST, PSH, ACK, URG, CWR = 1, 2, 4, 8, 16, 32, 128
MSS, SACK_PERMITTED, SACK = 2, 4, 5


@dataclass(frozen=True)
class Segment:
    """A segment and where it goes."""

    source: Endpoint
    destination: Endpoint
    seq: int
    ack: int
    flags: int
    data: bytes = b""
    window: int = 0xFFFF
    options: bytes = b""

    def header(self, total: int = 0) -> bytes:
        """TCP's header with this checksum."""
        ports = (self.source[1], self.destination[1])
        size = 20 + len(self.options)
        flags = size // 4 << 12 | self.flags
        fixed = struct.pack("!HHIIHHHH", *ports, self.seq, self.ack, flags, self.window, total, 0)
        return fixed + self.options

    def pseudo(self) -> bytes:
        """The pseudo header that the checksum covers too."""
        size = 20 + len(self.options) + len(self.data)
        ends = packed(self.source) + packed(self.destination)
        form = "!BBH" if len(ends) == 8 else "!IHBB"
        return ends + struct.pack(form, *((0, TCP, size) if len(ends) == 8 else (size, 0, 0, TCP)))

    def packet(self) -> bytes:
        """The whole IP packet."""
        total = checksum(self.pseudo() + self.header() + self.data)
        segment = self.header(total) + self.data
        ends = packed(self.source) + packed(self.destination)
        if len(ends) == 32:
            return struct.pack("!IHBB", 6 << 28, len(segment), TCP, 64) + ends + segment
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), 0, 0x4000, 64, TCP, 0) + ends
        return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + segment

    @property
    def sack(self) -> list[tuple[int, int]]:
        """What it says has come besides (RFC 2018): the ends of each block."""
        value = option(self.options, SACK)
        return list(struct.iter_unpack("!II", value))

    @classmethod
    def read(cls, packet: bytes) -> tuple[Segment, bool] | None:
        """A segment and whether its checksum is right; None for anything else."""
        version = packet[0] >> 4
        offset, width, start = (12, 4, 4 * (packet[0] & 15)) if version == 4 else (8, 16, 40)
        if packet[9 if version == 4 else 6] != TCP:
            return None
        length = struct.unpack_from("!H", packet, 2 if version == 4 else 4)[0]
        tcp = packet[start : length if version == 4 else length + 40]
        ends = [packet[offset + width * n :][:width] for n in (0, 1)]
        near, far, seq, ack, flags, window, _, _ = struct.unpack_from("!HHIIHHHH", tcp)
        size = (flags >> 12) * 4
        addresses = [str(ipaddress.ip_address(end)) for end in ends]
        segment = cls(
            (addresses[0], near),
            (addresses[1], far),
            seq,
            ack,
            flags & 0xFF,
            tcp[size:],
            window,
            tcp[20:size],
        )
        return segment, checksum(segment.pseudo() + tcp) == 0


def packed(endpoint: Endpoint) -> bytes:
    """An endpoint's address."""
    return ipaddress.ip_address(endpoint[0]).packed


def option(options: bytes, kind: int) -> bytes:
    """The value of an option, nothing where it is missing."""
    while options and options[0]:
        if options[0] == 1:
            options = options[1:]
            continue
        if options[0] == kind:
            return options[2 : options[1]]
        options = options[options[1] :]
    return b""


def sack(*blocks: tuple[int, int]) -> bytes:
    """The option that says what has come besides."""
    if not blocks:
        return b""
    value = b"".join(struct.pack("!II", *block) for block in blocks)
    return struct.pack("!BBBB", 1, 1, SACK, 2 + len(value)) + value


def opening(mss: int) -> bytes:
    """The options of a SYN."""
    return struct.pack("!BBHBBBB", MSS, 4, mss, SACK_PERMITTED, 2, 1, 1)


def fragments(packet: bytes, at: int) -> tuple[bytes, bytes]:
    """An IPv4 packet in two, the second of which begins at this byte of what it carries."""
    assert at % 8 == 0
    parts = []
    for begin, end, more in ((0, at, 0x2000), (at, len(packet) - 20, 0)):
        data = packet[20 + begin : 20 + end]
        fields = struct.pack("!HHH", 20 + len(data), 0x5060, more | begin // 8)
        head = packet[:2] + fields + packet[8:10] + b"\0\0" + packet[12:20]
        parts.append(head[:10] + struct.pack("!H", checksum(head)) + head[12:] + data)
    return parts[0], parts[1]
