# SPDX-License-Identifier: GPL-2.0-only
"""The gateway's pinholes (in the kernel: expectations) as they come and go."""

from __future__ import annotations

import re
import signal
from pathlib import Path
from typing import NamedTuple

from capture import Endpoint
from program import Program

EVENTS = {"NEW": "opened", "DESTROY": "closed", "UPDATE": "changed"}
KINDS = {"0": "signalling", "1": "audio", "2": "video", "3": "image"}


class Pinhole(NamedTuple):
    """An event: from `source` (a port of 0 is any) packets may, or may no longer, come in."""

    time: float
    event: str
    kind: str
    source: Endpoint
    destination: Endpoint


class Watch:
    """conntrack, which reports each change."""

    def __init__(self, log: Path) -> None:
        command = ["conntrack", "--event", "expect", "--output", "timestamp"]
        self.program = Program("gateway", command, log)

    def ready(self) -> None:
        # Its socket has joined a group. The words are an address, the protocol (12 is netfilter's),
        # the process, the groups.
        def listens() -> bool:
            table = self.program.table("netlink")
            return any(line[1] == "12" and line[3] != "00000000" for line in table)

        self.program.require(listens, 60, "conntrack listens")

    def stop(self) -> None:
        self.program.stop(signal.SIGINT)

    def seen(self) -> list[Pinhole]:
        return list(filter(None, map(pinhole, self.program.said().splitlines())))


def pinhole(line: str) -> Pinhole | None:
    # The microseconds are not padded.
    event = re.match(r"\[(\d+)\.(\d+) *\]\s+\[(\w+)\]", line)
    if not event:
        return None
    # The first mention is the pinhole itself; masks and the master's connection follow.
    words = dict(reversed(re.findall(r"(\S+?)=(\S+)", line)))
    anyone = words.get("mask-src") == "0.0.0.0"
    return Pinhole(
        int(event[1]) + int(event[2]) / 1e6,
        EVENTS.get(event[3], event[3]),
        KINDS.get(words.get("class", ""), "other"),
        Endpoint("anyone" if anyone else words["src"], int(words["sport"])),
        Endpoint(words["dst"], int(words["dport"])),
    )
