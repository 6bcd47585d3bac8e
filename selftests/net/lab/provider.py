# SPDX-License-Identifier: GPL-2.0-only
"""A provider: Kamailio as registrar and proxy, which wants everybody's password and knows of no NAT."""

from __future__ import annotations

from .check import within
from .gateway import V4
from .kernel import TOP
from .net import Net
from .program import Program

CONFIG = TOP / "selftests/demo/kamailio.cfg"
# Seconds for it to start; one where nothing else runs.
LIMIT = 60.0
# The domain of its customers, which is its address; in IPv6 that is its host's.
DOMAIN = V4.server


def provider(net: Net, stays: bool = True, transport: str = "udp") -> Program:
    """Starts it at the server's usual port. A person may have several phones with it.

    stays: requests within a call go by it as well.
    """
    folder = net.folder("kamailio")
    started = net.server.start(
        *("kamailio", "-f", f"{CONFIG}", "-DD", "-E", "-m", "64", "-M", "16", "-Y", f"{folder}"),
        *("-A", "SEVERAL_TELEPHONES"),
        *(() if stays else ("-A", "LEAVES_THE_CALL")),
        *(("-A", "OVER_TCP") if transport == "tcp" else ()),
        # Its settings name the address of the other family.
        *(() if net.server.ip == DOMAIN else ("-l", f"{transport}:{net.server.uri}:5060")),
    )
    within(
        LIMIT,
        lambda: net.server.listens(5060, transport) or started.process.poll() is not None,
        lambda: f"Kamailio listens; it says\n{started.text()[-2000:]}",
    )
    return started
