# SPDX-License-Identifier: GPL-2.0-only
"""TCP segment by segment: numbers, acknowledgements, and what is sent again.

phone 10.0.0.2:33060 ──── 10.0.0.1 gateway 203.0.113.1 ──── server 203.0.113.10:5060
                           masquerade, or as named

Both ends are the test's own (lab/tcp_peer.py): they send what it says, when it says so. The server
must never get two different bytes for one place, and the phone must hear of each byte that it sent.
"""

import itertools
from collections.abc import Callable

from lab import MASQUERADE, NAT66, Net, equal, test, true, within
from lab.tcp import Pair, over_tcp
from lab.tcp_messages import PLACES, Speech
from lab.tcp_path import unchecked
from lab.tcp_peer import WORD, Peer, connect
from lab.tcp_segment import ACK, CWR, PSH, RST, Segment, option
from lab.tcp_talk import arrived, conversation, cut, heard, sent, talk, tracked, wanted

GATEWAY = over_tcp(MASQUERADE)
FAMILIES = (GATEWAY, over_tcp(NAT66))
SPLIT = "translates each segment by itself (defect 20)"
# Seconds after which conntrack forgets a connection that was established, less a day or so, and one
# that has ended.
DAYS, CLOSED = 300_000, 130


@test(*FAMILIES)
def numbers_stay_right_through_many_growths_and_shrinks(net: Net) -> None:
    near, far, said = talk(net)
    conversation(near, far, said, 20)


@test(*FAMILIES)
def numbers_wrap(net: Net) -> None:
    near, far, said = talk(net, first=WORD - 900, far_first=WORD - 1500)
    conversation(near, far, said, 10)


@test(*FAMILIES, mainline=SPLIT)
def part_of_a_message_waits_for_the_rest(net: Net) -> None:
    near, far, said = talk(net)
    pairs: list[Pair] = []
    for number, place in enumerate(PLACES):
        one = said.outward(number, 100)
        first, rest = cut(one, place)
        near.send(first)
        equal(far.look(), wanted(*pairs), f"what comes of half a message, cut in {place}")
        near.send(rest)
        pairs.append(one)
        arrived(near, far, *pairs)


@test(mainline=SPLIT)
def part_of_the_server_s_message_waits_for_the_rest(net: Net) -> None:
    near, far, said = talk(net)
    near.send(said.outward(0, 0).sent)
    pairs: list[Pair] = []
    for number, place in enumerate(PLACES):
        one = said.inward(number, 100)
        first, rest = cut(one, place)
        far.send(first)
        far.send(rest)
        pairs.append(one)
        arrived(far, near, *pairs)


@test(mainline="forgets that it has made the segment longer (defect 11)")
def message_and_the_header_of_the_next_one_share_a_segment(net: Net) -> None:
    near, far, said = talk(net)
    one, another, last = (said.outward(number, 100) for number in range(3))
    head, body = cut(another)
    near.send(one.sent + head)
    near.send(body)
    arrived(near, far, one, another)
    near.send(last.sent)
    arrived(near, far, one, another, last)
    answer = said.inward(0, 10)
    far.send(answer.sent)
    arrived(far, near, answer)


@test(mainline="leaves what does not begin a segment (defect 45)")
def messages_do_not_fall_on_segments(net: Net) -> None:
    for size in (1, 7, 97, 450, 700, 1300):
        near, far, said = talk(net, port=33000 + size)
        count = 1 if size < 10 else 8
        pairs = [said.outward(number, 40 * number, 1 + number % 3) for number in range(count)]
        stream = sent(*pairs)
        for place in range(0, len(stream), size):
            near.send(stream[place : place + size])
        arrived(near, far, *pairs)
        near.close()
        far.close()


