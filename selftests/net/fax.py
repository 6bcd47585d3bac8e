# SPDX-License-Identifier: GPL-2.0-only
"""A call that becomes a fax: the callee offers T.38 in place of the audio, and both send packets of it.

caller 10.0.0.2 ───── 10.0.0.1 gateway 203.0.113.1 ───── callee 203.0.113.10
                     masquerade, or a firewall

Both are sipp, or Asterisk.
"""

import socket
import struct
from pathlib import Path

from lab import FIREWALL, MASQUERADE, Net, test, within
from lab.check import patience
from lab.host import passed
from lab.pbx import FAX as FAX_MODULES
from lab.pbx import line, pbx
from lab.phones import LIMIT
from lab.scenario import BACK, CALL, REMEMBER, answered, execute, play, receive, reply, request

GATEWAY = MASQUERADE
PACKETS = 20
AUDIO = "m=audio [media_port] RTP/AVP 8\na=rtpmap:8 PCMA/8000"
FAX = "m=image [media_port] udptl t38\na=T38FaxVersion:0\na=T38MaxBitRate:14400"
HERE, THERE = 30000, 40000


def udptl(number: int, sender: str) -> bytes:
    """A packet of T.38: "no signal", and nothing to correct errors with."""
    return struct.pack("!HBB", number, 1, 0) + bytes(2) + sender.encode()


def write_packets(path: Path, sender: str) -> None:
    """Writes a capture of such packets, which sipp sends again from where it likes."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for number in range(PACKETS):
            payload = udptl(number, sender)
            header = struct.pack("!HHHH", 10000, 10000, 8 + len(payload), 0)
            length = 20 + len(header) + len(payload)
            local = socket.inet_aton("127.0.0.1")
            ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, length, 0, 0, 64, 17, 0, local, local)
            packet = bytes(12) + b"\x08\x00" + ip + header + payload
            file.write(struct.pack("<IIII", 0, number * 20000, len(packet), len(packet)) + packet)


@test(MASQUERADE, FIREWALL, needs=("sipp",))
def call_becomes_a_fax_and_its_packets_pass_both_ways(net: Net) -> None:
    folder = net.folder("fax")
    files = {name: folder / name for name in ("caller", "callee")}
    for name, path in files.items():
        write_packets(path, name)
    fax = {name: execute(f'play_pcap_image="{path}"') for name, path in files.items()}
    play(
        net.server,
        [
            receive("INVITE", REMEMBER),
            reply("200 OK", AUDIO),
            receive("ACK"),
            request("INVITE", BACK, FAX),
            answered(),
            request("ACK", BACK),
            fax["callee"],
        ],
        *("-min_rtp_port", f"{THERE}"),
    )
    within(patience(LIMIT), lambda: net.server.listens(5060), "the callee listens")
    wires = {"caller": net.server.capture(), "callee": net.phone.capture()}
    got: dict[str, set[int]] = {"caller": set(), "callee": set()}
    target = f"sip:callee@{net.server.ip}:5060"
    play(
        net.phone,
        [
            request("INVITE", CALL, AUDIO, target),
            answered(),
            request("ACK", CALL),
            receive("INVITE"),
            reply("200 OK", FAX, tag=""),
            receive("ACK"),
            fax["caller"],
        ],
        *("-min_rtp_port", f"{HERE}", f"{net.server.ip}:5060"),
    )

    def all_came() -> bool:
        for sender, wire in wires.items():
            for packet in passed(wire):
                number = struct.unpack_from("!H", packet, 28)[0] if len(packet) > 30 else 0
                if packet[28:] == udptl(number, sender) and number < PACKETS:
                    got[sender].add(number)
        return all(len(numbers) == PACKETS for numbers in got.values())

    within(patience(LIMIT), all_came, lambda: f"all packets come; there are {got}", interval=0.02)


def write_page(path: Path) -> None:
    """Writes a page of an inch, white from edge to edge, as a TIFF file of what fax machines send."""
    width, height, resolution = 1728, 98, struct.pack("<4I", 204, 1, 98, 1)
    white = bytes(width // 8 * height)
    first, short, long, ratio = 8 + len(resolution), 3, 4, 5
    tags = [
        *((256, long, width), (257, long, height), (258, short, 1), (259, short, 1), (262, short, 0)),
        *((273, long, first), (277, short, 1), (278, long, height), (279, long, len(white))),
        *((282, ratio, 8), (283, ratio, 16), (296, short, 2)),
    ]
    directory = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    head = struct.pack("<2sHI", b"II", 42, first + len(white))
    path.write_bytes(head + resolution + white + struct.pack("<H", len(tags)) + directory + bytes(4))


@test()
def machines_of_two_pbxs_hear_each_other(net: Net) -> None:
    """The one says what it can do (DIS, ITU-T T.30), and the other what it chooses of that (DCS)."""
    page = net.folder("fax") / "page.tif"
    write_page(page)
    receive_it, send_it = f"exten => fax,1,ReceiveFAX({page}.copy)", f"exten => send,1,SendFAX({page})"
    receiver = pbx(net.server, line("fax", net.public), receive_it, modules=FAX_MODULES)
    sender = pbx(net.phone, line("fax", net.server), send_it, modules=FAX_MODULES)
    receiver.ask("fax set debug on")
    sender.ask("channel originate PJSIP/fax extension send@calls")
    receiver.program.says("T.38T Type DCS - CRC OK", patience(LIMIT))
    sender.ask("channel request hangup all")
    net.until_closed()
