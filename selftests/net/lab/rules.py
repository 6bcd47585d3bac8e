# SPDX-License-Identifier: GPL-2.0-only
"""The rules that give connections the helper, and hold its module."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .check import PATIENCE, within
from .kernel import references, reload
from .net import Net
from .program import Program

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


def reader_of_rules(net: Net) -> Program:
    """Takes changes of the rules; a process for each would take several times as long as the change."""
    return net.public.start("iptables-restore", "--noflush")


def attach(rules: Program, how: str, held: int) -> None:
    """Puts the rule in place (-A) or takes it out (-D), and waits until so many hold the module."""
    rules.tell("\n".join(["*raw", " ".join([how, *RULE]), "COMMIT", ""]))
    within(PATIENCE, lambda: references() == held, lambda: f"{how}; it says {rules.text()[-500:]}")


def reload_under_rules(rules: Program) -> None:
    """Takes the only rule that holds the module out, removes and inserts that, and puts the rule back."""
    attach(rules, "-D", 0)
    reload()
    attach(rules, "-A", 1)
