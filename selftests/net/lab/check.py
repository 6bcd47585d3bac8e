# SPDX-License-Identifier: GPL-2.0-only
"""What a test may claim, and how it fails."""

from __future__ import annotations

import difflib
import os
import time
from collections.abc import Callable, Container
from typing import Any

# Seconds for something that ought to happen at once, on a machine that may be busy with other
# things. Only who fails waits so long; mainline's helper often does, and there a datagram has
# arrived when send() returns.
QUICK = ("uml", "mainline")
PATIENCE = 0.5 if (os.environ.get("NF_SIP_GUEST"), os.environ.get("NF_SIP_HELPER")) == QUICK else 60.0


class Hope:
    """Whether the test at hand can pass."""

    lost = False


def patience(seconds: float, lost: float = 10.0) -> float:
    """So many seconds, or `lost` in a test that says why it fails: that need not be waited for."""
    return lost if Hope.lost else seconds


class Failed(AssertionError):
    """A claim that does not hold."""


class Skip(Exception):
    """The test cannot be made here; the text says why."""


def lines(data: bytes) -> list[str]:
    """Bytes as printable lines, with their line ends."""
    return [repr(line)[2:-1] for line in data.splitlines(keepends=True)]


def equal(got: Any, wanted: Any, what: str = "") -> None:
    """Fails, and shows the difference, unless the two are the same."""
    if got == wanted:
        return
    if isinstance(got, bytes) and isinstance(wanted, bytes):
        diff = difflib.unified_diff(lines(wanted), lines(got), "wanted", "got", lineterm="", n=1)
        raise Failed("\n".join([what or "the bytes differ", *diff]))
    raise Failed(f"{what or 'values differ'}: wanted {wanted!r}, got {got!r}")


def true(claim: object, what: str) -> None:
    """Fails with `what` unless the claim holds."""
    if not claim:
        raise Failed(what)


def contains(whole: Container[Any], part: object, what: str = "") -> None:
    """Fails unless `part` is in `whole`."""
    if part not in whole:
        raise Failed(f"{what or 'missing'}: {part!r} is not in {whole!r}")


def within[T](
    seconds: float,
    condition: Callable[[], T],
    what: str | Callable[[], str],
    interval: float = 0.002,
) -> T:
    """Waits until the condition yields something true, and returns that.

    `what` says what is waited for, or is asked for it when it has not come.
    """
    end = time.monotonic() + seconds
    while True:
        late = time.monotonic() >= end
        value = condition()
        if value:
            return value
        if late:
            raise Failed(f"not within {seconds:g} seconds: {what() if callable(what) else what}")
        time.sleep(interval)
