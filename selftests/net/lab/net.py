# SPDX-License-Identifier: GPL-2.0-only
"""The network: five machines in namespaces, and their sockets.

    phone ──┐                        ┌── server
            lan ── gateway ── wan ───┤
    other ──┘                        └── stranger

It is made once. Each test gets it with the rules of its gateway, in IPv4 or IPv6, with no
connection and no expectation; see Net.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from .check import PATIENCE, Failed, Skip, within
from .conntrack import Conntrack, Expectation
from .gateway import FIXED, V4, V6, Gateway
from .kernel import HELPER

Endpoint = tuple[str, int]

SIDES = {"phone": "lan", "other": "lan", "server": "wan", "stranger": "wan"}


def run(command: list[str], text: str = "") -> str:
    """Runs a command that has to succeed and returns its output."""
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(command)}: status {done.returncode}: {done.stderr.strip()}")
    return done.stdout


class Namespace:
    """A network namespace."""

    home = os.open("/proc/self/ns/net", os.O_RDONLY)

    def __init__(self, name: str) -> None:
        self.name = name
        run(["ip", "netns", "add", name])
        self.fd = os.open(f"/run/netns/{name}", os.O_RDONLY)

    def delete(self) -> None:
        """Ends it."""
        os.close(self.fd)
        run(["ip", "netns", "del", self.name])

    @contextmanager
    def inside(self) -> Iterator[None]:
        """What is opened or started in this block is in the namespace."""
        os.setns(self.fd, os.CLONE_NEWNET)
        try:
            yield
        finally:
            os.setns(Namespace.home, os.CLONE_NEWNET)

    def run(self, command: list[str], text: str = "") -> str:
        """Runs a command here."""
        with self.inside():
            return run(command, text)


@dataclass(frozen=True)
class Packet:
    """A datagram that has come in."""

    data: bytes
    source: Endpoint


class Socket:
    """A UDP socket of a host. Whatever it sends and gets can be seen when the test fails."""

    def __init__(self, host: Host, port: int) -> None:
        self.host = host
        family = socket.AF_INET6 if ":" in host.ip else socket.AF_INET
        with host.namespace.inside():
            self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # So that a datagram of any size is sent, in fragments where it has to be.
        if family == socket.AF_INET:
            ip_mtu_discover, ip_pmtudisc_dont = 10, 0
            self.socket.setsockopt(socket.IPPROTO_IP, ip_mtu_discover, ip_pmtudisc_dont)
        self.socket.bind((host.ip, port))
        self.socket.setblocking(False)

    @property
    def endpoint(self) -> Endpoint:
        """Address and port."""
        return self.socket.getsockname()[:2]

    @property
    def port(self) -> int:
        """The port alone."""
        return self.endpoint[1]

    @property
    def at(self) -> str:
        """Address and port as they stand in a URI."""
        return f"{self.host.uri}:{self.port}"

    def send(self, data: bytes, to: Endpoint | Socket) -> None:
        """Sends a datagram."""
        endpoint = to.endpoint if isinstance(to, Socket) else to
        self.host.net.trace(f"{self} -> {name(endpoint)}", data)
        self.socket.sendto(data, endpoint)

    def receive(self, what: str = "a datagram", timeout: float = PATIENCE) -> Packet:
        """The next datagram; the test fails when none comes."""
        self.socket.settimeout(timeout)
        try:
            data, source = self.socket.recvfrom(1 << 16)
        except TimeoutError:
            raise Failed(f"{what} did not come to {self}") from None
        except ConnectionRefusedError:
            raise Failed(f"{self} was refused while it waited for {what}") from None
        finally:
            self.socket.setblocking(False)
        packet = Packet(data, source[:2])
        self.host.net.trace(f"{self} <- {name(packet.source)}", data)
        return packet

    def pending(self) -> list[Packet]:
        """What has come in by now."""
        packets = []
        while True:
            try:
                packets.append(self.receive(timeout=0))
            except (BlockingIOError, Failed):
                return packets

    def close(self) -> None:
        """Frees the port."""
        self.socket.close()

    def __str__(self) -> str:
        return f"{self.host.name}:{self.port}"


class Host:
    """A machine, by its address of the family at hand."""

    def __init__(self, net: Net, name: str, ip: str) -> None:
        self.net = net
        self.name = name
        self.ip = ip
        self.uri = f"[{ip}]" if ":" in ip else ip
        self.namespace = net.world.namespaces[name]

    def udp(self, port: int = 0) -> Socket:
        """Opens a UDP socket."""
        opened = Socket(self, port)
        self.net.sockets.append(opened)
        return opened

    def run(self, *command: str) -> str:
        """Runs a command there."""
        return self.namespace.run(list(command))

    def start(self, *command: str, **environment: str) -> Program:
        """Starts a program there, which ends with the test at the latest."""
        if not shutil.which(command[0]):
            raise Skip(f"{command[0]} is not installed")
        with self.namespace.inside():
            program = Program(self, list(command), environment)
        self.net.programs.append(program)
        return program

    def listens(self, port: int) -> bool:
        """Is there a UDP socket at this port?"""
        with self.namespace.inside():
            tables = [Path("/proc/net", name).read_text() for name in ("udp", "udp6")]
        local = f":{port:04X} "
        return any(local in line[:45] for text in tables for line in text.splitlines()[1:])

    def capture(self) -> socket.socket:
        """A socket that gets the IP packets on the host's wire, both ways."""
        every = 3  # ETH_P_ALL: with it also what leaves is seen
        with self.namespace.inside():
            raw = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(every))
            raw.bind(("eth0", every))
        raw.settimeout(PATIENCE)
        self.net.captures.append(raw)
        return raw


