"""Waiting for things to happen, and never for time to pass."""

import time


def until(condition, seconds):
    """Asks again and again until the answer is true, and hands it on; None when the time is up."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            return None
        time.sleep(0.02)


def require(condition, seconds, what):
    answer = until(condition, seconds)
    if not answer:
        raise TimeoutError(f"{what}: not after {seconds} seconds")
    return answer
