# SPDX-License-Identifier: GPL-2.0-only
"""Streams of messages over TCP: each side gets what the other has sent, translated, whatever the segments.

phone 10.0.0.2 ──── 10.0.0.1 gateway 203.0.113.1 ──── server 203.0.113.10:5060
                     masquerade, or as named
"""

from lab import FIREWALL, MASQUERADE, NAT66, NFT_MASQUERADE, SNAT_PORT, Net, equal, test
from lab.tcp import Pair, connected, exchange, no_delay, over_tcp
from lab.tcp_messages import PLACES, Talk, at_random, cut_apart, cut_in, single_bytes

GATEWAY = over_tcp(MASQUERADE)
EVERYWHERE = tuple(over_tcp(one) for one in (MASQUERADE, NAT66, NFT_MASQUERADE, SNAT_PORT, FIREWALL))
# Messages in each direction.
MANY = 2000
SOME = 200
SPLIT = "translates each segment by itself (defects 20 and 45)"


def talk(net: Net, port: int = 0) -> Talk:
    """The phone has connected to the server, and neither waits before it sends."""
    near, far = connected(net, port)
    no_delay(near, far)
    return Talk(net, near, far)


@test(*EVERYWHERE)
def message_in_one_segment_is_translated(net: Net) -> None:
    """One at a time, there and back."""
    said = talk(net, 5060)
    for number in range(10):
        for one, sender, receiver in (
            (said.outward(number, number), said.near, said.far),
            (said.inward(number, number), said.far, said.near),
        ):
            sender.send(one.sent)
            equal(receiver.receive(len(one.wanted)), one.wanted, f"message {number}")


@test(*EVERYWHERE, mainline=SPLIT)
def thousands_of_messages_arrive_in_both_directions(net: Net) -> None:
    """As many at a time as the sockets take, so that segments begin and end anywhere."""
    said = talk(net)
    exchange(*said.ways(*said.both(MANY)))


@test(mainline=SPLIT)
def messages_are_cut_anywhere(net: Net) -> None:
    said = talk(net)
    exchange(*said.ways(*said.both(MANY), at_random(2000)))


@test(mainline=SPLIT)
def messages_are_cut_into_small_pieces(net: Net) -> None:
    said = talk(net)
    exchange(*said.ways(*said.both(SOME, (0, 20, 100)), at_random(300)))


@test(mainline=SPLIT)
def message_is_cut_in_each_place(net: Net) -> None:
    for place in PLACES:
        said = talk(net)
        exchange(*said.ways(*said.both(8, (10, 100, 1000)), cut_apart(place)))


@test(mainline=SPLIT)
def segments_hold_an_end_and_a_beginning(net: Net) -> None:
    for place in PLACES:
        said = talk(net)
        exchange(*said.ways(*said.both(8, (10, 100, 1000)), cut_in(place)))
