# SPDX-License-Identifier: GPL-2.0-only
"""Media over TCP, whose connection one of the sides opens (RFC 4145).

phone 10.0.0.2 ──── 10.0.0.1 gateway 203.0.113.1 ──── server 203.0.113.10
                        masquerade               └─── stranger 203.0.113.66
"""

from lab import (
    FIREWALL,
    FIREWALL6,
    MASQUERADE,
    NAT66,
    Failed,
    Net,
    agent,
    equal,
    established,
    pair,
    sdp,
    test,
    true,
)
from lab.conntrack import Tuple
from lab.stream import connect, listen

GATEWAY = MASQUERADE
TCP = 6
OURS = "m=message 40004 TCP/MSRP *"
NOTHING = "opens nothing for media over TCP"


def flowing(net: Net) -> list[Tuple]:
    """The TCP connections that there are."""
    found = [one.original for one in net.conntrack.connections()]
    return [one for one in found if one.protocol == TCP]


@test(MASQUERADE, NAT66, FIREWALL, FIREWALL6, mainline=NOTHING)
def connection_comes_in_to_who_waits_for_it(net: Net) -> None:
    alice, bob = pair(net)
    waiting = listen(net.phone, 40004)
    offer = sdp(net.phone.ip, OURS, "a=setup:passive")
    answer = sdp(net.server.ip, "m=message 9 TCP/MSRP *", "a=setup:active")
    call = established(alice, bob, offer, answer)
    at = call.offer.media("message")
    equal(at, (net.outside(net.phone).ip, 40004), "where the server connects to")
    far = connect(net.server, at)
    near = waiting.accept()
    far.send(b"MSRP")
    equal(near.receive(4), b"MSRP", "what the phone gets")
    near.send(b"200 OK")
    equal(far.receive(6), b"200 OK", "what the server gets")
    equal(net.expectations(1), [], "pinholes once it is connected")
    equal(len(flowing(net)), 1, "connections")
    call.bye()
    equal(flowing(net), [], "connections after the BYE")


@test(mainline=NOTHING)
def exchanged_port_leads_to_the_phone(net: Net) -> None:
    """Two phones wait at the same port, which UDP has besides."""
    bob = agent(net.server, "bob")
    offer = ("m=audio 40004 RTP/AVP 8", OURS)
    answer = sdp(net.server.ip, "m=audio 0 RTP/AVP 8", "m=message 9 TCP/MSRP *", "a=setup:active")
    for host in (net.phone, net.other):
        caller = agent(host, host.name)
        call = established(caller, bob, sdp(host.ip, *offer), answer)
        waiting = listen(host, 40004)
        far = connect(net.server, call.offer.media("message"))
        far.send(b"x")
        equal(waiting.accept().receive(1), b"x", f"what {host.name} gets")


@test()
def strangers_get_no_connection(net: Net) -> None:
    alice, bob = pair(net)
    waiting = listen(net.phone, 40004)
    answer = sdp(net.server.ip, "m=message 9 TCP/MSRP *", "a=setup:active")
    call = established(alice, bob, sdp(net.phone.ip, OURS, "a=setup:passive"), answer)
    refused = False
    try:
        connect(net.stranger, call.offer.media("message"))
    except Failed:
        refused = True
    true(refused, "the stranger got a connection")
    waiting.close()
    call.bye()


@test()
def who_opens_the_connection_needs_no_pinhole(net: Net) -> None:
    alice, bob = pair(net)
    there = listen(net.server, 50004)
    offer = sdp(net.phone.ip, "m=message 9 TCP/MSRP *", "a=setup:active")
    answer = sdp(net.server.ip, "m=message 50004 TCP/MSRP *", "a=setup:passive")
    call = established(alice, bob, offer, answer)
    equal(net.opened(), [], "pinholes that lead to the phone")
    near = connect(net.phone, call.answer.media("message"))
    near.send(b"MSRP")
    equal(there.accept().receive(4), b"MSRP", "what the server gets")
    call.bye()
