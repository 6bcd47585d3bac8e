# SPDX-License-Identifier: GPL-2.0-only
"""Calls, registrations and pinholes for which there is no room: who makes room for whom.

alice 10.0.0.2 ──┐                                        ┌── bob 203.0.113.10
                 ├── 10.0.0.1 gateway 203.0.113.1 ────────┤
carol 10.0.0.3 ──┘ masquerade, dnat 5060 where named      └── mallory 203.0.113.66, and others there
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab import (
    DNAT,
    MASQUERADE,
    Agent,
    Host,
    Message,
    Net,
    UserAgent,
    agent,
    contains,
    counters,
    equal,
    established,
    pair,
    parameter,
    registered,
    sdp,
    swap,
    test,
    true,
    two_way,
    within,
)
from lab.state import nothing_stays
from lab.tcp import Pair, Way, connected, exchange, over_tcp
from lab.tcp_messages import Talk

GATEWAY = MASQUERADE
MINE = "a parameter of nf_sip's"


@contextmanager
def counted(**wanted: int) -> Iterator[None]:
    """So many calls were displaced meanwhile, and so many could not be remembered."""
    before = counters()
    yield
    after = counters()
    names = ("displaced", "too_many_calls")
    grown = {name: after[name] - before[name] for name in names}
    equal(grown, {name: wanted.get(name, 0) for name in names}, "what was counted")


def translated(phone: UserAgent, bob: UserAgent, data: bytes) -> bytes:
    """A message of a phone's arrives, with the address and port that it is seen at."""
    got = phone.to(bob, data)
    assert bob.peer
    ip, port = bob.peer
    equal(got, swap(data, (phone.at, f"{ip}:{port}"), (phone.host.ip, ip)), "what arrives")
    return got


def ring(phone: UserAgent, bob: UserAgent, port: int, lines: int = 1) -> bytes:
    """A call of a phone's, named by its first RTP port; returns the INVITE as it arrives."""
    phone.call = f"call-{port}"
    media = (f"m=audio {port + 2 * line} RTP/AVP 8" for line in range(lines))
    return translated(phone, bob, phone.invite(bob, sdp(phone.host.ip, *media)))


def refuse(phone: UserAgent, bob: UserAgent, invite: bytes) -> None:
    """The call is refused: what is remembered of it is closed."""
    bob.back(phone, bob.reply(invite, 486))


def waiting(net: Net) -> list[int]:
    """The RTP ports that wait."""
    return [one.outside[1] for one in net.opened() if one.outside[1] % 2 == 0]


@test(only=MINE)
def call_that_has_rung_for_longest_makes_room(net: Net) -> None:
    alice, bob = pair(net)
    with parameter("sip_max_calls_per_connection", 3):
        with counted():
            first, *others = (ring(alice, bob, port) for port in (30000, 30010, 30020))
            bob.back(alice, bob.reply(first, 200, sdp(net.server.ip, "m=audio 40000 RTP/AVP 8")))
        with counted(displaced=1):
            others.append(ring(alice, bob, 30030))
        for invite in others:
            refuse(alice, bob, invite)
        equal(waiting(net), [30000, 30010], "ports of the answered and of the displaced call")
        alice.call = "call-30000"
        alice.to(bob, alice.request("BYE", bob, cseq=2, to_tag="bob-1"))
        equal(waiting(net), [30010], "ports after the answered call is over")


@test(only=MINE)
def call_that_was_answered_stays(net: Net) -> None:
    alice, bob = pair(net)
    answer = sdp(net.server.ip, "m=audio 40000 RTP/AVP 8")
    with parameter("sip_max_calls_per_connection", 2):
        with counted(too_many_calls=1):
            for port in (30000, 30010):
                bob.back(alice, bob.reply(ring(alice, bob, port), 200, answer))
            ring(alice, bob, 30020)
        for port in (30000, 30010):
            alice.call = f"call-{port}"
            alice.to(bob, alice.request("BYE", bob, cseq=2, to_tag="bob-1"))
        equal(waiting(net), [30020], "ports")


