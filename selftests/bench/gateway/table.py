# SPDX-License-Identifier: GPL-2.0-only
"""table.py RESULTS JSON: medians of what was measured, and what they are of those without a helper."""

import json
import statistics
import sys
from pathlib import Path

HELPERS = ("none", "mainline", "nf_sip")


def main(results: Path, out: Path) -> None:
    """Prints a table and writes a file."""
    rates: dict[str, dict[str, list[float]]] = {}
    for line in results.read_text().splitlines():
        helper, what, rate = line.split()
        rates.setdefault(what, {}).setdefault(helper, []).append(float(rate))
    print(f"{'in a second':18}" + "".join(f"{helper:>14}" for helper in HELPERS) + "   of none   of mainline")
    medians = {}
    for what, by in rates.items():
        middle = {helper: statistics.median(by[helper]) for helper in HELPERS}
        medians[what] = middle
        own = middle["nf_sip"]
        cells = "".join(f"{middle[helper]:14.0f}" for helper in HELPERS)
        # What mainline brings to a stand has no rate.
        beside = [f"{own / middle[helper]:.2f}" if middle[helper] else "-" for helper in HELPERS[:2]]
        print(f"{what:18}{cells}{beside[0]:>10}{beside[1]:>14}")
    out.write_text(json.dumps(medians, indent=1) + "\n")


main(Path(sys.argv[1]), Path(sys.argv[2]))
