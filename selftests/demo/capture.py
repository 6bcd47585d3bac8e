# SPDX-License-Identifier: GPL-2.0-only
"""Captures: made with tcpdump, read back as UDP packets."""

from __future__ import annotations

import signal
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from program import Program


class Endpoint(NamedTuple):
    address: str
    port: int

    def __str__(self) -> str:
        return f"{self.address}:{self.port}" if self.port else self.address


class Packet(NamedTuple):
    time: float
    source: Endpoint
    destination: Endpoint
    payload: bytes


class Capture:
    """tcpdump at one of a namespace's network devices."""

    def __init__(self, namespace: str, device: str, path: Path) -> None:
        self.path = path
        at_once = ["-U", "--immediate-mode"]
        self.program = Program(
            namespace,
            ["tcpdump", "-n", "-i", device, *at_once, "-Z", "root", "-w", str(path), "udp"],
            path.with_suffix(".log"),
        )

    def ready(self) -> None:
        self.program.require(lambda: "listening on" in self.program.said(), 60, "tcpdump listens")

    def stop(self) -> None:
        self.program.stop(signal.SIGINT)

    def packets(self) -> Iterator[Packet]:
        """The UDP packets over IPv4 so far."""
        data = self.path.read_bytes()
        # The header of a pcap file, and then one of time, length and full length for each packet.
        offset = 24
        while offset + 16 <= len(data):
            seconds, micros, length, _ = struct.unpack_from("=IIII", data, offset)
            frame = data[offset + 16 : offset + 16 + length]
            offset += 16 + length
            if packet := udp(frame):
                yield Packet(seconds + micros / 1e6, *packet)


def udp(frame: bytes) -> tuple[Endpoint, Endpoint, bytes] | None:
    """The UDP packet in a whole Ethernet frame."""
    if len(frame) < 42 or frame[12:14] != b"\x08\x00" or frame[23] != socket.IPPROTO_UDP:
        return None
    start = 14 + 4 * (frame[14] & 15)
    source, destination, length = struct.unpack_from("!HHH", frame, start)
    return (
        Endpoint(socket.inet_ntoa(frame[26:30]), source),
        Endpoint(socket.inet_ntoa(frame[30:34]), destination),
        frame[start + 8 : start + length],
    )
