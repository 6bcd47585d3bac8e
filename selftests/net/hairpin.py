# SPDX-License-Identifier: GPL-2.0-only
"""Two phones behind one NAT that have been told of each other by their provider.

alice 10.0.0.2 ──┐
                 ├── 10.0.0.1 gateway 203.0.113.1 ─────── provider 203.0.113.10
carol 10.0.0.3 ──┘          masquerade

What the one sends to the other's address outside turns around at the gateway.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from lab import (
    HELPER,
    MASQUERADE,
    NAT66,
    Agent,
    Endpoint,
    Host,
    Message,
    Net,
    UserAgent,
    agent,
    equal,
    flows,
    parameter,
    sdp,
    test,
    true,
    within,
)

GATEWAY = MASQUERADE
BARS = "lets calls come from the registrar alone, whose neighbours it keeps apart"
# RTP ports, which mainline's helper cannot exchange.
PORTS = {"alice": 30000, "carol": 31000}


def audio(phone: UserAgent) -> bytes:
    """A phone's description of audio."""
    return sdp(phone.host.ip, f"m=audio {PORTS[phone.user]} RTP/AVP 8")


@dataclass
class Provider:
    """A registrar and proxy that sends to where a phone's messages come from.

    route: what it records, to stay in the dialog.
    """

    agent: UserAgent
    route: str = ""
    contacts: dict[str, Endpoint] = field(default_factory=dict)
    peers: dict[str, Endpoint] = field(default_factory=dict)

    def register(self, phone: UserAgent) -> None:
        """Takes a phone's registration."""
        got = phone.to(self.agent, phone.register(self.agent.at))
        self.agent.back(phone, self.agent.bind(got))
        assert self.agent.peer
        self.contacts[phone.user] = Message.read(got).contact
        self.peers[phone.user] = self.agent.peer

    def to(self, phone: UserAgent, data: bytes) -> bytes:
        """Sends a message to a phone; returns what it gets."""
        return self.agent.to(phone, data, self.peers[phone.user])

    def request(self, sender: UserAgent, receiver: UserAgent, data: bytes) -> bytes:
        """Passes a request on to a phone; returns what it gets."""
        got = sender.to(self.agent, data)
        start, rest = got.split(b"\r\n", 1)
        method = start.split(b" ")[0].decode()
        via = f"Via: SIP/2.0/UDP {self.agent.at};branch=z9hG4bK-proxy-{method}\r\n"
        start = f"{method} {self.uri(receiver)} SIP/2.0\r\n".encode()
        return self.to(receiver, start + (via + self.route).encode() + rest)

    def response(self, sender: UserAgent, receiver: UserAgent, data: bytes) -> bytes:
        """Passes a response on to a phone; returns what it gets."""
        lines = sender.to(self.agent, data, self.agent.socket.endpoint).split(b"\r\n")
        own = next(line for line in lines if line.startswith(b"Via:"))
        lines.remove(own)
        return self.to(receiver, b"\r\n".join(lines))

    def uri(self, phone: UserAgent) -> str:
        """By which a phone is registered."""
        return uri(phone.user, self.contacts[phone.user])


def uri(user: str, endpoint: Endpoint) -> str:
    """A SIP URI with address and port."""
    host, port = endpoint
    return f"sip:{user}@[{host}]:{port}" if ":" in host else f"sip:{user}@{host}:{port}"


def neighbours(
    net: Net, route: str = "", other: Host | None = None
) -> tuple[UserAgent, UserAgent, Provider]:
    """Alice and Carol, both registered."""
    alice = agent(net.phone, "alice", call="call")
    carol = agent(other or net.other, "carol", call="call")
    provider = Provider(agent(net.server, "provider"), route)
    for phone in (alice, carol):
        provider.register(phone)
    return alice, carol, provider


def call(provider: Provider, caller: UserAgent, callee: UserAgent) -> tuple[Message, Message]:
    """A call by way of the provider; returns the INVITE and the 200 as they arrive."""
    person = Agent(callee.user, "example.com")
    invite = provider.request(caller, callee, caller.invite(person, audio(caller)))
    routes = "\n".join(f"Record-Route: {one}" for one in Message.read(invite).all("Record-Route"))
    ok = callee.reply(invite, 200, audio(callee), extra=routes)
    return Message.read(invite), Message.read(provider.response(callee, caller, ok))


