# SPDX-License-Identifier: GPL-2.0-only
"""What nf_sip remembers, seen by what there is room for."""

from __future__ import annotations

from .calls import established, pair, registered
from .check import PATIENCE, equal, within
from .kernel import HELPER, counters, parameter
from .net import Net
from .sip import sdp
from .stream import connect, listen


def nothing_stays(net: Net) -> None:
    """With the connections all that was remembered has gone: there is room where there is little."""
    net.empty()
    if HELPER != "nf_sip":
        return
    before = counters()
    with parameter("sip_max_calls", 1):
        alice, bob = pair(net)
        registered(alice, bob)
        answer = sdp(net.server.ip, *(f"m=audio {port} RTP/AVP 8" for port in (40000, 40002)))
        offer = sdp(net.phone.ip, *(f"m=audio {port} RTP/AVP 8" for port in (30000, 30002)))
        established(alice, bob, offer, answer).bye()
    after = counters()
    for name in ("too_many_calls", "displaced", "no_room"):
        equal(after[name], before[name], name)
    if not net.gateway.tcp:
        return
    message = alice.request("OPTIONS", bob)
    # What a beginning takes is all that there is, and of which not a byte may be lost.
    with parameter("sip_max_stream_memory", 8):
        waiting = listen(net.server, 5060)
        near = connect(net.phone, (net.server.ip, 5060))
        far = waiting.accept()
        near.send(message[:100])
        within(
            PATIENCE,
            lambda: any(counters()[name] > after[name] for name in ("stream_held", "stream_no_memory")),
            "the beginning of a message is held or passes",
        )
    near.send(message[100:])
    far.receive(len(message))
    equal(counters()["stream_no_memory"], after["stream_no_memory"], "stream_no_memory")
