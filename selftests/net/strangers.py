# SPDX-License-Identifier: GPL-2.0-only
"""Messages of those who have no part in a call or a registration, and what phones ask for others.

alice 10.0.0.2 ──┐                                        ┌── bob 203.0.113.10, also the registrar
                 ├── 10.0.0.1 gateway 203.0.113.1 ────────┤
carol 10.0.0.3 ──┘     masquerade, or a firewall          └── mallory 203.0.113.66
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lab import (
    FIREWALL,
    MASQUERADE,
    NAT66,
    Agent,
    Endpoint,
    Message,
    Net,
    Socket,
    UserAgent,
    agent,
    counters,
    equal,
    established,
    pair,
    registered,
    sdp,
    swap,
    test,
    true,
    two_way,
)
from lab.courier import Courier

GATEWAY = MASQUERADE
MINE = "a counter of nf_sip's"
AUDIO = "m=audio 30000 RTP/AVP 8"
ANSWER = "m=audio 40000 RTP/AVP 8"


def open_to(net: Net) -> list[tuple[int, str | None]]:
    """The ports that lead to a phone, and who may send there."""
    return [(one.outside[1], one.peer) for one in net.opened()]


@dataclass(frozen=True)
class Forger:
    """Who sends what somebody else ought to have sent, and where to.

    courier: goes the same way.
    reaches: the socket that gets it, where it is let in.
    """

    agent: UserAgent
    to: Endpoint
    courier: Courier
    reaches: Socket | None = None

    def sends(self, net: Net, data: bytes) -> None:
        """It has passed the gateway when this returns, or been thrown away there."""
        self.agent.socket.send(data, self.to)
        if not self.reaches:
            return self.courier.settle_surely()
        got = self.reaches.receive("what was forged").data
        inside = self.reaches.host is net.phone
        equal(got, swap(data, (net.public.ip, net.phone.ip)) if inside else data, "what was forged")


def forgers(net: Net, alice: UserAgent, bob: UserAgent) -> Iterator[Forger]:
    """Who else may send something about a call of Alice's: one outside, to where Alice is known; one
    inside, to Bob; and one outside to whom Alice has spoken, so that the gateway lets its messages in."""
    assert bob.peer
    from_outside = Courier(net.phone, net.stranger)
    for port in (5060, 5070):
        yield Forger(agent(net.stranger, "mallory", port), bob.peer, from_outside)
    out = Courier(net.other, net.server)
    yield Forger(agent(net.other, "carol"), bob.socket.endpoint, out, bob.socket)
    mallory = agent(net.stranger, "mallory")
    alice.to(mallory, Agent("alice", alice.at, "question").request("OPTIONS", mallory))
    assert mallory.peer
    yield Forger(mallory, mallory.peer, from_outside, alice.socket)


@test(MASQUERADE, FIREWALL)
def forged_bye_or_cancel_ends_no_call(net: Net) -> None:
    alice, bob = pair(net)
    call = established(alice, bob, sdp(net.phone.ip, AUDIO), sdp(net.server.ip, ANSWER))
    bob.call = alice.call
    near, far = net.phone.udp(30000), net.server.udp(40000)
    outside = (net.outside(net.phone).ip, 30000)
    two_way(near, far, outside, far.endpoint)
    before = open_to(net)
    known = Agent("alice", f"{net.public.uri}:5060")
    ends = [
        message
        for method in ("BYE", "CANCEL")
        for message in (
            alice.request(method, bob, cseq=2, to_tag="bob-1"),
            bob.request(method, known, cseq=2, to_tag="alice-1"),
        )
    ]
    for forger in forgers(net, alice, bob):
        for data in ends:
            forger.sends(net, data)
    bob.socket.pending()
    equal(open_to(net), before, "pinholes")
    two_way(near, far, outside, far.endpoint)
    call.bye()


@test(MASQUERADE, FIREWALL, mainline="closes nothing at a CANCEL, whoever sends it")
def forged_cancel_ends_no_call_that_rings(net: Net) -> None:
    alice, bob = pair(net)
    alice.to(bob, alice.invite(bob, sdp(net.phone.ip, AUDIO)))
    before = open_to(net)
    cancel = alice.request("CANCEL", bob)
    for forger in forgers(net, alice, bob):
        forger.sends(net, cancel)
    equal(open_to(net), before, "pinholes")
    bob.socket.pending()
    alice.to(bob, cancel)
    equal(open_to(net), [], "pinholes when Alice has cancelled it")


@test(MASQUERADE, FIREWALL, mainline="gives an answered call no more time than one that rings")
def forged_refusal_closes_nothing(net: Net) -> None:
    alice, bob = pair(net)
    seen = alice.to(bob, alice.invite(bob, sdp(net.phone.ip, AUDIO)))
    at_alice = bob.peer
    before = open_to(net)
    for forger in forgers(net, alice, bob):
        forger.sends(net, bob.reply(seen, 486))
    equal(open_to(net), before, "pinholes")
    bob.peer = at_alice
    bob.back(alice, bob.reply(seen, 200, sdp(net.server.ip, ANSWER)))
    times = [one.timeout for one in net.opened()]
    true(min(times) > 180, f"the call is not agreed upon: its pinholes wait for {times} s")


@test(MASQUERADE, FIREWALL)
def forged_answer_lets_nobody_in(net: Net) -> None:
    alice, bob = pair(net)
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
    seen = alice.to(bob, invite)
    before = open_to(net)
    for forger in forgers(net, alice, bob):
        for asked in (seen, invite):
            forger.sends(net, bob.reply(asked, 200, sdp(net.stranger.ip, ANSWER)))
    wrong = [one for one in open_to(net) if one[1] != net.server.ip]
    equal(wrong, [], "who else may send to a phone")
    equal(open_to(net), before, "pinholes")


@test(MASQUERADE, FIREWALL)
def forged_grant_opens_no_registration(net: Net) -> None:
    alice, bob = pair(net)
    sent = alice.register(bob.at)
    seen = alice.to(bob, sent)
    at_alice = bob.peer
    for forger in forgers(net, alice, bob):
        for asked in (seen, sent):
            forger.sends(net, bob.bind(asked))
    open_now = [one for one in net.expectations(0) if not one.inactive]
    equal(open_now, [], "ways in before the registrar has agreed")
    bob.peer = at_alice
    bob.back(alice, bob.bind(seen))
    equal([one.inactive for one in net.expectations(0)], [False], "ways in when it has")


@test(MASQUERADE, FIREWALL)
def forged_end_of_a_registration_ends_none(net: Net) -> None:
    """By a 200 that binds no Contact any more, or for no time; the registrar's own does."""
    alice, bob = pair(net)
    seen = alice.to(bob, alice.register(bob.at))
    at_alice = bob.peer
    bob.back(alice, bob.bind(seen))
    ends = (bob.reply(seen, 200), bob.bind(seen, expires=0))
    for forger in forgers(net, alice, bob):
        for data in ends:
            forger.sends(net, data)
    ways = [(one.outside[1], one.inactive, one.timeout > 300) for one in net.expectations(0)]
    equal(ways, [(5060, False, True)], "ways in")
    bob.peer = at_alice
    bob.back(alice, ends[0])
    equal(net.expectations(0), [], "ways in when the registrar has ended it")