@test(only=MINE)
def calls_without_end_displace_none_of_another_phone(net: Net) -> None:
    alice, bob = pair(net)
    carol = agent(net.other, "carol")
    with parameter("sip_max_calls", 4):
        theirs = ring(carol, bob, 31000)
        at_carol = bob.peer
        with counted(displaced=7):
            for number in range(10):
                ring(alice, bob, 30000 + 10 * number)
        bob.peer = at_carol
        refuse(carol, bob, theirs)
        equal([port for port in waiting(net) if port >= 31000], [], "Carol's ports")


@test(only=MINE)
def phone_has_room_where_another_has_taken_all(net: Net) -> None:
    """Who has most calls that nobody answers makes room, but for its last."""
    alice, bob = pair(net)
    carol = agent(net.other, "carol")
    with parameter("sip_max_calls", 2), counted(displaced=3):
        for port in (30000, 30010):
            mine = ring(alice, bob, port)
        at_alice = bob.peer
        for port in (31000, 31010, 31020):
            theirs = ring(carol, bob, port)
        refuse(carol, bob, theirs)
        bob.peer = at_alice
        refuse(alice, bob, mine)
        equal(waiting(net), [30000, 31000, 31010], "ports of which nothing is remembered")


@test(only=MINE)
def phone_has_room_where_another_has_taken_all_by_many_connections(net: Net) -> None:
    """Each of which has a call that nobody answers."""
    bob = agent(net.server, "bob")
    carol = agent(net.other, "carol")
    with parameter("sip_max_calls", 4):
        with counted():
            for number in range(4):
                ring(agent(net.phone, "alice", 5060 + number), bob, 30000 + 10 * number)
        with counted(displaced=1):
            refuse(carol, bob, ring(carol, bob, 31000))
        with counted(displaced=1):
            for number in range(4, 6):
                ring(agent(net.phone, "alice", 5060 + number), bob, 30000 + 10 * number)
    equal([port for port in waiting(net) if port >= 31000], [], "Carol's ports")


def ask(phone: UserAgent, bob: UserAgent, number: int = 0) -> bytes:
    """Another registration of a phone's; returns the REGISTER as it arrives."""
    phone.call = f"registration-{number}-of-{phone.user}-{phone.socket.port}"
    return translated(phone, bob, phone.register(bob.at, cseq=7))


def knows(net: Net, phone: UserAgent, bob: UserAgent, asked: bytes) -> bool:
    """Whether a registration is remembered: an answer to another REGISTER is none."""
    stray = bob.bind(asked, expires=99).replace(b"CSeq: 7 ", b"CSeq: 6 ")
    bob.back(phone, stray)
    mine = [one for one in net.expectations(0) if not one.inactive and one.timeout <= 99]
    return not mine


@test(only=MINE)
def registrations_without_end_displace_none_of_another_phone(net: Net) -> None:
    alice, bob = pair(net)
    carol = agent(net.other, "carol")
    with parameter("sip_max_calls", 4):
        theirs = ask(carol, bob)
        at_carol = bob.peer
        with counted(displaced=7):
            for number in range(10):
                ask(alice, bob, number)
        bob.peer = at_carol
        true(knows(net, carol, bob, theirs), "Carol's registration is forgotten")


@test(only=MINE)
def phone_can_register_where_another_has_taken_all_room(net: Net) -> None:
    """By connections without end; what a registrar has granted stays."""
    bob = agent(net.server, "bob")
    carol = agent(net.other, "carol")
    with parameter("sip_max_calls", 4):
        first = agent(net.phone, "alice", 6060)
        granted = ask(first, bob)
        at_first = bob.peer
        bob.back(first, bob.bind(granted))
        with counted(displaced=3):
            for number in range(6):
                ask(agent(net.phone, "alice", 6061 + number), bob)
        with counted(displaced=1):
            theirs = ask(carol, bob)
        true(knows(net, carol, bob, theirs), "Carol's registration is not remembered")
        bob.peer = at_first
        true(knows(net, first, bob, granted), "the registration that was granted is forgotten")


@test(only=MINE)
def registrations_that_were_granted_leave_no_room(net: Net) -> None:
    """What is not remembered is translated, and granted, as what is."""
    alice, bob = pair(net)
    carol = agent(net.other, "carol")
    with parameter("sip_max_calls", 2):
        for number in range(2):
            bob.back(alice, bob.bind(ask(alice, bob, number)))
        with counted(too_many_calls=2):
            theirs = ask(carol, bob)
            granted = bob.back(carol, bob.bind(theirs))
    equal(granted, bob.bind(carol.register(bob.at, cseq=7)), "what Carol's phone gets")
    equal(len([one for one in net.expectations(0) if not one.inactive]), 2, "ways in")


