# SPDX-License-Identifier: GPL-2.0-only
"""A second gateway that takes over from the first: conntrackd tells it of connections and pinholes."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .check import PATIENCE, within
from .conntrack import Conntrack
from .host import Host
from .namespace import Namespace
from .net import SIDES, Net
from .program import Program

CONFIG = """
Sync {{
	Mode FTFW {{
		DisableExternalCache off
	}}
	UDP {{
		IPv4_address {own}
		IPv4_Destination_Address {peer}
		Port 3780
		Interface sync
		Checksum on
	}}
	Options {{
		ExpectationSync on
	}}
}}
General {{
	HashSize 1024
	HashLimit 4096
	LogFile {folder}/log
	LockFile {folder}/lock
	UNIX {{
		Path {folder}/control
	}}
}}
"""


# Its addresses on the wire.
LINKS = {"lan": "02:00:50:60:00:01", "wan": "02:00:50:60:00:02"}


class Daemon:
    """A conntrackd."""

    def __init__(self, net: Net, name: str, own: str, peer: str) -> None:
        self.host = Host(net, name, own)
        self.folder = net.folder(name)
        self.config = str(self.folder / "conntrackd.conf")
        (self.folder / "conntrackd.conf").write_text(
            CONFIG.format(own=own, peer=peer, folder=self.folder)
        )
        self.program: Program = self.host.start("conntrackd", "-C", self.config)
        control = self.folder / "control"
        within(PATIENCE, control.exists, lambda: f"conntrackd runs; it says {self.said()}")
        # It answers when it listens to the kernel as well.
        self.ask("-s")

    def said(self) -> str:
        """What it has said so far."""
        log = self.folder / "log"
        return self.program.text() + (log.read_text() if log.exists() else "")

    def ask(self, *options: str) -> str:
        """Has it do or say something."""
        return self.host.run("conntrackd", "-C", self.config, *options)


@dataclass
class Standby:
    """The second gateway, and what the first one's conntrackd has told its own."""

    net: Net
    namespace: Namespace
    conntrack: Conntrack
    daemon: Daemon

    def knows(self, connections: int, pinholes: int = 0) -> None:
        """Waits until it has been told of so many, or of more pinholes."""

        def told() -> tuple[int, int]:
            cache = self.daemon.ask("-e"), self.daemon.ask("-e", "expect")
            return cache[0].count("helper=sip"), cache[1].count("helper=sip")

        def enough() -> bool:
            one, other = told()
            return one == connections and other >= pinholes

        within(PATIENCE, enough, lambda: f"conntrackd has been told of {told()}")

    def take_over(self, *, by_conntrackd: bool) -> None:
        """From now on the hosts send by it.

        conntrackd 1.4.8 keeps class, function and NAT of an expectation to itself when it hands it to
        the kernel, so that it is good for nothing where there is NAT. These are copied whole.
        """
        self.daemon.ask("-c")
        if by_conntrackd:
            self.daemon.ask("-c", "expect")
        else:
            self.conntrack.carry_expectations(self.net.conntrack)
        lead(self.net, self.namespace)


def lead(net: Net, namespace: Namespace) -> None:
    """From now on the hosts send by this gateway, which gets the addresses of the first."""
    plan = net.gateway.plan
    for host, side in SIDES.items():
        address = plan.inside if side == "lan" else plan.outside
        way = ["lladdr", LINKS[side], "dev", "eth0", "nud", "permanent"]
        net.world.namespaces[host].run(["ip", "neigh", "replace", address, *way])
    # Not before, or both would answer for them.
    own = [
        f"addr add {plan.inside}/{plan.bits} dev lan",
        f"addr add {plan.outside}/{plan.bits} dev wan",
    ]
    namespace.run(["ip", "-batch", "-"], "\n".join(own))


def lead_back(net: Net) -> None:
    """The hosts send by the first gateway again."""
    for host in SIDES:
        net.world.namespaces[host].run(["ip", "neigh", "flush", "all", "nud", "permanent"])


def wire(net: Net, namespace: Namespace) -> socket.socket:
    """Connects it to both sides and to the first gateway; returns a socket to its conntrack."""
    links = ["link add sync type veth peer name sync netns standby", "link set sync up"]
    links.append("addr add 198.18.0.1/24 dev sync")
    for side, link in LINKS.items():
        peer = f"name {side} address {link} netns standby"
        # A bridge has the lowest address of its ports, by which the hosts know it already.
        port = f"standby-{side} address fe{link[2:]}"
        links.append(f"link add {port} type veth peer {peer}")
        links.append(f"link set standby-{side} master {side} up")
    net.world.gateway.run(["ip", "-batch", "-"], "\n".join(links))
    own = [f"link set {name} up" for name in ("lo", "lan", "wan", "sync")]
    own.append("addr add 198.18.0.2/24 dev sync")
    namespace.run(["ip", "-batch", "-"], "\n".join(own))
    namespace.run(["sysctl", "-q", "net.ipv4.ip_forward=1"])
    for command, text in net.gateway.commands():
        namespace.run(command, text)
    with namespace.inside():
        netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
    netlink.settimeout(10)
    return netlink


@contextmanager
def standby(net: Net) -> Iterator[Standby]:
    """A second gateway with the rules of the first, which gets its addresses when it takes over."""
    namespace = Namespace("standby")
    net.world.namespaces["standby"] = namespace
    netlink = None
    try:
        netlink = wire(net, namespace)
        conntrack = Conntrack(netlink)
        daemon = Daemon(net, "standby", "198.18.0.2", "198.18.0.1")
        Daemon(net, "gateway", "198.18.0.1", "198.18.0.2")
        yield Standby(net, namespace, conntrack, daemon)
    finally:
        lead_back(net)
        for program in net.programs:
            program.end()
        namespace.run(["nft", "flush", "ruleset"])
        if netlink:
            conntrack.flush()
            netlink.close()
        links = [f"link del {link}" for link in ("sync", "standby-lan", "standby-wan")]
        net.world.gateway.run(["ip", "-force", "-batch", "-"], "\n".join(links))
        namespace.delete()
        del net.world.namespaces["standby"]
