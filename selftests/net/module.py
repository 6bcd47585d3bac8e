# SPDX-License-Identifier: GPL-2.0-only
"""The module itself: its names, its place beside mainline's, and its coming and going.

sipp 10.0.0.2 ──┐                                        ┌── sipp 203.0.113.10
                ├── 10.0.0.1 gateway 203.0.113.1 ────────┤
              ──┘            masquerade                  └──
"""

import errno
import subprocess
from pathlib import Path

from lab import (
    MASQUERADE,
    Net,
    Skip,
    counters,
    equal,
    established,
    outward,
    pair,
    registered,
    sdp,
    test,
    true,
    within,
)
from lab.check import PATIENCE
from lab.kernel import (
    GUEST,
    MODULE,
    Log,
    load,
    load_short_of_memory,
    references,
    unload,
)
from lab.mainline import skip_without
from lab.memory import leaks, used
from lab.rules import reader_of_rules, reload_under_rules, without_helper
from lab.tcp import Pair, over_tcp
from lab.tcp_talk import arrived, conversation, talk, wanted

GATEWAY = MASQUERADE
MINE = "it is about nf_sip's own module"
AUDIO = "m=audio 30000 RTP/AVP 8"
# Allocations that the module makes when it is loaded, and some of the kernel's before.
OWN = 60


@test(only=MINE)
def it_has_the_names_that_mainline_has(_: Net) -> None:
    command = ["modinfo", "-F", "alias", str(MODULE)]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    equal(set(names), {"nfct-helper-sip", "ip_conntrack_sip", "ip_nat_sip"}, "aliases")


@test(only=MINE)
def rule_holds_the_module(_: Net) -> None:
    equal(references(), 1, "references")
    done = subprocess.run(["rmmod", "nf_sip"], capture_output=True, text=True, check=False)
    true(done.returncode != 0 and "in use" in done.stderr, f"rmmod: {done.stderr}")


def load_mainline() -> int:
    """Status of loading mainline's helper."""
    skip_without()
    command = ["modprobe", "nf_conntrack_sip"]
    return subprocess.run(command, capture_output=True, check=False).returncode


@test(only=MINE, essential=True)
def beside_mainline_it_says_why_it_does_not_load(net: Net) -> None:
    with without_helper(net):
        unload()
        try:
            equal(load_mainline(), 0, "status of modprobe")
            log = Log()
            done = load()
            lines = [line for line in log.lines() if "nf_sip" in line]
            true(done.returncode != 0, "insmod has succeeded")
            equal(len(lines), 1, f"lines in the log: {lines}")
            for word in ("nf_conntrack_sip", "modprobe -r"):
                true(word in lines[0], f"'{word}' is not in '{lines[0]}'")
        finally:
            subprocess.run(["modprobe", "-rq", "nf_conntrack_sip"], check=False)
            done = load()
        equal(done.returncode, 0, f"insmod when mainline's is gone: {done.stderr}")


@test(only=MINE)
def mainline_does_not_load_beside_it(net: Net) -> None:
    true(load_mainline() != 0, "mainline's helper has been loaded beside it")
    alice, bob = pair(net)
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
    equal(alice.to(bob, invite), outward(net, invite), "INVITE")


@test(only=MINE)
def unloading_ends_pinholes_and_leaves_calls_alone(net: Net) -> None:
    alice, bob = pair(net)
    registered(alice, bob)
    answer = sdp(net.server.ip, "m=audio 40000 RTP/AVP 8")
    established(alice, bob, sdp(net.phone.ip, AUDIO), answer)
    true(len(net.expectations()) >= 3, "there are no pinholes to end")
    with without_helper(net):
        unload()
        equal(net.expectations(), [], "pinholes without the module")
        bye = alice.request("BYE", bob, cseq=2)
        equal(alice.to(bob, bye), bye, "BYE, which nobody translates now")
        equal(load().returncode, 0, "insmod")
    equal(alice.to(bob, bye), bye, "BYE on a connection that had another helper")