@test(only=MINE)
def connection_has_room_for_so_many_registrations(net: Net) -> None:
    alice, bob = pair(net)
    with counted(displaced=4):
        for number in range(260):
            ask(alice, bob, number)


@contextmanager
def addresses(host: Host, *numbers: int) -> Iterator[list[Host]]:
    """The host has these addresses of its network besides its own."""
    ips = [f"{host.ip.rpartition('.')[0]}.{number}" for number in numbers]
    for ip in ips:
        host.run("ip", "addr", "add", f"{ip}/24", "dev", "eth0")
    try:
        yield [Host(host.net, host.name, ip) for ip in ips]
    finally:
        for ip in ips:
            host.run("ip", "addr", "del", f"{ip}/24", "dev", "eth0")


def knock(
    net: Net,
    alice: UserAgent,
    hosts: list[Host],
    ports: range,
    *,
    method: str = "INVITE",
    lines: int = 1,
) -> None:
    """Somebody outside asks something of Alice's phone, by each of the ports of each host."""
    at = (net.public.ip, 5060)
    alice_outside = Agent("alice", f"{net.public.ip}:5060")
    for host in hosts:
        for port in ports:
            mallory = agent(host, "mallory", port, call=f"{method}-{host.ip}-{port}")
            if method == "INVITE":
                first = 50000 + 2 * lines * (port - ports.start)
                media = (f"m=audio {first + 2 * line} RTP/AVP 8" for line in range(lines))
                mallory.to(alice, mallory.invite(alice_outside, sdp(host.ip, *media)), at)
            else:
                mallory.to(alice, mallory.register(alice_outside.at), at)


@test(DNAT, only=MINE)
def calls_of_a_stranger_displace_none_of_a_phone(net: Net) -> None:
    """By connections without end, where a rule lets them in."""
    alice, bob = pair(net)
    near, far = net.phone.udp(30000), net.server.udp(40000)
    answer = sdp(net.server.ip, "m=audio 40000 RTP/AVP 8")
    with parameter("sip_max_calls", 6):
        bob.back(alice, bob.reply(ring(alice, bob, 30000), 200, answer))
        rings = ring(alice, bob, 30010)
        with counted(displaced=8):
            knock(net, alice, [net.stranger], range(7000, 7012))
        equal(waiting(net), [30000, 30010], "ports")
        refuse(alice, bob, rings)
        equal(waiting(net), [30000], "ports when the call that rang is refused")
        with counted(displaced=2):
            knock(net, alice, [net.stranger], range(7100, 7102))
            again = ring(alice, bob, 30020)
        refuse(alice, bob, again)
        equal(waiting(net), [30000], "ports when the new call is refused, too")
        two_way(near, far, (net.public.ip, 30000), far.endpoint)
        alice.call = "call-30000"
        alice.to(bob, alice.request("BYE", bob, cseq=2, to_tag="bob-1"))
    equal(waiting(net), [], "ports when all are over")


@test(DNAT, only=MINE)
def calls_of_many_strangers_leave_a_phone_what_was_answered_and_a_call_that_rings(net: Net) -> None:
    """What it begins then is translated, but not remembered: its pinholes wait for their time."""
    alice, bob = pair(net)
    near, far = net.phone.udp(30000), net.server.udp(40000)
    answer = sdp(net.server.ip, "m=audio 40000 RTP/AVP 8")
    with parameter("sip_max_calls", 6), addresses(net.stranger, *range(100, 112)) as strangers:
        bob.back(alice, bob.reply(ring(alice, bob, 30000), 200, answer))
        forgotten, rings = (ring(alice, bob, port) for port in (30010, 30020))
        with counted(displaced=1, too_many_calls=6):
            knock(net, alice, strangers[:10], range(7000, 7001))
        equal(waiting(net), [30000, 30010, 30020], "ports")
        for invite in (forgotten, rings):
            refuse(alice, bob, invite)
        equal(waiting(net), [30000, 30010], "ports when both calls that rang are refused")
        with counted(too_many_calls=2):
            knock(net, alice, strangers[10:], range(7000, 7001))
            again = ring(alice, bob, 30030)
        refuse(alice, bob, again)
        equal(waiting(net), [30000, 30010, 30030], "ports when the new call is refused, too")
        two_way(near, far, (net.public.ip, 30000), far.endpoint)
        alice.call = "call-30000"
        alice.to(bob, alice.request("BYE", bob, cseq=2, to_tag="bob-1"))
    equal(waiting(net), [30010, 30030], "ports when all are over")


