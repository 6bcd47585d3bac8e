# SPDX-License-Identifier: GPL-2.0-only
"""Streams are held for a while and up to a bound, and those of others do not suffer from who wants more.

phone 10.0.0.2 ──── 10.0.0.1 gateway 203.0.113.1 ──── server 203.0.113.10:5060
                        masquerade
"""

from collections.abc import Iterator
from contextlib import contextmanager

from lab import MASQUERADE, Net, counters, equal, parameter, test, true, within
from lab.tcp import Pair, Way, connected, exchange, no_delay, over_tcp
from lab.tcp_messages import Talk, as_it_is, at_random
from lab.tcp_path import LARGE, offload
from lab.tcp_peer import Peer
from lab.tcp_segment import ACK, URG
from lab.tcp_talk import arrived, conversation, cut, heard, talk, tracked, wanted

GATEWAY = over_tcp(MASQUERADE)
MINE = "it is about nf_sip's bounds"
# Messages in each direction.
SOME = 60
# What a connection lives for that holds nothing, at least.
DAYS = 300_000


@contextmanager
def counts(name: str) -> Iterator[None]:
    """That is counted meanwhile."""
    before = counters()[name]
    yield
    true(counters()[name] > before, f"{name} is not counted")


def sockets(net: Net) -> Talk:
    """A connection that does not wait before it sends."""
    near, far = connected(net)
    no_delay(near, far)
    return Talk(near, far)


def as_they_are(*streams: list[Pair]) -> list[list[Pair]]:
    """The messages, which nobody translates."""
    return [[Pair(one.sent, one.sent) for one in stream] for stream in streams]


@test(only=MINE)
def part_passes_as_it_is_when_half_of_its_time_is_over(net: Net) -> None:
    """By whatever its sender sends, and all that comes behind the message is translated."""
    near, far, said = talk(net)
    one, another = said.outward(0, 100), said.outward(1, 100)
    first, rest = cut(one)

    def passes() -> bool:
        near.segment(near.first + near.sent, near.next_number(), ACK)
        return bool(far.look())

    with parameter("sip_stream_timeout", 8), counts("stream_late"):
        near.send(first)
        heard(near, far, len(first))
        within(60, passes, "the part passes", interval=0.1)
    equal(far.look(), first, "what has passed")
    far.ack()
    near.send(rest)
    far.gets(one.sent, "the rest, as it is")
    near.send(another.sent)
    far.gets(one.sent + another.wanted, "the next message")
    far.ack()
    near.hears_of(len(one.sent + another.sent), "all")


@test(only=MINE)
def connection_that_is_silent_in_the_middle_of_a_message_is_forgotten(net: Net) -> None:
    near, far, said = talk(net)
    conversation(near, far, said, 2)
    true(tracked(net).timeout > DAYS, "it is not remembered")
    with parameter("sip_stream_timeout", 2), counts("stream_gone"):
        begin = near.sent
        near.send(said.outward(9, 100).sent[:300])
        heard(near, far, begin + 300)
        within(60, lambda: not net.conntrack.connections(), "it is forgotten", interval=0.1)


@test(only=MINE)
def silence_between_messages_is_as_long_as_conntrack_allows(net: Net) -> None:
    near, far, said = talk(net)
    with parameter("sip_stream_timeout", 2):
        out, _ = conversation(near, far, said, 2)
        one = said.outward(9, 100)
        first, rest = cut(one)
        near.send(first)
        near.send(rest)
        arrived(near, far, *out, one)
        seconds = tracked(net).timeout
    true(seconds > DAYS, f"it is remembered for {seconds} s")


@test(only=MINE)
def those_who_conspire_leave_room_for_others(net: Net) -> None:
    """What they have begun arrives when they send the rest of it, though perhaps as it is."""
    begun = []
    with parameter("sip_max_stream_memory", 256), counts("stream_no_memory"):
        for number, size in enumerate([60_000] * 10 + [6_000] * 20 + [1_500] * 20):
            said = sockets(net)
            one = said.outward(number, 64_000)
            before = counters()
            said.near.send(one.sent[:size])
            begun.append((said, one, size))

            def known(before=before) -> bool:
                """Whether all of that has come, and what became of it."""
                now = counters()
                names = ("stream_held", "stream_no_memory")
                return any(now[name] > before[name] for name in names)

            within(10, known, "a part is held or passed on")
        said = sockets(net)
        exchange(*said.ways(*said.both(SOME, (0, 10, 100)), at_random(300)))
        for said, one, size in begun[::7]:
            exchange(Way(said.near, said.far, [one], [one.sent[size:]], lenient=True))
    # What was held becomes whole where there is room for that.
    for said, one, size in begun[10:13]:
        exchange(Way(said.near, said.far, [one], [one.sent[size:]]))


@test(only=MINE)
def without_memory_everything_passes_as_it_is(net: Net) -> None:
    with parameter("sip_max_stream_memory", 0), counts("stream_no_memory"):
        said = sockets(net)
        out, back = as_they_are(*said.both(SOME))
        exchange(*said.ways(out, back, at_random(700)))
    said = sockets(net)
    exchange(*said.ways(*said.both(SOME), at_random(700)))


@test(only=MINE)
def everything_arrives_when_memory_becomes_short(net: Net) -> None:
    """There is some for small messages; what is longer passes as it is, and so does all behind it."""
    with parameter("sip_max_stream_memory", 64), counts("stream_no_memory"), counts("translated"):
        said = sockets(net)
        out, back = said.both(SOME, (0, 100))
        large = [kind(SOME, 9_000) for kind in (said.outward, said.inward)]
        again = said.both(SOME)
        ways = (out + large[:1] + again[0], back + large[1:] + again[1])
        exchange(*said.ways(*ways, at_random(1_000), lenient=True))


@test(only=MINE)
def thousands_of_tiny_messages_in_one_segment_arrive(net: Net) -> None:
    tiny = b"ACK sip:a SIP/2.0\r\n\r\n" * 40_000
    with offload(net, LARGE), counts("stream_crowded"):
        said = sockets(net)
        exchange(Way(said.near, said.far, as_it_is(tiny), [tiny]))


@test(only=MINE)
def segment_from_nowhere_changes_nothing(net: Net) -> None:
    """Also once the numbers of the connection have been moved, when conntrack does not look at them."""
    near, far, said = talk(net)
    out, back = conversation(near, far, said, 3)
    one = said.outward(9, 100)
    begin = near.sent
    near.send(one.sent[:200])
    number = near.first + 1 + near.sent

    def forged(sender: Peer, place: int, acknowledged: int, flags: int, data: bytes = b"") -> None:
        sender.segment(place, acknowledged, flags, data)

    for far_away in (1 << 20, 1 << 28, 1 << 31):
        forged(near, number + far_away, near.next_number(), ACK | URG, b"!")
        forged(near, number, near.next_number() + far_away, ACK | URG, b"!")
        forged(near, number, near.next_number() + far_away, ACK, b"POST / HTTP/1.1\r\n\r\n")
        forged(far, far.first + 1 + far.sent + (far_away << 5), far.next_number(), ACK)
    near.send(one.sent[200:], begin + 200)
    far.gets(wanted(*out, one), "messages")
    far.ack()
    near.hears_of(begin + len(one.sent), "messages")
    answer = said.inward(9, 100)
    far.send(answer.sent)
    near.gets(wanted(*back, answer), "answers")
