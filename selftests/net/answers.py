# SPDX-License-Identifier: GPL-2.0-only
"""A phone that sends from another port than it listens on, behind a firewall without NAT.

phone 10.0.0.2:33333 and :5060 ──── 10.0.0.1 gateway 203.0.113.1 ──── registrar 203.0.113.10:5060
"""

from lab import FIREWALL, Expectation, Net, UserAgent, agent, equal, swap, test

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
