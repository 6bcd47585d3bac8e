"""Messages on both sides of the gateway: who belongs to whom, and what became of the addresses."""

import collections
import difflib
import re

import capture
import sip

PRIVATE = re.compile(r"\b192\.168\.\d+\.\d+")
# Shown also when nothing happened to them.
ALWAYS = {"", "via", "contact", "sdp c=", "sdp m="}

# A line in both forms; one of them is None where only the other side has the line.
Row = collections.namedtuple("Row", "name lan wan changed")


class Crossing:
    """One message: as the LAN saw it, as the Internet saw it; one of them is None if it got lost."""

    def __init__(self, lan, wan, outward, repeats):
        self.lan, self.wan, self.outward, self.repeats = lan, wan, outward, repeats
        self.message = lan or wan
        self.time = min(m.packet.time for m in (lan, wan) if m)

    def rows(self):
        """What is worth showing, in the message's own order. No difference is left out."""
        if not (self.lan and self.wan):
            return []
        rows = []
        for name, end in (("sent from", "source"), ("sent to", "destination")):
            lan, wan = (":".join(map(str, getattr(m.packet, end))) for m in (self.lan, self.wan))
            rows.append(Row(name, lan, wan, lan != wan))
        for lan, wan in zip_lines(self.lan.lines, self.wan.lines):
            name = (lan or wan).name
            if not (lan and wan) or lan.raw != wan.raw:
                # What the short forms hide, the full ones show.
                short = lan and wan and lan.text != wan.text
                rows.append(Row(name or "request", *((x.text if short else x.raw) if x else None for x in (lan, wan)), True))
            elif lan.text and name.lower() in ALWAYS:
                rows.append(Row(name or "request", lan.text, wan.text, False))
        return rows


def zip_lines(lan, wan):
    """Pairs of lines; where one side has more of them, the other's is None."""
    if len(lan) == len(wan):
        return zip(lan, wan)
    pairs = []
    matcher = difflib.SequenceMatcher(None, [x.raw for x in lan], [x.raw for x in wan], False)
    for _, i1, i2, j1, j2 in matcher.get_opcodes():
        for n in range(max(i2 - i1, j2 - j1)):
            pairs.append((lan[i1 + n] if i1 + n < i2 else None, wan[j1 + n] if j1 + n < j2 else None))
    return pairs


def read(path, is_outward):
    """The SIP messages of a capture by what identifies them; a retransmission only counts."""
    found = {}
    for packet in filter(sip.is_sip, capture.packets(path)):
        message = sip.Message(packet)
        found.setdefault((*message.key, is_outward(packet)), []).append(message)
    return found


def crossings(lan_path, wan_path, phone, gateway):
    """All messages between a telephone at the LAN address phone and the Internet, in their order."""
    lan = read(lan_path, lambda packet: packet.source[0] == phone)
    wan = read(wan_path, lambda packet: packet.source[0] == gateway)
    result = []
    for key in lan | wan:
        here, there = lan.get(key, []), wan.get(key, [])
        result.append(Crossing(here[0] if here else None, there[0] if there else None, key[-1],
                               max(len(here), len(there)) - 1))
    return sorted(result, key=lambda crossing: crossing.time)


def private_addresses(crossing):
    """How often the message names a private address where the Internet reads it."""
    return sum(len(PRIVATE.findall(line.raw)) for line in crossing.wan.lines) if crossing.wan else 0