@test(over_tcp(MASQUERADE), only=MINE)
def streams_that_have_moved_go_on_without_the_module(net: Net) -> None:
    """Nobody translates what is in them any more, also when the module is there again."""
    near, far, said = talk(net)
    out, back = conversation(near, far, said, 3)
    with without_helper(net):
        unload()
        try:
            for number in range(3, 6):
                for pairs, one, sender, receiver in (
                    (out, said.outward(number, 100), near, far),
                    (back, said.inward(number, 100), far, near),
                ):
                    pairs.append(Pair(one.sent, one.sent))
                    sender.send(one.sent)
                    arrived(sender, receiver, *pairs)
        finally:
            equal(load().returncode, 0, "insmod")
    one = said.outward(9, 100)
    near.send(one.sent)
    far.gets(wanted(*out) + one.sent, "a message when the module is there again")
    far.ack()
    near.hears_of(near.sent, "all of them")


@test(only=MINE)
def parameters_can_be_given_at_insmod(net: Net) -> None:
    folder = Path("/sys/module/nf_sip/parameters")
    with without_helper(net):
        unload()
        try:
            equal(load("sip_timeout=99", "sip_direct_media=0").returncode, 0, "insmod")
            equal((folder / "sip_timeout").read_text(), "99\n", "sip_timeout")
            equal((folder / "sip_direct_media").read_text(), "0\n", "sip_direct_media")
            unload()
            true(load("sip_timeout=soon").returncode != 0, "a time that is none was taken")
        finally:
            equal(load().returncode, 0, "insmod")


@test(only=MINE)
def module_for_which_memory_is_short_loads_or_leaves_nothing(net: Net) -> None:
    if not Path("/proc/self/fail-nth").exists():
        raise Skip("this kernel has no allocations fail")
    traces = [Path("/sys/module/nf_sip"), Path("/sys/kernel/debug/nf_sip")]
    plenty, failed = 1 << 20, 0

    def fails(nth: int) -> bool:
        error, _ = load_short_of_memory(nth)
        if not error:
            unload()
            return False
        equal(errno.errorcode[error], "ENOMEM", f"error when allocation {nth} fails")
        equal([one for one in traces if one.exists()], [], "traces of it")
        return True

    with without_helper(net):
        unload()
        try:
            # Its tests run when it has been loaded, and would only say that they fail.
            error, left = load_short_of_memory(plenty)
            equal(error, 0, "error where nothing fails")
            unload()
            last, behind = 1, plenty - left
            while behind - last > 1:
                middle = (last + behind) // 2
                last, behind = (middle, behind) if fails(middle) else (last, middle)
            failed = sum(fails(nth) for nth in range(last, max(0, last - OWN), -1))
        finally:
            equal(load().returncode, 0, "insmod")
    true(failed > OWN // 2, f"it loads nevertheless, but for {failed} times")
    alice, bob = pair(net)
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
    equal(alice.to(bob, invite), outward(net, invite), "INVITE")


def reload_under_calls(net: Net, rounds: int) -> dict[str, int]:
    """Reloads the module while sipp makes calls; returns what memory is in use behind that."""
    more = ("-nostdin", "-nr", "-buff_size", str(1 << 22))
    where = ("-i", net.server.ip, "-p", "5060")
    uas = net.server.start("sipp", "-sn", "uas", *where, *more, TERM="dumb")
    within(PATIENCE, lambda: net.server.listens(5060), "sipp listens")
    # Each call is a flow of its own, as the helper comes to a connection with its first packet.
    flows = ("-t", "un", "-max_socket", "900", "-r", "50" if GUEST == "uml" else "20")
    # A call whose messages went out in two manners may hang, and must not hold up the others.
    limits = ("-l", "100", "-recv_timeout", "2000")
    target = (f"{net.server.ip}:5060", "-i", net.phone.ip)
    uac = net.phone.start("sipp", "-sn", "uac", *target, *flows, *limits, *more, TERM="dumb")

    rules = reader_of_rules(net)
    for number in range(1, rounds + 1):
        within(PATIENCE, lambda: counters()["translated"] > 0, f"work in round {number}")
        reload_under_rules(rules)
        for program in (uac, uas):
            true(program.ends(0) is None, f"sipp has ended; it said:\n{program.text()[-2000:]}")

    with without_helper(net):
        unload()
        for program in (uac, uas, rules):
            program.end()
        net.empty()
        now = used()
        equal(load().returncode, 0, "insmod")
    return now


@test(only=MINE, essential=True, needs=("sipp",))
def hundred_reloads_under_calls_leave_nothing(net: Net) -> None:
    samples = [reload_under_calls(net, rounds) for rounds in (10, 30, 30, 30)]
    equal(leaks(samples, 15), {}, "what grows with every other reload")
