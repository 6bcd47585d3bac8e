# SPDX-License-Identifier: GPL-2.0-only
"""A phone that sends from another port than it listens on, behind a firewall without NAT.

phone 10.0.0.2:33333 and :5060 ──── 10.0.0.1 gateway 203.0.113.1 ──── registrar 203.0.113.10:5060
"""

from lab import FIREWALL, Expectation, Net, UserAgent, agent, equal, sdp, swap, test

GATEWAY = FIREWALL
SHUT = "lets no answer in to the port in Via"


def phone(net: Net) -> tuple[UserAgent, UserAgent, UserAgent]:
    """Where it sends from, where it listens, and its registrar."""
    mouth = agent(net.phone, "alice", 33333, at=f"{net.phone.uri}:5060")
    return mouth, agent(net.phone, "alice", 5060), agent(net.server, "registrar")


def way(net: Net) -> Expectation:
    """The one way in for calls, which is open."""
    ways = net.expectations(0)
    equal([(one.permanent, one.inactive) for one in ways], [(True, False)], "ways")
    return ways[0]


@test(only="mainline opens no pinhole for such a phone without its 2xx in this connection")
def way_for_calls_stays_for_as_long_as_granted(net: Net) -> None:
    """The registrar answers to where the phone sends from."""
    mouth, _, registrar = phone(net)
    sent = mouth.register(registrar.at)
    mouth.to(registrar, sent)
    registrar.back(mouth, registrar.bind(sent))
    granted = way(net).timeout
    mouth.to(registrar, mouth.request("OPTIONS", registrar, cseq=3))
    equal(way(net).timeout >= granted - 1 > 200, True, "it stays")


@test(mainline=SHUT)
def answer_where_the_phone_listens_opens_the_way_for_calls(net: Net) -> None:
    mouth, ear, registrar = phone(net)
    for cseq in (1, 2, 3):
        sent = mouth.register(registrar.at, cseq=cseq)
        mouth.to(registrar, sent)
        registrar.to(ear, registrar.bind(sent))
        equal(way(net).timeout > 200, True, f"after REGISTER {cseq} it is open for as long as granted")


@test(mainline=SHUT)
def way_that_waits_for_the_registrar_lets_its_answers_in(net: Net) -> None:
    mouth, ear, registrar = phone(net)
    first = swap(mouth.register(registrar.at), (";branch", ";rport;branch"))
    mouth.to(registrar, first)
    registrar.back(mouth, registrar.reply(first, 401))
    sent = mouth.register(registrar.at, cseq=2)
    mouth.to(registrar, sent)
    registrar.to(ear, registrar.bind(sent))


@test(only="what mainline opens it opens for the Contact")
def acknowledgement_opens_nothing(net: Net) -> None:
    mouth, _, registrar = phone(net)
    mouth.to(registrar, mouth.request("ACK", registrar))
    equal(net.expectations(), [], "pinholes")


@test(mainline=SHUT)
def phone_that_comes_back_from_another_port_keeps_its_way(net: Net) -> None:
    """What was granted holds on, and is prolonged by whichever connection the phone has now."""
    mouth, ear, registrar = phone(net)
    sent = mouth.register(registrar.at)
    mouth.to(registrar, sent)
    registrar.to(ear, registrar.bind(sent, 300))
    equal(180 < way(net).timeout <= 300, True, "it is open for as long as granted")
    other = agent(net.phone, "alice", 33334, at=mouth.at)
    other.to(registrar, other.request("OPTIONS", registrar))
    equal(180 < way(net).timeout <= 300, True, "it stays open")
    for number, port in enumerate((33335, 33336), 2):
        granted = 300 * number
        again = agent(net.phone, "alice", port, at=mouth.at)
        sent = again.register(registrar.at, cseq=number)
        again.to(registrar, sent)
        equal(granted - 310 < way(net).timeout < granted, True, f"REGISTER {number} closes nothing")
        registrar.to(ear, registrar.bind(sent, granted))
        older = {one.original.source[1] for one in net.conntrack.connections()} - {port, 5060}
        for gone in older:
            net.conntrack_tool("-D", "-p", "udp", "--orig-port-src", str(gone))
        equal(way(net).timeout > granted - 10, True, f"REGISTER {number} prolongs it")


@test(mainline=SHUT)
def calls_of_a_phone_that_comes_back_from_another_port_are_its_own(net: Net) -> None:
    mouth, ear, bob = phone(net)
    sent = mouth.request("OPTIONS", bob)
    mouth.to(bob, sent)
    bob.to(ear, bob.reply(sent))
    again = agent(net.phone, "alice", 33334, at=mouth.at, call="another")
    invite = again.invite(bob, sdp(net.phone.ip, "m=audio 30000 RTP/AVP 8"))
    again.to(bob, invite)
    bob.to(ear, bob.reply(invite, 200, sdp(net.stranger.ip, "m=audio 40000 RTP/AVP 8")))
    equal({one.peer for one in net.opened(1)}, {net.stranger.ip}, "who may send media")
    again.to(bob, again.request("ACK", bob, to_tag="bob-1"))
    bob.call = again.call
    bob.to(ear, bob.request("BYE", again, cseq=7, to_tag="alice-1"))
    equal(net.opened(1), [], "pinholes for media")


@test(only="mainline remembers no calls")
def call_to_a_phone_that_came_back_from_another_port_is_its_own(net: Net) -> None:
    """It is answered where the phone sends from now."""
    mouth, ear, bob = phone(net)
    for number, port in enumerate((33333, 33334), 1):
        mouth = mouth if port == 33333 else agent(net.phone, "alice", port, at=mouth.at)
        sent = swap(mouth.register(bob.at, cseq=number), (";branch", ";rport;branch"))
        mouth.to(bob, sent)
        bob.back(mouth, bob.bind(sent))
        bob.call = f"call-{number}"
        invite = bob.invite(ear, sdp(net.stranger.ip, "m=audio 40000 RTP/AVP 8"))
        bob.to(ear, invite)
        mouth.to(bob, ear.reply(invite, 200, sdp(net.phone.ip, "m=audio 30000 RTP/AVP 8")))
        equal({one.peer for one in net.opened(1)}, {net.stranger.ip}, "who may send media")
        bob.to(ear, bob.request("BYE", ear, cseq=2, to_tag="alice-1"))
        equal(net.opened(1), [], "pinholes for media")


@test(only="mainline has no way for answers")
def stranger_takes_no_way_of_the_phone_s(net: Net) -> None:
    """Another machine says that it is the phone."""
    mouth, ear, registrar = phone(net)
    sent = mouth.register(registrar.at)
    mouth.to(registrar, sent)
    registrar.to(ear, registrar.bind(sent, 300))
    before = way(net)
    mallory = agent(net.other, "alice", 33334, at=mouth.at)
    mallory.to(registrar, mallory.request("OPTIONS", registrar))
    mallory.to(registrar, mallory.register(registrar.at, cseq=2))
    ways = [one for one in net.expectations(0) if one.outside == before.outside]
    equal([one.master for one in ways], [before.master], "whose the way is")
