# SPDX-License-Identifier: GPL-2.0-only
"""What is no SIP, at ports where the helper looks for it: it passes byte by byte."""

from __future__ import annotations

import base64
import random
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from . import stun
from .check import equal
from .courier import Courier
from .harm import Account, Scenario
from .host import Host
from .net import Net
from .stream import Stream
from .tcp import Pair, Way, connected, exchange

# Whether the one who has opened the connection says it, and what.
Turn = tuple[bool, bytes]

INVITE = (
    b"INVITE sip:alice@10.0.0.2 SIP/2.0\r\nVia: SIP/2.0/WS 10.0.0.2;branch=z9hG4bK-1\r\n"
    b"From: <sip:alice@10.0.0.2>;tag=1\r\nTo: <sip:bob@203.0.113.10>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n"
    b"Contact: <sip:alice@10.0.0.2;transport=ws>\r\nContent-Length: 0\r\n\r\n"
)


def frame(payload: bytes, masked: bool) -> bytes:
    """A text frame of WebSocket (RFC 6455 5.2)."""
    key = b"\x37\xfa\x21\x3d"
    head = struct.pack("!BBH", 0x81, 126 | masked << 7, len(payload))
    if not masked:
        return head + payload
    return head + key + bytes(byte ^ key[at % 4] for at, byte in enumerate(payload))


def websocket() -> list[Turn]:
    """SIP over WebSocket (RFC 7118), both ways."""
    key = base64.b64encode(b"0123456789abcdef")
    asked = (
        b"GET / HTTP/1.1\r\nHost: 203.0.113.10\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: " + key + b"\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sip\r\n\r\n"
    )
    granted = (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Protocol: sip\r\n\r\n"
    )
    said = [(True, frame(INVITE, masked=True)), (False, frame(INVITE, masked=False))]
    return [(True, asked), (False, granted), *said * 3, (True, frame(INVITE, masked=False))]


def web() -> list[Turn]:
    """HTTP, with SIP in what is uploaded and in what comes back."""
    asked = b"POST /log HTTP/1.1\r\nHost: 10.0.0.2\r\nContent-Length: %d\r\n\r\n" % len(INVITE) + INVITE
    given = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(INVITE) + INVITE
    return [(True, asked), (False, given)] * 3


def greeted() -> list[Turn]:
    """A protocol in which the server speaks first, and lines are long."""
    return [
        (False, b"220 mail.example.com ESMTP\r\n"),
        (True, b"EHLO [10.0.0.2]\r\n"),
        (False, b"250 10.0.0.2\r\n"),
        (True, b"DATA\r\n"),
        (False, b"354 go on\r\n"),
        (True, INVITE * 40 + b".\r\n"),
        (False, b"250 OK\r\n"),
    ]


def bytes_alone() -> list[Turn]:
    """Single bytes, as of a terminal."""
    return [(number % 3 > 0, bytes([number])) for number in range(64)]


def conversation(turns: Callable[[], list[Turn]], *ports: int) -> Scenario:
    """One over TCP to each of the ports."""

    def scenario(net: Net, account: Account) -> None:
        for port in ports:
            near, far = connected(net, to=port)
            for place, (out, data) in enumerate(turns()):
                one, other = (near, far) if out else (far, near)
                one.send(data)
                if not account.tries(f"port {port}: {place} passes", partial(same, other, data)):
                    break

    return scenario


def same(stream: Stream, data: bytes) -> None:
    """What comes is what was sent."""
    equal(stream.receive(len(data)), data)


def bulk(net: Net, account: Account) -> None:
    """Much at a time, both ways at once."""
    numbers = random.Random(5060)
    for first in (b"", b"INVITE ", b"\r\n\r\n", b"SIP/2.0 200 OK\r\n\r\n"):
        near, far = connected(net)
        sent = [first + numbers.randbytes(1 << 20) for _ in range(2)]
        ways = [
            Way(one, other, [Pair(data, data)], [data])
            for one, other, data in ((near, far, sent[0]), (far, near, sent[1]))
        ]
        account.tries(f"a megabyte behind {first!r} passes both ways", partial(exchange, *ways))


def datagrams(net: Net, account: Account) -> None:
    """Of all kinds, to and from the usual port."""
    numbers = random.Random(5060)
    courier = Courier(net.phone, net.server)
    near, far = net.phone.udp(5060), net.server.udp(5060)
    query = b"\x12\x34\x01\0\0\1\0\0\0\0\0\0\x07example\x03com\0\0\1\0\1"
    kinds = {
        "a keep-alive": b"\r\n\r\n",
        "nothing": b"",
        "DNS": query,
        "STUN": stun.request(1),
        "RTP": b"\x80\x08" + bytes(170),
        "DTLS": b"\x16\xfe\xfd" + bytes(120),
        "HTTP": b"GET / HTTP/1.1\r\nHost: 10.0.0.2\r\n\r\n",
        "an XMPP stream": b"<stream:stream to='10.0.0.2'>",
        "what begins as SIP": b"INVITE sip:alice@10.0.0.2 SIP/2.0",
        "another version of SIP": INVITE.replace(b"SIP/2.0\r\n", b"SIP/3.0\r\n", 1),
        "many bytes": numbers.randbytes(9000),
        "as many as there may be": numbers.randbytes(65507),
        **{f"{size} bytes": numbers.randbytes(size) for size in range(1, 1473, 61)},
    }
    for kind, data in kinds.items():
        out = courier.carries(near, data, far.endpoint, far)
        if account.note(f"{kind} passes", out and out.data == data):
            assert out
            back = courier.carries(far, data, out.source, near)
            account.note(f"{kind} comes back", back and back.data == data)


def certificate(host: Host) -> ssl.SSLContext:
    """A server's, signed by itself."""
    folder = host.net.folder("certificate")
    key, cert = f"{folder}/key", f"{folder}/certificate"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=sip"
    host.run(*command.split(), "-keyout", key, "-out", cert)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


def encrypted(*ports: int) -> Scenario:
    """SIP over TLS, with a handshake of its own on each of the ports."""

    def scenario(net: Net, account: Account) -> None:
        offered = certificate(net.server)
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        for port in ports:
            near, far = connected(net, to=port)

            def serve(stream: Stream = far) -> None:
                # The client resets the connection when it has seen enough.
                with suppress(OSError), offered.wrap_socket(stream.socket, server_side=True) as server:
                    while data := server.recv(1 << 16):
                        server.sendall(data)

            server = threading.Thread(target=serve, daemon=True)
            server.start()
            try:
                with trusting.wrap_socket(near.socket) as client:
                    for count in (1, 40):
                        client.sendall(INVITE * count)
                        got = b""
                        while len(got) < len(INVITE) * count and (more := client.recv(1 << 16)):
                            got += more
                        account.note(f"port {port}: {count} messages pass both ways", got == INVITE * count)
            except OSError as error:
                account.note(f"port {port}: {error}", False)
            server.join()

    return scenario
