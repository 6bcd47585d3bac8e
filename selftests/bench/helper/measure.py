# SPDX-License-Identifier: GPL-2.0-only
"""What a call of the helper that is loaded takes, by message and by how many calls there are.

phone 10.0.0.2 ──── 10.0.0.1 gateway 203.0.113.1 ──── server 203.0.113.10
                           masquerade

One packet of each kind is sent; the kernel module beside this takes it where the helper would get it,
and has the helper work on copies. Each result is a line, `measured WHAT CALLS NAME NUMBER...`.
"""

import resource
import socket
import struct
from pathlib import Path

from lab import HELPER, MASQUERADE, Net
from lab.host import Endpoint, Socket
from lab.main import World
from lab.stream import Stream
from lab.tcp import connected, no_delay, over_tcp
from messages import GATEWAY, PHONE, Message, alone, numbered, over_udp
from messages import over_tcp as tcp_messages

BENCH = Path("/sys/kernel/debug/nf_sip_bench")
LIVE = (1, 1000, 10000)
# Calls that are begun before their media comes: conntrack drops the oldest of 255 pinholes of a class.
BATCH = 60
# Bytes that tell the messages of a scenario apart.
BEGINNING = len("SIP/2.0 200")
# Copies of each message in one run.
COPIES = 512
# Phones, each with a connection of its own, whose registrations and calls are weighed.
PHONES = 2000
# Media of the first call; see kernel/packets.c.
PORTS = 10000
# The port of the first phone.
FIRST_PHONE = 40000
KEEP_ALIVE = b"\r\n\r\n"
# What is no message, and what a segment of it carries.
OTHER = b"\x16\x03\x01"
SEGMENT = 1400


def order(file: str, text: str) -> None:
    """Has the kernel module do something."""
    (BENCH / file).write_text(text)


def known(net: Net, near: Socket, far: Socket) -> None:
    """Makes a connection that has seen packets both ways."""
    near.send(KEEP_ALIVE, far)
    far.receive()
    far.send(KEEP_ALIVE, (net.public.ip, near.port))
    near.receive()


def take(message: Message, near: Socket | Stream, far: Socket | Stream, outside: Endpoint | None = None) -> None:
    """Sends a message, which does not arrive; the phone is known outside by that endpoint."""
    sender = far if message.inward else near
    order("take", message.name)
    if isinstance(sender, Socket):
        assert isinstance(far, Socket)
        sender.send(message.data, outside if message.inward and outside else far)
    else:
        sender.send(message.data)
    taken = (BENCH / "take").read_text().split()
    assert taken and taken[-1] == message.name.removeprefix("-"), f"{message.name} was not taken, but {taken}"


def outputs() -> dict[str, bytes]:
    """What became of the last copy of each packet."""
    found = {}
    rest = (BENCH / "output").read_bytes()
    while rest:
        head, _, rest = rest.partition(b"\n")
        name, length = head.decode().split()
        found[name], rest = rest[: int(length)], rest[int(length) :]
    return found


def check(message: Message, result: list[str], output: bytes) -> None:
    """No figure is of a message that was not handled as it has to be."""
    calls, changed, refused, before = int(result[0]), *map(int, result[3:6])
    what = f"{HELPER}, {message.name}: of {calls} copies {changed} were changed and {refused} did not go on"
    assert changed == (calls if message.translated else 0) and not refused, what
    assert before == len(message.taken), f"{what}; they were {before} bytes long"
    assert output.startswith(message.taken[:BEGINNING]), f"{what}: {output!r}"
    if message.translated:
        # Mainline leaves a From without a port alone where the phone has another than 5060.
        wrong, right = (GATEWAY, PHONE) if message.inward else (PHONE, GATEWAY)
        assert f"{wrong}:" not in output.decode(), f"{what}: {output.decode()}"
        assert f"{right}:" in output.decode(), f"{what}: {output.decode()}"


