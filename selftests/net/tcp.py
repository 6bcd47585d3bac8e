# SPDX-License-Identifier: GPL-2.0-only
"""Calls and registrations over TCP.

phone 10.0.0.2 ──── 10.0.0.1 gateway 203.0.113.1 ──── server 203.0.113.10:5060
                     masquerade, or as named     └─── stranger 203.0.113.66
"""

import re

from lab import FIREWALL, FIREWALL6, MASQUERADE, NAT66, NFT_MASQUERADE
from lab import Agent, Endpoint, Failed, Message, Net, equal, outward, sdp, swap, test, true, two_way
from lab.host import name
from lab.stream import Stream, connect, listen
from lab.tcp import abort_at_end, connected, no_delay, over_tcp
from lab.tcp_messages import PLACES

GATEWAY = over_tcp(MASQUERADE)
NATS = tuple(over_tcp(one) for one in (MASQUERADE, NAT66, NFT_MASQUERADE))
FIREWALLS = tuple(over_tcp(one) for one in (FIREWALL, FIREWALL6))
EVERYWHERE = NATS + FIREWALLS
AUDIO = "m=audio 30000 RTP/AVP 8"
ANOTHER = "gives the phone another Contact than it has registered (defect 21)"
SPLIT = "translates each segment by itself (defect 20)"


def over(data: bytes) -> bytes:
    """The message as it is over TCP."""
    return data.replace(b"SIP/2.0/UDP", b"SIP/2.0/TCP")


class Party(Agent):
    """A user agent with one connection."""

    def __init__(self, user: str, stream: Stream, at: str = "") -> None:
        super().__init__(user, at or name(stream.socket.getsockname()[:2]), f"call-of-{user}")
        self.stream = stream

    def to(self, other: "Party", data: bytes, cut: str = "") -> bytes:
        """Sends a message, perhaps in two pieces, and returns what the other gets."""
        match = re.search(PLACES[cut], data) if cut else None
        place = match.end() if match else 0
        for piece in (data[:place], data[place:]):
            if piece:
                self.stream.send(piece)
        return other.next(data.split(b"\r\n", 1)[0].decode())

    def next(self, what: str) -> bytes:
        """The next message."""
        data = b""
        while b"\r\n\r\n" not in data:
            more = self.stream.receive(1)
            if not more:
                raise Failed(f"the connection ended before {what}: {data!r}")
            data += more
        size = int(re.search(rb"(?i)\r\nContent-Length: *(\d+)", data)[1])  # type: ignore[index]
        return data + self.stream.receive(size)


def pair(net: Net, port: int = 5060, at: str = "") -> tuple[Party, Party]:
    """Alice, connected from a port of the phone's, who names herself by host and port or by `at`; and Bob."""
    near, far = connected(net, port)
    no_delay(near, far)
    return Party("alice", near, at), Party("bob", far)


def call(net: Net, cut: str = "") -> None:
    """Alice calls Bob and ends the call; each message may come in two pieces."""
    alice, bob = pair(net)
    invite = over(alice.invite(bob, sdp(net.phone.ip, AUDIO)))
    seen = outward(net, invite)
    equal(alice.to(bob, invite, cut), seen, "INVITE")
    answer = sdp(net.server.ip, "m=audio 40000 RTP/AVP 8")
    equal(bob.to(alice, bob.reply(seen, 200, answer), cut), bob.reply(invite, 200, answer), "200")
    ack = over(alice.request("ACK", bob))
    equal(alice.to(bob, ack, cut), outward(net, ack), "ACK")
    near, far = net.phone.udp(30000), net.server.udp(40000)
    two_way(near, far, (net.outside(net.phone).ip, 30000), far.endpoint)
    bye = over(alice.request("BYE", bob, cseq=2, to_tag="bob-1"))
    equal(alice.to(bob, bye, cut), outward(net, bye), "BYE")
    equal(bob.to(alice, bob.reply(outward(net, bye)), cut), bob.reply(bye), "200 to BYE")
    equal(net.expectations(1), [], "pinholes after the BYE")


@test(*EVERYWHERE)
def call_has_media(net: Net) -> None:
    call(net)


@test(mainline=SPLIT)
def call_has_media_wherever_its_messages_are_cut(net: Net) -> None:
    for place in ("the method", "an address", "header and body", "the body"):
        call(net, place)
        net.conntrack.flush()
        for one in net.sockets:
            one.close()


def registered(net: Net, alice: Party, bob: Party) -> Endpoint:
    """Alice registers; returns the Contact that the registrar sees."""
    sent = over(alice.register(bob.at))
    got = alice.to(bob, sent)
    equal(bob.to(alice, bob.bind(got)), bob.bind(sent), "200")
    return Message.read(got).contact


