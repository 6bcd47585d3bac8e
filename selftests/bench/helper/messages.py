# SPDX-License-Identifier: GPL-2.0-only
"""The messages that are measured, of a phone behind a NAT and its provider.

Bytes 1 to 3 stand for numbers, which the kernel module writes: see kernel/packets.c.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

PHONE, GATEWAY, SERVER = "10.0.0.2", "203.0.113.1", "203.0.113.10"
# Of a call, and two ports of it.
CALL, AUDIO, VIDEO = "\x01" * 8, "\x02" * 5, "\x03" * 5

SDP = """v=0
o=- {call} {version} IN IP4 {host}
s=-
c=IN IP4 {host}
t=0 0
m=audio {audio} RTP/AVP 0 8 101
a=rtpmap:0 PCMU/8000
{more}m=video {video} RTP/AVP 99
a=rtpmap:99 H264/90000
"""
MORE = """a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=sendrecv
"""
# Headers that no helper has to look into, to make a message as long as it is to be.
OTHERS = (
    "Supported: replaces, timer, path, outbound",
    "Session-Expires: 1800;refresher=uac",
    "Accept: application/sdp, application/dtmf-relay",
    "Min-SE: 90",
    "Allow-Events: presence, message-summary, refer",
)


@dataclass(frozen=True)
class Message:
    """What is sent, and whether a helper has to change it.

    inward: from the provider to the phone.
    translated: the phone's address in it is the gateway's on the other side.
    """

    name: str
    data: bytes
    inward: bool = False
    translated: bool = True

    @property
    def taken(self) -> bytes:
        """What of it the kernel module takes: a name that begins with a dash leaves the headers alone."""
        return b"" if self.name.startswith("-") else self.data


def body(host: str, version: int, more: str) -> str:
    """A session description with two media."""
    return SDP.format(host=host, version=version, more=more, call=CALL, audio=AUDIO, video=VIDEO)


class Writer:
    """Messages of one phone over one protocol.

    prefix: what their names begin with.
    length: how long each of them is, if not as long as it says itself.
    """

    def __init__(self, protocol: str, phone_port: int, prefix: str = "", length: int = 0) -> None:
        self.protocol = protocol
        self.port = phone_port
        self.prefix = prefix
        self.length = length

    def message(self, name: str, size: int, *lines: str, sdp: str = "", **marks: bool) -> Message:
        """A message of so many bytes, or as many as it has."""
        size = self.length or size
        if sdp:
            lines += ("Content-Type: application/sdp",)
        text = sdp.replace("\n", "\r\n")
        end = f"Content-Length: {len(text)}\r\n\r\n"
        if size:
            lines += filling(size - len("\r\n".join([*lines, end])) - len(text))
        text = "\r\n".join([*lines, end]) + text
        assert len(text) == size or not size, f"{name} has {len(text)} bytes"
        return Message(self.prefix + name, text.encode(), **marks)

    def dialog(self, method: str, number: str, host: str = PHONE, to: str = "") -> tuple[str, ...]:
        """What requests and responses of a transaction of the phone have in common."""
        return (
            f"Via: SIP/2.0/{self.protocol} {host}:{self.port};branch=z9hG4bK{CALL}{number}",
            f"From: <sip:alice@{host}>;tag=a{CALL}",
            f"To: <sip:bob@{SERVER}>{to}",
            f"Call-ID: {CALL}-b2c3@pc33.example.com",
            f"CSeq: {number} {method}",
        )

    def contact(self, host: str = PHONE) -> str:
        """Where the phone is reached."""
        transport = ";transport=tcp" if self.protocol == "TCP" else ""
        return f"Contact: <sip:alice@{host}:{self.port}{transport}>"

    def request(self, method: str, number: str, size: int = 0, *, name: str = "", **more: Any) -> Message:
        """A request of the phone in a call."""
        to = f";tag=b{CALL}" if number != "1" or method == "ACK" else ""
        lines = [f"{method} sip:bob@{SERVER} SIP/2.0", *self.dialog(method, number, to=to), "Max-Forwards: 70"]
        if method == "INVITE":
            lines.append(self.contact())
            lines.append("Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, UPDATE")
        return self.message(name or method.lower(), size, *lines, **more)

    def response(self, code: int, method: str, number: str, size: int = 0, *, name: str, **more: Any) -> Message:
        """The provider's answer to it."""
        lines = [f"SIP/2.0 {code} {'OK' if code == 200 else 'Ringing'}"]
        lines += self.dialog(method, number, GATEWAY, f";tag=b{CALL}")
        if method == "INVITE":
            lines.append(f"Contact: <sip:bob@{SERVER}>")
        return self.message(name, size, *lines, inward=True, **more)

    def call(self) -> list[Message]:
        """A call from INVITE to BYE, with a session that is described anew in the middle."""
        ours = [body(PHONE, version, MORE) for version in (1, 2)]
        theirs = [body(SERVER, version, "") for version in (1, 2)]
        return [
            self.request("INVITE", "1", 856, sdp=ours[0]),
            self.response(180, "INVITE", "1", name="180"),
            self.response(200, "INVITE", "1", 544, name="200", sdp=theirs[0]),
            self.request("ACK", "1"),
            self.request("INVITE", "2", 876, name="re-invite", sdp=ours[1]),
            self.response(200, "INVITE", "2", 544, name="re-200", sdp=theirs[1]),
            self.request("ACK", "2", name="re-ack"),
            self.request("BYE", "3"),
            self.response(200, "BYE", "3", name="bye-200"),
        ]

    def register(self) -> list[Message]:
        """A registration that is refreshed: CSeq counts, the Call-ID stays."""
        common = (
            f"From: <sip:alice@{SERVER}>;tag=5f3a9c02",
            f"To: <sip:alice@{SERVER}>",
            "Call-ID: 5f3a9c02-b2c3@pc33.example.com",
            f"CSeq: 1{CALL} REGISTER",
        )
        via = f"Via: SIP/2.0/{self.protocol} {{}}:{self.port};branch=z9hG4bK{CALL}"
        head = (f"REGISTER sip:{SERVER} SIP/2.0", via.format(PHONE), *common)
        more = ("Max-Forwards: 70", self.contact(), "Expires: 3600")
        back = ("SIP/2.0 200 OK", via.format(GATEWAY), *common, f"{self.contact(GATEWAY)};expires=3600")
        return [
            self.message("register", 496, *head, *more),
            self.message("register-200", 0, *back, inward=True),
        ]

    def answer(self) -> Message:
        """What the provider says to such a question."""
        return self.message("options-200", 0, "SIP/2.0 200 OK", *self.dialog("OPTIONS", "1", GATEWAY), inward=True)

    def options(self, size: int = 300, host: str = PHONE, name: str = "options", more: tuple[str, ...] = ()) -> Message:
        """A question of the phone."""
        head = f"OPTIONS sip:bob@{SERVER} SIP/2.0"
        lines = (head, *self.dialog("OPTIONS", "1", host), self.contact(host), *more)
        return self.message(name, size, *lines, translated=host == PHONE)


