# SPDX-License-Identifier: GPL-2.0-only
"""Programs that run beside a test."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from .check import Failed, within


class Program:
    """A program that runs in a host's namespace, with its output in a file."""

    def __init__(self, place: str, command: list[str], environment: dict[str, str]) -> None:
        self.name = f"{Path(command[0]).name} at {place}"
        self.folder = Path(tempfile.mkdtemp(prefix=f"{place}-"))
        self.output = self.folder / "output"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={**os.environ, **environment},
                start_new_session=True,
            )

    def tell(self, text: str) -> None:
        """Writes to its standard input."""
        assert self.process.stdin
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def text(self) -> str:
        """What it has written so far."""
        return self.output.read_text(errors="replace")

    def says(self, words: str, seconds: float) -> None:
        """Waits until it has written these words."""
        within(
            seconds,
            lambda: words in self.text() or self.process.poll() is not None,
            lambda: f"{self.name} says '{words}'; it says:\n{self.text()[-2000:]}",
        )
        if words not in self.text():
            raise Failed(f"{self.name} ended without '{words}'; it says:\n{self.text()[-2000:]}")

    def ends(self, seconds: float) -> int | None:
        """Its exit status when it ends in so many seconds, else None."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, seconds: float) -> int:
        """Its exit status; it has to end in so many seconds."""
        status = self.ends(seconds)
        if status is None:
            said = self.text()[-2000:]
            raise Failed(f"{self.name} was not done in {seconds:g} seconds; it says:\n{said}")
        return status

    def crashed(self) -> bool:
        """Whether it has ended by a fault of its own."""
        return self.process.poll() in (-signal.SIGSEGV, -signal.SIGABRT)

    def end(self) -> None:
        """Ends it with all that it has started, and takes its files away."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        assert self.process.stdin
        # What it was told and has not read is lost with it.
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        shutil.rmtree(self.folder, ignore_errors=True)
