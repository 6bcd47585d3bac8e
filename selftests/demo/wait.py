# SPDX-License-Identifier: GPL-2.0-only
"""Waiting for things to happen, and never for time to pass."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")


def until(condition: Callable[[], Answer], seconds: float) -> Answer | None:
    """Asks again and again until the answer is true, and hands it on; None when the time is up."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            return None
        time.sleep(0.02)