class Program:
    """A program that runs in a host's namespace, with its output in a file."""

    def __init__(self, host: Host, command: list[str], environment: dict[str, str]) -> None:
        self.name = f"{Path(command[0]).name} at {host.name}"
        self.folder = Path(tempfile.mkdtemp(prefix=f"{host.name}-"))
        self.output = self.folder / "output"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={**os.environ, **environment},
                start_new_session=True,
            )

    def tell(self, text: str) -> None:
        """Writes to its standard input."""
        assert self.process.stdin
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def text(self) -> str:
        """What it has written so far."""
        return self.output.read_text(errors="replace")

    def says(self, words: str, seconds: float) -> None:
        """Waits until it has written these words."""
        within(
            seconds,
            lambda: words in self.text() or self.process.poll() is not None,
            lambda: f"{self.name} says '{words}'; it says:\n{self.text()[-2000:]}",
        )
        if words not in self.text():
            raise Failed(f"{self.name} ended without '{words}'; it says:\n{self.text()[-2000:]}")

    def ends(self, seconds: float) -> int | None:
        """Its exit status when it ends in so many seconds, else None."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, seconds: float) -> int:
        """Its exit status; it has to end in so many seconds."""
        status = self.ends(seconds)
        if status is None:
            said = self.text()[-2000:]
            raise Failed(f"{self.name} was not done in {seconds:g} seconds; it says:\n{said}")
        return status

    def end(self) -> None:
        """Ends it with all that it has started, and takes its files away."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        assert self.process.stdin
        # What it was told and has not read is lost with it.
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        shutil.rmtree(self.folder, ignore_errors=True)


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
        self.sockets: list[Socket] = []
        # Who does not hear of a BYE, so that pinholes stay.
        self.unheard = ""
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
        over = self.calls_are_over() and HELPER == "nf_sip" and not self.unheard
        open_still = over and self.expectations(1, 2, 3)
        for program in self.programs:
            program.end()
        for folder in self.folders:
            shutil.rmtree(folder, ignore_errors=True)
        for opened in self.sockets:
            opened.close()
        for capture in self.captures:
            capture.close()
        self.empty()
        if open_still:
            raise Failed(f"pinholes outlive their calls: {open_still}")

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


def name(endpoint: Endpoint) -> str:
    """An endpoint as text."""
    address, port = endpoint
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def each(sockets: Iterable[Socket]) -> list[Packet]:
    """What has come in by now to any of several sockets."""
    return [packet for one in sockets for packet in one.pending()]
