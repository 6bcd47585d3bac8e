"""Captures: made with tcpdump, read back as UDP packets."""

import collections
import signal
import socket
import struct

from program import Program

Packet = collections.namedtuple("Packet", "time source destination payload")


class Capture:
    """tcpdump at one of a namespace's network devices."""

    def __init__(self, namespace, device, path):
        self.path = path
        self.program = Program(
            namespace,
            ["tcpdump", "-n", "-i", device, "-U", "--immediate-mode", "-Z", "root", "-w", str(path), "udp"],
            path.with_suffix(".log"))

    def ready(self):
        self.program.require(lambda: "listening on" in self.program.said(), 60, "tcpdump listens")

    def stop(self):
        self.program.stop(signal.SIGINT)


def packets(path):
    """The UDP packets over IPv4 of a pcap file; an endpoint is (address, port)."""
    data = path.read_bytes()
    if len(data) < 24:
        return
    order = "<" if data[:4] == b"\xd4\xc3\xb2\xa1" else ">"
    offset = 24
    while offset + 16 <= len(data):
        seconds, micros, length, _ = struct.unpack_from(order + "IIII", data, offset)
        frame = data[offset + 16:offset + 16 + length]
        offset += 16 + length
        header = 4 * (frame[14] & 15) if len(frame) > 34 else 0
        if frame[12:14] != b"\x08\x00" or not header or frame[23] != socket.IPPROTO_UDP:
            continue
        udp = 14 + header
        ports = struct.unpack_from("!HHH", frame, udp)
        yield Packet(
            seconds + micros / 1e6,
            (socket.inet_ntoa(frame[26:30]), ports[0]),
            (socket.inet_ntoa(frame[30:34]), ports[1]),
            frame[udp + 8:udp + ports[2]])
