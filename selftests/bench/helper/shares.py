# SPDX-License-Identifier: GPL-2.0-only
"""shares.py CALLS NAME...: in which functions the helper that is loaded spends its time with messages over
UDP, among so many calls.

A timer interrupts it; each line is a share of the samples. Inlined functions count for where they are. By a clock
that counts instructions these are shares of them.
"""

import re
import subprocess
import sys
from collections import Counter

from lab import MASQUERADE
from lab.main import World
from lab.tcp import over_tcp
from measure import BENCH, COPIES, begin, order, taken

# Microseconds from sample to sample, and how often each scenario is run.
EVERY = 40
RUNS = 60
LINES = 30

# What generic code is made for comes behind its own name.
PARTS = (
    (r"^<?nf_sip::(calls|memory)|rbtree::", "nf_sip: what is remembered"),
    (r"^<?nf_sip::pinholes", "nf_sip: pinholes, with what is remembered where that was inlined"),
    (r"^<?nf_sip::(helper|datagrams|streams|nf|counters)", "nf_sip: the way of a packet, with the loop over headers"),
    (r"alg::call|alg::sdp", "the core: calls and session descriptions"),
    # A long name is cut off, and then no path.
    (r"alg::|^_R.*3alg", "the core: messages and addresses"),
    (r"\[nf_sip\]$", "nf_sip: in C"),
    (r"\[nf_(conntrack|nat)_sip\]$", "mainline's helper"),
    (r"expect|nf_ct_exp", "conntrack: expectations"),
    (r"nf_nat|mangle", "NAT: writing into the packet"),
    (r"kmalloc|kmem|kfree|slab|krealloc|refill|rcu", "memory of the kernel"),
    (r"siphash|mem(cpy|set|move|cmp)", "copies and digests"),
    (r"bench", "the measuring itself"),
)


def main(live: int, names: list[str]) -> None:
    """Prints a table for each message."""
    world = World()
    net = world.net(over_tcp(MASQUERADE))
    scenarios = taken(net)
    begin(net, 0, live)
    order("sample_us", str(EVERY))
    samples: dict[str, Counter[str]] = {name: Counter() for name in names}
    for scenario in scenarios:
        kinds = [message.name for message in scenario]
        if not set(kinds) & set(names):
            continue
        for _ in range(RUNS):
            order("run", f"{live} {COPIES} {' '.join(kinds)}")
            for line in (BENCH / "profile").read_text().splitlines():
                name, function = line.split(" ", 1)
                if name in samples:
                    samples[name][function] += 1
    order("sample_us", "0")
    order("forget", "all")
    for name, functions in samples.items():
        show(name, functions)
    net.log.clear()
    net.close()


def show(name: str, functions: Counter[str]) -> None:
    """Prints the shares of a message."""
    total = functions.total()
    print(f"\n{name}: {total} samples")
    most = functions.most_common()
    text = "\n".join(function for function, _ in most)
    plain = subprocess.run(["c++filt"], input=text, capture_output=True, text=True, check=True).stdout.splitlines()
    named = [(re.sub(r"\[[0-9a-f]+\]", "", function), count) for function, (_, count) in zip(plain, most)]
    parts: Counter[str] = Counter()
    for function, count in named:
        parts[part(function)] += count
    for what, count in parts.most_common():
        print(f"{100 * count / total:6.1f} %  {what}")
    print()
    for function, count in named[:LINES]:
        print(f"{100 * count / total:6.1f} %  {function}")


def part(function: str) -> str:
    """What a function is a part of: the first of these that its name begins with, as a path or in C."""
    return next((what for pattern, what in PARTS if re.search(pattern, function)), "other functions of the kernel")


main(int(sys.argv[1]), sys.argv[2:])
