# SPDX-License-Identifier: GPL-2.0-only
"""Streams of messages over TCP: each side gets what the other has sent, translated, whatever the segments.

phone 10.0.0.2 ──── 10.0.0.1 gateway 203.0.113.1 ──── server 203.0.113.10:5060
                     masquerade, or as named
"""

import random
import re
import socket

from lab import (
    FIREWALL,
    HELPER,
    MASQUERADE,
    NAT66,
    NFT_MASQUERADE,
    SNAT_PORT,
    Failed,
    Net,
    counters,
    equal,
    test,
    true,
)
from lab.host import Host
from lab.rules import for_the_gateway
from lab.tcp import Pair, Way, connected, exchange, no_delay, over_tcp
from lab.tcp_messages import (
    PING,
    PLACES,
    PONG,
    Talk,
    as_it_is,
    at_random,
    cut_apart,
    cut_in,
    edited,
    single_bytes,
)

GATEWAY = over_tcp(MASQUERADE)
EVERYWHERE = tuple(over_tcp(one) for one in (MASQUERADE, NAT66, NFT_MASQUERADE, SNAT_PORT, FIREWALL))
# Messages in each direction.
MANY = 2000
SOME = 200
FEW = 12
# Bytes of something else than SIP.
BULK = 4 << 20
SPLIT = "translates each segment by itself (defects 20 and 45)"


def talk(net: Net, port: int = 0) -> Talk:
    """The phone has connected to the server, and neither waits before it sends."""
    near, far = connected(net, port)
    no_delay(near, far)
    return Talk(near, far)


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


@test(mainline=SPLIT)
def keep_alives_stand_between_messages(net: Net) -> None:
    """Alone, in front of everything, and in one segment with what follows."""
    said = talk(net)
    out, back = said.both(SOME, (0, 100, 1000))
    out = [one for message in out for one in (PING, message)]
    back = [one for message in back for one in (PONG, message, PONG)]
    exchange(*said.ways(out, back, at_random(900)))


FORMS = (
    "content-length: {}",
    "l: {}",
    "L:{}",
    "Content-Length :  {}",
    "CONTENT-LENGTH\t:\t{}  ",
    "Content-Length:\r\n {}",
    "Content-Length: 000{}",
    "Content-Length-Hint: 7\r\nContent-Length: {}",
)


@test(mainline=SPLIT)
def content_length_may_have_any_form(net: Net) -> None:
    said = talk(net)
    streams: list[list[Pair]] = []
    for kind in (said.outward, said.inward):
        stream = []
        for number, form in enumerate(FORMS * 4):
            size = (0, 5, 100, 1000)[number % 4]
            length = f"Content-Length: {size}".encode()
            stream.append(edited(kind(number, size), length, form.format(size).encode()))
        streams.append(stream)
    out, back = streams
    exchange(*said.ways(out, back, at_random(700)))