@test(DNAT, only=MINE)
def registrations_of_strangers_displace_none_of_a_phone(net: Net) -> None:
    """From one address without end, and from many."""
    alice, bob = pair(net)
    with parameter("sip_max_calls", 6), addresses(net.stranger, *range(100, 110)) as strangers:
        bob.back(alice, bob.bind(ask(alice, bob)))
        asked = ask(alice, bob, 1)
        with counted(displaced=8):
            knock(net, alice, [net.stranger], range(7000, 7012), method="REGISTER")
        with counted(displaced=3, too_many_calls=7):
            knock(net, alice, strangers, range(7000, 7001), method="REGISTER")
        true(knows(net, alice, bob, asked), "Alice's registration is forgotten")
        equal([one.inactive for one in net.opened(0)], [False], "ways in")


@contextmanager
def room_for_pinholes(number: int) -> Iterator[None]:
    """The kernel has room for so many."""
    setting = Path("/proc/sys/net/netfilter/nf_conntrack_expect_max")
    before = setting.read_text()
    setting.write_text(str(number))
    try:
        yield
    finally:
        setting.write_text(before)


def fill(net: Net, bob: UserAgent, count: int) -> None:
    """Alice asks for sixteen pinholes by each of so many connections."""
    for number in range(count):
        phone = agent(net.phone, "alice", 7000 + 2 * number)
        phone.call = f"call-{phone.socket.port}"
        lines = (f"m=audio {32000 + 16 * number + 2 * line} RTP/AVP 8" for line in range(8))
        phone.to(bob, phone.invite(bob, sdp(net.phone.ip, *lines)))


@test(only=MINE)
def phone_has_pinholes_where_another_has_taken_all_that_the_kernel_allows(net: Net) -> None:
    """Who has most of them loses those with the least time left; what was agreed upon has more."""
    alice, bob = pair(net)
    carol = agent(net.other, "carol")
    agreed = sdp(net.phone.ip, "m=audio 30000 RTP/AVP 8")
    established(alice, bob, agreed, sdp(net.server.ip, "m=audio 40000 RTP/AVP 8"))
    ring(carol, bob, 31000)
    own = len(net.expectations())
    with room_for_pinholes(own + 16 * 4):
        fill(net, bob, 4)
        equal(len(net.expectations()), own + 16 * 4, "pinholes")
        before = counters()
        ring(carol, bob, 31010)
        after = counters()
        equal(after["made_room"] - before["made_room"], 1, "made_room")
        equal(after["no_room"] - before["no_room"], 0, "no_room")
        for port in (30000, 30001, 31000, 31001, 31010, 31011):
            contains([one.outside[1] for one in net.opened()], port, "ports")
        true(len(net.expectations()) > own + 16 * 3, "more than an eighth has gone")


@test(only=MINE)
def phone_that_takes_all_pinholes_loses_its_own(net: Net) -> None:
    _, bob = pair(net)
    carol = agent(net.other, "carol")
    ring(carol, bob, 31000)
    with room_for_pinholes(len(net.expectations()) + 40):
        before = counters()
        fill(net, bob, 12)
        true(counters()["made_room"] > before["made_room"], "made_room")
        for port in (31000, 31001):
            contains([one.outside[1] for one in net.opened()], port, "ports")


