# SPDX-License-Identifier: GPL-2.0-only
"""How many messages, datagrams and bytes pass the gateway of the network tests in a second.

phone 10.0.0.2 ──── 10.0.0.1 gateway 203.0.113.1 ──── server 203.0.113.10
                           masquerade

What arrives is counted, by a rule that drops it, or by who reads it; the sockets of this script are a part
of what takes time, with each helper the same.
"""

import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress

from lab import MASQUERADE, Host, Net
from lab.main import World
from lab.tcp import over_tcp
from messages import Message, Writer, numbered

# Datagrams of one system call, which the sender's own kernel cuts apart, have one length.
UDP_SEGMENT = 103
LENGTH = 900
# Calls that go on at a time, and how often they are begun anew.
CALLS = 16
TURNS = 200
# The same for datagrams that are no messages.
BATCH = 32
BATCHES = 400
# Seconds after which a stream has come to a stand.
STALL = 10
BLOCK = 1 << 20
BLOCKS = 128
MESSAGES = 50_000
# Connections over TCP, and how many requests each of them makes.
CONNECTIONS = 50
REQUESTS = 100


class Wire:
    """One end of a connection over UDP, which sends several datagrams at once, and drops what arrives."""

    def __init__(self, host: Host, port: int, to: tuple[str, int]) -> None:
        self.host = host
        with host.namespace.inside():
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host.ip, port))
        self.socket.connect(to)
        host.run("iptables", "-F", "INPUT")
        host.run("iptables", "-A", "INPUT", "-p", "udp", "-j", "DROP")

    def send(self, datagrams: bytes, length: int) -> None:
        """Sends datagrams of one length."""
        self.socket.setsockopt(socket.SOL_UDP, UDP_SEGMENT, length)
        self.socket.send(datagrams)

    def arrived(self) -> int:
        """How many datagrams have come here."""
        lines = self.host.run("iptables", "-nvxL", "INPUT").splitlines()
        return next(int(line.split()[0]) for line in lines if "DROP" in line)

    def close(self) -> None:
        """Lets others have the port."""
        self.socket.close()
        self.host.run("iptables", "-F", "INPUT")


def ends(net: Net, phone_port: int, server_port: int) -> tuple[Wire, Wire]:
    """Both ends of a connection over UDP."""
    phone = Wire(net.phone, phone_port, (net.server.ip, server_port))
    return phone, Wire(net.server, server_port, (net.public.ip, phone_port))


def mix() -> list[tuple[bool, bytes]]:
    """What goes to and fro while phones call, register and ask, each message of one length.

    True is from the provider.
    """
    writer = Writer("UDP", 5060, length=LENGTH)
    call = {one.name: one for one in (*writer.call(), *writer.register(), writer.options())}
    turns = [
        ("invite", "options", "register"),
        ("180", "200", "register-200"),
        ("ack", "bye"),
        ("bye-200",),
    ]
    return [
        (call[names[0]].inward, b"".join(numbered(call[name], number) for number in range(CALLS) for name in names))
        for names in turns
    ]


def messages(net: Net) -> float:
    """SIP over UDP in both directions."""
    near, far = ends(net, 5060, 5060)
    batches = mix()

    def turn() -> None:
        for inward, batch in batches:
            (far if inward else near).send(batch, LENGTH)

    turn()
    start = time.monotonic()
    for _ in range(TURNS):
        turn()
    took = time.monotonic() - start
    each = sum(len(batch) for _, batch in batches) // LENGTH
    counted = near.arrived() + far.arrived()
    assert counted == each * (TURNS + 1), f"{counted} of {each * (TURNS + 1)} messages came"
    near.close()
    far.close()
    return each * TURNS / took


def datagrams(near: Wire, far: Wire, payload: bytes) -> float:
    """The same datagram again and again, in one direction."""
    before = far.arrived()
    near.send(payload * BATCH, len(payload))
    start = time.monotonic()
    for _ in range(BATCHES):
        near.send(payload * BATCH, len(payload))
    took = time.monotonic() - start
    counted = far.arrived() - before
    assert counted == BATCH * (BATCHES + 1), f"{counted} of {BATCH * (BATCHES + 1)} datagrams came"
    return BATCH * BATCHES / took


