# SPDX-License-Identifier: GPL-2.0-only
"""Prints messages as they are on both sides of the gateway, next to each other."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from crossing import Crossing, Row
from screen import Screen

INDENT = " " * 4
NAME = 14


def show(screen: Screen, crossings: list[Crossing]) -> None:
    """All of them, in order. Changed lines have a star between both sides."""
    width = (screen.width - len(INDENT) - NAME - len("  * ")) // 2
    head = f"{INDENT}{'':{NAME}} {'in the LAN':{width}}   on the Internet"
    screen.say(screen.paint("title", head))
    for crossing in crossings:
        clock = f"{crossing.time - crossings[0].time:7.3f} s"
        way = "alice --> provider" if crossing.outward else "alice <-- provider"
        again = f", sent {crossing.times_sent} times" if crossing.times_sent > 1 else ""
        screen.say(f"{clock}  {way}  {screen.paint('title', crossing.message.title)}{again}")
        if not (crossing.lan and crossing.wan):
            side = "in the LAN" if crossing.lan else "on the Internet"
            text = f"{INDENT}seen only {side}: it did not get through the gateway"
            screen.say(screen.judge(False, text))
        for row in crossing.rows():
            for line in lines(row, width):
                screen.say(screen.paint("changed" if row.changed else "dim", INDENT + line))


def lines(row: Row, width: int) -> Iterator[str]:
    lan, wan = pieces(row.lan, width), pieces(row.wan, width)
    name, mark = row.name[:NAME], "*" if row.changed else " "
    for n in range(max(len(lan), len(wan))):
        left, right = (side[n] if n < len(side) else "" for side in (lan, wan))
        yield f"{name:{NAME}} {left:{width}} {mark} {right}".rstrip()
        name, mark = "", " "


def pieces(text: str | None, width: int) -> list[str]:
    """Text cut to the width of a column; the user part of an address gives way first."""
    if text is None:
        return ["(not there)"]
    if len(text) > width:
        text = re.sub(r"(sips?:[^@\s]{3})[^@\s]{3,}@", r"\1..@", text)
    return textwrap.wrap(text, width) or [""]
