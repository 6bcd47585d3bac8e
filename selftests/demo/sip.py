"""SIP messages as they stand in a capture, and the places in them that name an address."""

import collections
import re

# The part of a line that says where something is, by the line's name.
URI = re.compile(r"sips?:[^\s<>;,?\"]+")
SENT_BY = re.compile(r"SIP/2.0/\w+\s+(.*)", re.IGNORECASE)
COMPACT = {"v": "Via", "m": "Contact", "f": "From", "t": "To", "i": "Call-ID", "l": "Content-Length"}

Line = collections.namedtuple("Line", "name raw text")


class Message:
    def __init__(self, packet):
        self.packet = packet
        text = packet.payload.decode("utf-8", "replace")
        head, _, body = text.partition("\r\n\r\n")
        self.start, *headers = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
        self.lines = [Line("", self.start, request_uri(self.start))]
        self.headers = {}
        for raw in headers:
            name, _, value = raw.partition(":")
            name, value = COMPACT.get(name.strip(), name.strip()), value.strip()
            self.headers.setdefault(name.lower(), value)
            self.lines.append(Line(name, raw, address_text(name, value)))
        for raw in filter(None, body.split("\r\n")):
            self.lines.append(Line("SDP " + raw[:2], raw, sdp_text(raw)))

    @property
    def is_request(self):
        return not self.start.startswith("SIP/2.0 ")

    @property
    def title(self):
        """What a person calls it: INVITE, or 200 OK to INVITE."""
        if self.is_request:
            return self.start.split(" ")[0]
        return f"{self.start[len('SIP/2.0 '):]} (to {self.cseq.split()[-1]})"

    @property
    def cseq(self):
        return self.headers.get("cseq", "")

    @property
    def key(self):
        """What stays the same on the way through a NAT."""
        kind = "request" if self.is_request else self.start.split(" ")[1]
        return self.headers.get("call-id"), self.cseq, kind


def is_sip(packet):
    first = packet.payload.split(b"\r\n", 1)[0]
    return first.startswith(b"SIP/2.0 ") or first.endswith(b" SIP/2.0")


def request_uri(start):
    return "" if start.startswith("SIP/2.0 ") else start.split(" ")[1]


def address_text(name, value):
    if name.lower() == "via":
        sent_by, *parameters = SENT_BY.sub(r"\1", value).split(";")
        return " ".join([sent_by, *(p for p in parameters if re.match("(received|maddr|rport)=", p))])
    return " ".join(URI.findall(value))


def sdp_text(raw):
    if raw[:2] in ("o=", "c="):
        return raw.split(" ")[-1]
    if raw[:2] == "m=":
        return " ".join(raw[2:].split(" ")[:2])
    return raw[2:] if raw.startswith(("a=rtcp:", "a=candidate")) else ""
