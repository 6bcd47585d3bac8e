# SPDX-License-Identifier: GPL-2.0-only
"""together.py OUT IN...: makes one file of several, each by its name behind the dash, and says when and where."""

import datetime
import json
import platform
import sys
from pathlib import Path


def processor() -> str:
    """What kind of machine this is."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def main(out: Path, parts: list[Path]) -> None:
    """Writes the file."""
    found: dict[str, object] = {"date": datetime.date.today().isoformat(), "processor": processor()}
    for part in parts:
        found[part.stem.partition("-")[2]] = json.loads(part.read_text())
    out.write_text(json.dumps(found, indent=1) + "\n")


main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
