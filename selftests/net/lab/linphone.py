# SPDX-License-Identifier: GPL-2.0-only
"""Linphone on a terminal: a phone that asks nobody where its messages come from (no rport)."""

from __future__ import annotations

import math
import struct
import wave
from pathlib import Path

from .check import within
from .host import Host
from .phones import LIMIT, Phone

CONFIG = """
[sip]
sip_port=5060
sip_tcp_port=0
sip_tls_port=0
use_ipv6={ipv6}
use_rport=0
default_proxy=0
guess_hostname=1
keepalive_period=0

[rtp]
audio_rtp_port={media}

[net]
firewall_policy=none

[proxy_0]
reg_proxy=<sip:{domain};transport=udp>
reg_identity="{name}" <sip:{name}@{domain}>
reg_expires=600
reg_sendregister=1
publish=0

[auth_info_0]
username={name}
passwd=secret
realm={realm}
"""


class Linphone(Phone):
    """A linphonec; its commands are other ones than baresip's."""

    def do(self, command: str) -> None:
        prompts = self.prompts()
        self.program.tell(f"{command}\n")
        # It forgets a command while it has not yet read the one before.
        within(LIMIT, lambda: self.prompts() > prompts, f"{self.name} has done '{command}'")

    def dial(self, whom: str) -> None:
        self.do(f"call {whom} --audio-only")

    def answer(self) -> None:
        self.says("Receiving new incoming call")
        self.do("answer")

    def registered(self) -> bool:
        """Whether the registrar has taken its registration."""
        self.do("status register")
        return "registered, identity" in self.program.text()

    def prompts(self) -> int:
        """How often it has asked for a command."""
        return self.program.text().count("linphonec> ")


def tone(path: Path, frequency: int) -> None:
    """Writes a minute of a tone."""
    rate = 8000
    turn = 2 * math.pi * frequency / rate
    period = [int(8000 * math.sin(turn * place)) for place in range(rate)]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(struct.pack(f"<{rate}h", *period) * 60)


def linphone(
    host: Host, name: str, frequency: int, media: int, domain: str, realm: str = ""
) -> Linphone:
    """Starts a phone at the usual port, which registers with the registrar of its domain."""
    folder = host.net.folder(name)
    (folder / ".local/share/linphone").mkdir(parents=True)
    ipv6, realm = int(":" in host.ip), realm or domain
    text = CONFIG.format(ipv6=ipv6, media=media, domain=domain, name=name, realm=realm)
    (folder / "linphonerc").write_text(text)
    tone(folder / "tone.wav", frequency)
    program = host.start(
        "stdbuf", "-o0", "linphonec", "-c", f"{folder}/linphonerc", HOME=f"{folder}"
    )
    made = Linphone(name, frequency, folder, program)
    program.says("linphonec> ", LIMIT)
    for command in ("soundcard use files", f"play {folder}/tone.wav", f"record {made.recording}"):
        made.do(command)
    within(LIMIT, made.registered, f"{name} is registered", interval=0.1)
    return made
