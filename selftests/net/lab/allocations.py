# SPDX-License-Identifier: GPL-2.0-only
"""Allocations of memory that fail, one at a time, while the gateway forwards a packet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .check import PATIENCE, Skip, within
from .host import Host
from .net import Net


@dataclass
class Forwarder:
    """The kernel's thread that forwards what a host sends."""

    fail_nth: Path

    def fail(self, nth: int) -> None:
        """Has the nth allocation from now on fail; 0 for none."""
        self.fail_nth.write_text(str(nth))

    @property
    def left(self) -> int:
        """How many more succeed, and the one that fails; 0 when that has been."""
        return int(self.fail_nth.read_text())


def thread(host: str) -> Path | None:
    """Where the thread is that takes the packets of a host's wire."""
    for comm in Path("/proc").glob("[0-9]*/comm"):
        try:
            if comm.read_text().startswith(f"napi/{host}-"):
                return comm.parent
        except FileNotFoundError:
            continue
    return None


@contextmanager
def forwarders(net: Net, *hosts: Host) -> Iterator[list[Forwarder]]:
    """What these hosts send is forwarded by threads, one for each, in this block.

    Softirqs forward packets as a rule, and the kernel has allocations fail in turn in threads only.
    """
    if not Path("/proc/self/fail-nth").exists():
        raise Skip("this kernel has no allocations fail")
    found = []
    try:
        for host in hosts:
            switch(net, host, True)
            folder = within(PATIENCE, lambda: thread(host.name), f"the thread of {host.name}")
            assert folder
            found.append(Forwarder(folder / "fail-nth"))
        yield found
    finally:
        for host in hosts:
            switch(net, host, False)


def switch(net: Net, host: Host, threaded: bool) -> None:
    """Whether a thread takes what comes from the host; it can where it might put packets together."""
    gateway = net.world.gateway
    gateway.run(["ethtool", "-K", host.name, "gro", "on" if threaded else "off"])
    if threaded:
        file = f"/sys/class/net/{host.name}/threaded"
        # Which has the network's own /sys.
        gateway.run(["ip", "netns", "exec", "gateway", "sh", "-c", f"echo 1 >{file}"])
