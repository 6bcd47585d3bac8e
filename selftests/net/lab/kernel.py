# SPDX-License-Identifier: GPL-2.0-only
"""The guest's kernel: which helper is in it, its parameters and counters, its complaints."""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .check import Skip, true

GUEST = os.environ.get("NF_SIP_GUEST", "")
TOP = Path(__file__).resolve().parents[3]
MODULE = TOP / "build" / GUEST / "nf_sip.ko"
MODULES = {"nf_sip": "nf_sip", "mainline": "nf_conntrack_sip"}

# What the kernel says when something in it is wrong.
WORDS = (TOP / "selftests" / "vm" / "complaints").read_text().splitlines()
COMPLAINT = re.compile("|".join(WORDS))


def helper() -> str:
    """The helper that is loaded: nf_sip, mainline or none."""
    for name, module in MODULES.items():
        if Path("/sys/module", module).exists():
            return name
    return "none"


HELPER = helper()


def parameters() -> Path:
    """The folder of the helper's parameters."""
    if HELPER == "none":
        raise Skip("no helper is loaded")
    return Path("/sys/module", MODULES[HELPER], "parameters")


@contextmanager
def parameter(name: str, value: object) -> Iterator[None]:
    """Sets a parameter of the helper for a while."""
    file = parameters() / name
    before = file.read_text()
    file.write_text(f"{value}\n")
    try:
        yield
    finally:
        file.write_text(before)


@contextmanager
def conntrack_setting(name: str, value: object) -> Iterator[None]:
    """Sets what holds for the tables of all networks (net.netfilter.nf_conntrack_...) for a while."""
    file = Path(f"/proc/sys/net/netfilter/nf_conntrack_{name}")
    before = file.read_text()
    file.write_text(str(value))
    try:
        yield
    finally:
        file.write_text(before)


@contextmanager
def roomy() -> Iterator[None]:
    """The kernel's tables are of the size that a gateway with a trunk has."""
    with conntrack_setting("expect_max", 4096), conntrack_setting("max", 65536):
        yield


def references() -> int:
    """How many rules and others hold the module."""
    try:
        return int(Path("/sys/module", MODULES[HELPER], "refcnt").read_text())
    except (KeyError, FileNotFoundError):
        return 0


def counters() -> dict[str, int]:
    """What became of the messages so far."""
    if HELPER != "nf_sip":
        raise Skip("only nf_sip counts")
    text = Path("/sys/kernel/debug/nf_sip/counters").read_text()
    return {name: int(value) for name, value in (line.split() for line in text.splitlines())}


def load(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Inserts nf_sip."""
    command = ["insmod", str(MODULE), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def unload() -> None:
    """Removes nf_sip."""
    done = subprocess.run(["rmmod", "nf_sip"], capture_output=True, text=True, check=False)
    true(done.returncode == 0, f"rmmod nf_sip: {done.stderr.strip()}")


def reload() -> None:
    """Removes nf_sip and inserts it again, at once: by the system calls themselves."""
    module = MODULE.read_bytes()
    system("delete_module", b"nf_sip", os.O_NONBLOCK)
    insert(module)


def insert(module: bytes) -> None:
    """Inserts a module."""
    system("init_module", module, ctypes.c_ulong(len(module)), b"")


def system(name: str, *arguments: object) -> None:
    """Makes a system call, which has to succeed."""
    status = getattr(ctypes.CDLL(None, use_errno=True), name)(*arguments)
    true(status == 0, f"{name}: {os.strerror(ctypes.get_errno())}")


def load_short_of_memory(nth: int) -> tuple[int, int]:
    """Inserts nf_sip while the nth allocation for that fails; returns the error, or 0, and how many more
    there would have to be until one fails."""
    module = MODULE.read_bytes()
    init_module = ctypes.CDLL(None, use_errno=True).init_module
    sleepers = Path("/sys/kernel/debug/failslab/ignore-gfp-wait")
    before = sleepers.read_text()
    sleepers.write_text("N")
    fail_nth = os.open("/proc/thread-self/fail-nth", os.O_RDWR)
    try:
        os.pwrite(fail_nth, str(nth).encode(), 0)
        status = init_module(module, ctypes.c_ulong(len(module)), b"")
        left = int(os.pread(fail_nth, 16, 0))
        os.pwrite(fail_nth, b"0", 0)
    finally:
        os.close(fail_nth)
        sleepers.write_text(before)
    return ctypes.get_errno() if status else 0, left


class Log:
    """The kernel's log from now on."""

    def __init__(self) -> None:
        self.fd = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.fd, 0, os.SEEK_END)

    def lines(self) -> list[str]:
        """What was added since the last call."""
        found: list[str] = []
        while True:
            try:
                record = os.read(self.fd, 8192).decode(errors="replace")
            except BlockingIOError:
                return found
            except BrokenPipeError:
                continue
            found.append(record.partition(";")[2].splitlines()[0])

    @staticmethod
    def complaints(lines: list[str]) -> list[str]:
        """The lines from the first that says something is wrong."""
        for place, line in enumerate(lines):
            if COMPLAINT.search(line):
                return lines[place:]
        return []


class Watch:
    """Whether the kernel looks for faults to the end: for locks that may block each other, and for memory
    that nothing leads to any more. Each of these ends by itself when something is wrong with it."""

    LOCKS = Path("/proc/lockdep_stats")
    LEAKS = Path("/sys/kernel/debug/kmemleak")
    # Nothing is said of memory that was taken so few seconds ago.
    YOUNG = 5

    def __init__(self) -> None:
        there = [one.exists() for one in (self.LOCKS, self.LEAKS)]
        true(GUEST != "debug" or all(there), "the debug kernel does not look at locks, or not at memory")
        self.looks = any(there)
        if self.LEAKS.exists():
            self.LEAKS.write_text("clear")

    def found(self) -> list[str]:
        """What is wrong, line by line."""
        lines = []
        if self.LOCKS.exists() and not re.search(r"debug_locks: +1", self.LOCKS.read_text()):
            lines.append("locks are not looked at any more")
        if self.LEAKS.exists():
            time.sleep(self.YOUNG)
            # What has changed since the last time it looked it takes to be in use.
            for _ in range(3):
                self.LEAKS.write_text("scan")
            lines += self.LEAKS.read_text().splitlines()
        return lines