def run(protocol: str, live: int, scenario: list[Message]) -> None:
    """Times a scenario, in the presence of so many calls."""
    names = [message.name.removeprefix("-") for message in scenario]
    order("run", f"{live} {COPIES} {' '.join(names)}")
    lines = (BENCH / "results").read_text().splitlines()
    results = {line.split()[0]: line.split()[1:] for line in lines}
    seen = outputs()
    for name, message in zip(names, scenario):
        check(message, results[name], seen[name])
        _, mean, median, _, _, before, after = results[name]
        print("measured", protocol, live, name, mean, median, before, after)


def memory() -> int:
    """Bytes that the kernel has given out and cannot take back."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("SUnreclaim"))


def taken(net: Net) -> list[list[Message]]:
    """Has a packet of each message over UDP taken."""
    near, far = net.phone.udp(5060), net.server.udp(5060)
    known(net, near, far)
    scenarios = over_udp()
    for scenario in scenarios:
        for message in scenario:
            take(message, near, far, (net.public.ip, 5060))
    return scenarios


def rtp(net: Net, port: int) -> bytes:
    """A packet of media from a port of the server to the same one of the gateway, as phones and servers do."""
    addresses = socket.inet_aton(net.server.ip) + socket.inet_aton(net.public.ip)
    length = 20 + 8 + 12
    header = struct.pack("!BBHHHBBH", 0x45, 0, length, 0, 0, 64, socket.IPPROTO_UDP, 0) + addresses
    return header + struct.pack("!HHHH", port, port, length - 20, 0) + bytes([0x80, *range(11)])


def begin(net: Net, first: int, last: int) -> None:
    """Begins calls, of which the media has come."""
    with net.server.namespace.inside():
        media = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    for start in range(first, last, BATCH):
        stop = min(last, start + BATCH)
        order("prepare", f"{start} {stop - start} invite 200 ack")
        for port in range(PORTS + 4 * start, PORTS + 4 * stop):
            media.sendto(rtp(net, port), (net.public.ip, 0))
    media.close()


def datagrams(net: Net) -> None:
    """Messages over UDP, among more and more calls."""
    scenarios = taken(net)
    begun = 0
    for live in LIVE:
        begin(net, begun, live)
        begun = live
        for scenario in scenarios:
            run("udp", live, scenario)
    order("forget", "all")
    # These calls are not over.
    net.log.clear()


def weigh(net: Net) -> None:
    """What a registration and a call of a phone take for as long as they are remembered."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (2 * PHONES, 2 * PHONES))
    far = net.server.udp(5060)
    phones = [net.phone.udp(FIRST_PHONE + phone) for phone in range(PHONES)]
    for near in phones:
        known(net, near, far)
    for what, kinds in (("registration", ("register", "register-200")), ("call", ("invite", "200", "ack"))):
        before = memory()
        for number, near in enumerate(phones):
            # Here the numbers are written by this script.
            for message in alone(near.port, kinds):
                data = numbered(message, number)
                if message.inward:
                    far.send(data, (net.public.ip, near.port))
                else:
                    near.send(data, far)
        print("measured", "memory", PHONES, what, (memory() - before) // PHONES)


def segments(net: Net) -> None:
    """The same over TCP."""
    near, far = connected(net)
    no_delay(near, far)
    scenarios = tcp_messages(near.socket.getsockname()[1])
    for scenario in scenarios:
        for message in scenario:
            take(message, near, far)
    for scenario in scenarios:
        run("tcp", 1, scenario)
    order("forget", "all")


def other(net: Net) -> None:
    """A connection to the port of SIP that is something else from its first byte on."""
    near, far = connected(net)
    no_delay(near, far)
    near.send(OTHER)
    far.receive(len(OTHER))
    message = Message("tcp-other", b"x" * SEGMENT, translated=False)
    take(message, near, far)
    run("tcp", 1, [message])
    order("forget", "all")


def main() -> None:
    """Measures the helper that is loaded."""
    world = World()
    for part in (datagrams, segments, other, weigh):
        net = world.net(over_tcp(MASQUERADE))
        part(net)
        net.close()
    world.install(None)
    for namespace in world.namespaces.values():
        namespace.delete()


if __name__ == "__main__":
    main()
