# SPDX-License-Identifier: GPL-2.0-only
"""What is tried with each helper: register, call out, be called; and what came of it."""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import wait
from capture import Capture, Packet
from crossing import Crossing, crossings
from phone import PATIENCE, Phone, first_event
from pinholes import Pinhole, Watch
from screen import Screen
from sound import is_sound, tone

PHONE = "192.168.1.20"
GATEWAY = "203.0.113.1"
BOB = "203.0.113.20"
TONES = {"alice": 440, "bob": 880}
# How long a call is: so many packets from each side, with 20 milliseconds of sound each.
TALK = 125
# Seconds for a log or a capture to be complete.
BRIEF = 10


@dataclass
class Audio:
    """One direction of a call: packets along the whole way, and what is heard at its end."""

    speaker: str
    listener: str
    sent: int = 0
    # To a private address, on the Internet.
    astray: int = 0
    # By the gateway, to the other side.
    passed: int = 0
    received: int = 0
    tone: float | None = None

    @property
    def heard(self) -> bool:
        """Whether the speaker's tone, and no other, came through. On a slow machine a telephone that
        still sets up its sound misses the first packets."""
        right = self.tone is not None and abs(self.tone - TONES[self.speaker]) < 10
        return right and self.received >= 0.75 * self.sent

    def __str__(self) -> str:
        astray = f"{self.astray} of them to a private address, where nobody is, "
        way = f"{astray if self.astray else ''}{self.passed} pass the gateway"
        heard = "silence" if self.tone is None else f"a tone of {self.tone:.0f} Hz"
        return (
            f"{self.speaker} speaks: sends {self.sent} packets, {way}; "
            f"{self.listener} gets {self.received} and hears {heard}"
        )


@dataclass
class Call:
    rang: bool = False
    answered: bool = False
    audio: list[Audio] = field(default_factory=list)
    hung_up: bool = False


@dataclass
class Result:
    helper: str
    registered: bool
    called: Call | None
    was_called: Call | None
    crossings: list[Crossing]
    pinholes: list[Pinhole]

    @property
    def lost_sound(self) -> int:
        """Packets that did not get through to the other side."""
        calls = filter(None, (self.called, self.was_called))
        return sum(audio.sent - audio.passed for call in calls for audio in call.audio)

    @property
    def private_addresses(self) -> int:
        return sum(crossing.private_addresses for crossing in self.crossings)


