# SPDX-License-Identifier: GPL-2.0-only
"""Streams of messages over paths that lose, double, reorder, delay, join and cut segments.

phone 10.0.0.2 ──── 10.0.0.1 gateway 203.0.113.1 ──── server 203.0.113.10:5060
                     masquerade, or as named

Both wires do so in both directions. What is lost before it comes to the gateway, and what is lost
behind it, has to be sent again by its sender, and translated as the first time.
"""

from lab import FIREWALL, MASQUERADE, NAT66, Net, equal, test, true
from lab.tcp import Pair, Patience, Way, connected, exchange, no_delay, over_tcp
from lab.tcp_messages import SIZES, Talk, at_random
from lab.tcp_path import BOTH, JOINED, LARGE, bad_path, longer_than_a_packet, narrow_way, offload, smaller_wire
from lab.tcp_turns import Turns, take_turns

GATEWAY = over_tcp(MASQUERADE)
PATHS = (GATEWAY, over_tcp(NAT66), over_tcp(FIREWALL))
SPLIT = "translates each segment by itself (defects 20 and 45)"
# Messages in each direction where nothing is lost, and where there is waiting.
MANY = 1000
SOME = 300
HUGE = 4000
# Who loses much waits often, and more for a message of several segments.
FEW, SMALL = 60, (0, 10, 100, 300)
# Connections at once, and messages over each of them; the body of one that takes two segments.
SEVERAL, TURNS, LONG = 10, 40, 2000
# One message in so many may pass as it is, where its sender had to begin again with a part of it.
RARE = 5
# For each segment that is lost a sender may have to wait once, and so many times more.
MORE = 8


def talk(net: Net, **more) -> Talk:
    """A connection that does not wait before it sends."""
    near, far = connected(net, **more)
    no_delay(near, far)
    return Talk(near, far)


def arrive(net: Net, count: int = MANY, cut=None) -> None:
    """All messages arrive translated, in both directions."""
    said = talk(net)
    exchange(*said.ways(*said.both(count), cut))


def plain(net: Net, count: int, cut=None, sizes: tuple[int, ...] = SIZES, **more) -> int:
    """How many segments are repeated where no helper looks at the connection."""
    said = talk(net, to=5062, **more)
    out, back = ([Pair(one.sent, one.sent) for one in stream] for stream in said.both(count, sizes))
    exchange(*said.ways(out, back, cut))
    return sum(Patience.of(one).repeats for one in (said.near, said.far))


def mostly_translated(ways: tuple[Way, Way]) -> None:
    """Hardly any message arrived as it was sent."""
    for way in ways:
        count = len(way.messages)
        true(way.unchanged * RARE <= count, f"{way.unchanged} of {count} messages are as they were")


def survive(net: Net, count: int, cut=None, sizes: tuple[int, ...] = SIZES, **more) -> None:
    """All messages arrive, most of them translated, and not much later for it."""
    lost = plain(net, count, cut, sizes, **more)
    said = talk(net, **more)
    ways = said.ways(*said.both(count, sizes), cut, lenient=True)
    exchange(*ways)
    mostly_translated(ways)
    waits = sum(Patience.of(one).waits for one in (said.near, said.far))
    most = MORE + lost
    true(waits <= most, f"{waits} waits for acknowledgements, where {lost} segments would be lost")


def take_turns_where_much_is_lost(net: Net) -> None:
    """All is said over each of several connections. Nothing comes behind what is lost that would have it repeated."""
    turns = [Turns(talk(net), TURNS, (LONG,)) for _ in range(SEVERAL)]
    with bad_path(net, "delay 2ms loss 5% reorder 50%"):
        take_turns(turns)
    for one in turns:
        mostly_translated(one.ways)


@test(*PATHS, mainline=SPLIT)
def large_segments_are_cut_where_they_leave(net: Net) -> None:
    with offload(net, LARGE):
        arrive(net, cut=at_random(4000))


