# SPDX-License-Identifier: GPL-2.0-only
"""Programs that run in a network namespace while the scenario goes on."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import wait


class Program:
    """A program in a namespace, with all that it says in a log."""

    def __init__(self, namespace: str, command: list[str], log: Path) -> None:
        self.namespace = namespace
        self.log = log
        with open(log, "wb") as output:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", namespace, *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def require(self, condition: Callable[[], object], seconds: float, what: str) -> None:
        """Waits for condition, and gives up where the program ends before."""
        if not wait.until(lambda: condition() or self.ended(), seconds):
            problem = f"not after {seconds} seconds"
        elif self.ended():
            problem = "the program has ended"
        else:
            return
        raise RuntimeError(f"{what}: {problem}. Its log ends with\n{self.said()[-2000:]}")

    def ended(self) -> bool:
        return self.process.poll() is not None

    def table(self, name: str) -> list[list[str]]:
        """The lines of a file in the namespace's /proc/net, cut into words."""
        try:
            text = Path(f"/proc/{self.process.pid}/net/{name}").read_text(encoding="utf-8")
        except OSError:
            return []
        return [line.split() for line in text.splitlines()]

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if not self.ended():
            self.process.send_signal(how)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
