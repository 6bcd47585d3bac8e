# SPDX-License-Identifier: GPL-2.0-only
"""What cannot be had: memory, where each allocation that a packet needs fails in turn; room; a port.

alice 10.0.0.2 ───── 10.0.0.1 gateway 203.0.113.1 ───── 203.0.113.10 registrar 5060, proxy 5070
                              masquerade
"""

import re
import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from lab import (
    FIREWALL,
    MASQUERADE,
    Agent,
    Endpoint,
    Failed,
    Message,
    Net,
    Packet,
    Socket,
    UserAgent,
    agent,
    contains,
    counters,
    equal,
    outward,
    pair,
    rtp,
    sdp,
    swap,
    test,
    true,
    two_way,
    within,
)
from lab.allocations import Forwarder, forwarders
from lab.check import PATIENCE
from lab.kernel import conntrack_setting, roomy
from lab.state import nothing_stays
from lab.stream import Stream, connect, listen
from lab.tcp import over_tcp

GATEWAY = MASQUERADE
MINE = "mainline drops it"
# Messages of so many bytes are sent in fragments.
LARGE = 1500
OUTCOMES = (
    "translated",
    "unchanged",
    "damaged",
    "aggregated",
    "not_linear",
    "no_flow",
    "busy",
    "not_written",
)


def seen() -> int:
    """The messages that nf_sip has seen so far."""
    counts = counters()
    return sum(counts[name] for name in OUTCOMES)


def whole(got: bytes, sent: bytes, wanted: bytes) -> None:
    """A message arrives translated, or without a part of that; its description not by halves."""
    head, _, body = got.partition(b"\r\n\r\n")
    forms = [data.partition(b"\r\n\r\n") for data in (sent, wanted)]
    contains([form[2] for form in forms], body, "a description that is neither")
    lines = head.split(b"\r\n")
    either = list(zip(*(form[0].split(b"\r\n") for form in forms)))
    equal(len(lines), len(either), "lines of the header")
    for line, choice in zip(lines, either):
        if line.startswith(b"Content-Length"):
            choice = (b"Content-Length: %d" % len(body),)
        contains(choice, line, "a line that is neither")


