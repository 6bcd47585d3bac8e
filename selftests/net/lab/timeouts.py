# SPDX-License-Identifier: GPL-2.0-only
"""How long the gateway remembers connections."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .net import Net


@contextmanager
def udp_timeout(net: Net, seconds: int) -> Iterator[None]:
    """Connections over UDP end after so many seconds of silence."""
    gateway = net.world.gateway
    names = [f"net.netfilter.nf_conntrack_udp_timeout{which}" for which in ("", "_stream")]
    before = gateway.run(["sysctl", "-n", *names]).split()
    gateway.run(["sysctl", "-q", *(f"{name}={seconds}" for name in names)])
    try:
        yield
    finally:
        gateway.run(["sysctl", "-q", *(f"{name}={value}" for name, value in zip(names, before))])
