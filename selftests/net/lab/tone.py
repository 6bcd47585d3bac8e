# SPDX-License-Identifier: GPL-2.0-only
"""Tones: which of several frequencies a recording holds."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from pathlib import Path

# Bytes of a WAV file's header.
HEADER = 44


def samples(path: Path, rate: int = 0) -> tuple[int, list[int]]:
    """The rate and the samples of a WAV file of 16 bits, also of one that is not complete.

    rate: of one whose header has not been written yet.
    """
    data = path.read_bytes()
    if data[:4] == b"RIFF":
        rate = struct.unpack_from("<I", data, 24)[0]
        start = data.find(b"data") + 8
    elif rate:
        start = HEADER
    else:
        return 0, []
    count = max(len(data) - start, 0) // 2
    return rate, list(struct.unpack_from(f"<{count}h", data, start)) if start > 8 and count else []


def power(rate: int, wave: list[int], frequency: float) -> float:
    """How much of the wave is of this frequency, from 0 to about 1 (Goertzel's algorithm)."""
    turn = 2 * math.cos(2 * math.pi * frequency / rate)
    one = two = 0.0
    for sample in wave:
        one, two = sample + turn * one - two, one
    total = sum(sample * sample for sample in wave)
    if not total:
        return 0.0
    return 2 * (one * one + two * two - turn * one * two) / (len(wave) * total)


def heard(
    path: Path, frequencies: Iterable[int], rate: int = 0, *, gaps: bool = False
) -> set[int]:
    """The frequencies that make up the last half second of a recording.

    gaps: silence in it does not count. A player that has fallen behind catches up: it asks for
    more than comes, and writes silence in between.
    """
    rate, wave = samples(path, rate)
    wave = [sample for sample in wave[-rate // 2 :] if sample or not gaps]
    if not wave or len(wave) < rate // (8 if gaps else 4):
        return set()
    return {one for one in frequencies if power(rate, wave, one) > 0.4}


def alaw(sample: int) -> int:
    """A sample of 16 bits in A-law (ITU-T G.711)."""
    size = abs(sample)
    exponent = (size >> 8).bit_length()
    mantissa = size >> (exponent + 3 if exponent else 4) & 15
    return ((0x80 if sample >= 0 else 0) | exponent << 4 | mantissa) ^ 0x55


def write_alaw(path: Path, frequency: int) -> None:
    """Writes a second of a tone in A-law, without any header."""
    turn = 2 * math.pi * frequency / 8000
    path.write_bytes(bytes(alaw(int(8000 * math.sin(turn * place))) for place in range(8000)))
