# SPDX-License-Identifier: GPL-2.0-only
"""Faults of the kernel, of which each has to fail the test that it falls into.

The kernel's own test module commits them (lkdtm), in a guest of their own.
"""

import subprocess
from pathlib import Path

from lab import MASQUERADE, Net, test

GATEWAY = MASQUERADE


def commit(fault: str) -> None:
    """Has the kernel commit a fault."""
    subprocess.run(["modprobe", "lkdtm"], check=True)
    Path("/sys/kernel/debug/provoke-crash/DIRECT").write_text(fault)


@test()
def memory_is_written_after_it_was_freed(_: Net) -> None:
    commit("WRITE_AFTER_FREE")


@test()
def memory_is_written_beyond_its_end(_: Net) -> None:
    commit("SLAB_LINEAR_OVERFLOW")


@test()
def pages_are_read_after_they_were_freed(_: Net) -> None:
    commit("READ_BUDDY_AFTER_FREE")


@test()
def array_is_indexed_beyond_its_end(_: Net) -> None:
    commit("ARRAY_BOUNDS")


@test()
def list_is_broken(_: Net) -> None:
    commit("CORRUPT_LIST_ADD")


@test()
def references_are_counted_beyond_all_bounds(_: Net) -> None:
    commit("REFCOUNT_INC_OVERFLOW")
