# SPDX-License-Identifier: GPL-2.0-only
"""TCP connections between machines, which end with the test at the latest."""

from __future__ import annotations

import socket
import struct

from .check import PATIENCE, Failed
from .host import Endpoint, Host, name


class Stream:
    """A TCP socket of a host."""

    def __init__(self, host: Host, opened: socket.socket) -> None:
        self.host = host
        self.socket = opened
        opened.settimeout(PATIENCE)
        host.net.sockets.append(self)

    def accept(self) -> Stream:
        """The next connection; the test fails when none comes."""
        try:
            return Stream(self.host, self.socket.accept()[0])
        except TimeoutError:
            raise Failed(f"no connection came to {self}") from None

    def send(self, data: bytes) -> None:
        """Sends bytes."""
        self.socket.sendall(data)

    def receive(self, size: int) -> bytes:
        """So many bytes, or fewer where the other side ends; the test fails when they do not come."""
        data = b""
        try:
            while len(data) < size and (more := self.receive_some(size - len(data))):
                data += more
        except Failed as failed:
            raise Failed(f"{failed}: {size} bytes were to come, and {data!r} did") from None
        return data

    def receive_some(self, most: int = 1 << 16) -> bytes:
        """The next bytes, or none where the other side ends."""
        try:
            return self.socket.recv(most)
        except TimeoutError:
            raise Failed(f"nothing more came to {self}") from None
        except ConnectionResetError:
            raise Failed(f"{self} was reset") from None

    def reset_at_end(self) -> None:
        """Closing resets the connection, so that its ports are free at once."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def close(self) -> None:
        """Frees the port."""
        self.socket.close()

    def __str__(self) -> str:
        return f"{self.host.name}, {name(self.socket.getsockname()[:2])} over TCP"


def unbound(host: Host, port: int) -> Stream:
    """A socket at a port of the host."""
    family = socket.AF_INET6 if ":" in host.ip else socket.AF_INET
    with host.namespace.inside():
        opened = socket.socket(family, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind((host.ip, port))
    return Stream(host, opened)


def listen(host: Host, port: int) -> Stream:
    """Waits for connections."""
    stream = unbound(host, port)
    stream.socket.listen()
    return stream


def connect(host: Host, to: Endpoint, port: int = 0) -> Stream:
    """Opens a connection; the test fails when nobody answers, or somebody refuses."""
    stream = unbound(host, port)
    try:
        stream.socket.connect(to)
    except (TimeoutError, ConnectionRefusedError) as error:
        raise Failed(f"{host.name} got no connection to {name(to)}: {error}") from None
    return stream
