# SPDX-License-Identifier: GPL-2.0-only
"""What a path does to segments: loses, doubles, reorders and delays them, has a smaller MTU, joins them.

    phone eth0 ── phone, lan ── gateway ── wan, server ── eth0 server

Each wire has an end at its host, eth0, and one at the gateway, which bears the host's name.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from .check import true
from .host import Host
from .namespace import Namespace
from .net import Net

# As World.cables() leaves them.
USUAL = "tx off gro off"
# Large segments come to the gateway as the sender makes them, and leave it so.
LARGE = "tx on"
# What a segment may be then that is longer than a packet (BIG TCP), and what the kernel sets by itself.
LARGER, LARGEST = 200_000, 65_536
# Bytes that a receiver takes before they are read: no segment is longer than half of them.
ROOM = 1 << 22
# The gateway and the hosts join what comes.
JOINED = "tx off gro on"
BOTH = "tx on gro on"


def ends(host: Host) -> tuple[tuple[Namespace, str], tuple[Namespace, str]]:
    """Both ends of a host's wire: the host's and the gateway's."""
    return (host.namespace, "eth0"), (host.net.world.gateway, host.name)


@contextmanager
def netem(where: tuple[Namespace, str], *what: str) -> Iterator[None]:
    """What is sent from this end of a wire is treated so."""
    namespace, device = where
    disc = ["tc", "qdisc"]
    namespace.run([*disc, "add", "dev", device, "root", "netem", "limit", "10000", *what])
    try:
        yield
    finally:
        namespace.run([*disc, "del", "dev", device, "root"])


@contextmanager
def bad_path(net: Net, *what: str) -> Iterator[None]:
    """Both directions are treated so, in front of the gateway and behind it."""
    with ExitStack() as stack:
        places = [end for host in (net.phone, net.server) for end in ends(host)]
        for number, place in enumerate(places):
            seed = ("seed", str(5060 + number))
            stack.enter_context(netem(place, *" ".join(what).split(), *seed))
        yield


@contextmanager
def offload(net: Net, features: str) -> Iterator[None]:
    """The devices of phone, server and gateway are set so."""
    places = [end for host in (net.phone, net.server) for end in ends(host)]

    def put(wanted: str) -> None:
        for namespace, device in places:
            namespace.run(["ethtool", "-K", device, *wanted.split()])

    put(features)
    try:
        yield
    finally:
        put(USUAL)


@contextmanager
def longer_than_a_packet(net: Net) -> Iterator[None]:
    """Segments may be so, wherever they are; in this block one has to come to the gateway."""
    gateway = net.world.gateway
    limits = [f"{way}{family}_max_size" for way in ("gso", "gro") for family in ("", "_ipv4")]

    def put(size: int) -> None:
        words = [word for limit in limits for word in (limit, str(size))]
        places = [end for host in (net.phone, net.server) for end in ends(host)]
        for namespace, device in [*places, (gateway, "lan"), (gateway, "wan")]:
            namespace.run(["ip", "link", "set", "dev", device, *words])

    rule = "type filter hook prerouting priority raw;\nmeta length > 65535 counter"
    gateway.run(["nft", "-f", "-"], f"table inet lengths {{\nchain counted {{\n{rule}\n}}\n}}")
    put(LARGER)
    try:
        with offload(net, BOTH), room(net.phone), room(net.server):
            yield
        counted = gateway.run(["nft", "list", "table", "inet", "lengths"])
        true("packets 0 " not in counted, f"no segment was longer than a packet: {counted}")
    finally:
        put(LARGEST)
        gateway.run(["nft", "delete", "table", "inet", "lengths"])


@contextmanager
def room(host: Host) -> Iterator[None]:
    """The host's streams send and take much from the beginning."""
    names = ["net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"]
    sizes = [host.run("sysctl", "-n", name).strip() for name in names]
    routes = {family: host.run("ip", family, "route", "show", "default").split() for family in ("-4", "-6")}
    host.run("sysctl", "-qw", *(f"{name}=4096 {ROOM} {2 * ROOM}" for name in names))
    for family, route in routes.items():
        host.run("ip", family, "route", "change", *route, "initcwnd", "1000", "initrwnd", "1000")
    try:
        yield
    finally:
        for family, route in routes.items():
            host.run("ip", family, "route", "change", *route)
        host.run("sysctl", "-qw", *(f"{name}={size}" for name, size in zip(names, sizes)))


@contextmanager
def unchecked(net: Net) -> Iterator[None]:
    """Neither the gateway's devices nor conntrack look at checksums."""
    gateway = net.world.gateway

    def put(devices: str, conntrack: int) -> None:
        for host in (net.phone, net.server):
            gateway.run(["ethtool", "-K", host.name, "rx", devices])
        gateway.run(["sysctl", "-qw", f"net.netfilter.nf_conntrack_checksum={conntrack}"])

    put("off", 0)
    try:
        yield
    finally:
        put("on", 1)


@contextmanager
def smaller_wire(host: Host, mtu: int) -> Iterator[None]:
    """The wire of a host takes smaller packets, as both its ends know."""

    def put(size: int) -> None:
        for namespace, device in ends(host):
            namespace.run(["ip", "link", "set", device, "mtu", str(size)])

    put(mtu)
    try:
        yield
    finally:
        put(1500)


@contextmanager
def narrow_way(net: Net, mtu: int) -> Iterator[None]:
    """The way to the server takes smaller packets, which the gateway tells who sends larger ones."""
    way = [net.server.ip, "dev", "wan"]
    net.world.gateway.run(["ip", "route", "add", *way, "mtu", str(mtu)])
    try:
        yield
    finally:
        net.world.gateway.run(["ip", "route", "del", *way])
        for family in ("-4", "-6"):
            net.phone.run("ip", family, "route", "flush", "cache")