@test(MASQUERADE, FIREWALL, mainline="takes away the pinholes of all calls of the connection (defect 32)")
def bye_of_another_call_ends_nothing(net: Net) -> None:
    """In the call's own connection: what a sender can write who has its addresses and ports alone."""
    alice, bob = pair(net)
    call = established(alice, bob, sdp(net.phone.ip, AUDIO), sdp(net.server.ip, ANSWER))
    before = open_to(net)
    mine = alice.call
    for other in ("call-1", f"{mine}2", mine[:-1], mine.upper(), ""):
        alice.call = other
        alice.to(bob, alice.request("BYE", bob, cseq=2, to_tag="bob-1"))
    equal(open_to(net), before, "pinholes")
    alice.call = mine
    call.bye()


def family(ip: str) -> str:
    """The family of an address as descriptions name it."""
    return "IP6" if ":" in ip else "IP4"


def leads(net: Net) -> list[Endpoint]:
    """Where the pinholes of media lead to."""
    return [one.saved.source if one.saved else one.outside for one in net.expectations(1, 2, 3)]


def others(net: Net) -> list[str]:
    """Addresses that are not the phone's."""
    plan = net.gateway.plan
    special = ("::1", "::", "ff02::1") if ":" in net.phone.ip else ("127.0.0.1", "0.0.0.0", "224.0.0.1")
    ips = {plan.other, plan.inside, plan.outside, plan.server, plan.stranger, *special}
    return sorted(ips)