def filling(size: int) -> tuple[str, ...]:
    """Headers of so many bytes together."""
    lines = []
    for other in OTHERS:
        if len(other) + 2 + len("User-Agent: x\r\n") <= size:
            lines.append(other)
            size -= len(other) + 2
    agent = "User-Agent: Phone/1.0-" + "release-2026-" * 200
    return (*lines, agent[: size - 2])


ROUTES = tuple(f"Record-Route: <sip:proxy-{hop:03}.example.com:5060;transport=udp;lr>" for hop in range(118))


def over_udp() -> list[list[Message]]:
    """Scenarios: what is sent in turn."""
    writer = Writer("UDP", 5060)
    return [
        writer.call(),
        writer.register(),
        [writer.options()],
        [writer.options(8192, name="options-8k", more=ROUTES)],
        [writer.options(host=GATEWAY, size=0, name="nothing-to-do")],
        [Message("keep-alive", b"\r\n\r\n", translated=False)],
        [Message("not-sip", b"\x80\x00" + bytes(range(16, 186)), translated=False)],
    ]


def over_tcp(port: int) -> list[list[Message]]:
    """The same as segments; what answers acknowledges what was asked."""
    writer = Writer("TCP", port, "tcp-")
    bare = Message("-tcp-ack-alone", b"x", translated=False)
    return [
        writer.call(),
        writer.register(),
        [writer.options(320), writer.answer(), bare],
    ]


def alone(port: int, names: tuple[str, ...]) -> list[Message]:
    """Messages over UDP of a phone at this port."""
    writer = Writer("UDP", port)
    return [one for one in writer.call() + writer.register() if one.name in names]


def numbered(message: Message, number: int) -> bytes:
    """A message with its numbers, as the kernel module writes them."""
    data = message.data.decode()
    for mark, value in ((CALL, number), (AUDIO, 10000 + 4 * number), (VIDEO, 10002 + 4 * number)):
        data = data.replace(mark, str(value).zfill(len(mark)))
    return data.encode()