@dataclass
class Course:
    """What is said and heard while one allocation for one of the packets fails.

    place: the packet, as they are counted from 1; nth: its allocation.
    """

    net: Net
    threads: dict[str, Forwarder]
    place: int
    nth: int
    packets: int = 0
    failed: bool = False
    probes: dict[str, tuple[Socket, Endpoint, Socket]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        near, far = self.net.phone.udp(), self.net.server.udp()
        near.send(b"probe", far)
        source = far.receive("a probe").source
        self.probes = {"phone": (near, far.endpoint, far), "server": (far, source, near)}

    def packet(
        self, sender: Socket, to: Endpoint, receiver: Socket, data: bytes, wanted: bytes
    ) -> tuple[bytes, Endpoint]:
        """A packet passes; returns what comes, and where from. Who sends what is lost repeats it."""
        self.packets += 1
        if self.packets == self.place:
            came = self.short(sender, to, receiver, data)
        else:
            sender.send(data, to)
            came = receiver.receive(f"packet {self.packets}")
        if self.failed:
            whole(came.data, data, wanted)
        else:
            equal(came.data, wanted, f"packet {self.packets}")
        return came.data, came.source

    def short(self, sender: Socket, to: Endpoint, receiver: Socket, data: bytes) -> Packet:
        """The same with the allocation that fails."""
        thread = self.threads[sender.host.name]
        before = seen()
        came: list[Packet] = []

        def over() -> bool:
            came.extend(receiver.pending())
            return bool(came) or not thread.left

        thread.fail(self.nth)
        sender.send(data, to)
        within(PATIENCE, over, f"packet {self.packets}, or an allocation fails")
        self.failed = not thread.left
        thread.fail(0)
        if not came:
            near, far, other = self.probes[sender.host.name]
            near.send(b"probe", far)
            other.receive("a probe that was sent behind the packet")
            came = receiver.pending()
        if not came:
            # The kernel wants memory behind nf_sip, too, where it sends fragments.
            if len(data) < LARGE:
                equal(seen(), before, f"messages that nf_sip has seen and which {sender} has lost")
            sender.send(data, to)
            came = [receiver.receive(f"packet {self.packets} once more")]
        return came[0]

    def message(self, sender: UserAgent, receiver: UserAgent, data: bytes, **more) -> bytes:
        """A message passes, to where the receiver's last one came from or to an endpoint; what comes."""
        to = more.get("to") or sender.peer or receiver.socket.endpoint
        wanted = more.get("wanted", data)
        got, receiver.peer = self.packet(sender.socket, to, receiver.socket, data, wanted)
        return got

    def talk(self, near: Socket, far: Socket, at: Endpoint) -> None:
        """Media comes in where the other side was told, and goes out."""
        if self.failed and at not in [one.outside for one in self.net.opened(1)]:
            # Nobody was told of a way that there is not.
            equal(at[0], near.host.ip, "where media has to come in")
            return
        data = rtp(1, far.port)
        _, source = self.packet(far, at, near, data, data)
        data = rtp(1, near.port)
        self.packet(near, source, far, data, data)


def calls(course: Course) -> None:
    """A registration, a call out, and one that comes in by another connection."""
    net = course.net
    alice, server = pair(net)
    proxy = agent(net.server, "proxy", 5070)
    near, far = net.phone.udp(30000), net.server.udp(40000)
    lost = counters()["too_many_calls"]

    register = alice.register(server.at)
    got = course.message(alice, server, register, wanted=outward(net, register))
    contact = Message.read(got).contact
    course.message(server, alice, server.bind(got), wanted=server.bind(register))

    answer = sdp(net.server.ip, "m=audio 40000 RTP/AVP 8")
    invite = alice.invite(server, sdp(net.phone.ip, "m=audio 30000 RTP/AVP 8"))
    got = course.message(alice, server, invite, wanted=outward(net, invite))
    reply = server.reply(invite, 200, answer)
    course.message(server, alice, server.reply(got, 200, answer), wanted=reply)
    ack = alice.request("ACK", server, to_tag="bob-1")
    course.message(alice, server, ack, wanted=outward(net, ack))
    course.talk(near, far, Message.read(got).media())
    bye = alice.request("BYE", server, cseq=2, to_tag="bob-1")
    got = course.message(alice, server, bye, wanted=outward(net, bye))
    course.message(server, alice, server.reply(got), wanted=server.reply(bye))

    # What was registered is remembered, or lets nobody in.
    if not course.failed or any(not one.inactive for one in net.expectations(0)):
        comes_in(course, proxy, alice, contact)
    # What could not be remembered waits for its time.
    if counters()["too_many_calls"] == lost:
        equal(net.expectations(1, 2, 3), [], "pinholes when the calls are over")
        ends = (near.endpoint, far.endpoint)
        media = [one for one in net.conntrack.connections() if one.original.source in ends]
        equal(media, [], "connections of media when the calls are over")
    in_fragments(course, alice, server)
    next_call(course, alice, server)


def in_fragments(course: Course, alice: UserAgent, server: UserAgent) -> None:
    """A call whose INVITE does not fit into a packet; nobody answers, and the phone gives up."""
    net = course.net
    alice.call, alice.peer = "large", None
    lines = (f"a=x-{number}:{'x' * 60}" for number in range(30))
    invite = alice.invite(server, sdp(net.phone.ip, "m=audio 30030 RTP/AVP 8", *lines))
    course.message(alice, server, invite, wanted=outward(net, invite))
    bye = alice.request("BYE", server, cseq=2)
    course.message(alice, server, bye, wanted=outward(net, bye))


def comes_in(course: Course, proxy: UserAgent, alice: UserAgent, contact: Endpoint) -> None:
    """A call that comes in by the pinhole of a registration, and which the phone ends."""
    net = course.net
    near, far = net.phone.udp(30020), net.server.udp(40020)
    person = Agent("alice", "example.com")
    uri = f"sip:alice@{net.public.uri}:{contact[1]}"
    invite = proxy.invite(person, sdp(net.server.ip, "m=audio 40020 RTP/AVP 8"), uri=uri)
    inside = (uri, f"sip:alice@{alice.at}")
    alice.peer = None
    got = course.message(proxy, alice, invite, to=contact, wanted=swap(invite, inside))
    answer = sdp(net.phone.ip, "m=audio 30020 RTP/AVP 8")
    reply = alice.reply(got, 200, answer)
    wanted = outward(net, alice.reply(invite, 200, answer))
    told = Message.read(course.message(alice, proxy, reply, wanted=wanted)).media()
    ack = proxy.request("ACK", person, uri=uri)
    course.message(proxy, alice, ack, wanted=swap(ack, inside))
    course.talk(near, far, told)
    alice.call = proxy.call
    bye = alice.request("BYE", proxy, cseq=2)
    got = course.message(alice, proxy, bye, wanted=outward(net, bye))
    course.message(proxy, alice, proxy.reply(got), wanted=proxy.reply(bye))


def next_call(course: Course, alice: UserAgent, server: UserAgent) -> None:
    """The next call of the same connection is as any, where it has a helper."""
    net = course.net
    own = [
        one
        for one in net.conntrack.connections()
        if one.original.source == alice.socket.endpoint
        and one.original.destination == server.socket.endpoint
    ]
    if course.failed and not any(one.helper for one in own):
        return
    alice.call = "next"
    near, far = net.phone.udp(30010), net.server.udp(40010)
    invite = alice.invite(server, sdp(net.phone.ip, "m=audio 30010 RTP/AVP 8"))
    alice.peer = None
    got = alice.to(server, invite)
    equal(got, outward(net, invite), "the next INVITE")
    answer = sdp(net.server.ip, "m=audio 40010 RTP/AVP 8")
    reply = server.back(alice, server.reply(got, 200, answer))
    equal(reply, server.reply(invite, 200, answer), "its answer")
    calm = Course(net, {}, 0, 0)
    calm.talk(near, far, Message.read(got).media())
    bye = alice.request("BYE", server, cseq=2, to_tag="bob-1")
    equal(alice.to(server, bye), outward(net, bye), "its BYE")


def each[C: (Course, StreamCourse)](
    net: Net, begin: Callable[[int, int], C], plot: Callable[[C], None]
) -> None:
    """Goes through the plot once for each allocation of each of its packets."""
    place, packets, tally = 1, 1, []
    while place <= packets:
        nth, failed = 0, True
        while failed:
            nth += 1
            course = begin(place, nth)
            try:
                plot(course)
            except Failed as wrong:
                raise Failed(f"packet {place}, allocation {nth}: {wrong}") from wrong
            failed, packets = course.failed, max(packets, course.packets)
            net.close_sockets()
            net.empty()
        tally.append(nth - 1)
        place += 1
    print("# allocations of each packet:", *tally, flush=True)


def each_allocation_fails(net: Net) -> dict[str, int]:
    """Each allocation for calls fails in turn; what was counted."""
    before = counters()
    hosts = (net.phone, net.server)
    with forwarders(net, *hosts) as threads:
        by_name = {host.name: one for host, one in zip(hosts, threads)}
        each(net, lambda place, nth: Course(net, by_name, place, nth), calls)
    return {name: count - before[name] for name, count in counters().items()}


@test(only=MINE)
def each_allocation_of_a_call_fails_in_turn(net: Net) -> None:
    grown = each_allocation_fails(net)
    for name in ("no_room", "too_many_calls", "not_linear"):
        true(grown[name] > 0, f"nothing was counted as {name}: {grown}")
    equal(grown["busy"], 0, "messages for which no workspace was free")
    nothing_stays(net)


@test(FIREWALL, only=MINE)
def each_allocation_of_a_call_through_a_firewall_fails_in_turn(net: Net) -> None:
    each_allocation_fails(net)
    nothing_stays(net)


@test(only=MINE)
def message_that_cannot_grow_passes_as_it_is(net: Net) -> None:
    """There is a length at which there is no room in its packet for what is to be written."""
    alice, bob = pair(net)
    alice.to(bob, b"\r\n\r\n")
    before = counters()["not_written"]
    with forwarders(net, net.phone) as threads:
        course = Course(net, {"phone": threads[0]}, 1, 1)
        routes = f"Record-Route: <sip:{alice.at};lr>\n" * 6
        for pad in range(0, 400, 8):
            sent = alice.request("OPTIONS", bob, extra=f"{routes}X-Pad: {'x' * pad}")
            course.packets = 0
            course.message(alice, bob, sent, wanted=outward(net, sent))
    true(counters()["not_written"] > before, "each message was written")


class StreamCourse:
    """What is said over a connection while one allocation for one of its steps fails.

    A step is what one side sends, and all that TCP says of it both ways: one host's packets lack
    memory in it, and what is lost TCP repeats.
    """

    def __init__(self, net: Net, threads: list[Forwarder], place: int, nth: int) -> None:
        self.net = net
        self.threads = threads
        self.place = place
        self.nth = nth
        self.packets = 0
        self.failed = False

    @contextmanager
    def step(self) -> Iterator[None]:
        """What is said in this block is a step for each of the hosts."""
        thread = None
        for one in self.threads:
            self.packets += 1
            if self.packets == self.place:
                thread = one
                thread.fail(self.nth)
        yield
        if thread:
            self.failed = not thread.left
            thread.fail(0)

    def message(self, sender: Stream, receiver: Stream, data: bytes, wanted: bytes, at: int) -> bytes:
        """A message passes, which is cut at a place."""
        with self.step():
            before = counters()["stream_held"]
            sender.send(data[:at])

            def over() -> bool:
                came = select.select([receiver.socket], [], [], 0)[0]
                return bool(came) or counters()["stream_held"] > before

            within(PATIENCE, over, f"the beginning of message {self.packets // 2} is held or passes")
        with self.step():
            sender.send(data[at:])
            got = read_message(receiver)
        if self.failed:
            whole(got, data, wanted)
        else:
            equal(got, wanted, f"message {self.packets // 2}")
        return got


def read_message(stream: Stream) -> bytes:
    """One message, behind which nothing follows."""
    data, wanted = b"", 0
    while not wanted or len(data) < wanted:
        more = stream.receive_some()
        true(more, f"{stream} has ended behind {data!r}")
        data += more
        head, empty, _ = data.partition(b"\r\n\r\n")
        length = re.search(rb"\r\nContent-Length: (\d+)", head)
        if empty and length:
            wanted = len(head) + len(empty) + int(length[1])
    equal(len(data), wanted, f"bytes of a message: {data!r}")
    return data


def streams(course: StreamCourse) -> None:
    """A registration and a call over a connection."""
    net = course.net
    # What is said last of one connection is nothing to the next.
    port = 10000 + 100 * course.place + course.nth
    alice, bob = Agent("alice", f"{net.phone.uri}:{port}"), Agent("bob", net.server.uri)
    waiting = listen(net.server, 5060)
    with course.step():
        near = connect(net.phone, (net.server.ip, 5060), port)
        far = waiting.accept()
    for one in (near, far):
        one.reset_at_end()
    answer = sdp(net.server.ip, "m=audio 40000 RTP/AVP 8")
    register = alice.register(bob.at)
    got = course.message(near, far, register, outward(net, register), 40)
    course.message(far, near, bob.bind(got), bob.bind(register), 90)
    invite = alice.invite(bob, sdp(net.phone.ip, "m=audio 30000 RTP/AVP 8"))
    got = course.message(near, far, invite, outward(net, invite), len(invite) - 20)
    reply = bob.reply(invite, 200, answer)
    course.message(far, near, bob.reply(got, 200, answer), reply, 300)
    bye = alice.request("BYE", bob, cseq=2, to_tag="bob-1")
    got = course.message(near, far, bye, outward(net, bye), 30)
    course.message(far, near, bob.reply(got), bob.reply(bye), 30)


@test(over_tcp(MASQUERADE), only=MINE)
def each_allocation_of_a_stream_fails_in_turn(net: Net) -> None:
    before = counters()
    with forwarders(net, net.phone, net.server) as threads:
        each(net, lambda place, nth: StreamCourse(net, threads, place, nth), streams)
    grown = {name: count - before[name] for name, count in counters().items()}
    for name in ("stream_left", "stream_no_memory", "no_room", "too_many_calls"):
        true(grown[name] > 0, f"nothing was counted as {name}: {grown}")
    nothing_stays(net)


@test(only=MINE)
def with_conntrack_full_calls_are_set_up_and_wait_for_their_media(net: Net) -> None:
    """The kernel itself lets nothing new in then."""
    alice, bob = pair(net)
    answer = sdp(net.server.ip, "m=audio 40000 RTP/AVP 8")
    near, far = net.phone.udp(30000), net.server.udp(40000)
    alice.to(bob, b"\r\n\r\n")
    # Where both happen to lie near in the table, what is not assured makes room for what is new.
    net.conntrack.assure()
    with conntrack_setting("max", 1):
        invite = alice.invite(bob, sdp(net.phone.ip, "m=audio 30000 RTP/AVP 8"))
        seen = alice.to(bob, invite)
        equal(seen, outward(net, invite), "INVITE")
        equal(bob.back(alice, bob.reply(seen, 200, answer)), bob.reply(invite, 200, answer), "200")
        alice.to(bob, alice.request("ACK", bob, to_tag="bob-1"))
        far.send(rtp(1), (net.public.ip, 30000))
        alice.to(bob, b"\r\n\r\n")
        equal(near.pending(), [], "media for which there is no room")
    two_way(near, far, (net.public.ip, 30000), far.endpoint)
    alice.to(bob, alice.request("BYE", bob, cseq=2, to_tag="bob-1"))
    equal(net.expectations(), [], "pinholes")


@test(only=MINE)
def without_a_free_port_the_description_stays(net: Net) -> None:
    """Others have all that are tried; when they have gone, there is one."""
    alice, bob = pair(net)
    others = [agent(net.other, name, port) for name, port in (("carol", 5070), ("dave", 5071))]
    lines = [f"m=audio {port} RTP/AVP 8" for port in range(30000, 30256, 2)]
    with roomy():
        for number in range(0, len(lines), 16):
            one = others[number // 64]
            one.call = f"call-{number}"
            got = one.to(bob, one.invite(bob, sdp(net.other.ip, *lines[number : number + 16])))
            equal(Message.read(got).media(), (net.public.ip, 30000 + 2 * number), "their media")
        before = counters()["no_port"]
        offer = sdp(net.phone.ip, "m=audio 30000 RTP/AVP 8")
        invite = alice.invite(bob, offer)
        got = alice.to(bob, invite)
        whole(got, invite, outward(net, invite))
        equal(Message.read(got).body, offer, "description")
        equal(counters()["no_port"], before + 1, "no_port")
        for one in others:
            for number in range(0, len(lines), 16):
                one.call = f"call-{number}"
                one.to(bob, one.request("BYE", bob, cseq=2))
        equal(net.expectations(1), [], "pinholes")
        again = alice.invite(bob, offer, cseq=2)
        equal(alice.to(bob, again), outward(net, again), "INVITE when a port is free")
