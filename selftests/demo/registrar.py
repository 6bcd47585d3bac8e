"""The provider's Kamailio."""

import pathlib
import socket
import struct

from program import Program

ADDRESS = "203.0.113.10"


def start(folder):
    config = pathlib.Path(__file__).with_name("kamailio.cfg")
    kamailio = Program(
        "provider",
        ["kamailio", "-f", str(config), "-DD", "-E", "-m", "64", "-M", "16", "-Y", str(folder)],
        folder / "kamailio.log")
    # As /proc/net/udp writes it.
    listening = f"{struct.unpack('=I', socket.inet_aton(ADDRESS))[0]:08X}:{5060:04X}"
    kamailio.require(lambda: any(listening in line for line in kamailio.table("udp")),
                     60, "Kamailio listens")
    return kamailio
