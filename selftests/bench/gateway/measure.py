# SPDX-License-Identifier: GPL-2.0-only
"""How many messages, datagrams and bytes pass the gateway of the network tests in a second.

phone 10.0.0.2 ──── 10.0.0.1 gateway 203.0.113.1 ──── server 203.0.113.10
                           masquerade
"""

import os
import signal
import socket
import time
from collections.abc import Callable

from lab import MASQUERADE, Net
from lab.main import World
from lab.tcp import over_tcp

# Datagrams of one system call, which the sender's own kernel cuts apart.
BATCH = 32
UDP_SEGMENT = 103
CALLS = 400
# Seconds after which a stream has come to a stand.
STALL = 10
BLOCK = 1 << 20
BLOCKS = 128
MESSAGES = 50_000

REQUEST = """OPTIONS sip:bob@203.0.113.10 SIP/2.0
Via: SIP/2.0/{protocol} 10.0.0.2:{port};branch=z9hG4bK776asdhds;rport
Max-Forwards: 70
From: "Alice" <sip:alice@example.com>;tag=1928301774
To: <sip:bob@203.0.113.10>
Call-ID: a84b4c76e66710@pc33.example.com
CSeq: 63104 OPTIONS
Contact: <sip:alice@10.0.0.2:{port}>
Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, MESSAGE, SUBSCRIBE, INFO, UPDATE
Supported: replaces, timer, outbound, path, gruu
User-Agent: Phone/1.0
Content-Length: 0

"""


def request(protocol: str, port: int) -> bytes:
    """A message in which two addresses change."""
    return REQUEST.format(protocol=protocol, port=port).replace("\n", "\r\n").encode()


def datagrams(net: Net, payload: bytes, port: int) -> float:
    """How many pass in a second; nobody takes them at the other end, where they are counted."""
    server = net.world.namespaces["server"]
    server.run(["iptables", "-F", "INPUT"])
    server.run(["iptables", "-A", "INPUT", "-p", "udp", "-j", "DROP"])
    with net.phone.namespace.inside():
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.bind((net.phone.ip, 5060))
    sender.setsockopt(socket.SOL_UDP, UDP_SEGMENT, len(payload))
    sender.connect((net.server.ip, port))
    batch = payload * min(BATCH, 60000 // len(payload))
    sender.send(batch)
    start = time.monotonic()
    for _ in range(CALLS):
        sender.send(batch)
    took = time.monotonic() - start
    wanted = (CALLS + 1) * (len(batch) // len(payload))
    lines = server.run(["iptables", "-nvxL", "INPUT"]).splitlines()
    counted = next(int(line.split()[0]) for line in lines if "DROP" in line)
    assert counted == wanted, f"{counted} of {wanted} datagrams came"
    server.run(["iptables", "-F", "INPUT"])
    sender.close()
    return (wanted - counted // (CALLS + 1)) / took


def stream(net: Net, block: Callable[[int], bytes], blocks: int) -> float:
    """How many bytes of a stream come in a second; none where it comes to a stand."""
    with net.server.namespace.inside():
        listener = socket.create_server((net.server.ip, 5060))
    with net.phone.namespace.inside():
        sender = socket.socket()
    sender.bind((net.phone.ip, 0))
    sender.connect((net.server.ip, 5060))
    receiver, _ = listener.accept()
    receiver.settimeout(STALL)
    sender.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    data = block(sender.getsockname()[1])
    start = time.monotonic()
    child = os.fork()
    if not child:
        for _ in range(blocks):
            sender.sendall(data)
        os._exit(0)
    sender.close()
    room = bytearray(1 << 20)
    try:
        while receiver.recv_into(room):
            pass
        rate = len(data) * blocks / (time.monotonic() - start)
    except TimeoutError:
        rate = 0.0
    receiver.close()
    listener.close()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return rate


def main() -> None:
    """Prints a line for each thing that is measured."""
    world = World()
    net = world.net(over_tcp(MASQUERADE))
    length = len(request("TCP", 40000))
    messages = stream(net, lambda port: request("TCP", port), MESSAGES)
    print("measured", "tcp-messages", messages / length)
    other = b"\x16\x03\x01" + bytes(BLOCK - 3)
    print("measured", "tcp-other-bytes", stream(net, lambda _: other, BLOCKS))
    net.close()
    net = world.net(MASQUERADE)
    print("measured", "udp-messages", datagrams(net, request("UDP", 5060), 5060))
    print("measured", "udp-keep-alives", datagrams(net, b"\r\n\r\n", 5060))
    print("measured", "udp-other-port", datagrams(net, bytes(172), 40000))
    net.close()


main()
