# SPDX-License-Identifier: GPL-2.0-only
"""The provider's registrar and proxy: Kamailio."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

from program import Program

ADDRESS = "203.0.113.10"


def start(folder: Path) -> Program:
    config = Path(__file__).with_name("kamailio.cfg")
    memory = ["-m", "64", "-M", "16"]
    kamailio = Program(
        "provider",
        ["kamailio", "-f", str(config), "-DD", "-E", *memory, "-Y", str(folder)],
        folder / "kamailio.log",
    )
    # As /proc/net/udp writes it.
    (number,) = struct.unpack("=I", socket.inet_aton(ADDRESS))
    endpoint = f"{number:08X}:{5060:04X}"
    kamailio.require(
        lambda: any(endpoint in line for line in kamailio.table("udp")), 60, "Kamailio listens"
    )
    return kamailio