@test(DNAT, only=MINE)
def phone_has_pinholes_where_a_stranger_has_taken_all_that_the_kernel_allows(net: Net) -> None:
    """Also where those of the phone have the least time left."""
    alice, bob = pair(net)
    bob.back(alice, bob.bind(ask(alice, bob), expires=60))
    agreed = sdp(net.phone.ip, "m=audio 30000 RTP/AVP 8")
    established(alice, bob, agreed, sdp(net.server.ip, "m=audio 40000 RTP/AVP 8"))
    ring(alice, bob, 30010)
    with room_for_pinholes(len(net.expectations()) + 40):
        before = counters()["made_room"]
        knock(net, alice, [net.stranger], range(7000, 7012), lines=8)
        true(counters()["made_room"] > before, "the stranger has not taken all")
        ring(alice, bob, 30020)
        equal(waiting(net), [5060, 30000, 30010, 30020], "ports")


@test(only=MINE)
def pinholes_of_a_call_that_rings_go_before_those_of_one_that_was_answered(net: Net) -> None:
    alice, bob = pair(net)
    carol = agent(net.other, "carol")
    lines = (f"m=audio {32000 + 2 * line} RTP/AVP 8" for line in range(8))
    theirs = (f"m=audio {40000 + 2 * line} RTP/AVP 8" for line in range(8))
    established(alice, bob, sdp(net.phone.ip, *lines), sdp(net.server.ip, *theirs))
    ring(alice, bob, 30000)
    own = len(net.expectations())
    with room_for_pinholes(own):
        ring(carol, bob, 31000)
    ports = [one.outside[1] for one in net.opened()]
    contains(ports, 31000, "ports")
    equal([port for port in (30000, 30001) if port in ports], [], "ports of the call that rings")
    true(len(net.expectations()) > own - own // 8, "more than an eighth has gone")


@test(only=MINE)
def pinholes_whose_time_is_over_go_before_all_others(net: Net) -> None:
    """The kernel counts them for a while."""
    _, bob = pair(net)
    for number in range(2):
        phone = agent(net.other, "carol", 7100 + 2 * number)
        bob.back(phone, bob.bind(phone.to(bob, phone.register(bob.at, expires=1)), expires=1))
    fill(net, bob, 2)
    with room_for_pinholes(len(net.expectations())):
        net.until_closed(0)
        ring(agent(net.other, "carol"), bob, 31000)
    ports = {one.outside[1] for one in net.opened()}
    missing = {31000, 31001, *range(32000, 32032)} - ports
    equal(missing, set(), "ports that are closed")


@test(only=MINE)
def media_of_one_phone_leave_another_room(net: Net) -> None:
    alice, bob = pair(net)
    carol = agent(net.other, "carol")
    # Four receivers of media for each call.
    with (
        parameter("sip_max_calls", 4),
        parameter("sip_max_calls_per_connection", 2),
        counted(displaced=2, too_many_calls=1),
    ):
        for port in (30000, 30100):
            ring(alice, bob, port, 8)
        ring(alice, bob, 30200, 9)
        refuse(carol, bob, ring(carol, bob, 31000))
        equal([port for port in waiting(net) if port >= 31000], [], "Carol's ports")


@contextmanager
def no_room_for_calls(carol: UserAgent, bob: UserAgent) -> Iterator[None]:
    """Carol's calls, which were answered, have taken it."""
    at = bob.peer
    with parameter("sip_max_calls", 2):
        for port in (31000, 31010):
            answer = sdp(bob.host.ip, f"m=audio {port} RTP/AVP 8")
            bob.back(carol, bob.reply(ring(carol, bob, port), 200, answer))
        bob.peer = at
        yield


@test(only=MINE)
def late_offer_of_a_call_that_is_not_remembered_is_answered_in_the_ack(net: Net) -> None:
    alice, bob = pair(net)
    with no_room_for_calls(agent(net.other, "carol"), bob), counted(too_many_calls=1):
        seen = alice.to(bob, alice.invite(bob, b""))
        bob.back(alice, bob.reply(seen, 200, sdp(net.server.ip, "m=audio 40000 RTP/AVP 8")))
        inside = sdp(net.phone.ip, "m=audio 30000 RTP/AVP 8")
        got = alice.to(bob, alice.request("ACK", bob, inside, to_tag="bob-1"))
        equal(Message.read(got).body, swap(inside, (net.phone.ip, net.public.ip)), "the ACK's description")
    near, far = net.phone.udp(30000), net.server.udp(40000)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)


