"""The gateway's pinholes (in the kernel: expectations) as they come and go."""

import collections
import re
import signal

from program import Program

# From whom and where to; a port of 0 is any.
Pinhole = collections.namedtuple("Pinhole", "time event source destination kind")

EVENTS = {"NEW": "opened", "DESTROY": "closed", "UPDATE": "changed"}
KINDS = {"0": "signalling", "1": "audio", "2": "video", "3": "image"}


class Watch:
    """conntrack, which reports each change."""

    def __init__(self, path):
        self.program = Program(
            "gateway", ["conntrack", "--event", "expect", "--output", "timestamp"], path)

    def ready(self):
        # Its socket has joined a group: the words are address, protocol (12 is netfilter's), process, groups.
        self.program.require(
            lambda: any(line[1] == "12" and line[3] != "00000000" for line in self.program.table("netlink")),
            60, "conntrack listens")

    def stop(self):
        self.program.stop(signal.SIGINT)

    def seen(self):
        return [pinhole for line in self.program.said().splitlines() if (pinhole := parse(line))]


def parse(line):
    event = re.match(r"\[([\d.]+)\s*\]\s+\[(\w+)\]", line)
    if not event:
        return None
    # The first mention is the pinhole itself; masks and the master's connection follow.
    words = dict(reversed(re.findall(r"(\S+?)=(\S+)", line)))
    source = words["src"] if words.get("mask-src") != "0.0.0.0" else "0.0.0.0"
    return Pinhole(float(event[1]), EVENTS.get(event[2], event[2]),
                   (source, int(words["sport"])), (words["dst"], int(words["dport"])),
                   KINDS.get(words.get("class"), f"class {words.get('class')}"))