def directly(
    sender: UserAgent, receiver: UserAgent, at: Endpoint, method: str, body: bytes = b"", **more
) -> tuple[bytes, bytes]:
    """A request to where the receiver is said to be, and the answer; returns them as they arrive.

    What the sender gets back of its own is what it wrote.
    """
    person = Agent(receiver.user, "example.com")
    sent = sender.request(method, person, body, uri=uri(receiver.user, at), **more)
    got = sender.to(receiver, sent, at)
    equal(Message.read(got).uri, uri(receiver.user, receiver.socket.endpoint), "Request-URI")
    answer = b""
    if method != "ACK":
        description = audio(receiver) if body else b""
        answer = receiver.back(sender, receiver.reply(got, 200, description))
        for name in ("Via", "From", "To", "Call-ID", "CSeq"):
            wanted = Message.read(receiver.reply(sent))
            equal(Message.read(answer).all(name), wanted.all(name), f"{name} of the answer")
    return got, answer


def talk_directly(alice: UserAgent, carol: UserAgent, provider: Provider) -> None:
    """A call that the provider leaves: the requests of both go straight to the other."""
    invite, answer = call(provider, alice, carol)
    directly(alice, carol, answer.contact, "ACK")
    directly(carol, alice, invite.contact, "INFO", cseq=7)
    directly(alice, carol, answer.contact, "INFO", cseq=2)
    directly(carol, alice, invite.contact, "BYE", cseq=8)


def hear(alice: UserAgent, carol: UserAgent, at_alice: Endpoint, at_carol: Endpoint) -> None:
    """Media passes both ways between where each was told that the other's is."""
    near, far = (one.host.udp(PORTS[one.user]) for one in (alice, carol))
    for number in (1, 2):
        flows(near, at_carol, far, number)
        flows(far, at_alice, near, number)


@test(MASQUERADE, NAT66, mainline=BARS, essential=True)
def call_goes_on_without_the_provider(net: Net) -> None:
    talk_directly(*neighbours(net))


@test(MASQUERADE, NAT66)
def so_it_does_where_anybody_may_call(net: Net) -> None:
    with parameter("sip_direct_signalling", 0):
        talk_directly(*neighbours(net))


@test(mainline=BARS)
def callee_may_be_the_first_to_send(net: Net) -> None:
    """An UPDATE before the answer; the caller's requests then take the same connection."""
    alice, carol, provider = neighbours(net)
    invite, answer = call(provider, alice, carol)
    directly(carol, alice, invite.contact, "UPDATE", cseq=7)
    directly(alice, carol, answer.contact, "ACK")
    directly(alice, carol, answer.contact, "BYE", cseq=2)


@test(MASQUERADE, NAT66, mainline=BARS)
def call_is_held_and_resumed_without_the_provider(net: Net) -> None:
    alice, carol, provider = neighbours(net)
    invite, answer = call(provider, alice, carol)
    directly(alice, carol, answer.contact, "ACK")
    for sender, receiver, at in (
        (alice, carol, answer.contact),
        (carol, alice, invite.contact),
    ):
        for cseq in (11, 12):
            got, back = directly(sender, receiver, at, "INVITE", audio(sender), cseq=cseq)
            directly(sender, receiver, at, "ACK", cseq=cseq)
        told = {receiver.user: Message.read(got).media(), sender.user: Message.read(back).media()}
        hear(alice, carol, told["carol"], told["alice"])
        net.sockets.pop().close()
        net.sockets.pop().close()


@test(MASQUERADE, NAT66, mainline=BARS)
def callee_may_send_media_before_it_answers(net: Net) -> None:
    alice, carol, provider = neighbours(net)
    at = call(provider, alice, carol)[1].contact
    directly(alice, carol, at, "ACK")
    near, far = (one.host.udp(PORTS[one.user]) for one in (alice, carol))
    sent = alice.invite(carol, audio(alice), uri=uri("carol", at), cseq=2)
    got = alice.to(carol, sent, at)
    flows(far, Message.read(got).media(), near)
    answer = Message.read(carol.back(alice, carol.reply(got, 200, audio(carol))))
    for number in (1, 2):
        flows(near, answer.media(), far, number)
        flows(far, Message.read(got).media(), near, number)