@test(mainline=SPLIT)
def message_that_is_too_long_passes_as_it_is(net: Net) -> None:
    """What stands behind it is translated again."""
    said = talk(net)
    out, back = said.both(FEW, (0, 100))
    for kind, stream in ((said.outward, out), (said.inward, back)):
        sent = kind(FEW, 300_000).sent
        stream.insert(FEW // 2, Pair(sent, sent))
    before = counters() if HELPER == "nf_sip" else {}
    exchange(*said.ways(out, back, at_random(1000)))
    if before:
        equal(counters()["stream_too_long"], before["stream_too_long"] + 2, "stream_too_long")


@test(mainline="goes on translating")
def what_follows_a_broken_length_passes_as_it_is(net: Net) -> None:
    """Where the next message begins is not known, now or later."""
    broken = ("Content-Length: x", "Content-Length: 1\r\nContent-Length: 100", "Content-Length: -1")
    for form in broken:
        said = talk(net)
        first, wrong, last = (said.outward(number, 0) for number in range(3))
        bad = wrong.sent.replace(b"Content-Length: 0", form.encode())
        stream = [first, Pair(bad, bad), Pair(last.sent, last.sent)]
        exchange(Way(said.near, said.far, stream, (one.sent for one in stream)))


@test(mainline="reads messages in anything")
def what_does_not_begin_as_sip_passes_as_it_is(net: Net) -> None:
    """Whatever it looks like later."""
    begin = (b"POST / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00", b"\r\n\r\nGET / HTTP/1.0\r\n\r\n", b"\0")
    for first in begin:
        said = talk(net)
        both = said.both(FEW, (0, 100))
        out, back = ([Pair(one.sent, one.sent) for one in stream] for stream in both)
        said.near.send(first)
        equal(said.far.receive(len(first)), first, "the beginning")
        exchange(*said.ways(out, back))


@test(GATEWAY, over_tcp(NAT66))
def bulk_of_anything_passes_as_it_is(net: Net) -> None:
    said = talk(net)
    drawn = random.Random(5060)
    exchange(*said.ways(as_it_is(drawn.randbytes(BULK)), as_it_is(drawn.randbytes(BULK))))


def patient(net: Net, cut, *, delay: bool) -> None:
    """Messages whose pieces wait for one another arrive, each translated or as it was, and none halfway."""
    near, far = connected(net)
    if not delay:
        no_delay(near, far)
    said = Talk(near, far)
    exchange(*said.ways(*said.both(4, (0, 100)), cut, lenient=True))


@test(mainline=SPLIT)
def gateway_s_own_connection_is_translated(net: Net) -> None:
    """A telephone runs at the gateway, and knows itself by the address inside."""
    own = Host(net, "gateway", net.gateway.plan.inside)
    with for_the_gateway(net):
        for cut in (None, at_random(2000)):
            near, far = connected(net, host=own)
            no_delay(near, far)
            said = Talk(near, far)
            exchange(*said.ways(*said.both(SOME), cut))


@test(only="mainline drops parts of messages, and the stream comes to a stand")
def connection_to_the_gateway_passes_as_it_is(net: Net) -> None:
    """Where there is nothing to translate, however it is cut."""
    own = Host(net, "gateway", net.gateway.plan.inside)
    for cut in (at_random(2000), cut_apart("header and body")):
        near, far = connected(net, server=own)
        no_delay(near, far)
        said = Talk(near, far)
        exchange(*said.ways(*said.both(SOME), cut))


@test()
def sender_of_single_bytes_gets_through(net: Net) -> None:
    """It sends no more than it may without an answer, and nobody answers half a message."""
    patient(net, single_bytes, delay=False)


@test()
def sender_of_single_bytes_that_waits_for_answers_gets_through(net: Net) -> None:
    """By Nagle's algorithm (RFC 9293 3.7.4) it sends nothing small before the last has arrived."""
    patient(net, single_bytes, delay=True)


@test()
def sender_of_header_and_body_that_waits_for_answers_gets_through(net: Net) -> None:
    patient(net, cut_apart("header and body"), delay=True)


@test(mainline=SPLIT)
def messages_go_on_when_the_other_side_has_ended(net: Net) -> None:
    """The phone has nothing more to say, and listens."""
    for first in (0, 1):
        said = talk(net)
        ways = said.ways(*said.both(SOME), at_random(1500))
        ways[first].sender.socket.shutdown(socket.SHUT_WR)
        equal(ways[first].receiver.receive(1), b"", "what comes from who has ended")
        exchange(ways[1 - first])


@test(mainline=SPLIT)
def half_a_message_is_the_end(net: Net) -> None:
    """Who ends in the middle of a message has sent what he has sent."""
    for place in PLACES:
        said = talk(net)
        one, another = said.outward(0, 100), said.outward(1, 100)
        half = re.search(PLACES[place], another.sent)
        assert half
        said.near.send(one.sent + another.sent[: half.end()])
        said.near.socket.shutdown(socket.SHUT_WR)
        wanted = one.wanted + another.sent[: half.end()]
        equal(said.far.receive(len(wanted) + 1), wanted, f"the end is in {place}")


@test()
def reset_in_the_middle_of_a_message_ends_the_connection(net: Net) -> None:
    said = talk(net)
    one = said.outward(0, 100)
    said.near.send(one.sent)
    equal(said.far.receive(len(one.wanted)), one.wanted, "the first message")
    said.near.send(one.sent[:50])
    said.near.close()
    try:
        while said.far.socket.recv(50):
            pass
    except ConnectionResetError:
        return
    except TimeoutError:
        pass
    raise Failed("the server's connection goes on")