def told_of(own: str, ip: str) -> dict[str, bytes]:
    """Descriptions of a phone that name another address, by how they do."""
    kind = family(ip)
    uri = f"[{ip}]" if ":" in ip else ip
    candidate = "a=candidate:1 1 UDP 2130706431"
    lines = {
        "c= of the line": [AUDIO, f"c=IN {kind} {ip}"],
        "a=candidate": [AUDIO, f"{candidate} {ip} 31000 typ host"],
        "its raddr": [AUDIO, f"{candidate} {own} 30000 typ srflx raddr {ip} rport 31000"],
        "a=alt": [AUDIO, f"a=alt:1 1 : u p {ip} 31000"],
        "a=altc": [AUDIO, f"a=altc:1 {kind} {ip} 31000"],
        "a=remote-candidates": [AUDIO, f"a=remote-candidates:1 {ip} 31000 2 {ip} 31001"],
        "a=path": ["m=message 30000 TCP/MSRP *", "a=setup:passive", f"a=path:msrp://{uri}:31000/s;tcp"],
    }
    return {"c=": sdp(ip, AUDIO)} | {how: sdp(own, *more) for how, more in lines.items()}


def in_parts(message: bytes) -> bytes:
    """The message with its description as the second part of its body."""
    head, empty, body = message.partition(b"\r\n\r\n")
    part = b"--b\r\nContent-Type: %s\r\n\r\n%s\r\n"
    parts = part % (b"text/plain", b"hello") + part % (b"application/sdp", body) + b"--b--\r\n"
    head = head.replace(b"Type: application/sdp", b"Type: multipart/mixed;boundary=b")
    length = b"Content-Length: %d"
    return head.replace(length % len(body), length % len(parts)) + empty + parts


@test(MASQUERADE, FIREWALL, NAT66, mainline="opens nothing for messages (defect 30)")
def description_of_another_address_opens_nothing(net: Net) -> None:
    """In what the phone asks and what it answers, and in a part of that: all that opens is its own port."""
    alice, bob = pair(net)
    alice.to(bob, alice.request("OPTIONS", bob))
    phone_at = bob.peer
    number = 0
    for ip in others(net):
        for how, body in told_of(net.phone.ip, ip).items():
            ports = {"c=": 0, "c= of the line": 0, "a=path": 1}.get(how, 2)
            own = {(net.phone.ip, 30000 + port) for port in range(ports)}
            for form in (bytes, in_parts):
                number += 1
                what = f"where pinholes lead to for {how} of {ip}, {form.__name__}"
                alice.call = f"call-{number}"
                alice.to(bob, form(alice.invite(bob, body)))
                equal(set(leads(net)), own, f"{what}, INVITE")
                alice.to(bob, alice.request("BYE", bob, cseq=2))
                equal(leads(net), [], f"{what}, BYE")

                bob.call = f"call-in-{number}"
                bob.peer = phone_at
                seen = bob.back(alice, bob.invite(alice, sdp(net.server.ip, ANSWER)))
                before = set(leads(net))
                alice.to(bob, form(alice.reply(seen, 200, body)))
                equal(set(leads(net)) - before, own, f"{what}, 200")
                bob.back(alice, bob.request("BYE", alice, cseq=2, to_tag="alice-1"))
                equal(leads(net), [], f"{what}, BYE after 200")


@test(MASQUERADE, FIREWALL, NAT66, mainline="reads no a=rtcp, and opens the port above RTP's")
def rtcp_of_another_address_opens_nothing_there(net: Net) -> None:
    alice, bob = pair(net)
    more = f"a=rtcp:30007 IN {family(net.phone.ip)} {net.other.ip}"
    alice.to(bob, alice.invite(bob, sdp(net.phone.ip, AUDIO, more)))
    equal(open_to(net), [(30000, net.server.ip)], "pinholes")
    leads = [one.saved.source[0] for one in net.opened() if one.saved]
    true(all(ip == net.phone.ip for ip in leads), f"they lead to {leads}")


@test(MASQUERADE, FIREWALL)
def contact_of_a_neighbour_opens_nothing(net: Net) -> None:
    alice, server = pair(net)
    for ip in (net.other.ip, "10.0.0.1", net.stranger.ip):
        alice.call = f"call-for-{ip}"
        sent = alice.register(server.at, contact=f"<sip:alice@{ip}:5060>")
        server.back(alice, server.bind(alice.to(server, sent)))
        equal(net.expectations(0), [], f"ways in for a Contact at {ip}")


@test()
def answer_that_nobody_asked_for_opens_no_way_in(net: Net) -> None:
    """Of somebody outside."""
    alice, bob = pair(net)
    asked = alice.to(bob, alice.request("OPTIONS", bob))
    asked = asked.replace(b"OPTIONS", b"INVITE")
    bob.back(alice, bob.reply(asked, 200, sdp(net.server.ip, ANSWER)))
    bob.back(alice, bob.reply(asked, 200, sdp(net.phone.ip, ANSWER)))
    bob.back(alice, bob.reply(asked, 200, sdp(net.public.ip, ANSWER)))
    equal(net.opened(), [], "ways in")