class Scenario:
    def __init__(self, helper: str, module: Path, bob: Phone, folder: Path, screen: Screen) -> None:
        self.helper, self.bob, self.folder, self.screen = helper, bob, folder, screen
        folder.mkdir()
        script = Path(__file__).with_name("helper.sh")
        subprocess.run([str(script), helper, str(module)], check=True)
        self.lan = Capture("gateway", "lan", folder / "lan.pcap")
        self.wan = Capture("gateway", "wan", folder / "wan.pcap")
        self.astray = Capture("provider", "internet", folder / "astray.pcap")
        self.watch = Watch(folder / "pinholes.log")
        self.observers = (self.lan, self.wan, self.astray, self.watch)
        for observer in self.observers:
            observer.ready()
        screen.step(gateway())

    def run(self) -> Result:
        alice = Phone("alice", "lan", PHONE, TONES["alice"], self.folder / "alice")
        registered = alice.registered()
        outcome = "the provider accepts" if registered else "without success"
        self.screen.step(f"alice's phone registers: {outcome}", registered)
        called = self.call(alice, self.bob) if registered else None
        was_called = self.call(self.bob, alice) if registered else None
        alice.switch_off()
        for observer in self.observers:
            observer.stop()
        return Result(
            self.helper,
            registered,
            called,
            was_called,
            crossings(self.lan, self.wan, PHONE, GATEWAY),
            self.watch.seen(),
        )

    def call(self, caller: Phone, callee: Phone) -> Call:
        """One call from dialling to hanging up, which is the called party's part."""
        both = (caller, callee)
        before = {phone.name: len(phone.packets_received()) for phone in both}
        for phone in both:
            phone.forget_events()
        started = time.time()
        call = self.dial(caller, callee)
        if not call.answered:
            caller.hang_up()
            return call

        sent = {phone: phone.datagrams_sent() for phone in both}
        wait.until(lambda: all(p.datagrams_sent() - sent[p] >= TALK for p in both), PATIENCE)
        callee.hang_up()
        callee.event("CALL_CLOSED")
        ended = time.time()
        wait.until(lambda: caller.knows("CALL_CLOSED") or self.lost(b"BYE", started), PATIENCE)
        call.hung_up = caller.knows("CALL_CLOSED")
        if not call.hung_up:
            caller.hang_up()

        received = {}
        for phone in both:
            counts = wait.until(lambda: phone.packets_received()[before[phone.name] :], BRIEF)
            received[phone.name] = counts[0] if counts else 0
        call.audio = self.listen(started, ended, received)
        for audio in call.audio:
            self.screen.detail(str(audio), audio.heard)
        outcome = "notices" if call.hung_up else "does not notice"
        self.screen.step(f"{callee.name} hangs up: {caller.name}'s phone {outcome}", call.hung_up)
        return call

    def dial(self, caller: Phone, callee: Phone) -> Call:
        call = Call()
        who = f"{caller.name} calls {callee.name}: {callee.name}'s phone"
        caller.dial(callee)
        event = first_event((callee, "CALL_INCOMING"), (caller, "CALL_CLOSED"))
        call.rang = event is not None and event["type"] == "CALL_INCOMING"
        if not call.rang:
            told = f'is told "{event["param"]}"' if event else "hears nothing"
            self.screen.step(f"{who} does not ring; {caller.name} {told}", False)
            return call
        callee.answer()
        call.answered = all(phone.event("CALL_ESTABLISHED") for phone in (caller, callee))
        outcome = "and is answered" if call.answered else "but the call does not come about"
        self.screen.step(f"{who} rings, {outcome}", call.answered)
        return call

    def lost(self, method: bytes, since: float) -> bool:
        """Whether such a request went to where nobody is."""
        return any(p.time >= since and p.payload.startswith(method) for p in self.astray.packets())

    def listen(self, started: float, ended: float, received: dict[str, int]) -> list[Audio]:
        """Both directions of the call that was between two times."""

        def sound(capture: Capture, source: str) -> list[Packet]:
            return [
                packet
                for packet in capture.packets()
                if started <= packet.time <= ended
                and packet.source.address == source
                and is_sound(packet)
            ]

        def passed(capture: Capture, packets: list[Packet]) -> list[Packet]:
            # A NAT leaves the sound itself alone, and no two packets of it have the same number.
            sent = {packet.payload for packet in packets}
            return [packet for packet in capture.packets() if packet.payload in sent]

        def measure() -> bool:
            spoken = sound(self.lan, PHONE)
            arrived = passed(self.wan, spoken)
            out.sent, out.passed, out.tone = len(spoken), len(arrived), tone(arrived)
            reached, astray = sound(self.wan, BOB), sound(self.astray, BOB)
            arrived = passed(self.lan, reached)
            back.sent, back.astray = len(reached) + len(astray), len(astray)
            back.passed, back.tone = len(arrived), tone(arrived)
            # A capture may be a moment behind the telephones.
            return out.passed >= out.received and back.passed >= back.received

        out = Audio("alice", "bob", received=received["bob"])
        back = Audio("bob", "alice", received=received["alice"])
        wait.until(measure, BRIEF)
        return [out, back]


def gateway() -> str:
    """What the gateway has for SIP: modules and rules as the kernel lists them."""
    names = [line.split()[0] for line in Path("/proc/modules").read_text().splitlines()]
    modules = [name for name in names if "sip" in name]
    command = ["ip", "netns", "exec", "gateway", "iptables", "-t", "raw", "-S", "PREROUTING"]
    listing = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rules = [f"iptables -t raw {line}" for line in listing.splitlines() if line.startswith("-A")]
    modules_text = f"modules {' and '.join(modules)}" if modules else "no module for SIP"
    rules_text = "; ".join(rules) or "no rule for it"
    return f"the gateway has {modules_text}, {rules_text}"