@test(only=MINE)
def call_that_is_not_remembered_is_answered_by_a_phone_that_listens_elsewhere(net: Net) -> None:
    """Where it does is noted of the connection with each message, and so is that it was asked."""
    mouth, ear = agent(net.phone, "alice", 33333, at=f"{net.phone.uri}:5060"), agent(net.phone, "alice")
    bob = agent(net.server, "bob")
    mouth.to(bob, mouth.request("OPTIONS", bob))
    at = bob.peer
    with no_room_for_calls(agent(net.other, "carol"), bob), counted(too_many_calls=1):
        bob.peer, bob.call = at, "inward"
        asked = bob.back(ear, bob.invite(ear, sdp(net.server.ip, "m=audio 40000 RTP/AVP 8")))
        other = swap(mouth.request("OPTIONS", bob, cseq=2), (":5060;branch", ":5070;branch"))
        mouth.to(bob, other)
        inside = sdp(net.phone.ip, "m=audio 30000 RTP/AVP 8")
        got = mouth.to(bob, mouth.reply(asked, 200, inside))
        equal(Message.read(got).body, swap(inside, (net.phone.ip, net.public.ip)), "its answer")


def taken_in() -> int:
    """How often a part of a message was held, or passed for want of memory."""
    now = counters()
    return now["stream_held"] + now["stream_no_memory"]


@contextmanager
def no_memory_for_streams(net: Net) -> Iterator[None]:
    """Beginnings of messages have taken it; what they begin arrives when the rest is sent."""
    begun: list[tuple[Talk, Pair]] = []
    with parameter("sip_max_stream_memory", 64):
        before = counters()["stream_no_memory"]
        while counters()["stream_no_memory"] == before:
            true(len(begun) < 200, "there is memory for everything")
            said = Talk(*connected(net))
            one = said.outward(len(begun), 3000)
            seen = taken_in()
            said.near.send(one.sent[:2000])
            within(10, lambda: taken_in() > seen, "a beginning is held or passed on")
            begun.append((said, one))
        yield
        for said, one in begun:
            exchange(Way(said.near, said.far, [one], [one.sent[2000:]], lenient=True))


@test(over_tcp(MASQUERADE), only=MINE)
def all_that_there_is_room_for_is_taken_at_once(net: Net) -> None:
    """Calls, registrations, pinholes and memory for streams: what was agreed upon goes on, all else passes."""
    alice, bob = pair(net)
    carol = agent(net.other, "carol")
    contact = registered(alice, bob)
    answer = sdp(net.server.ip, "m=audio 40000 RTP/AVP 8")
    call = established(alice, bob, sdp(net.phone.ip, "m=audio 30000 RTP/AVP 8"), answer)
    near, far = net.phone.udp(30000), net.server.udp(40000)
    at_alice = bob.peer
    with parameter("sip_max_calls", 4), no_memory_for_streams(net):
        for number, port in enumerate((31000, 31010, 31020)):
            bob.back(carol, bob.reply(ring(carol, bob, port, 4), 200, answer))
            bob.back(carol, bob.bind(ask(carol, bob, number)))
        with room_for_pinholes(len(net.expectations())), counted(too_many_calls=4):
            two_way(near, far, (net.public.ip, 30000), far.endpoint)
            dave = agent(net.other, "dave", 5070)
            bob.back(dave, bob.reply(ring(dave, bob, 32000), 200, answer))
            bob.back(dave, bob.bind(ask(dave, bob)))
            said = Talk(*connected(net))
            exchange(*said.ways(*said.both(5), lenient=True))
            caller = agent(net.server, "caller", 5070, call="inward")
            uri = f"sip:alice@{net.public.uri}:{contact[1]}"
            asked = caller.to(alice, caller.request("INVITE", alice, answer, uri=uri), contact)
            inside = sdp(net.phone.ip, "m=audio 30010 RTP/AVP 8")
            got = alice.back(caller, alice.reply(asked, 200, inside))
            equal(Message.read(got).body, swap(inside, (net.phone.ip, net.public.ip)), "Alice's answer")
            two_way(near, far, (net.public.ip, 30000), far.endpoint)
            bob.peer = at_alice
            call.bye()
            true(30000 not in waiting(net), "the pinholes of the call that is over stay")
    nothing_stays(net)
