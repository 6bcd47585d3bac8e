# SPDX-License-Identifier: GPL-2.0-only
"""table.py RESULTS JSON: medians of what was measured, and what they are of those without a helper."""

import json
import math
import statistics
import sys
from pathlib import Path

HELPERS = ("none", "mainline", "nf_sip")
# Turns of a connection with a helper and of one without.
BESIDE = "beside-"
# Rates by a clock that takes a nanosecond for an instruction.
COUNTED = "counted-"


def interval(values: list[float]) -> tuple[float, float]:
    """Between which two the median lies, with 95 % confidence: by how many values are above and below."""
    ordered = sorted(values)
    around = 0.98 * math.sqrt(len(ordered))
    low, high = (round(len(ordered) / 2 + sign * around) for sign in (-1, 1))
    return ordered[max(0, low)], ordered[min(len(ordered) - 1, high)]


def rates(unit: str, lines: list[list[str]]) -> dict[str, dict[str, float]]:
    """Prints how much passes in a unit of time; returns the medians."""
    found: dict[str, dict[str, list[float]]] = {}
    for helper, what, rate in lines:
        found.setdefault(what, {}).setdefault(helper, []).append(float(rate))
    print(f"{unit:26}" + "".join(f"{helper:>14}" for helper in HELPERS) + "   of none   of mainline")
    medians = {}
    for what, by in found.items():
        middle = {helper: statistics.median(by[helper]) for helper in HELPERS}
        medians[what] = middle
        own = middle["nf_sip"]
        cells = "".join(f"{middle[helper]:14.0f}" for helper in HELPERS)
        # What mainline brings to a stand has no rate.
        beside = [f"{own / middle[helper]:.2f}" if middle[helper] else "-" for helper in HELPERS[:2]]
        print(f"{what.removeprefix(COUNTED):26}{cells}{beside[0]:>10}{beside[1]:>14}")
    return medians


def ratios(lines: list[list[str]]) -> dict[str, dict[str, list[float]]]:
    """Prints how fast a stream passes beside one without a helper; returns median and confidence."""
    found: dict[str, dict[str, list[float]]] = {}
    for helper, what, own, other in lines:
        found.setdefault(what, {}).setdefault(helper, []).append(float(other) / float(own))
    print(f"\n{'beside a stream without a helper':34}  median   95 % confidence")
    kept: dict[str, dict[str, list[float]]] = {}
    for what, by in found.items():
        for helper, values in by.items():
            middle, (low, high) = statistics.median(values), interval(values)
            kept.setdefault(what, {})[helper] = [middle, low, high]
            print(f"{what.removeprefix(BESIDE):24}{helper:>10}{middle:8.3f}   {low:.3f} to {high:.3f}")
    return kept


def main(results: Path, out: Path) -> None:
    """Prints tables and writes a file."""
    lines = [line.split() for line in results.read_text().splitlines()]
    timed = [line for line in lines if not line[1].startswith((BESIDE, COUNTED))]
    counted = [line for line in lines if line[1].startswith(COUNTED)]
    medians = rates("in a second", timed)
    print()
    medians |= rates("in a billion instructions", counted)
    beside = ratios([line for line in lines if line[1].startswith(BESIDE)])
    out.write_text(json.dumps(medians | beside, indent=1) + "\n")


main(Path(sys.argv[1]), Path(sys.argv[2]))
