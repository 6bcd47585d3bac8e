# SPDX-License-Identifier: GPL-2.0-only
"""A telephone: baresip without sound card or screen, which sends a tone in place of a voice."""

from __future__ import annotations

import json
import os
import re
import socket
from pathlib import Path

import registrar
import wait
from program import Program

# No STUN, ICE, TURN or outbound, and no module that could do any of them.
CONFIG = """\
poll_method epoll
module_path /usr/lib/baresip/modules
module g711.so
module ausine.so
module aubridge.so
module uuid.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:4444
statmode_default off
net_interface {address}
sip_listen {address}:5060
audio_source ausine,{tone}
audio_player aubridge,nothing
audio_alert aubridge,nothing
ausrc_srate 48000
ausrc_channels 1
rtp_ports 10000-20000
rtp_stats yes
"""
ACCOUNT = (
    "<{uri}>;auth_user={name};auth_pass=secret;regint=600;"
    "answermode=manual;mwi=no;audio_codecs=PCMA\n"
)

# Seconds that a telephone may need for any step. Emulated machines are slow.
PATIENCE = 30


class Phone:
    def __init__(self, name: str, namespace: str, address: str, tone: int, folder: Path) -> None:
        self.name = name
        self.address = address
        self.uri = f"sip:{name}@{registrar.ADDRESS}"
        folder.mkdir()
        (folder / "config").write_text(CONFIG.format(address=address, tone=tone))
        (folder / "accounts").write_text(ACCOUNT.format(name=name, uri=self.uri))
        (folder / "contacts").touch()
        self.program = Program(namespace, ["baresip", "-f", str(folder)], folder / "log")
        self.control = Control(self.program)

    def registered(self) -> bool:
        """Whether the provider took the registration, which may be older than the control
        connection: hence from the log."""
        answer = rf"{self.name}@\S+: .*{{.*}} (\d+) "
        found = wait.until(lambda: re.search(answer, self.program.said()), PATIENCE)
        return found is not None and found[1] == "200"

    def dial(self, other: Phone) -> None:
        self.control.command("dial", other.uri)

    def answer(self) -> None:
        self.control.command("accept")

    def hang_up(self) -> None:
        self.control.command("hangupall", "all")

    def event(self, kind: str) -> dict | None:
        """The next thing of that kind that happens, if it does."""
        return first_event((self, kind))

    def knows(self, kind: str) -> bool:
        """Whether such an event is there already."""
        self.control.receive()
        return any(event["type"] == kind for event in self.control.events)

    def forget_events(self) -> None:
        self.control.receive()
        self.control.events.clear()

    def datagrams_sent(self) -> int:
        """By everybody in the telephone's namespace."""
        names, values = (line for line in self.program.table("snmp") if line[0] == "Udp:")
        return int(values[names.index("OutDatagrams")])

    def packets_received(self) -> list[int]:
        """RTP packets, call by call, as the telephone itself counted them when each was over."""
        counts = re.findall(r"^packets: +\d+ +(\d+)$", self.program.said(), re.MULTILINE)
        return [int(count) for count in counts]

    def switch_off(self) -> None:
        self.program.stop()


def first_event(*expected: tuple[Phone, str]) -> dict | None:
    """What comes first out of several kinds of events at telephones, if anything does."""

    def seen() -> dict | None:
        return next(filter(None, (phone.control.take(kind) for phone, kind in expected)), None)

    return wait.until(seen, PATIENCE)


class Control:
    """The connection that a telephone is steered through: JSON in netstrings."""

    def __init__(self, program: Program) -> None:
        self.socket: socket.socket
        self.buffer = b""
        self.events: list[dict] = []
        program.require(lambda: self.connect(program.namespace), 60, "baresip takes commands")

    def connect(self, namespace: str) -> bool:
        # A socket stays in the namespace that it was made in.
        home = os.open("/proc/self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
        try:
            os.setns(there, os.CLONE_NEWNET)
            self.socket = socket.create_connection(("127.0.0.1", 4444))
            return True
        except ConnectionRefusedError:
            return False
        finally:
            os.setns(home, os.CLONE_NEWNET)
            os.close(home)
            os.close(there)

    def command(self, name: str, parameters: str = "") -> None:
        text = json.dumps({"command": name, "params": parameters, "token": name}).encode()
        self.socket.sendall(b"%d:%s," % (len(text), text))

    def take(self, kind: str) -> dict | None:
        """The next event of a kind; those before it are forgotten."""
        self.receive()
        for index, event in enumerate(self.events):
            if event["type"] == kind:
                del self.events[: index + 1]
                return event
        return None

    def receive(self) -> None:
        try:
            while data := self.socket.recv(65536, socket.MSG_DONTWAIT):
                self.buffer += data
        except BlockingIOError:
            pass
        while match := re.match(rb"(\d+):", self.buffer):
            end = match.end() + int(match[1])
            if len(self.buffer) <= end:
                return
            message = json.loads(self.buffer[match.end() : end])
            self.buffer = self.buffer[end + 1 :]
            if message.get("event"):
                self.events.append(message)