TWO_LANS = replace(
    MASQUERADE,
    name="masquerade, two LANs",
    forward=("-A FORWARD -i lan2 -j ACCEPT",),
)


@contextmanager
def second_lan(net: Net) -> Iterator[Host]:
    """Carol's phone is in a LAN of its own, of the same gateway."""
    gateway, phone = net.world.gateway, net.other
    there = Host(net, phone.name, "10.0.1.3")
    gateway.run(["ip", "link", "add", "lan2", "type", "bridge", "forward_delay", "0"])
    gateway.run(["ip", "addr", "add", "10.0.1.1/24", "dev", "lan2"])
    gateway.run(["ip", "link", "set", "lan2", "up"])

    def move(bridge: str, old: str, new: str, router: str) -> None:
        gateway.run(["ip", "link", "set", "other", "master", bridge])
        phone.run("ip", "addr", "del", f"{old}/24", "dev", "eth0")
        phone.run("ip", "addr", "add", f"{new}/24", "dev", "eth0")
        phone.run("ip", "route", "add", "default", "via", router)
        # A bridge has the hardware address of one of its ports.
        for host in (net.phone, phone):
            host.run("ip", "neigh", "flush", "dev", "eth0")

    move("lan2", phone.ip, there.ip, "10.0.1.1")
    try:
        # The kernel sees its carrier a moment later.
        show = ["ip", "-brief", "link", "show", "lan2", "up"]
        within(5, lambda: " UP " in gateway.run(show), "the second LAN is up")
        yield there
    finally:
        move("lan", there.ip, phone.ip, "10.0.0.1")
        gateway.run(["ip", "link", "del", "lan2"])


@test(TWO_LANS, mainline="sends what is for the other to the gateway itself")
def neighbours_in_two_lans_hear_each_other(net: Net) -> None:
    """By the gateway, whoever speaks first: RTP and RTCP come from where the other was told."""
    for first in (0, 1):
        with second_lan(net) as other:
            alice, carol, provider = neighbours(net, other=other)
            invite, answer = call(provider, alice, carol)
            for step in (0, 1):
                ends = []
                for phone, message in ((alice, invite), (carol, answer)):
                    host, port = message.media()
                    ends.append((phone.host.udp(PORTS[phone.user] + step), (host, port + step)))
                (near, at_near), (far, at_far) = ends[first], ends[1 - first]
                for number in (1, 2):
                    equal(flows(near, at_far, far, number), at_near, "where media comes from")
                    equal(flows(far, at_near, near, number), at_far, "where media comes from")
            if first:
                directly(alice, carol, answer.contact, "BYE", cseq=2, to_tag="carol-1")
            else:
                bye = alice.request("BYE", carol, cseq=2, to_tag="carol-1")
                provider.request(alice, carol, bye)
            media = [one for one in net.conntrack.connections() if one.expected and not one.helper]
            equal((net.expectations(1), media), ([], []), "pinholes and media")
            for opened in net.sockets:
                opened.close()
            net.sockets.clear()


@test(TWO_LANS, mainline=BARS)
def callee_in_another_lan_may_send_media_before_it_answers(net: Net) -> None:
    with second_lan(net) as other:
        alice, carol, provider = neighbours(net, other=other)
        at = call(provider, alice, carol)[1].contact
        directly(alice, carol, at, "ACK")
        near, far = (one.host.udp(PORTS[one.user]) for one in (alice, carol))
        sent = alice.invite(carol, audio(alice), uri=uri("carol", at), cseq=2)
        got = alice.to(carol, sent, at)
        told = Message.read(got).media()
        early = flows(far, told, near)
        answer = Message.read(carol.back(alice, carol.reply(got, 200, audio(carol))))
        equal(answer.media(), early, "where Carol's media comes from")
        for number in (1, 2):
            equal(flows(near, answer.media(), far, number), told, "where Alice's media comes from")
            equal(flows(far, told, near, number), early, "where Carol's media comes from")