@test(MASQUERADE, FIREWALL, mainline="opens its ports for three minutes")
def answer_of_a_phone_that_nobody_asked_for_opens_nothing(net: Net) -> None:
    """Its description stays as it is."""
    alice, bob = pair(net)
    alice.to(bob, alice.request("OPTIONS", bob))
    inside = sdp(net.phone.ip, AUDIO)
    asked = bob.invite(alice, b"")
    answers = {
        "180": alice.reply(asked, 180, inside),
        "200": alice.reply(asked, 200, inside),
        "200 to UPDATE": alice.reply(bob.request("UPDATE", alice, cseq=2), 200, inside),
        "ACK": alice.request("ACK", bob, inside, to_tag="bob-1"),
    }
    for what, answer in answers.items():
        got = alice.to(bob, answer)
        equal(Message.read(got).body, inside, f"the description of {what}")
        equal(net.opened(), [], f"pinholes for {what}")


@test(MASQUERADE, FIREWALL, only=MINE)
def answer_that_nobody_asked_for_is_counted(net: Net) -> None:
    alice, bob = pair(net)
    alice.to(bob, alice.request("OPTIONS", bob))
    before = counters()["unasked"]
    alice.to(bob, alice.reply(bob.invite(alice, b""), 200, sdp(net.phone.ip, AUDIO)))
    equal(counters()["unasked"], before + 1, "unasked")


@test(MASQUERADE)
def answer_from_another_port_than_was_asked_opens_its_media(net: Net) -> None:
    """Some telephones listen at one port and send from another (RFC 3581 1)."""
    alice, bob = pair(net)
    contact = registered(alice, bob)
    bob.call = "inward"
    uri = f"sip:alice@{net.public.uri}:{contact[1]}"
    asked = bob.to(alice, bob.request("INVITE", alice, sdp(net.server.ip, ANSWER), uri=uri), contact)
    sender = agent(net.phone, "alice", 5080, at=alice.at)
    got = sender.to(bob, alice.reply(asked, 200, sdp(net.phone.ip, AUDIO)))
    equal(Message.read(got).body, sdp(net.public.ip, AUDIO), "its description")
    near, far = net.phone.udp(30000), net.server.udp(40000)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)


@test(MASQUERADE, FIREWALL, only=MINE)
def media_at_a_service_s_port_is_refused_and_counted(net: Net) -> None:
    alice, bob = pair(net)
    for number, port in enumerate((22, 1023, 1194, 4500, 1900)):
        alice.call = f"call-{number}"
        before = counters()["service_port"]
        alice.to(bob, alice.invite(bob, sdp(net.phone.ip, f"m=audio {port} RTP/AVP 8")))
        equal(net.opened(), [], f"pinholes at {port}")
        equal(counters()["service_port"], before + 1, f"service_port for {port}")


@test(MASQUERADE, FIREWALL, mainline="opens it")
def media_at_a_service_s_port_open_nothing(net: Net) -> None:
    alice, bob = pair(net)
    lines = ("m=audio 4500 RTP/AVP 8", "m=message 3306 TCP/MSRP *\na=setup:passive")
    for number, line in enumerate(lines):
        alice.call = f"call-{number}"
        alice.to(bob, alice.invite(bob, sdp(net.phone.ip, line)))
        equal(net.opened(), [], f"pinholes for {line}")


@test(mainline="opens it")
def contact_at_a_service_s_port_opens_nothing(net: Net) -> None:
    alice, server = pair(net)
    sent = alice.register(server.at, contact=f"<sip:alice@{net.phone.ip}:1900>")
    server.back(alice, server.bind(alice.to(server, sent)))
    equal(net.expectations(0), [], "ways in")


@test(only="mainline drops the second INVITE (defect 1)")
def media_are_not_moved_to_a_service_s_port_of_the_gateway(net: Net) -> None:
    alice, bob = pair(net)
    carol = agent(net.other, "carol")
    line = "m=audio 4498 RTP/AVP 8"
    alice.to(bob, alice.invite(bob, sdp(net.phone.ip, line)))
    seen = carol.to(bob, carol.invite(bob, sdp(net.other.ip, line)))
    equal(Message.read(seen).media(), (net.public.ip, 4502), "where Carol's media comes in")
