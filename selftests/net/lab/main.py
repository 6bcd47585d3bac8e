# SPDX-License-Identifier: GPL-2.0-only
"""Runs tests in the guest and says in TAP what came of them. See ../run."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from .check import PATIENCE, Failed, Hope, Skip, within
from .kernel import GUEST, HELPER, Log, Watch, references
from .net import Net, World
from .registry import Test, collect

FOLDER = Path(__file__).resolve().parent.parent
# Seconds after which a test hangs.
LIMIT = 1200


def chosen(tests: list[Test], words: list[str], essential: bool) -> list[Test]:
    """The tests that were asked for: by file, by file.test, or by a part of the name."""
    tests = [one for one in tests if one.marks.essential or not essential]
    if not words:
        return tests
    found = []
    for word in words:
        file, _, name = word.removesuffix(".py").partition(".")
        hits = [one for one in tests if one.file == file and one.name.startswith(name)]
        if not hits:
            sys.exit(f"run: there is no test '{word}'; --list shows those there are.")
        found += [one for one in hits if one not in found]
    return found


def overdue(*_: object) -> None:
    """Ends a test that takes too long."""
    raise Failed("it takes too long")


@dataclass
class Outcome:
    """What became of a test: the claim that failed, if one did, and whatever else is wrong."""

    failed: str = ""
    trouble: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    crashed: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """All of it, for a person to read."""
        wrong = [self.failed, *self.trouble] if self.failed else self.trouble
        return "\n".join(wrong).splitlines() + self.hints if wrong else []


def place(failed: Failed) -> str:
    """Where in the test's own file it failed."""
    for frame in reversed(traceback.extract_tb(failed.__traceback__)):
        path = Path(frame.filename)
        if path.parent == FOLDER:
            return f"{path.name}:{frame.lineno}: "
    return ""


def attempt(test: Test, world: World, log: Log) -> Outcome:
    """Makes one test, and looks at what it leaves behind."""
    outcome = Outcome()
    log.lines()
    signal.alarm(LIMIT)
    Hope.lost = HELPER == "mainline" and bool(test.marks.mainline)
    net: Net | None = None
    held = 0
    try:
        net = world.net(test.gateway)
        held = references()
        test.body(net)
    except Skip:
        raise
    except Failed as failed:
        outcome.failed = f"{place(failed)}{failed}"
    except Exception:  # pylint: disable=broad-exception-caught
        outcome.trouble.append(traceback.format_exc().strip())
    finally:
        signal.alarm(0)
        if net:
            outcome.hints = net.story()
            outcome.crashed = [program.name for program in net.programs if program.crashed()]
            try:
                net.close()
            except Failed as failed:
                outcome.trouble.append(f"left behind: {failed}")
    try:
        # Some are given back a moment later, by the kernel's own workers.
        within(
            PATIENCE,
            lambda: references() == held,
            lambda: f"{references() - held} references to the module are given back",
        )
    except Failed as failed:
        outcome.trouble.append(f"left behind: {failed}")
    complaints = Log.complaints(log.lines())
    if complaints:
        outcome.trouble.append("the kernel complained:\n" + "\n".join(complaints))
    return outcome


def skipped(test: Test) -> str:
    """Why a test is not made here."""
    if test.marks.only and HELPER != "nf_sip":
        return test.marks.only
    missing = [program for program in test.marks.needs if not shutil.which(program)]
    return f"{', '.join(missing)} is not installed" if missing else ""


def verdict(test: Test, world: World, log: Log) -> tuple[bool, str, list[str]]:
    """Whether all is as it should be, what to say behind the name, and comments."""
    try:
        reason = skipped(test)
        outcome = Outcome() if reason else attempt(test, world, log)
        if outcome.crashed and outcome.lines():
            # baresip 1.1.0 does, once in a hundred times that calls are held; twice would be no chance.
            print(f"# {' and '.join(outcome.crashed)} crashed: {test.name} is made once more", flush=True)
            outcome = attempt(test, world, log)
    except Skip as skip:
        reason = str(skip)
    if reason:
        return True, f"# SKIP {reason}", []

    # A failure that is known beforehand has to come, and nothing else may be wrong.
    known = {
        "mainline": ("XFAIL mainline", test.marks.mainline),
        "nf_sip": ("TODO", test.marks.todo),
    }
    kind, why = known.get(HELPER, ("", ""))
    if not why:
        return not outcome.lines(), "", outcome.lines()
    if not outcome.failed:
        return False, "", [f"it was to fail: {kind} {why}", *outcome.lines()]
    return not outcome.trouble, f"# {kind} {why}", outcome.lines()[: None if outcome.trouble else 1]


def main() -> int:
    """Runs what the command line names."""
    parser = argparse.ArgumentParser(prog="run", add_help=False)
    parser.add_argument("--broken", action="store_true")
    parser.add_argument("--essential", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--times", action="store_true")
    parser.add_argument("tests", nargs="*")
    options = parser.parse_args()
    folder = FOLDER / "broken" if options.broken else FOLDER
    tests = chosen(list(collect(folder)), options.tests, options.essential)
    if options.list:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        for one in tests:
            mainline = f" # mainline {one.marks.mainline}" if one.marks.mainline else ""
            print(f"{one.file}.{one.name}{mainline}")
        return 0

    os.umask(0o022)
    signal.signal(signal.SIGALRM, overdue)
    started = time.monotonic()
    log, world, watch = Log(), World(), Watch()
    print(f"TAP version 13\n1..{len(tests) + watch.looks}", flush=True)
    idle = references()
    tally = {"passed": 0, "failed": 0, "skipped": 0}
    for number, test in enumerate(tests, 1):
        begun = time.monotonic()
        good, remark, comments = verdict(test, world, log)
        result = "ok" if good else "not ok"
        kind = "skipped" if remark.startswith("# SKIP") else "passed" if good else "failed"
        tally[kind] += 1
        print(f"{result} {number} - {test.file}: {test.name} {remark}".rstrip())
        if options.times:
            print(f"# {(time.monotonic() - begun) * 1000:.0f} ms")
        for comment in comments:
            print(f"#   {comment}")
        sys.stdout.flush()
    world.install(None)
    if references() != idle:
        tally["failed"] += 1
        print(f"# without rules, {references() - idle} references to the module are left")
    if watch.looks:
        faults = watch.found()
        tally["failed" if faults else "passed"] += 1
        result = "not ok" if faults else "ok"
        print(f"{result} {len(tests) + 1} - kernel: locks_are_in_order_and_no_memory_has_leaked")
        for line in faults:
            print(f"#   {line}")
    summary = ", ".join(f"{count} {name}" for name, count in tally.items())
    print(f"# {HELPER} on {GUEST}: {summary} in {time.monotonic() - started:.0f} s", flush=True)
    return 1 if tally["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
