# SPDX-License-Identifier: GPL-2.0-only
"""SIP messages as they stand in a capture, and the places in them that name an address."""

from __future__ import annotations

import re
from typing import NamedTuple

from capture import Packet

URI = re.compile(r"sips?:[^\s<>;,?\"]+")
SENT_BY = re.compile(r"SIP/2.0/\w+\s+", re.IGNORECASE)
COMPACT = {
    "v": "Via",
    "m": "Contact",
    "f": "From",
    "t": "To",
    "i": "Call-ID",
    "l": "Content-Length",
}


class Line(NamedTuple):
    name: str
    raw: str
    # What it says about addresses.
    short: str


class Message:
    def __init__(self, packet: Packet) -> None:
        self.packet = packet
        head, _, body = packet.payload.decode("utf-8", "replace").partition("\r\n\r\n")
        self.start, *headers = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
        self.is_request = not self.start.startswith("SIP/2.0 ")
        self.lines = [
            Line("request", self.start, self.start.split(" ")[1] if self.is_request else "")
        ]
        self.headers: dict[str, str] = {}
        for raw in headers:
            name, _, value = raw.partition(":")
            name, value = COMPACT.get(name.strip().lower(), name.strip()), value.strip()
            self.headers.setdefault(name.lower(), value)
            self.lines.append(Line(name, raw, of_header(name.lower(), value)))
        for raw in filter(None, body.split("\r\n")):
            self.lines.append(Line(f"SDP {raw[:2]}", raw, of_sdp(raw[:2], raw[2:])))

    @property
    def title(self) -> str:
        """What a person calls it: INVITE, or 200 OK (to INVITE)."""
        kind = self.start.removeprefix("SIP/2.0 ")
        return kind.split(" ")[0] if self.is_request else f"{kind} (to {self.cseq.split()[-1]})"

    @property
    def cseq(self) -> str:
        return self.headers.get("cseq", "?")

    @property
    def key(self) -> tuple[str | None, str, str]:
        """What stays the same on the way through a NAT."""
        kind = "request" if self.is_request else self.start.split(" ")[1]
        return self.headers.get("call-id"), self.cseq, kind


def is_sip(packet: Packet) -> bool:
    first = packet.payload.split(b"\r\n", 1)[0]
    return first.startswith(b"SIP/2.0 ") or first.endswith(b" SIP/2.0")


def of_header(name: str, value: str) -> str:
    if name == "via":
        sent_by, *parameters = SENT_BY.sub("", value).split(";")
        return " ".join([sent_by, *filter(re.compile("(received|maddr|rport)=").match, parameters)])
    if name == "content-length":
        return value
    return " ".join(URI.findall(value))


def of_sdp(kind: str, value: str) -> str:
    if kind in ("o=", "c="):
        return value.split(" ")[-1]
    if kind == "m=":
        return " ".join(value.split(" ")[:2])
    return value if value.startswith(("rtcp:", "candidate:")) else ""
