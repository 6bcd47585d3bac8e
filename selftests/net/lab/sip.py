# SPDX-License-Identifier: GPL-2.0-only
"""SIP messages as a user agent writes them, and as a plain reader sees them.

Nothing here is clever: it is the yardstick for a module that is.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field

REASONS = {
    100: "Trying",
    180: "Ringing",
    183: "Session Progress",
    200: "OK",
    302: "Moved Temporarily",
    401: "Unauthorized",
    407: "Proxy Authentication Required",
    482: "Loop Detected",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
}


def message(text: str, body: str | bytes = b"") -> bytes:
    """A message from indented text; LENGTH in it becomes the length of the body."""
    body = wire(body)
    head = wire(textwrap.dedent(text).strip("\n") + "\n\n")
    return head.replace(b"LENGTH", b"%d" % len(body)) + body


def wire(text: str | bytes) -> bytes:
    """Text with the line ends of the wire; bytes stay as they are."""
    if isinstance(text, bytes):
        return text
    return text.replace("\r\n", "\n").replace("\n", "\r\n").encode()


def sdp(ip: str, *lines: str, origin: str = "", connection: str | None = None) -> bytes:
    """A session description: o= and c= with `ip`, then the lines, which begin with an m= as a rule.

    origin and connection replace the address of o= and the whole value of c=; "" leaves c= out.
    """
    family = "IP6" if ":" in ip else "IP4"
    if connection is None:
        connection = f"IN {family} {ip}"
    head = ["v=0", f"o=- 2890844526 2890844526 IN {family} {origin or ip}", "s=-"]
    head += [f"c={connection}"] * bool(connection) + ["t=0 0"]
    return wire("\n".join([*head, *lines, ""]))


def swap(data: bytes, *pairs: tuple[str, str]) -> bytes:
    """The message with texts replaced one after the other, and Content-Length right again.

    A text stands for itself alone: 10.0.0.2 is neither in 10.0.0.20 nor in 10.0.0.2-pbx.example.
    """
    for old, new in pairs:
        before = r"(?<![\w.-])" if re.match(r"\w", old) else ""
        behind = r"(?![\w-]|\.\w)" if re.search(r"\w$", old) else ""
        pattern = (before + re.escape(old) + behind).encode()
        data = new.encode().join(re.split(pattern, data))
    head, empty, body = data.partition(b"\r\n\r\n")
    length = re.compile(rb"(?im)^((?:content-length|l)[ \t]*:[ \t]*)(0*)(\d+)")

    def corrected(match: re.Match[bytes]) -> bytes:
        width = len(match[2] + match[3]) if match[2] else 0
        return match[1] + b"%0*d" % (width, len(body))

    return length.sub(corrected, head, count=1) + empty + body


@dataclass
class Message:
    """A message, read by the book: one line for each header field."""

    start: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    @classmethod
    def read(cls, data: bytes) -> Message:
        """Reads a message that is well formed."""
        head, _, body = data.partition(b"\r\n\r\n")
        start, *rest = head.decode("utf-8", "surrogateescape").split("\r\n")
        headers = []
        for line in rest:
            name, _, value = line.partition(":")
            headers.append((name, value.strip()))
        return cls(start, headers, body)

    def all(self, name: str) -> list[str]:
        """The values of a header field."""
        name = name.lower()
        return [value for other, value in self.headers if other.lower() == name]

    def __getitem__(self, name: str) -> str:
        return self.all(name)[0]

    @property
    def uri(self) -> str:
        """The Request-URI."""
        return self.start.split(" ")[1]

    @property
    def status(self) -> int:
        """A response's code; 0 for a request."""
        version, code, *_ = self.start.split(" ")
        return int(code) if version == "SIP/2.0" else 0

    @property
    def contact(self) -> tuple[str, int]:
        """Where the first Contact leads."""
        return endpoint(self["Contact"])

    def media(self, kind: str = "audio", place: int = 0) -> tuple[str, int]:
        """Where the session description wants this kind of media; a second m= is place 1."""
        text = self.body.decode()
        session, *sections = re.split(r"(?m)^(?=m=)", text)
        found = [section for section in sections if section.startswith(f"m={kind} ")]
        section = found[place]
        port = int(re.match(r"m=\S+ (\d+)", section)[1])  # type: ignore[index]
        line = re.search(r"(?m)^c=IN IP[46] ([^\s/]+)", section + session)
        return (line[1] if line else "", port)