def comes_in(net: Net, alice: Party, contact: Endpoint, caller: Stream, phone: Stream) -> None:
    """A call to the Contact, from a socket to a socket, has its target and media."""
    bob = Party("bob", caller)
    person = Agent("alice", name(contact))
    invite = over(bob.invite(person, sdp(net.server.ip, "m=audio 40000 RTP/AVP 8")))
    wanted = swap(invite, (name(contact), alice.at))
    callee = Party("alice", phone, alice.at)
    equal(bob.to(callee, invite), wanted, "INVITE")
    ok = callee.reply(wanted, 200, sdp(net.phone.ip, AUDIO))
    got = Message.read(callee.to(bob, ok))
    equal(got.media(), (net.outside(net.phone).ip, 30000), "media of the answer")
    equal(got.contact, contact, "Contact of the answer")
    near, far = net.phone.udp(30000), net.server.udp(40000)
    two_way(near, far, (net.outside(net.phone).ip, 30000), far.endpoint)


@test(*EVERYWHERE)
def registered_phone_is_called_by_its_own_connection(net: Net) -> None:
    alice, bob = pair(net)
    contact = registered(net, alice, bob)
    equal(contact, (net.outside(net.phone).ip, 5060), "Contact")
    comes_in(net, alice, contact, bob.stream, alice.stream)


def called_by_a_new_connection(net: Net) -> None:
    """The phone listens at the usual port, and has connected from another one."""
    waiting = listen(net.phone, 5060)
    alice, bob = pair(net, 0, f"{net.phone.uri}:5060")
    contact = registered(net, alice, bob)
    caller = abort_at_end(connect(net.server, contact))
    comes_in(net, alice, contact, caller, abort_at_end(waiting.accept()))


@test(*NATS, mainline=ANOTHER)
def registered_phone_is_called_by_a_new_connection(net: Net) -> None:
    called_by_a_new_connection(net)


@test(*FIREWALLS)
def registered_phone_behind_a_firewall_is_called_by_a_new_connection(net: Net) -> None:
    called_by_a_new_connection(net)


@test(mainline=ANOTHER)
def stranger_gets_no_connection(net: Net) -> None:
    listen(net.phone, 5060)
    alice, bob = pair(net, 0, f"{net.phone.uri}:5060")
    contact = registered(net, alice, bob)
    try:
        connect(net.stranger, contact)
    except Failed:
        return
    raise Failed("the stranger got a connection")


@test(mainline="leaves what names another port than the sender's (defect 21)")
def registered_phone_calls_from_another_port_than_it_listens_at(net: Net) -> None:
    """So it is with every program whose connections have ports of their own."""
    alice, bob = pair(net, 0, f"{net.phone.uri}:5060")
    contact = registered(net, alice, bob)
    invite = over(alice.invite(bob, sdp(net.phone.ip, AUDIO)))
    got = alice.to(bob, invite)
    seen = Message.read(got)
    equal(seen.contact, contact, "Contact")
    true(net.phone.ip not in got.decode(), f"the phone's address is left in {got.decode()}")
    equal(bob.to(alice, bob.reply(got, 180)), bob.reply(invite, 180), "180")


@test(mainline="drops the answer (defect 5)")
def answer_comes_though_a_lower_via_is_of_udp(net: Net) -> None:
    """A proxy and the agent behind it are on one machine."""
    alice, bob = pair(net)
    sent = over(alice.request("OPTIONS", bob))
    lower = f"Via: SIP/2.0/UDP {net.phone.uri}:5070;branch=z9hG4bK-lower\r\nMax-Forwards:".encode()
    sent = sent.replace(b"Max-Forwards:", lower)
    got = alice.to(bob, sent)
    equal(bob.to(alice, bob.reply(got)), bob.reply(sent), "200")


@test(mainline="finds no message between line feeds (defect 22)")
def line_feeds_alone_end_lines(net: Net) -> None:
    alice, bob = pair(net)
    unix = (b"\r\n", b"\n")
    invite = over(alice.invite(bob, sdp(net.phone.ip, AUDIO).replace(*unix)))
    wanted = outward(net, invite).replace(*unix)
    alice.stream.send(invite.replace(*unix))
    equal(bob.stream.receive(len(wanted)), wanted, "INVITE")
    equal([one.outside[1] for one in net.opened(1)], [30000, 30001], "pinholes")


@test(mainline="opens nothing behind line ends (defect 23)")
def keep_alive_may_stand_in_front(net: Net) -> None:
    alice, bob = pair(net)
    invite = over(alice.invite(bob, sdp(net.phone.ip, AUDIO)))
    wanted = b"\r\n\r\n" + outward(net, invite)
    alice.stream.send(b"\r\n\r\n" + invite)
    equal(bob.stream.receive(len(wanted)), wanted, "keep-alive and INVITE")
    equal([one.outside[1] for one in net.opened(1)], [30000, 30001], "pinholes")
