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


def leaks(samples: list[dict[str, int]], least: int) -> dict[str, list[int]]:
    """What has grown by at least so much from each sample to the next.

    The kernel keeps stocks of its own that fill up now and then; only a leak never ends.
    """
    steps = list(zip(samples, samples[1:]))
    grown = {
        name: [after[name] - before.get(name, 0) for before, after in steps] for name in samples[-1]
    }
    return {name: counts for name, counts in grown.items() if min(counts) >= least}
