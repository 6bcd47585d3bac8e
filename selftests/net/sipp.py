# SPDX-License-Identifier: GPL-2.0-only
"""Many calls by sipp, with its own scenarios.

sipp 10.0.0.2 ──┐                                        ┌── sipp 203.0.113.10
                ├── 10.0.0.1 gateway 203.0.113.1 ────────┤
              ──┘      masquerade, or as named           └──
"""

import re
import signal

from lab import (
    DNAT,
    HELPER,
    MASQUERADE,
    NAT66,
    SNAT,
    Host,
    Net,
    counters,
    equal,
    test,
    true,
    within,
)
from lab.check import patience
from lab.program import Program

GATEWAY = MASQUERADE
CALLS = 200
# Seconds for the calls of one test; they take one or two where nothing else runs.
LIMIT = 300.0


def sipp(host: Host, scenario: str, *more: str) -> Program:
    """Starts sipp on the usual port."""
    command = ["sipp", "-sn", scenario, "-i", host.ip, "-p", "5060", "-nostdin"]
    # It does not send again: nothing may get lost, and a slow machine would get more to do. In the
    # usual buffer there is no room for a burst of calls.
    return host.start(*command, "-nr", "-buff_size", str(1 << 22), *more, TERM="dumb")


def serve(host: Host) -> Program:
    """An sipp that takes calls."""
    server = sipp(host, "uas")
    within(LIMIT, lambda: host.listens(5060), f"sipp listens at {host.name}")
    return server


def call(host: Host, target: str, *more: str, limit: float = LIMIT) -> None:
    """An sipp that makes the calls, none of which may fail."""
    # As few at a time as a slow machine can serve; a fast one does more of them in a second.
    options = ("-m", str(CALLS), "-r", "500", "-l", "10")
    client = sipp(host, "uac", target, *options, *more)
    status = client.ends(limit)
    if status is None:
        # It gives its account when it is told to end, the second time at once.
        for _ in range(2):
            client.process.send_signal(signal.SIGUSR1)
            client.ends(0.5)
    end = client.text()[-4000:]
    true(status is not None, f"sipp was not done in {limit:g} seconds; its account:\n{end}")
    done = re.findall(r"(Successful|Failed) call +\| +\d+ +\| +(\d+)", end)
    equal(done, [("Successful", str(CALLS)), ("Failed", "0")], f"sipp's account:\n{end}")
    equal(status, 0, "sipp's status")


def nothing_refused(before: dict[str, int]) -> None:
    """All that went through was handled."""
    for name, count in counters().items():
        if name in ("busy", "no_port", "no_room", "too_long", "not_written", "too_many_changes"):
            equal(count - before[name], 0, f"{name} while the calls went through")
    translated = counters()["translated"] - before["translated"]
    true(translated >= 6 * CALLS, f"{translated} messages were translated")


@test(MASQUERADE, SNAT, essential=True, needs=("sipp",))
def two_hundred_calls_go_out_and_none_fails(net: Net) -> None:
    before = counters() if HELPER == "nf_sip" else {}
    serve(net.server)
    call(net.phone, f"{net.server.uri}:5060")
    if before:
        nothing_refused(before)


@test(NAT66, mainline="drops the brackets in sipp's o= (defect 2)", needs=("sipp",))
def two_hundred_calls_go_out_in_ipv6(net: Net) -> None:
    serve(net.server)
    call(net.phone, f"{net.server.uri}:5060", limit=patience(LIMIT, 6.0))


@test(mainline="drops those whose port another flow has (defect 1)", needs=("sipp",))
def two_hundred_calls_go_out_each_on_a_flow_of_its_own(net: Net) -> None:
    serve(net.server)
    call(net.phone, f"{net.server.uri}:5060", "-t", "un", "-max_socket", "500", limit=patience(LIMIT, 6.0))


@test(DNAT, essential=True, needs=("sipp",))
def two_hundred_calls_come_in_and_none_fails(net: Net) -> None:
    serve(net.phone)
    call(net.server, f"{net.public.uri}:5060")
