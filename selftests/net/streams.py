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
from lab.stream import connect, listen

GATEWAY = MASQUERADE
OURS = "m=message 40004 TCP/MSRP *"
NOTHING = "opens nothing for media over TCP"


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
    call.bye()
    equal(net.expectations(1), [], "pinholes after the BYE")
    far.send(b"last words")
    equal(near.receive(10), b"last words", "what the phone gets after the BYE")


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


@test(FIREWALL, mainline=NOTHING)
def both_transports_may_be_offered_at_one_port(net: Net) -> None:
    alice, bob = pair(net)
    offer = sdp(net.phone.ip, "m=image 4000 udptl t38", "m=image 4000 TCP t38", "a=setup:passive")
    answer = sdp(net.server.ip, "m=image 6000 udptl t38", "m=image 0 TCP t38")
    call = established(alice, bob, offer, answer)
    opened = {one.flow.protocol for one in net.expectations(3) if one.outside == (net.phone.ip, 4000)}
    equal(opened, {6, 17}, "protocols that are let in")
    call.bye()
    equal(net.expectations(3), [], "pinholes after the BYE")