@test(MASQUERADE, NAT66, essential=True)
def dialog_that_the_provider_stays_in_goes_by_it(net: Net) -> None:
    alice, carol, provider = neighbours(net, f"Record-Route: <sip:{net.server.uri};lr>\r\n")
    invite, answer = call(provider, alice, carol)
    for message, other in ((invite, alice), (answer, carol)):
        equal(message.contact, provider.contacts[other.user], f"Contact of {other.user}")
    equal(len(net.opened(0)), len(provider.contacts) if HELPER != "none" else 0, "ways for calls")
    for method, sender, receiver in (("ACK", alice, carol), ("BYE", carol, alice)):
        target, route = provider.uri(receiver), f"Route: <sip:{net.server.uri};lr>"
        sent = sender.request(method, receiver, uri=target, extra=route, cseq=7)
        got = provider.request(sender, receiver, sent)
        equal(Message.read(got).uri, uri(receiver.user, receiver.socket.endpoint), "Request-URI")


@test(MASQUERADE, NAT66, mainline=BARS)
def call_is_handed_over_to_the_neighbour(net: Net) -> None:
    """The provider's REFER names the call that the new one takes the place of."""
    alice, carol, provider = neighbours(net)
    target = provider.uri(carol)
    refer = provider.agent.request(
        "REFER", alice, uri=provider.uri(alice), extra=f"Refer-To: <{target}?Replaces=other%40x>"
    )
    named = Message.read(provider.to(alice, refer))["Refer-To"]
    equal(named, f"<{target}?Replaces=other%40x>", "Refer-To")
    reach_by_a_call(alice, carol, provider)


@test(mainline=BARS)
def call_is_redirected_to_the_neighbour(net: Net) -> None:
    alice, carol, provider = neighbours(net)
    asked = alice.to(provider.agent, alice.invite(provider.agent, audio(alice)))
    moved = provider.agent.reply(asked, 302, contact=f"<{provider.uri(carol)}>")
    provider.to(alice, moved)
    reach_by_a_call(alice, carol, provider)


def reach_by_a_call(alice: UserAgent, carol: UserAgent, provider: Provider) -> None:
    """Alice calls Carol where she was told that Carol is, and both hear and end each other."""
    alice.call = carol.call = "another"
    at = provider.contacts["carol"]
    got, back = directly(alice, carol, at, "INVITE", audio(alice))
    invite, answer = Message.read(got), Message.read(back)
    directly(alice, carol, answer.contact, "ACK")
    hear(alice, carol, invite.media(), answer.media())
    directly(carol, alice, invite.contact, "BYE", cseq=7)


@test()
def neighbour_that_names_its_flow_is_left_as_it_is(net: Net) -> None:
    """It has learned that from the provider, by whom it is reached then; no pinhole is there."""
    alice, carol = agent(net.phone, "alice", call="call"), agent(net.other, "carol", call="call")
    provider = Provider(agent(net.server, "provider"))
    for phone in (alice, carol):
        phone.to(provider.agent, phone.request("OPTIONS", provider.agent))
        assert provider.agent.peer
        if phone is carol:
            carol.at = f"{net.public.uri}:{provider.agent.peer[1]}"
        provider.register(phone)
    invite, answer = call(provider, alice, carol)
    equal(answer.contact, provider.peers["carol"], "Contact of Carol")
    ack = alice.request("ACK", carol, uri=uri("carol", answer.contact))
    alice.socket.send(ack, answer.contact)
    equal(provider.to(carol, b"\r\n\r\n"), b"\r\n\r\n", "what comes in directly")
    sent = carol.request("BYE", alice, uri=uri("alice", invite.contact), cseq=7)
    got = provider.request(carol, alice, sent)
    equal(Message.read(got).uri, uri("alice", alice.socket.endpoint), "Request-URI")


@test(only="where there is no helper there is no way to bar")
def who_was_not_told_does_not_get_there(net: Net) -> None:
    alice, carol, provider = neighbours(net)
    invite = alice.invite(carol, b"", uri=provider.uri(carol))
    for sender in (alice, agent(net.stranger, "mallory")):
        sender.socket.send(invite, provider.contacts["carol"])
    equal(provider.to(carol, b"\r\n\r\n"), b"\r\n\r\n", "what comes in")


