# SPDX-License-Identifier: GPL-2.0-only
"""The network: five machines in namespaces, and their sockets.

    phone ──┐                        ┌── server
            lan ── gateway ── wan ───┤
    other ──┘                        └── stranger

It is made once. Each test gets it with the rules of its gateway, in IPv4 or IPv6, with no
connection and no expectation; see Net.
"""

from __future__ import annotations

import re
import shutil
import socket
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .check import PATIENCE, Failed, within
from .conntrack import Conntrack, Expectation
from .gateway import FIXED, V4, V6, Gateway
from .host import Host, Socket, name
from .kernel import HELPER
from .namespace import Namespace, run
from .program import Program

if TYPE_CHECKING:
    from .stream import Stream
    from .tcp_peer import Peer

SIDES = {"phone": "lan", "other": "lan", "server": "wan", "stranger": "wan"}


class World:
    """The namespaces and the cables between them."""

    def __init__(self) -> None:
        self.namespaces = {name: Namespace(name) for name in ("gateway", *SIDES)}
        self.gateway = self.namespaces["gateway"]
        # Who asks for a name is refused at once; there is nobody to tell it.
        Path("/etc/resolv.conf").write_text("nameserver 127.0.0.1\n")
        self.rules: Gateway | None = None
        self.cables()
        with self.gateway.inside():
            netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
            netlink.settimeout(10)
        self.conntrack = Conntrack(netlink)

    def cables(self) -> None:
        """Connects the hosts to the gateway's two bridges."""
        links = ["link set lo up"]
        for side in ("lan", "wan"):
            links.append(f"link add {side} type bridge forward_delay 0 mcast_snooping 0")
        for host, side in SIDES.items():
            links.append(f"link add {host} type veth peer name eth0 netns {host}")
            links.append(f"link set {host} master {side} up")
        for plan in (V4, V6):
            nodad = " nodad" if plan is V6 else ""
            links.append(f"addr add {plan.inside}/{plan.bits} dev lan{nodad}")
            links.append(f"addr add {plan.outside}/{plan.bits} dev wan{nodad}")
            # Masquerading is not to choose the second one.
            links.append(f"addr add {FIXED[plan]}/{plan.bits} dev wan{nodad} preferred_lft 0")
        links += ["link set lan up", "link set wan up"]
        self.gateway.run(["ip", "-batch", "-"], "\n".join(links))
        # As on real wires: each checksum is made by its sender and looked at by its receiver.
        self.gateway.run(["sh", "-c", "".join(f"ethtool -K {host} tx off;" for host in SIDES)])
        # Bursts of calls are not to be lost at their ends.
        run(["sysctl", "-q", f"net.core.rmem_max={1 << 23}", f"net.core.wmem_max={1 << 23}"])
        self.gateway.run(
            ["sysctl", "-q", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"]
        )
        for host, side in SIDES.items():
            links = ["link set lo up", "link set eth0 up"]
            for plan in (V4, V6):
                gateway = plan.inside if side == "lan" else plan.outside
                nodad = " nodad" if plan is V6 else ""
                links.append(f"addr add {getattr(plan, host)}/{plan.bits} dev eth0{nodad}")
                # Where there is no NAT the provider has to know the way to the phones.
                links.append(f"route add default via {gateway}")
            self.namespaces[host].run(["ip", "-batch", "-"], "\n".join(links))
            self.namespaces[host].run(["ethtool", "-K", "eth0", "tx", "off"])

    def install(self, gateway: Gateway | None) -> None:
        """Puts the rules in place; they stay until others are wanted."""
        if gateway == self.rules:
            return
        self.gateway.run(["nft", "flush", "ruleset"])
        self.rules = None
        for command, text in gateway.commands() if gateway else ():
            self.gateway.run(command, text)
        self.rules = gateway

    def net(self, gateway: Gateway) -> Net:
        """The network for one test."""
        self.install(gateway)
        self.conntrack.flush()
        return Net(self, gateway)


class Net:
    """The network as one test sees it."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self.world = world
        self.gateway = gateway
        self.conntrack = world.conntrack
        self.sockets: list[Socket | Stream | Peer] = []
        self.programs: list[Program] = []
        self.captures: list[socket.socket] = []
        self.folders: list[Path] = []
        self.log: list[tuple[float, str, bytes]] = []
        self.started = time.monotonic()
        plan = gateway.plan
        self.phone = Host(self, "phone", plan.phone)
        self.other = Host(self, "other", plan.other)
        self.server = Host(self, "server", plan.server)
        self.stranger = Host(self, "stranger", plan.stranger)
        self.public = Host(self, "gateway", gateway.public_address)

    def outside(self, host: Host) -> Host:
        """The host as the provider sees it, by address."""
        translated = bool(self.gateway.public)
        return Host(self, host.name, self.gateway.public) if translated else host

    def expectations(self, *classes: int) -> list[Expectation]:
        """The pinholes there are, of some classes or of all."""
        found = self.conntrack.expectations()
        return [one for one in found if not classes or one.klass in classes]

    def opened(self, *classes: int) -> list[Expectation]:
        """Those that lead to a phone."""
        found = self.expectations(*classes)
        return [one for one in found if one.outside[0] == self.public.ip]

    def folder(self, name: str) -> Path:
        """A folder that goes with the test."""
        made = Path(tempfile.mkdtemp(prefix=f"{name}-"))
        self.folders.append(made)
        return made

    def conntrack_tool(self, *options: str) -> str:
        """What the conntrack tool says at the gateway."""
        return self.world.gateway.run(["conntrack", *options])

    def until_closed(self, *classes: int, seconds: float = 5) -> None:
        """Waits until the pinholes have gone."""
        within(seconds, lambda: not self.expectations(*classes), "the pinholes have gone")

    def trace(self, way: str, data: bytes) -> None:
        """Remembers what was sent or received."""
        self.log.append((time.monotonic() - self.started, way, data))

    def story(self) -> list[str]:
        """The last things that happened, in lines."""
        found = []
        for when, way, data in self.log[-14:]:
            first = data.splitlines()[0][:70] if data.splitlines() else b""
            said = repr(first)[1:] if first.isascii() and first[:1].isalpha() else "..."
            found.append(f"{when * 1000:7.1f} ms  {way}  {len(data)} bytes: {said}")
        pinholes = self.conntrack.expectations()
        for one in pinholes[:12]:
            flags = " permanent" * one.permanent + " inactive" * one.inactive
            found.append(
                f"pinhole {one.klass}: {one.peer or 'anybody'} -> {name(one.outside)}"
                f" -> {name(one.saved.source) if one.saved else 'itself'}{flags} {one.timeout} s"
            )
        if pinholes[12:]:
            found.append(f"and {len(pinholes) - 12} more pinholes")
        return found

    def calls_are_over(self) -> bool:
        """Was there a call, and has each ended with a BYE?"""
        last: dict[bytes, bool] = {}
        for _, way, data in self.log:
            call = re.search(rb"(?im)^call-id: ([^\r\n]*)", data)
            if (
                call
                and "->" in way
                and re.search(rb"(?m)^CSeq: \d+ (INVITE|ACK|UPDATE|PRACK|BYE)", data)
            ):
                last[call[1]] = data.startswith(b"BYE ") or (
                    last.get(call[1], False) and b" BYE\r\n" in data
                )
        return bool(last) and all(last.values())

    def close(self) -> None:
        """Frees everything, and fails when something of the test stays in the kernel."""
        over = self.calls_are_over() and HELPER == "nf_sip"
        open_still = over and self.expectations(1, 2, 3)
        for program in self.programs:
            program.end()
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)
        self.close_sockets()
        for capture in self.captures:
            capture.close()
        self.empty()
        if open_still:
            raise Failed(f"pinholes outlive their calls: {open_still}")

    def close_sockets(self) -> None:
        """Frees the ports of all sockets, which may then be had again."""
        for opened in self.sockets:
            opened.close()
        self.sockets.clear()

    def empty(self) -> None:
        """Ends all connections; fails when one stays, or an expectation."""
        count = Path("/proc/sys/net/netfilter/nf_conntrack_count")

        def emptied() -> bool:
            # Again and again, since packets may still be on their way.
            self.conntrack.flush()
            return int(count.read_text()) == 0

        with self.world.gateway.inside():
            within(PATIENCE, emptied, lambda: f"no connections; there are {count.read_text()}")
        left = self.conntrack.expectations()
        if left:
            raise Failed(f"pinholes outlive their connection: {left}")
