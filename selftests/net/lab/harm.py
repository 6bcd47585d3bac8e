# SPDX-License-Identifier: GPL-2.0-only
"""Harm: a scenario made twice over one gateway, without the helper and with it, and compared.

A scenario notes what it has tried and how well that went, and goes on. Whatever goes well without the
helper has to go well with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .check import Failed, true
from .net import Net


class Account:
    """What was tried, and how well it went: a number, or whether it went at all."""

    def __init__(self) -> None:
        self.went: dict[str, int] = {}

    def note(self, what: str, well: object) -> bool:
        """Notes it; what is tried several times has gone as well as the worst of them."""
        count = well if isinstance(well, int) else int(bool(well))
        self.went[what] = min(count, self.went.get(what, count))
        return bool(well)

    def tries(self, what: str, attempt: Callable[[], object]) -> bool:
        """Notes whether an attempt, which may fail as a test does, succeeds."""
        try:
            attempt()
        except Failed:
            return self.note(what, False)
        return self.note(what, True)


Scenario = Callable[[Net, Account], None]


def made(net: Net, scenario: Scenario, helper: bool) -> dict[str, int]:
    """Makes the scenario over the gateway as it is, or over the same without its helper."""
    gateway = net.gateway
    if not helper:
        gateway = replace(gateway, name=f"{gateway.name}, bare", ports="", tcp="")
    fresh = net.world.net(gateway)
    fresh.log, fresh.started = net.log, net.started
    account = Account()
    try:
        scenario(fresh, account)
    finally:
        fresh.close()
        net.world.install(net.gateway)
    return account.went


def worse(before: dict[str, int], after: dict[str, int]) -> list[str]:
    """What went better before."""
    return [
        f"{what}: {well} before, {after.get(what, 0)} after"
        for what, well in before.items()
        if after.get(what, 0) < well
    ]


def never_worse(net: Net, scenario: Scenario) -> None:
    """With the helper nothing goes worse than without it, and without it something goes well."""
    without = made(net, scenario, helper=False)
    true(any(without.values()), f"without the helper nothing goes well: {without}")
    lost = worse(without, made(net, scenario, helper=True))
    true(not lost, "worse with the helper than without: " + "; ".join(lost))