@test(only="a counter of nf_sip's")
def way_to_a_neighbour_serves_nothing_but_itself(net: Net) -> None:
    """What names the neighbour is the same before and after it is led round."""
    alice, carol, provider = neighbours(net)
    for _ in range(2):
        invite, answer = call(provider, alice, carol)
        equal(invite.contact, provider.contacts["alice"], "Contact of Alice")
        equal(answer.contact, provider.contacts["carol"], "Contact of Carol")
    ways = [one for one in net.expectations(0) if not one.permanent]
    at = provider.contacts
    directly(carol, alice, at["alice"], "INFO", cseq=7)
    equal(alice.peer, at["carol"], "where Carol's messages come from")
    directly(alice, carol, at["carol"], "ACK")
    equal(carol.peer, at["alice"], "where Alice's messages come from")
    wanted = {(net.phone.ip, at["carol"]), (net.other.ip, at["alice"])}
    equal({(one.peer, one.outside) for one in ways}, wanted, "ways to a neighbour")
    true(all(one.timeout <= 180 for one in ways), "they stay for long")


@test(only="mainline leads nobody round")
def neighbour_that_is_not_in_a_call_does_not_end_it(net: Net) -> None:
    """Dave says to Carol what Alice would say."""
    alice, carol, provider = neighbours(net)
    answer = call(provider, alice, carol)[1]
    directly(alice, carol, answer.contact, "ACK")
    address = ["10.0.0.4/24", "dev", "eth0"]
    net.phone.run("ip", "addr", "add", *address)
    try:
        dave = agent(Host(net, net.phone.name, "10.0.0.4"), "dave", call="another")
        provider.register(dave)
        asked = dave.to(provider.agent, dave.invite(provider.agent, b""))
        moved = provider.agent.reply(asked, 302, contact=f"<{provider.uri(carol)}>")
        provider.to(dave, moved)
        before = net.opened(1)
        true(before, "no pinholes")
        forged = UserAgent(alice.user, alice.at, alice.call, dave.socket)
        bye = forged.request("BYE", carol, uri=provider.uri(carol), cseq=9, to_tag="carol-1")
        forged.to(carol, bye, answer.contact)
        equal(net.opened(1), before, "pinholes")
    finally:
        net.phone.run("ip", "addr", "del", *address)
    directly(alice, carol, answer.contact, "BYE", cseq=10, to_tag="carol-1")
    equal(net.opened(1), [], "pinholes")


@test(MASQUERADE, NAT66, mainline=BARS)
def neighbour_s_messages_come_from_its_contact(net: Net) -> None:
    """Both listen, and speak to each other, at a port that they do not register from."""
    provider = Provider(agent(net.server, "provider"))
    at, ears = provider.contacts, []
    for host, user in ((net.other, "carol"), (net.phone, "alice")):
        mouth, ear = agent(host, user, 5062), agent(host, user, 5070, call="call")
        contact = f"<sip:{user}@{ear.at}>"
        got = mouth.to(provider.agent, mouth.register(provider.agent.at, contact=contact))
        provider.agent.back(mouth, provider.agent.bind(got))
        at[user] = Message.read(got).contact
        ears.append(ear)
    carol, alice = ears
    true(at["alice"][1] != alice.socket.port, "both have the same port outside")
    extra = f"Refer-To: <{provider.uri(carol)}>"
    refer = provider.agent.request("REFER", alice, uri=provider.uri(alice), extra=extra)
    provider.agent.to(alice, refer, at["alice"])
    directly(alice, carol, at["carol"], "INFO")
    equal(carol.peer, at["alice"], "where Alice's messages come from")
    directly(carol, alice, at["alice"], "INFO", cseq=7)


@test(only="mainline leads nobody round")
def ways_to_many_neighbours_leave_the_phone_its_own(net: Net) -> None:
    alice, _, provider = neighbours(net)
    many = [agent(net.other, f"carol{port}", port) for port in range(5070, 5120)]
    for one in many:
        provider.register(one)
    asked = alice.to(provider.agent, alice.invite(provider.agent, b""))
    for part in (many[:16], many[16:32], many[32:48]):
        named = ", ".join(f"<{provider.uri(one)}>" for one in part)
        provider.to(alice, provider.agent.reply(asked, 302, contact=named))
    ways = [one for one in net.expectations(0) if one.permanent]
    equal(len(ways), len(provider.contacts), "ways for calls")
