# SPDX-License-Identifier: GPL-2.0-only
"""Two gateways, of which the second takes over; conntrackd carries over what there is.

phone 10.0.0.2 ──┐                                        ┌── server 203.0.113.10
                 ├──── 10.0.0.1 gateway 203.0.113.1 ──────┤
                 │                  │ conntrackd          │
                 └──── 10.0.0.1 standby 203.0.113.1 ──────┘
                       masquerade, or a firewall
"""

from lab import (
    FIREWALL,
    MASQUERADE,
    Agent,
    Expectation,
    Net,
    Tuple,
    agent,
    equal,
    established,
    outward,
    pair,
    registered,
    sdp,
    test,
    two_way,
)
from lab.standby import standby

GATEWAY = MASQUERADE
AUDIO = "m=audio 30000 RTP/AVP 8"
REFUSED = "m=audio 0 RTP/AVP 8"


def what(pinholes: list[Expectation]) -> list[tuple[Tuple, Tuple | None, int, str, bool, bool]]:
    """What has to be carried over of pinholes."""
    return [
        (one.flow, one.saved, one.klass, one.function, one.permanent, one.inactive)
        for one in pinholes
    ]


def media_flows(net: Net) -> None:
    """RTP and RTCP, from the server first."""
    for step in (0, 1):
        near, far = net.phone.udp(30000 + step), net.server.udp(40000 + step)
        two_way(near, far, (net.public.ip, 30000 + step), far.endpoint)


@test(needs=("conntrackd",))
def call_goes_on_by_the_second_gateway(net: Net) -> None:
    with standby(net) as second:
        alice, bob = pair(net)
        established(alice, bob, sdp(net.phone.ip, AUDIO), sdp(net.server.ip, REFUSED))
        second.knows(connections=1)
        second.take_over(by_conntrackd=False)
        equal(what(second.conntrack.expectations()), what(net.expectations()), "pinholes")
        media_flows(net)
        again = alice.invite(bob, sdp(net.phone.ip, AUDIO), cseq=2, to_tag="bob-1")
        equal(alice.to(bob, again), outward(net, again), "re-INVITE")


@test(needs=("conntrackd",))
def registered_phone_is_called_by_the_second_gateway(net: Net) -> None:
    """The call has no helper there: ctnetlink has no word for the one that it is to get."""
    with standby(net) as second:
        alice, server = pair(net)
        host, port = contact = registered(alice, server)
        second.knows(connections=1)
        second.take_over(by_conntrackd=False)
        equal(what(second.conntrack.expectations()), what(net.expectations()), "pinholes")
        proxy = agent(net.server, "proxy", 5070)
        sent = proxy.invite(Agent("alice", f"{host}:{port}"), sdp(net.server.ip, REFUSED))
        proxy.to(alice, sent, contact)
        equal(alice.peer, proxy.socket.endpoint, "where it comes from")


@test(
    FIREWALL, mainline="has room for one pinhole of the class that it gets", needs=("conntrackd",)
)
def without_nat_conntrackd_carries_the_call_alone(net: Net) -> None:
    with standby(net) as second:
        alice, bob = pair(net)
        # It passes over what the first packet of a connection opens.
        alice.to(bob, alice.request("OPTIONS", bob))
        second.knows(connections=1)
        established(alice, bob, sdp(net.phone.ip, AUDIO), sdp(net.server.ip, REFUSED), cseq=2)
        second.knows(connections=1, pinholes=2)
        second.take_over(by_conntrackd=True)
        media_flows(net)
