# SPDX-License-Identifier: GPL-2.0-only
"""Real softphones (baresip), each of which sends a tone of its own and records what it hears."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .check import patience, true, within
from .host import Host
from .program import Program
from .tone import HEADER, heard

# Seconds for all to speak and hear; two or three where nothing else runs.
LIMIT = 60.0

# Asterisk, when it puts another in a caller's place, may go back in its numbers of RTP packets, which a
# jitter buffer would take for late ones for minutes.
CONFIG = """
module_path /usr/lib/baresip/modules
sip_listen {at}
net_interface eth0
audio_player aufile,{folder}/heard.wav
audio_source ausine,{tone}
audio_alert aubridge,{name}-alert
ausrc_srate 48000
rtp_ports {rtp}-{rtcp}
rtp_stats yes
jitter_buffer_type off
audio_path {folder}
statmode_default off
module g711.so
module ausine.so
module aubridge.so
module aufile.so
module stdio.so
module_app account.so
module_app menu.so
module_app uuid.so
"""

VIDEO = """
module vp8.so
module fakevideo.so
video_source fakevideo,nil
video_display fakevideo,nil
video_size 176x144
video_fps 10
"""


@dataclass
class Phone:
    """A baresip."""

    name: str
    tone: int
    folder: Path
    program: Program
    read: int = 0

    @property
    def recording(self) -> Path:
        """What it hears, since its call began or was held or resumed."""
        return self.folder / "heard.wav"

    def do(self, command: str) -> None:
        """Gives it a command."""
        self.program.tell(f"/{command}\n")

    def dial(self, whom: str) -> None:
        """Calls somebody."""
        self.do(f"dial {whom}")

    def answer(self) -> None:
        """Waits until it rings, and answers."""
        self.says("Incoming call")
        self.do("accept")

    def says(self, words: str) -> None:
        """Waits for words that it has not been waited for before."""

        def said() -> bool:
            place = self.program.text().find(words, self.read)
            self.read = place + len(words) if place >= 0 else self.read
            return place >= 0

        text = self.program.text
        within(patience(LIMIT), said, lambda: f"{self.name} says '{words}'; it says\n{text()[-2000:]}")

    def listen(self) -> None:
        """What it has heard so far is forgotten."""
        if self.recording.exists() and self.recording.stat().st_size > HEADER:
            os.truncate(self.recording, HEADER)

    def hears(self, tones: Iterable[int], *, gaps: bool = False) -> set[int]:
        """Which of the tones it hears now, perhaps with gaps."""
        rate = 8000
        return heard(self.recording, tones, rate, gaps=gaps) if self.recording.exists() else set()

    def packets(self, kind: str) -> tuple[int, int] | None:
        """RTP packets sent and received in the last call, once it is over and they are counted."""
        said = self.program.text()
        table = re.compile(rf"^{kind} .*\npackets: +(\d+) +(\d+)\n", re.MULTILINE)
        found = table.search(said, max(0, said.rfind("established")))
        return (int(found[1]), int(found[2])) if found else None


def phone(
    host: Host,
    name: str,
    tone: int,
    ports: tuple[int, int],
    *,
    dial: str = "",
    account: str = "regint=0;answermode=auto",
    domain: str = "",
    video: bool = False,
    transport: str = "",
    more: str = "",
) -> Phone:
    """Starts a phone at a SIP port and an RTP port, or two if it has video.

    dial: whom it calls at once.
    more: further lines of its configuration.
    """
    sip, media = ports
    folder = host.net.folder(name)
    last = media + (3 if video else 1)
    config = CONFIG.format(
        at=f"{host.uri}:{sip}", name=name, tone=tone, rtp=media, rtcp=last, folder=folder
    )
    (folder / "config").write_text(config + VIDEO * video + more)
    settings = f"{account};audio_codecs=PCMA;mwi=no"
    at = domain or f"{host.uri}:{sip}"
    over = f";transport={transport}" if transport else ""
    (folder / "accounts").write_text(f"<sip:{name}@{at}{over}>;{settings}\n")
    (folder / "contacts").write_text("\n")
    command = ["baresip", "-f", str(folder)] + (["-e", f"/dial {dial}"] if dial else [])
    return Phone(name, tone, folder, host.start(*command))


def registered(
    host: Host, name: str, tone: int, ports: tuple[int, int], domain: str, **more
) -> Phone:
    """Starts a phone and waits until the registrar of its domain has taken its registration."""
    account = f"auth_user={name};auth_pass=secret;regint=600;answermode=manual"
    made = phone(host, name, tone, ports, account=account, domain=domain, **more)
    made.says("200 OK")
    return made


def all_talk(calls: list[tuple[Phone, Phone]]) -> None:
    """In each call both hear the other's tone and nobody else's."""
    phones = [one for call in calls for one in call]
    tones = [one.tone for one in phones]
    wanted = {near.name: {far.tone} for call in calls for near, far in (call, call[::-1])}
    for one in phones:
        one.listen()

    def all_heard() -> bool:
        return all(one.hears(tones, gaps=True) == wanted[one.name] for one in phones)

    def account() -> str:
        said = [f"{one.name} hears {one.hears(tones) or 'nothing'}" for one in phones]
        told = "".join(f"\n{one.name} said:\n{one.program.text()[-1500:]}" for one in phones)
        return f"both ways in each call; {', '.join(said)}, wanted {wanted}{told}"

    within(patience(LIMIT), all_heard, account, interval=0.1)


def silence(listener: Phone, speaker: Phone) -> None:
    """For a second nothing of the other's tone comes to the one.

    Where nothing comes at all a phone may write silence, or nothing.
    """
    size, spoken = 0, time.monotonic()

    def silent() -> bool:
        nonlocal size, spoken
        length = listener.recording.stat().st_size
        if length > size and listener.hears([speaker.tone], gaps=True):
            spoken = time.monotonic()
        size = length
        return time.monotonic() - spoken >= 1

    within(patience(LIMIT), silent, f"{listener.name} hears nothing", interval=0.1)


def call(caller: Phone, whom: str, callee: Phone) -> None:
    """The caller dials, the callee answers, and both talk."""
    caller.dial(whom)
    callee.answer()
    all_talk([(caller, callee)])


def hold(holder: Phone, held: Phone) -> None:
    """The one holds the call, so that the other hears nothing, and resumes it."""
    for command in ("hold", "resume"):
        holder.read = len(holder.program.text())
        holder.do(command)
        holder.says("Call answered")
        if command == "hold":
            silence(held, holder)
    all_talk([(holder, held)])


def counted(one: Phone, other: Phone, kind: str = "audio") -> None:
    """Their call is over, and each has got what the other sent while both spoke."""
    both = (one, other)
    counts: list[tuple[int, int]] = []

    def all_counted() -> bool:
        counts[:] = [count for each in both if (count := each.packets(kind))]
        return len(counts) == len(both)

    within(patience(LIMIT), all_counted, "both have counted their packets")
    # A PBX may tell the one later than the other that it has answered, or that it is over.
    sent = min(sent for sent, _ in counts)
    for _, received in counts:
        true(received >= sent // 2 > 0, f"packets sent and received: {counts}")
