# SPDX-License-Identifier: GPL-2.0-only
"""table.py RESULTS JSON UNIT: medians of what calls of the helpers took, and how they compare.

A ratio is the median of those of the single rounds, in which one helper was measured right after the other.
"""

import json
import statistics
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

HELPERS = ("mainline", "nf_sip")

# [what, calls, name][helper]: a number of each round.
Rounds = dict[tuple[str, int, str], dict[str, list[float]]]


def read(results: Path) -> tuple[Rounds, dict[tuple[str, str], int]]:
    """What was measured, and how long each message is."""
    rounds: Rounds = defaultdict(lambda: defaultdict(list))
    lengths = {}
    for line in results.read_text().splitlines():
        helper, what, live, name, number, *more = line.split()
        scale = 1 if what == "memory" else 1000
        rounds[what, int(live), name][helper].append(int(number) / scale)
        if more:
            lengths[what, name] = int(more[1])
    return rounds, lengths


def compared(by: dict[str, list[float]]) -> dict[str, float]:
    """Medians of both helpers, and of how many times as much one is."""
    middle = {helper: round(statistics.median(by[helper]), 1) for helper in HELPERS}
    ratios = [one / other for one, other in zip(by["mainline"], by["nf_sip"]) if other]
    return {**middle, "ratio": round(statistics.median(ratios), 2) if ratios else 0}


def main(results: Path, out: Path, unit: str) -> None:
    """Prints the tables and writes a file."""
    rounds, lengths = read(results)
    times: dict[str, dict[str, dict[str, Any]]] = {}
    for (what, name), length in lengths.items():
        calls = {live: compared(by) for (kind, live, one), by in rounds.items() if (kind, one) == (what, name)}
        times.setdefault(what, {})[name] = {"bytes": length, unit: calls}
    count = len(next(iter(rounds.values()))["nf_sip"])
    rounded = f"medians of {count} rounds" if count > 1 else "one round"
    print(f"A call of the helper, in {unit}: {rounded}")
    for what, messages in times.items():
        lives = sorted({live for kind, live, _ in rounds if kind == what})
        print(f"\n{what.upper():26}" + "".join(f"{f'among {live} call' + 's' * (live > 1):>31}" for live in lives))
        print(f"{'message':20}{'bytes':>6}" + f"{'mainline':>12}{'nf_sip':>9}{'ratio':>10}" * len(lives))
        for name, message in messages.items():
            cells = ""
            for live in lives:
                one = message[unit][live]
                cells += f"{one['mainline']:12.0f}{one['nf_sip']:9.0f}{one['ratio']:10.1f}"
            print(f"{name:20}{message['bytes']:6}{cells}")
    memory = {name: compared(by) for (what, _, name), by in rounds.items() if what == "memory"}
    print(f"\n{'memory, bytes':26}{'mainline':>12}{'nf_sip':>9}")
    for name, one in memory.items():
        print(f"{name:26}{one['mainline']:12.0f}{one['nf_sip']:9.0f}")
    out.write_text(json.dumps({"rounds": count, "calls": times, "memory": memory}, indent=1) + "\n")


main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
