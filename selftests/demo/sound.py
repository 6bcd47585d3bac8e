# SPDX-License-Identifier: GPL-2.0-only
"""The sound in a capture: RTP packets with G.711 A-law (PCMA) in them."""

from __future__ import annotations

from capture import Packet

HEADER = 12
PCMA = 8
RATE = 8000


def is_sound(packet: Packet) -> bool:
    start = packet.payload[:HEADER]
    return len(start) == HEADER and start[0] >> 6 == 2 and start[1] & 0x7F == PCMA


def decode(code: int) -> int:
    """A sample from its A-law code (ITU-T G.711)."""
    code ^= 0x55
    exponent, mantissa = code >> 4 & 7, code & 15
    size = 16 * mantissa + 8
    if exponent:
        size = (size + 256) << (exponent - 1)
    return size if code & 0x80 else -size


DECODED = [decode(code) for code in range(256)]


def tone(packets: list[Packet]) -> float | None:
    """The frequency in Hz of the tone that packets of one direction carry, or None where there is
    no sound. A tone crosses zero twice in each period."""
    crossings = samples = 0
    below = None
    for packet in packets:
        codes = packet.payload[HEADER:]
        samples += len(codes)
        for sample in map(DECODED.__getitem__, codes):
            # What is nearly silent is on neither side.
            if abs(sample) < 64:
                continue
            if below is not None and (sample < 0) != below:
                crossings += 1
            below = sample < 0
    return crossings * RATE / 2 / samples if crossings > 1 else None
