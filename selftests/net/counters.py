# SPDX-License-Identifier: GPL-2.0-only
"""What nf_sip says about each message: /sys/kernel/debug/nf_sip/counters.

phone 10.0.0.2 ──┐                                        ┌── server 203.0.113.10
                 ├── 10.0.0.1 gateway 203.0.113.1 ────────┤
other 10.0.0.3 ──┘     masquerade, or a firewall          └── stranger 203.0.113.66
"""

from pathlib import Path

from lab import (
    FIREWALL,
    MASQUERADE,
    Net,
    UserAgent,
    counters,
    equal,
    pair,
    parameter,
    registered,
    sdp,
    test,
    true,
)
from lab.kernel import Log

GATEWAY = MASQUERADE
MINE = "mainline does not count"
AUDIO = "m=audio 30000 RTP/AVP 8"
OUTCOMES = {
    "translated",
    "unchanged",
    "damaged",
    "aggregated",
    "not_linear",
    "no_flow",
    "busy",
    "not_written",
}


def counted(sender: UserAgent, receiver: UserAgent, data: bytes) -> dict[str, int]:
    """What a message adds to the counters."""
    before = counters()
    sender.to(receiver, data)
    return {
        name: count - before[name] for name, count in counters().items() if count != before[name]
    }


@test(only=MINE)
def all_outcomes_have_a_name(_: Net) -> None:
    names = counters()
    true(set(names) > OUTCOMES, f"missing: {OUTCOMES - set(names)}")
    true(all(name.replace("_", "").isalpha() for name in names), f"odd names: {list(names)}")


@test(only=MINE)
def translated_message_counts_as_that_alone(net: Net) -> None:
    alice, bob = pair(net)
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
    equal(counted(alice, bob, invite), {"translated": 1}, "INVITE")
    equal(counted(alice, bob, alice.request("BYE", bob)), {"translated": 1}, "BYE")


@test(FIREWALL, only=MINE)
def without_nat_all_is_unchanged(net: Net) -> None:
    alice, bob = pair(net)
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
    equal(counted(alice, bob, invite), {"unchanged": 1}, "INVITE")


@test(only=MINE)
def reason_to_leave_a_message_has_its_counter(net: Net) -> None:
    alice, bob = pair(net)
    for name, data in {
        "keep_alive": b"\r\n\r\n",
        "not_sip": b"hello, world",
        "truncated": alice.request("OPTIONS", bob)[:200],
    }.items():
        equal(counted(alice, bob, data), {"unchanged": 1, name: 1}, name)


@test(only=MINE)
def reason_to_leave_an_address_has_its_counter(net: Net) -> None:
    alice, bob = pair(net)
    stranger = alice.request("OPTIONS", bob, uri="sip:bob@198.51.100.1")
    equal(counted(alice, bob, stranger), {"translated": 1, "stranger": 1}, "stranger")
    third = alice.register(bob.at, contact="<sip:carol@192.0.2.1>")
    equal(counted(alice, bob, third), {"translated": 1, "third_party": 1}, "third party")
    port = alice.request("OPTIONS", bob, contact=f"<sip:alice@{net.phone.uri}:5999>")
    equal(counted(alice, bob, port), {"translated": 1, "other_port": 1}, "other port")
    text = alice.request("INFO", bob, b"hello")
    equal(counted(alice, bob, text), {"translated": 1, "not_sdp": 1}, "no session description")


@test(only=MINE)
def every_packet_has_one_outcome(net: Net) -> None:
    alice, bob = pair(net)
    before = counters()
    registered(alice, bob)
    for data in (b"", b"x", b"\r\n", alice.invite(bob, sdp(net.phone.ip, AUDIO))):
        alice.to(bob, data)
    after = counters()
    equal(sum(after[name] - before[name] for name in OUTCOMES), 6, "outcomes of 6 packets")


@test(only="mainline says that it drops the packet, and does")
def what_could_not_be_had_is_in_the_administrator_s_log(net: Net) -> None:
    logger = "/proc/sys/net/netfilter/nf_log/2"
    with net.world.gateway.inside():
        Path(logger).write_text("nf_log_ipv4")
    Path("/proc/sys/net/netfilter/nf_log_all_netns").write_text("1")
    try:
        log = Log()
        alice, bob = pair(net)
        with parameter("sip_max_calls", 0):
            counted(alice, bob, alice.invite(bob, sdp(net.phone.ip, AUDIO)))
        said = "helper sip passing packet: no room to remember a call"
        lines = log.lines()
        true(any(said in line for line in lines), f"{said!r} is not in {lines}")
    finally:
        Path("/proc/sys/net/netfilter/nf_log_all_netns").write_text("0")
        with net.world.gateway.inside():
            Path(logger).write_text("NONE")
