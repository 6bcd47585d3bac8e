"""What the demo prints: coloured on a terminal, and plain in a report."""

import re
import shutil
import sys
import time

COLOURS = {"good": 32, "bad": 31, "changed": 33, "title": 1, "dim": 2}
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


class Screen:
    def __init__(self, report):
        self.report = open(report, "w", encoding="utf-8")
        self.colour = sys.stdout.isatty()
        self.width = max(80, shutil.get_terminal_size((100, 24)).columns)
        self.started = time.monotonic()

    def say(self, text=""):
        print(text, flush=True)
        print(ESCAPE.sub("", text), file=self.report, flush=True)

    def title(self, text):
        self.say()
        self.say(self.paint("title", text))

    def paint(self, kind, text):
        return f"\x1b[{COLOURS[kind]}m{text}\x1b[0m" if self.colour else text

    def judge(self, good, text):
        return self.paint("good" if good else "bad", text)

    def step(self, text, good=None):
        """A line of progress, with the time since the start before it."""
        clock = self.paint("dim", f"{time.monotonic() - self.started:6.1f} s")
        self.say(f"{clock}  {text if good is None else self.judge(good, text)}")

    def detail(self, text):
        self.say(f"{'':10}{text}")