def endpoint(text: str) -> tuple[str, int]:
    """The host and port of the first SIP URI in a text."""
    match = re.search(r"sips?:(?:[^@>\s]*@)?(\[[^]]+\]|[^:;>?\s]+)(?::(\d+))?", text)
    assert match, f"no SIP URI in {text!r}"
    return (match[1].strip("[]"), int(match[2] or 5060))


@dataclass
class Agent:
    """A user agent, which names itself by `at`: host and perhaps port, as they stand in a URI."""

    user: str
    at: str
    call: str = "call-1"

    def request(
        self,
        method: str,
        to: Agent,
        body: bytes = b"",
        *,
        uri: str = "",
        cseq: int = 1,
        extra: str = "",
        contact: str | None = None,
        via: str = "",
        to_tag: str = "",
    ) -> bytes:
        """A request. `extra` is further lines of the header, `uri` where it goes if not to `to`."""
        if contact is None:
            contact = f"<sip:{self.user}@{self.at}>"
        tag = f";tag={to_tag}" if to_tag else ""
        lines = [
            f"{method} {uri or f'sip:{to.user}@{to.at}'} SIP/2.0",
            f"Via: SIP/2.0/UDP {via or self.at};branch=z9hG4bK-{self.call}-{method}-{cseq}",
            "Max-Forwards: 70",
            f"From: <sip:{self.user}@{self.at}>;tag={self.user}-1",
            f"To: <sip:{to.user}@{to.at}>{tag}",
            f"Call-ID: {self.call}",
            f"CSeq: {cseq} {method}",
        ]
        if contact:
            lines.append(f"Contact: {contact}")
        lines += extra.strip("\n").split("\n") if extra else []
        if body:
            lines.append("Content-Type: application/sdp")
        return message("\n".join([*lines, "Content-Length: LENGTH"]), body)

    def invite(self, to: Agent, body: bytes, **more) -> bytes:
        """An INVITE with an offer."""
        return self.request("INVITE", to, body, **more)

    def register(self, registrar: str, *, expires: int | None = 600, **more) -> bytes:
        """A REGISTER of its own Contact; `registrar` is host and perhaps port."""
        if expires is not None:
            more["extra"] = more.get("extra", "") + f"\nExpires: {expires}"
        me = Agent(self.user, registrar)
        data = self.request("REGISTER", me, uri=f"sip:{registrar}", **more)
        # The address-of-record is the same in both.
        return data.replace(
            f"From: <sip:{self.user}@{self.at}>".encode(),
            f"From: <sip:{self.user}@{registrar}>".encode(),
        )

    def reply(
        self,
        request: bytes,
        status: int = 200,
        body: bytes = b"",
        *,
        contact: str | None = None,
        extra: str = "",
    ) -> bytes:
        """A response as RFC 3261 8.2.6.2 has it: what it repeats stands there as it came."""
        asked = Message.read(request)
        lines = [f"SIP/2.0 {status} {REASONS[status]}"]
        lines += [f"Via: {via}" for via in asked.all("Via")]
        lines.append(f"From: {asked['From']}")
        tag = "" if ";tag=" in asked["To"] or status == 100 else f";tag={self.user}-1"
        lines.append(f"To: {asked['To']}{tag}")
        lines.append(f"Call-ID: {asked['Call-ID']}")
        lines.append(f"CSeq: {asked['CSeq']}")
        if contact is None and "INVITE" in asked["CSeq"] and status < 300:
            contact = f"<sip:{self.user}@{self.at}>"
        if contact:
            lines.append(f"Contact: {contact}")
        lines += extra.strip("\n").split("\n") if extra else []
        if body:
            lines.append("Content-Type: application/sdp")
        return message("\n".join([*lines, "Content-Length: LENGTH"]), body)

    def bind(self, request: bytes, expires: int | None = 600, **more) -> bytes:
        """The 200 of a registrar that has bound the Contacts of a REGISTER."""
        contacts = ", ".join(Message.read(request).all("Contact"))
        if expires is not None:
            contacts = ", ".join(f"{one};expires={expires}" for one in contacts.split(", "))
        return self.reply(request, 200, contact=contacts, **more)
