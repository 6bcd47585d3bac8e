# SPDX-License-Identifier: GPL-2.0-only
"""What the demo prints: coloured on a terminal, and plain in a report."""

from __future__ import annotations

import re
import shutil
import sys
import time
from pathlib import Path

COLOURS = {"good": 32, "bad": 31, "changed": 33, "title": 1, "dim": 2}
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


class Screen:
    """Says everything to the person (unless not `watched`) and to the file `report`."""

    def __init__(self, report: Path, watched: bool = True, width: int = 0) -> None:
        self.report = open(report, "w", encoding="utf-8")
        self.watched = watched
        self.colour = watched and sys.stdout.isatty()
        self.width = width or max(80, shutil.get_terminal_size((120, 24)).columns)
        self.started = time.monotonic()

    def say(self, text: str = "") -> None:
        if self.watched:
            print(text, flush=True)
        print(ESCAPE.sub("", text), file=self.report, flush=True)

    def title(self, text: str) -> None:
        self.say()
        self.say(self.paint("title", text))

    def step(self, text: str, good: bool | None = None) -> None:
        """A line of progress, with the time since the start before it."""
        clock = self.paint("dim", f"{time.monotonic() - self.started:6.1f} s")
        self.say(f"{clock}  {text if good is None else self.judge(good, text)}")

    def detail(self, text: str, good: bool) -> None:
        """More about the step before."""
        self.say(f"{'':10}{self.judge(good, text)}")

    def judge(self, good: bool, text: str) -> str:
        return self.paint("good" if good else "bad", text)

    def paint(self, kind: str, text: str) -> str:
        return f"\x1b[{COLOURS[kind]}m{text}\x1b[0m" if self.colour else text
