# SPDX-License-Identifier: GPL-2.0-only
"""The rules that give connections the helper, and hold its module."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .check import PATIENCE, within
from .kernel import references
from .net import Net

RULE = ["PREROUTING", "-p", "udp", "--dport", "5060", "-j", "CT", "--helper", "sip"]


@contextmanager
def without_helper(net: Net) -> Iterator[None]:
    """No rule holds the module in this block."""
    rules = [RULE]
    if net.gateway.tcp:
        rules.append(["tcp" if word == "udp" else word for word in RULE])
    change = ["iptables", "-t", "raw"]
    for rule in rules:
        net.world.gateway.run([*change, "-D", *rule])
    # A rule lets go of it after a grace period.
    within(PATIENCE, lambda: references() == 0, "no rule holds the module")
    try:
        yield
    finally:
        for rule in rules:
            net.world.gateway.run([*change, "-A", *rule])


@contextmanager
def for_the_gateway(net: Net) -> Iterator[None]:
    """What the gateway itself opens over TCP has the helper in this block."""
    rule = ["OUTPUT", "-p", "tcp", "--dport", "5060", "-j", "CT", "--helper", "sip"]
    change = ["iptables", "-t", "raw"]
    net.world.gateway.run([*change, "-A", *rule])
    try:
        yield
    finally:
        net.world.gateway.run([*change, "-D", *rule])