def keep_alives(net: Net) -> float:
    """What a phone sends when it has nothing to say."""
    near, far = ends(net, 5060, 5060)
    rate = datagrams(near, far, b"\r\n\r\n")
    near.close()
    far.close()
    return rate


def media(net: Net) -> float:
    """RTP of a call from the phone, which goes by the pinhole where there is one."""
    near, far = ends(net, 5060, 5060)
    call = {one.name: one for one in Writer("UDP", 5060).call()}
    for name in ("invite", "200", "ack"):
        one: Message = call[name]
        data = numbered(one, 0)
        (far if one.inward else near).send(data, len(data))
    near.close()
    far.close()
    near, far = ends(net, 10000, 10000)
    rtp = bytes([0x80, 0]) + bytes(170)
    rate = datagrams(near, far, rtp)
    near.close()
    far.close()
    return rate


def connections(net: Net, count: int, port: int = 5060) -> list[tuple[socket.socket, socket.socket]]:
    """Connections over TCP from the phone to a port of the server, both ends of each."""
    with net.server.namespace.inside():
        listener = socket.create_server((net.server.ip, port), backlog=count)
    made = []
    for _ in range(count):
        with net.phone.namespace.inside():
            near = socket.socket()
        near.bind((net.phone.ip, 0))
        near.connect((net.server.ip, port))
        far, _ = listener.accept()
        for one in (near, far):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.append((near, far))
    listener.close()
    return made


def requests(net: Net) -> float:
    """SIP over TCP: each phone waits for the answer before it asks again; a message is a segment."""
    writers = []
    for near, far in connections(net, CONNECTIONS):
        writer = Writer("TCP", near.getsockname()[1], length=LENGTH)
        writers.append((near, far, numbered(writer.options(), 0), numbered(writer.answer(), 0)))

    def turn() -> None:
        for near, _, request, _ in writers:
            near.send(request)
        for _, far, _, answer in writers:
            assert far.recv(1 << 16), "a connection ended"
            far.send(answer)
        for near, _, _, _ in writers:
            assert near.recv(1 << 16), "a connection ended"

    turn()
    start = time.monotonic()
    for _ in range(REQUESTS):
        turn()
    took = time.monotonic() - start
    for near, far, _, _ in writers:
        near.close()
        far.close()
    return 2 * CONNECTIONS * REQUESTS / took


def stream(net: Net, block: Callable[[int], bytes], blocks: int) -> float:
    """How many bytes of a stream come in a second; none where it comes to a stand or is reset."""
    [(sender, receiver)] = connections(net, 1)
    receiver.settimeout(STALL)
    data = block(sender.getsockname()[1])
    start = time.monotonic()
    child = os.fork()
    if not child:
        with suppress(ConnectionError):
            for _ in range(blocks):
                sender.sendall(data)
        os._exit(0)
    sender.close()
    room = bytearray(1 << 20)
    try:
        while receiver.recv_into(room):
            pass
        rate = len(data) * blocks / (time.monotonic() - start)
    except (TimeoutError, ConnectionError):
        rate = 0.0
    receiver.close()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return rate


def pipelined(net: Net) -> float:
    """Messages over TCP that do not wait for one another."""
    length = len(Writer("TCP", 40000).options().data)
    return stream(net, lambda port: numbered(Writer("TCP", port).options(), 0), MESSAGES) / length


def other(net: Net) -> float:
    """Bytes of a stream to the port of SIP that is none."""
    return stream(net, lambda _: b"\x16\x03\x01" + bytes(BLOCK - 3), BLOCKS)


def main() -> None:
    """Prints a line for each thing that is measured."""
    world = World()
    parts = {
        "udp-messages": messages,
        "udp-keep-alives": keep_alives,
        "rtp-packets": media,
        "tcp-requests": requests,
        "tcp-pipelined": pipelined,
        "tcp-other-bytes": other,
    }
    for name, part in parts.items():
        net = world.net(over_tcp(MASQUERADE))
        print("measured", name, part(net), flush=True)
        net.close()


if __name__ == "__main__":
    main()
