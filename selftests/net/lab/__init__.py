# SPDX-License-Identifier: GPL-2.0-only
"""What the network tests stand on: a network in namespaces, SIP and SDP, conntrack, the kernel.

A test file draws its topology, names its gateway as GATEWAY and holds functions under @test:

    @test(mainline="adds a port that the phone did not write")
    def contact_without_port_stays_without(net: Net) -> None:
        phone, server = net.phone.udp(5060), net.server.udp(5060)
        ...

Waiting is for a condition, never for a time. What a test leaves behind fails it.
"""

from .calls import Call, UserAgent, agent, established, outward, pair, registered
from .check import Failed, Skip, contains, equal, true, within
from .conntrack import Connection, Expectation, Tuple
from .gateway import (
    DNAT,
    DNAT_AROUND,
    DNAT_LOOP,
    DNAT_PORT,
    FIREWALL,
    FIREWALL6,
    MASQUERADE,
    NAT66,
    NFT_MASQUERADE,
    NFT_NAT66,
    NFT_ZONE,
    PROXY,
    SNAT,
    SNAT_PORT,
    Gateway,
)
from .host import Endpoint, Host, Packet, Socket, each
from .kernel import HELPER, counters, parameter
from .media import closed, flows, rtp, shut, two_way
from .net import Net
from .registry import test
from .sip import Agent, Message, message, sdp, swap

__all__ = [
    "DNAT",
    "DNAT_AROUND",
    "DNAT_LOOP",
    "DNAT_PORT",
    "FIREWALL",
    "FIREWALL6",
    "HELPER",
    "MASQUERADE",
    "NAT66",
    "NFT_MASQUERADE",
    "NFT_NAT66",
    "NFT_ZONE",
    "PROXY",
    "SNAT",
    "SNAT_PORT",
    "Agent",
    "Call",
    "Connection",
    "Endpoint",
    "Expectation",
    "Failed",
    "Gateway",
    "Host",
    "Message",
    "Net",
    "Packet",
    "Skip",
    "Socket",
    "Tuple",
    "UserAgent",
    "agent",
    "closed",
    "contains",
    "counters",
    "each",
    "equal",
    "established",
    "flows",
    "message",
    "outward",
    "pair",
    "parameter",
    "registered",
    "rtp",
    "sdp",
    "shut",
    "swap",
    "test",
    "true",
    "two_way",
    "within",
]