@test(mainline="knows one correction only (defect 41)")
def what_is_sent_again_joined_differently_is_the_same(net: Net) -> None:
    """All acknowledgements are lost."""
    near, far, said = talk(net)
    pairs = [said.outward(number, 50, 1 + number) for number in range(3)]
    for one in pairs:
        near.send(one.sent)
    far.gets(wanted(*pairs), "messages")
    stream = sent(*pairs)
    first, second = len(pairs[0].sent), len(sent(*pairs[:2]))
    ranges = ((0, len(stream)), (0, second), (first, len(stream)), (first // 2, second), (7, first + 9))
    for begin, end in ranges:
        near.send(stream[begin:end], begin)
        equal(far.look(), wanted(*pairs), f"bytes {begin} to {end}, sent again")
    arrived(near, far, *pairs)


@test(mainline="knows one correction only (defect 41)")
def what_the_gateway_has_sent_on_may_be_lost(net: Net) -> None:
    """And is sent again as it was, joined, or cut in other places."""
    near, far, said = talk(net)
    before, _ = conversation(near, far, said, 3)
    begin = len(sent(*before))
    pairs = [said.outward(number, 200, number) for number in range(4, 8)]
    stream = sent(*pairs)
    for size in (1460, 1100, 500, 333):
        for place in range(0, len(stream), size):
            near.send(stream[place : place + size], begin + place)
        far.gets(wanted(*before, *pairs), f"what is sent in pieces of {size}")
        del far.stream[len(wanted(*before)) :]
    for place in range(0, len(stream), 1000):
        near.send(stream[place : place + 1000], begin + place)
    arrived(near, far, *before, *pairs)


@test(mainline="resets the connection (defect 42)")
def later_message_comes_first(net: Net) -> None:
    near, far, said = talk(net)
    before, _ = conversation(near, far, said, 2)
    one, another, last = (said.outward(number, 60, 3) for number in range(3))
    begin = near.sent
    near.send(another.sent, begin + len(one.sent))
    near.send(one.sent, begin)
    # What the gateway did not want to see yet it takes to be lost.
    near.send(another.sent, begin + len(one.sent))
    near.send(last.sent)
    arrived(near, far, *before, one, another, last)


@test(mainline=SPLIT)
def parts_of_a_message_come_in_any_order(net: Net) -> None:
    near, far, said = talk(net)
    pairs: list[Pair] = []
    for number, order in enumerate(itertools.permutations(range(4))):
        one = said.outward(number, 300)
        begin, size = near.sent, len(one.sent) // 4 + 1
        for part in (*order, *range(4)):
            near.send(one.sent[part * size : (part + 1) * size], begin + part * size)
        pairs.append(one)
        far.gets(wanted(*pairs), f"parts in the order {order}")
    arrived(near, far, *pairs)


@test(mainline=SPLIT)
def parts_of_a_message_overlap(net: Net) -> None:
    near, far, said = talk(net)
    one, another = said.outward(0, 500), said.outward(1, 500)
    stream = sent(one, another)
    for begin, end in ((0, 300), (200, 500), (200, 500), (100, 700), (650, 900), (500, len(stream))):
        near.send(stream[begin:end], begin)
    arrived(near, far, one, another)


@test(*FAMILIES, mainline=SPLIT)
def sender_of_a_part_hears_that_it_has_come(net: Net) -> None:
    """It may not send more before that; and what it has heard of it does not repeat."""
    near, far, said = talk(net)
    one, another = said.outward(0, 100), said.outward(1, 100)
    first, rest = cut(one)
    near.send(first)
    heard(near, far, len(first))
    equal(far.look(), b"", "what comes of half a message")
    near.send(rest)
    far.gets(one.wanted, "message")
    # It is lost behind the gateway.
    far.stream.clear()
    near.send(rest, len(first))
    far.gets(one.wanted, "message, again")
    far.ack()
    near.hears_of(len(one.sent), "message")
    near.send(another.sent)
    arrived(near, far, one, another)


@test(mainline="holds nothing")
def end_behind_a_part_takes_it_along(net: Net) -> None:
    """Also when it is sent again."""
    near, far, said = talk(net)
    first, _ = cut(said.outward(0, 100))
    near.send(first)
    heard(near, far, len(first))
    for _ in range(2):
        far.stream.clear()
        far.ended = False
        near.send(b"", len(first), fin=True)
        far.gets(first, "the part")
        within(5, lambda: far.look() and far.ended, "the end has come")


@test()
def part_whose_sender_hears_nothing_passes(net: Net) -> None:
    """It sends no more before it does."""
    near, far, said = talk(net)
    far.answers = False
    one, another = said.outward(0, 100), said.outward(1, 100)
    first, rest = cut(one)
    near.send(first)

    def passes() -> bool:
        near.send(first, 0)
        return bool(far.look())

    within(20, passes, "the part has passed", interval=0.05)
    equal(far.look(), first, "what has passed")
    far.ack()
    near.hears_of(len(first), "the part")
    near.send(rest)
    far.gets(one.sent, "the rest, as it is")
    near.send(another.sent)
    far.gets(one.sent + another.wanted, "the next message")
    far.ack()
    near.hears_of(len(sent(one, another)), "all")


@test(mainline="counts from its last correction (defect 41)")
def blocks_that_came_besides_are_the_phone_s_own(net: Net) -> None:
    """Selective acknowledgements (RFC 2018) of what stands behind several corrections."""
    near, far, said = talk(net)
    before, _ = conversation(near, far, said, 4)
    pairs = [said.outward(number, 80, 4) for number in range(6)]
    for one in pairs:
        near.send(one.sent)
    far.look()
    begin, far_begin = len(sent(*before)), len(wanted(*before))
    near.look()
    for lost in range(5):
        # All up to this one has come, and the last of them.
        ends = [len(wanted(*pairs[:end])) for end in (lost, 5, 6)]
        far.ack(far_begin + ends[0], (far_begin + ends[1], far_begin + ends[2]))
        heard = near.next(f"acknowledgement of {lost} messages and the last one")
        number = near.first + 1 + begin
        equal(heard.ack, (number + len(sent(*pairs[:lost]))) % WORD, "acknowledged")
        block = tuple((number + len(sent(*pairs[:end]))) % WORD for end in (5, 6))
        equal(heard.sack, [block], "besides")


@test(*FAMILIES)
def acknowledgement_within_a_message_says_no_more_than_has_come(net: Net) -> None:
    near, far, said = talk(net)
    one = said.outward(0, 100, 4)
    near.send(one.sent)
    far.gets(one.wanted, "message")
    last = 0
    for place in range(0, len(one.wanted), 50):
        far.ack(place)
        near.look()
        true(last <= near.acknowledged < len(one.sent), f"{near.acknowledged} bytes of {place} are acknowledged")
        true(near.acknowledged <= place, f"{near.acknowledged} bytes are acknowledged, and {place} have come")
        last = near.acknowledged
    arrived(near, far, one)


@test(*FAMILIES)
def last_message_carries_the_end(net: Net) -> None:
    near, far, said = talk(net)
    before, back = conversation(near, far, said, 3)
    one = said.outward(9, 100)
    near.send(one.sent, fin=True)
    far.gets(wanted(*before, one), "messages")
    within(5, lambda: far.look() and far.ended, "the end has come")
    far.ack()
    near.hears_of(len(sent(*before, one)) + 1, "messages and the end")
    answer = said.inward(9, 100)
    far.send(answer.sent)
    near.gets(wanted(*back, answer), "what comes after the end")


@test(mainline=SPLIT)
def last_part_of_a_message_carries_the_end(net: Net) -> None:
    near, far, said = talk(net)
    one = said.outward(0, 100)
    first, rest = cut(one)
    near.send(first)
    near.send(rest, fin=True)
    far.gets(one.wanted, "message")
    within(5, lambda: far.look() and far.ended, "the end has come")
    far.ack()
    near.hears_of(len(one.sent) + 1, "message and the end")


@test(*FAMILIES)
def reset_has_the_right_number(net: Net) -> None:
    near, far, said = talk(net)
    before, _ = conversation(near, far, said, 3)
    near.abort()
    reset = next(one for one in iter(lambda: far.next("RST"), None) if one.flags & RST)
    place = (reset.seq - far.other_first - 1) % WORD
    equal(place, len(wanted(*before)), "where the reset stands in the stream")


@test()
def probe_asks_for_what_has_come(net: Net) -> None:
    """A keep-alive of TCP's has the number of the byte before (RFC 9293 3.8.4)."""
    near, far, said = talk(net)
    conversation(near, far, said, 3)
    number = near.first + near.sent
    far.look()
    near.segment(number, near.next_number(), 16)
    equal(far.next("probe").seq, (far.other_first + len(far.stream)) % WORD, "the probe's number")


@test(*FAMILIES, mainline=SPLIT)
def damaged_segment_is_not_taken_in(net: Net) -> None:
    """Its receiver sees that, which would not see it in a message that is written anew."""
    with unchecked(net):
        near, far, said = talk(net)
        far.forgives = True
        one, another = said.outward(0, 100), said.outward(1, 100)
        first, rest = cut(one)
        near.send(first)
        near.send_damaged(rest, len(first))
        near.send(rest)
        far.gets(one.wanted, "message")
        near.send_damaged(another.sent, near.sent)
        near.send(another.sent)
        arrived(near, far, one, another)


@test(*FAMILIES, mainline="loses a segment that becomes too long")
def each_part_of_a_segment_that_is_cut_has_its_flag(net: Net) -> None:
    """It may be a digit of a number (RFC 9768 3.2.2)."""
    near, far, said = talk(net)
    room = near.mss - 20 * (":" in net.phone.ip)
    one = said.outward(0, room - len(said.outward(0, 1000).sent) + 1000)
    equal(len(one.sent), room, "bytes of a full segment")
    near.segment(near.first + 1, near.next_number(), ACK | PSH | CWR, one.sent)
    parts: list[Segment] = []
    while sum(len(part.data) for part in parts) < len(one.wanted):
        parts.append(far.next("message"))
    equal([bool(part.flags & CWR) for part in parts], [True, True], "the flag of each part")


MULTIPATH = 30


@test(*FAMILIES, mainline="translates parts of a stream")
def stream_takes_one_way(net: Net) -> None:
    """Who would use several (RFC 8684) is answered by one who cannot."""
    near, far = Peer(net.phone, 33060), Peer(net.server, 5060, 5000)
    syn = connect(near, far, options=bytes([MULTIPATH, 4, 1, 0x81]))
    equal(option(syn.options, MULTIPATH), b"", "the offer as it comes")
    said = Speech(near.own, near.other, far.other, far.own)
    conversation(near, far, said, 2)


@test(mainline="translates parts of a stream")
def what_its_sender_has_bound_passes_as_it_is(net: Net) -> None:
    """A part of a stream that comes by several ways (RFC 8684 3.2), and signed segments (RFC 2385)."""
    for bound in (bytes([MULTIPATH, 12, 0x10, *range(9)]), bytes([19, 18, *range(16), 1, 1])):
        near, far = Peer(net.phone, 33060), Peer(net.server, 5060, 5000)
        syn = connect(near, far, options=bound)
        equal(option(syn.options, bound[0]), bound[2 : bound[1]], "the option as it comes")
        one = Speech(near.own, near.other, far.other, far.own).outward(0, 100)
        near.send(one.sent)
        far.gets(one.sent, "message")
        near.close()
        far.close()
        net.conntrack.flush()


@test(*FAMILIES, mainline="moves it by what it knows of the old one")
def connection_that_both_ends_have_forgotten_is_opened_again(net: Net) -> None:
    """By the same port, with other numbers; to conntrack it is still the old one."""
    near, far, said = talk(net)
    conversation(near, far, said, 3)
    near, far, said = talk(net, first=70_000_000, far_first=90_000_000)
    conversation(near, far, said, 3)


@test(*FAMILIES)
def connection_that_was_never_used_is_opened_again(net: Net) -> None:
    talk(net)
    near, far, said = talk(net, first=70_000_000, far_first=90_000_000)
    conversation(near, far, said, 3)


@test(*FAMILIES)
def connection_that_was_left_alone_is_followed_when_it_is_opened_again(net: Net) -> None:
    near, far, _ = talk(net)
    other = b"POST / HTTP/1.1\r\n\r\n"
    near.send(other)
    far.gets(other, "what is no SIP")
    far.ack()
    near, far, said = talk(net, first=70_000_000, far_first=90_000_000)
    conversation(near, far, said, 3)


def timeouts(net: Net, last: Callable[[Peer, Peer, Speech], None]) -> int:
    """Seconds that the gateway remembers a connection on which this has happened."""
    near, far, said = talk(net)
    conversation(near, far, said, 2)
    last(near, far, said)
    return tracked(net).timeout


@test(mainline="remembers it for an hour (defect 37)")
def connection_is_remembered_for_days(net: Net) -> None:
    """As any connection of TCP's, by the kernel's own time-outs; also when a message has come twice."""
    seconds = timeouts(net, lambda near, _, said: near.send(said.outward(0, 0).sent, 0))
    true(seconds > DAYS, f"it is remembered for {seconds} s")


@test(mainline="remembers it for an hour (defect 37)")
def connection_that_has_ended_is_forgotten_soon(net: Net) -> None:
    """Also when its last message is sent once more."""

    def ends(near: Peer, far: Peer, said: Speech) -> None:
        one = said.outward(9, 10)
        begin = near.sent
        near.send(one.sent, fin=True)
        far.look()
        far.send(b"", fin=True)
        near.look()
        near.ack()
        near.send(one.sent, begin)

    seconds = timeouts(net, ends)
    true(seconds < CLOSED, f"it is remembered for {seconds} s")
