# SPDX-License-Identifier: GPL-2.0-only
"""A router at home, behind the gateway of the provider: the phone is behind two NATs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from .gateway import attachment
from .harm import Account, Scenario, made, worse
from .check import true
from .host import Host
from .kernel import HELPER
from .life import Life, Manners
from .mainline import NAME, beside
from .net import Net

INSIDE, PHONE, BITS = "192.168.5.1", "192.168.5.2", 24

RULES = """*raw
{attach}
COMMIT
*nat
-A POSTROUTING -s {inside}/{bits} -o eth0 -j MASQUERADE
COMMIT
*filter
-P FORWARD DROP
-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
-A FORWARD -i home -j ACCEPT
COMMIT
"""


@contextmanager
def at_home(net: Net, helper: bool) -> Iterator[Host]:
    """The phone behind the other host, which is its router then, with a helper or without."""
    router, phone = net.world.namespaces["other"], net.world.namespaces["phone"]
    attach = attachment("udp", "5060") if helper and HELPER != "none" else ""
    router.run(
        ["ip", "-batch", "-"],
        f"link add home type veth peer name eth1 netns phone\naddr add {INSIDE}/{BITS} dev home\n"
        "link set home up\n",
    )
    phone.run(
        ["ip", "-batch", "-"],
        f"addr add {PHONE}/{BITS} dev eth1\nlink set eth1 up\nroute replace default via {INSIDE}\n",
    )
    router.run(["sysctl", "-q", "net.ipv4.ip_forward=1"])
    router.run(["iptables-restore"], RULES.format(attach=attach, inside=INSIDE, bits=BITS))
    try:
        yield Host(net, "phone", PHONE)
    finally:
        router.run(["nft", "flush", "ruleset"])
        router.run(["conntrack", "-F"])
        router.run(["ip", "link", "del", "home"])
        router.run(["sysctl", "-q", "net.ipv4.ip_forward=0"])
        phone.run(["ip", "route", "replace", "default", "via", net.gateway.plan.inside])


def home_life(helper: bool, manners: Manners) -> Scenario:
    """A life behind two NATs."""

    def scenario(net: Net, account: Account) -> None:
        with at_home(net, helper) as phone:
            life = Life(net, account, manners, phone=phone)
            try:
                life.whole()
            finally:
                life.near.close()

    return scenario


def never_worse_at_home(net: Net, **manners) -> None:
    """Neither router makes anything worse when it has the helper, whatever the other one has."""
    went = {
        (home, front): made(net, home_life(home, Manners(**manners)), front)
        for home in (False, True)
        for front in (False, True)
    }
    true(any(went[False, False].values()), "without a helper nothing goes well")
    steps = {
        "at home": ((False, False), (True, False)),
        "at the provider's": ((False, False), (False, True)),
        "at home, behind another": ((False, True), (True, True)),
        "at the provider's, in front of another": ((True, False), (True, True)),
    }
    lost = [
        f"{where}: {one}"
        for where, (before, after) in steps.items()
        for one in worse(went[before], went[after])
    ]
    true(not lost, "worse with the helper than without: " + "; ".join(lost))


def never_worse_behind_mainline(net: Net, **manners) -> None:
    """Nor does the helper at home where the provider's router has mainline's."""
    with beside():
        there = replace(net.gateway, name=f"{net.gateway.name}, mainline's", helper=NAME)
        front = Net(net.world, there)
        try:
            without, got = (
                made(front, home_life(home, Manners(**manners)), True) for home in (False, True)
            )
        finally:
            net.world.install(net.gateway)
    true(any(without.values()), "without a helper at home nothing goes well")
    lost = worse(without, got)
    true(not lost, "worse with the helper than without: " + "; ".join(lost))