@test(*PATHS, mainline=SPLIT)
def segments_that_the_gateway_joins_are_translated(net: Net) -> None:
    with offload(net, JOINED):
        arrive(net, cut=at_random(700))


@test(mainline=SPLIT)
def large_segments_stay_joined(net: Net) -> None:
    with offload(net, BOTH):
        arrive(net, cut=at_random(4000))


def fill_windows(net: Net) -> None:
    """What is held is acknowledged, so that its sender goes on: further than conntrack might let it."""
    with offload(net, BOTH):
        arrive(net, HUGE, cut=at_random(1 << 20))


@test(GATEWAY, over_tcp(NAT66), mainline=SPLIT)
def windows_are_filled_in_both_directions(net: Net) -> None:
    fill_windows(net)


@test(over_tcp(FIREWALL), only="mainline's helper brings it to a stand now and then")
def without_nat_windows_are_filled_too(net: Net) -> None:
    fill_windows(net)


@test(GATEWAY, over_tcp(NAT66), mainline=SPLIT)
def segments_longer_than_a_packet_are_translated(net: Net) -> None:
    """What is too much for one packet is repeated by its sender, and goes on then."""
    with longer_than_a_packet(net):
        arrive(net, MANY, cut=at_random(1 << 20))


@test(*PATHS, mainline=SPLIT)
def messages_fit_a_smaller_wire_outside(net: Net) -> None:
    """Segments are as long as they may be, and grow."""
    with smaller_wire(net.server, 1280):
        arrive(net)


@test(mainline=SPLIT)
def messages_fit_a_smaller_wire_inside(net: Net) -> None:
    with smaller_wire(net.phone, 1280), offload(net, BOTH):
        arrive(net, cut=at_random(4000))


@test(GATEWAY, over_tcp(NAT66), mainline=SPLIT)
def sender_finds_out_about_a_smaller_wire(net: Net) -> None:
    with narrow_way(net, 1280):
        arrive(net, SOME)


@test(mainline=SPLIT)
def small_windows_are_kept(net: Net) -> None:
    """There is hardly more room than for a message, and for some not enough."""
    survive(net, SOME, at_random(500), (0, 10, 100, 300), buffer=4096)


@test(*PATHS, mainline=SPLIT)
def one_segment_in_a_thousand_is_lost(net: Net) -> None:
    with bad_path(net, "loss 0.05%"):
        survive(net, MANY)


@test(mainline=SPLIT)
def one_segment_in_a_hundred_is_lost(net: Net) -> None:
    with bad_path(net, "loss 0.5%"):
        survive(net, SOME)


@test(mainline=SPLIT)
def one_segment_in_ten_is_lost(net: Net) -> None:
    with bad_path(net, "loss 5%"):
        survive(net, FEW, sizes=SMALL)


@test(mainline=SPLIT)
def no_connection_stalls_that_waits_for_its_answer(net: Net) -> None:
    take_turns_where_much_is_lost(net)


@test(over_tcp(FIREWALL))
def without_nat_no_connection_stalls_either(net: Net) -> None:
    take_turns_where_much_is_lost(net)


@test(*PATHS, mainline=SPLIT)
def segments_come_twice(net: Net) -> None:
    with bad_path(net, "duplicate 10%"):
        arrive(net, SOME, at_random(2000))


@test(*PATHS, mainline=SPLIT)
def segments_come_in_another_order(net: Net) -> None:
    with bad_path(net, "delay 2ms reorder 90% 50%"):
        arrive(net, SOME, at_random(2000))


@test(mainline=SPLIT)
def segments_take_their_time(net: Net) -> None:
    with bad_path(net, "delay 5ms 5ms"):
        survive(net, SOME, at_random(2000))


@test(mainline=SPLIT)
def everything_happens_at_once(net: Net) -> None:
    with bad_path(net, "delay 2ms 2ms loss 0.5% duplicate 2% reorder 95%"), offload(net, JOINED):
        survive(net, SOME, at_random(2000))
