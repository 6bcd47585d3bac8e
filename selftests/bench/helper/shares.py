# SPDX-License-Identifier: GPL-2.0-only
"""shares.py NAME...: in which functions the helper that is loaded spends its time with messages over UDP.

A timer interrupts it; each line is a share of the samples. Inlined functions count for where they are.
"""

import subprocess
import sys
from collections import Counter

from lab import MASQUERADE
from lab.main import World
from lab.tcp import over_tcp
from measure import BENCH, COPIES, order, taken

# Microseconds from sample to sample, and how often each scenario is run.
EVERY = 40
RUNS = 60
LINES = 30


def main(names: list[str]) -> None:
    """Prints a table for each message."""
    world = World()
    net = world.net(over_tcp(MASQUERADE))
    scenarios = taken(net)
    order("sample_us", str(EVERY))
    samples: dict[str, Counter[str]] = {name: Counter() for name in names}
    for scenario in scenarios:
        kinds = [message.name for message in scenario]
        if not set(kinds) & set(names):
            continue
        for _ in range(RUNS):
            order("run", f"1 {COPIES} {' '.join(kinds)}")
            for line in (BENCH / "profile").read_text().splitlines():
                name, function = line.split(" ", 1)
                if name in samples:
                    samples[name][function] += 1
    order("sample_us", "0")
    order("forget", "all")
    for name, functions in samples.items():
        show(name, functions)
    net.close()


def show(name: str, functions: Counter[str]) -> None:
    """Prints the shares of a message."""
    total = functions.total()
    print(f"\n{name}: {total} samples")
    most = functions.most_common(LINES)
    text = "\n".join(function for function, _ in most)
    plain = subprocess.run(["c++filt"], input=text, capture_output=True, text=True, check=True).stdout.splitlines()
    for function, (_, count) in zip(plain, most):
        print(f"{100 * count / total:6.1f} %  {function}")


main(sys.argv[1:])
