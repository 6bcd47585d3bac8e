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
from pathlib import Path

from .check import Failed, Skip
from .kernel import GUEST, HELPER, Log, references
from .net import Net, World
from .registry import Test, collect

FOLDER = Path(__file__).resolve().parent.parent
SLOWNESS = 1 if GUEST == "uml" else 6


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


def attempt(test: Test, world: World, log: Log) -> tuple[str, list[str]]:
    """Makes one test; returns what went wrong, if anything, and what helps to see why."""
    wrong: list[str] = []
    hints: list[str] = []
    log.lines()
    signal.alarm(int(test.marks.limit * SLOWNESS))
    net: Net | None = None
    held = 0
    try:
        net = world.net(test.gateway)
        held = references()
        test.body(net)
    except Skip:
        raise
    except Failed as failed:
        frame = traceback.extract_tb(failed.__traceback__)
        here = [one for one in frame if Path(one.filename).parent == FOLDER]
        where = f"{Path(here[-1].filename).name}:{here[-1].lineno}: " if here else ""
        wrong.append(f"{where}{failed}")
    except Exception:  # pylint: disable=broad-exception-caught
        wrong.append(traceback.format_exc().strip())
    finally:
        signal.alarm(0)
        if net:
            hints = net.story()
            try:
                net.close()
            except Failed as failed:
                wrong.append(f"left behind: {failed}")
    if references() != held:
        wrong.append(f"left behind: {references() - held} more references to the module")
    complaints = Log.complaints(log.lines())
    if complaints:
        wrong.append("the kernel complained:\n" + "\n".join(complaints))
    return "\n".join(wrong), hints


def verdict(test: Test, world: World, log: Log) -> tuple[bool, str, list[str]]:
    """Whether all is as it should be, what to say behind the name, and comments."""
    marks = test.marks
    if marks.only and HELPER != "nf_sip":
        return True, f"# SKIP {marks.only}", []
    missing = [program for program in marks.needs if not shutil.which(program)]
    if missing:
        return True, f"# SKIP {', '.join(missing)} is not installed", []
    try:
        wrong, hints = attempt(test, world, log)
    except Skip as skip:
        return True, f"# SKIP {skip}", []
    if HELPER == "mainline" and marks.mainline:
        if wrong:
            return True, f"# XFAIL mainline {marks.mainline}", wrong.splitlines()[:1]
        return False, "", [f"it works, but was expected to fail: mainline {marks.mainline}"]
    if HELPER == "nf_sip" and marks.todo:
        if wrong:
            return True, f"# TODO {marks.todo}", wrong.splitlines()[:1]
        return False, "", [f"it works: take the mark away, todo {marks.todo}"]
    return not wrong, "", wrong.splitlines() + hints if wrong else []


def main() -> int:
    """Runs what the command line names."""
    parser = argparse.ArgumentParser(prog="run", add_help=False)
    parser.add_argument("--essential", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--times", action="store_true")
    parser.add_argument("tests", nargs="*")
    options = parser.parse_args()
    tests = chosen(list(collect(FOLDER)), options.tests, options.essential)
    if options.list:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        for one in tests:
            mainline = f" # mainline {one.marks.mainline}" if one.marks.mainline else ""
            print(f"{one.file}.{one.name}{mainline}")
        return 0

    os.umask(0o022)
    signal.signal(signal.SIGALRM, overdue)
    started = time.monotonic()
    print(f"TAP version 13\n1..{len(tests)}", flush=True)
    log, world = Log(), World()
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
    summary = ", ".join(f"{count} {name}" for name, count in tally.items())
    print(f"# {HELPER} on {GUEST}: {summary} in {time.monotonic() - started:.0f} s", flush=True)
    return 1 if tally["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
