# SPDX-License-Identifier: GPL-2.0-only
"""Good and bad input without end, in both directions: all of it passes, and nothing of it stays.

phone 10.0.0.2 ──┐                                        ┌── server 203.0.113.10
                 ├── 10.0.0.1 gateway 203.0.113.1 ────────┤
other 10.0.0.3 ──┘ masquerade, NAT66, or a firewall       └── stranger 203.0.113.66

selftests/flood sends it and judges what comes: the phone to the server and the other to the stranger
at the same time. NF_SIP_FLOOD_SECONDS is how long in each test, NF_SIP_FLOOD_SEED makes other input:
`make soak` takes another one each time.
"""

import os
import re
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from lab import (
    FIREWALL,
    MASQUERADE,
    NAT66,
    Failed,
    Net,
    counters,
    equal,
    test,
    true,
)
from lab.kernel import GUEST, HELPER, TOP
from lab.program import Program
from lab.state import nothing_stays
from lab.tcp_path import unchecked
from lab.timeouts import udp_timeout

FLOOD = TOP / "build" / "flood" / "release" / "flood"
SECONDS = int(os.environ.get("NF_SIP_FLOOD_SECONDS", "8"))
SEED = int(os.environ.get("NF_SIP_FLOOD_SEED", "1"))
# Connections to these of the server's ports have the helper.
PORTS = "5060:5069"
CONTROL = 5090

NAT = replace(MASQUERADE, name="masquerade, flood", ports=PORTS, tcp=PORTS)
NAT6 = replace(NAT66, name="nat66, flood", ports=PORTS, tcp=PORTS)
NO_NAT = replace(FIREWALL, name="firewall, flood", ports=PORTS, tcp=PORTS)
GATEWAY = NAT
# Streams of mainline's come to a stand, but not in every flood.
RARE = "mainline's helper fails now and then"


# Packets that may wait for a processor, instead of a thousand: streams fill that up, and what comes then is dropped.
BACKLOG = 100000


def prepare(net: Net) -> None:
    """What is never complete is soon forgotten, and takes no room from what is; nothing is dropped for want of room.

    A slow guest may take seconds for the parts of one datagram.
    """
    Path("/proc/sys/net/core/netdev_max_backlog").write_text(f"{BACKLOG}\n", encoding="ascii")
    patience = 1 if GUEST == "uml" else 20
    for name in ("gateway", "phone", "other", "server", "stranger"):
        settings = [f"net.ipv4.ipfrag_time={patience}", "net.ipv4.ipfrag_high_thresh=67108864"]
        net.world.namespaces[name].run(["sysctl", "-q", *settings])


def start(net: Net, transport: str, number: int) -> Program:
    """Starts a flood from one of the hosts inside to one outside."""
    near, far = [(net.phone, net.server), (net.other, net.stranger)][number]
    values = {
        "phone_name": near.name,
        "server_name": far.name,
        "phone": near.ip,
        "public": net.outside(near).ip,
        "server": far.ip,
        "test_port": 5060 + number,
        "control_port": CONTROL + number,
        "cpu": number % len(os.sched_getaffinity(0)),
        "translates": int(bool(net.gateway.public)),
        "patience": 60 if HELPER != "mainline" else 2,
    }
    words = [f"{name}={value}" for name, value in values.items()]
    return near.start(str(FLOOD), transport, str(SEED + number), str(SECONDS), "0", *words)


def received(net: Net) -> int:
    """Packets that the gateway has received: each fragment counts."""
    with net.world.gateway.inside():
        text = Path("/proc/net/snmp").read_text(encoding="ascii")
    names, values = re.findall(r"^Ip: (.*)$", text, re.MULTILINE)
    return int(dict(zip(names.split(), values.split()))["InReceives"])


def lost(net: Net) -> str:
    """What the kernel has counted of packets that it lost or refused, by the namespace."""
    spaces = net.world.namespaces
    found = spaces["gateway"].run(["conntrack", "--stats"]).splitlines()
    for name in ("gateway", "phone", "server", "other", "stranger"):
        counted = spaces[name].run(["nstat", "--ignore", "--noupdate"]).splitlines()
        found += [f"{name}: {line}" for line in counted if re.search("Disc|Drop|Err|Fail|Ovfl|Timeout", line)]
        found += spaces[name].run(["ip", "-stats", "neighbour"]).splitlines()
    found += Path("/proc/net/stat/arp_cache").read_text(encoding="ascii").splitlines()
    return "\n".join(found)


def dropped() -> int:
    """Packets that the guest had no room for on their way to a processor."""
    lines = Path("/proc/net/softnet_stat").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1], 16) for line in lines)


def flood(net: Net, *transports: str, reaching: str = "translated") -> None:
    """Floods of these kinds at once, after which all has to be well, and which have to come so far."""
    prepare(net)
    packets, drops = received(net), dropped()
    before = counters() if HELPER == "nf_sip" else {}
    changed = 0
    # As long as a round may take.
    with udp_timeout(net, 600):
        programs = [start(net, *pair) for pair in zip(transports, range(2))]
        statuses = [program.wait(SECONDS + 240) for program in programs]
    drops = dropped() - drops
    print(f"# flood: packets={received(net) - packets} dropped={drops}", flush=True)
    for program, status in zip(programs, statuses):
        said = program.text()
        if status:
            print("# flood: something was lost", *lost(net).splitlines(), sep="\n# ", flush=True)
        equal(status, 0, f"status of a flood with seed {SEED}, which says:\n{said[-6000:]}")
        totals = re.search(r"^done (.*)$", said, re.MULTILINE)
        if not totals:
            raise Failed(f"it says:\n{said[-2000:]}")
        print(f"# flood: seed {SEED}: {totals[1]}", flush=True)
        figures = {name: int(value) for name, value in re.findall(r"(\w+)=(\d+)", totals[1])}
        true(figures["rounds"] > 0, "not one round was over")
        changed += figures["changed"]
    equal(drops, 0, "packets that the guest had no room for on their way to a processor")
    if HELPER == "nf_sip":
        grown = {name: count - before[name] for name, count in counters().items()}
        print(f"# flood: {' '.join(f'{k}={v}' for k, v in grown.items() if v)}", flush=True)
        equal(grown["busy"], 0, "messages for which no workspace was free")
        true(grown[reaching] > 0 or not net.gateway.public, f"none was {reaching}")
        true(grown["translated"] >= changed, f"{changed} messages are changed, {grown}")
        if net.gateway.public:
            true(changed > 0, "nothing was changed")
    nothing_stays(net)


@test(NAT, NO_NAT, mainline="loses datagrams, and changes what it should not")
def datagrams_of_any_kind_pass(net: Net) -> None:
    # Behind NAT damaged ones get as far as the helper, without it conntrack sorts them out.
    with unchecked(net) if net.gateway.public else nullcontext():
        flood(net, "udp", "udp", reaching="damaged")


@test(NAT, NAT6, NO_NAT, only=RARE)
def streams_of_any_kind_pass(net: Net) -> None:
    flood(net, "tcp", "tcp")


@test(essential=True, only=RARE)
def datagrams_and_streams_pass_at_once(net: Net) -> None:
    flood(net, "udp", "tcp")
