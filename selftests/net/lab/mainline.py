# SPDX-License-Identifier: GPL-2.0-only
"""Mainline's helper beside nf_sip, in the same kernel: by another name, since one can have each."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .check import Skip
from .kernel import insert
from .namespace import run

NAME = "old"
MODULES = ("nf_conntrack_sip", "nf_nat_sip")


def skip_without() -> None:
    """Leaves the test out where this kernel has no such helper."""
    if subprocess.run(["modinfo", MODULES[0]], capture_output=True, check=False).returncode:
        raise Skip("this kernel has no helper of its own")


@contextmanager
def beside() -> Iterator[None]:
    """It is loaded in this block, as a helper of that name."""
    skip_without()
    run(["modprobe", "nf_nat"])
    for module in MODULES:
        text = Path(run(["modinfo", "-F", "filename", module]).strip()).read_bytes()
        insert(text.replace(b"\0sip\0", f"\0{NAME}\0".encode()))
    try:
        yield
    finally:
        run(["rmmod", *reversed(MODULES)])
