# SPDX-License-Identifier: GPL-2.0-only
"""What the kernel has allocated, as exactly as it can be known."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

CACHES = re.compile(r"kmalloc-|nf_|skbuff_|ip_dst|vmap_area")


def used() -> dict[str, int]:
    """Objects in use, by slab cache, and the pages of vmalloc."""
    Path("/proc/sys/vm/drop_caches").write_text("3")
    for cache in Path("/sys/kernel/slab").glob("*"):
        if CACHES.match(cache.name):
            # Free objects that a processor keeps for itself would count as used.
            with suppress(OSError):
                (cache / "shrink").write_text("1")
    found = {}
    for line in Path("/proc/slabinfo").read_text().splitlines()[2:]:
        name, objects, *_ = line.split()
        if CACHES.match(name):
            found[name] = int(objects)
    vmalloc = re.search(r"VmallocUsed: +(\d+)", Path("/proc/meminfo").read_text())
    found["vmalloc"] = int(vmalloc[1]) // 4 if vmalloc else 0
    return found


def growth(before: dict[str, int], after: dict[str, int], limit: int) -> dict[str, int]:
    """Where there is more than before, by at least so much."""
    more = {name: count - before.get(name, 0) for name, count in after.items()}
    return {name: count for name, count in more.items() if count >= limit}
