# SPDX-License-Identifier: GPL-2.0-only
"""Network namespaces, and commands that are run in them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from .check import Failed


def run(command: list[str], text: str = "") -> str:
    """Runs a command that has to succeed and returns its output."""
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(command)}: status {done.returncode}: {done.stderr.strip()}")
    return done.stdout


class Namespace:
    """A network namespace."""

    home = os.open("/proc/self/ns/net", os.O_RDONLY)

    def __init__(self, name: str) -> None:
        self.name = name
        run(["ip", "netns", "add", name])
        self.fd = os.open(f"/run/netns/{name}", os.O_RDONLY)

    def delete(self) -> None:
        """Ends it."""
        os.close(self.fd)
        run(["ip", "netns", "del", self.name])

    @contextmanager
    def inside(self) -> Iterator[None]:
        """What is opened or started in this block is in the namespace."""
        os.setns(self.fd, os.CLONE_NEWNET)
        try:
            yield
        finally:
            os.setns(Namespace.home, os.CLONE_NEWNET)

    def run(self, command: list[str], text: str = "") -> str:
        """Runs a command here."""
        with self.inside():
            return run(command, text)
