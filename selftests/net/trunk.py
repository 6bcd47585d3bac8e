# SPDX-License-Identifier: GPL-2.0-only
"""Many calls of one connection, as between a PBX and its provider.

phone 10.0.0.2:5060 ───── 10.0.0.1 gateway 203.0.113.1 ───── server 203.0.113.10:5060
  the PBX                       masquerade                       the provider
"""

from lab import (
    MASQUERADE,
    Message,
    Net,
    UserAgent,
    contains,
    equal,
    flows,
    pair,
    sdp,
    test,
)
from lab.kernel import roomy

GATEWAY = MASQUERADE
CALLS = 5000
# So many calls ring at a time: two seconds' worth at 100 a second. Their pinholes alone are more than
# the kernel allows one connection to have.
RINGING = 200


def audio(ip: str, port: int) -> bytes:
    """A description of audio."""
    return sdp(ip, f"m=audio {port} RTP/AVP 8")


def port(number: int) -> int:
    """The RTP port of a call, which is the same at both ends."""
    return 10000 + 2 * number


def offer(pbx: UserAgent, provider: UserAgent, number: int) -> bytes:
    """The INVITE of a call as the provider gets it."""
    pbx.call = f"call-{number}"
    return pbx.to(provider, pbx.invite(provider, audio(pbx.host.ip, port(number))))


def answer(pbx: UserAgent, provider: UserAgent, invite: bytes, number: int) -> None:
    """The call is answered."""
    provider.back(pbx, provider.reply(invite, 200, audio(provider.host.ip, port(number))))
    pbx.call = f"call-{number}"
    pbx.to(provider, pbx.request("ACK", provider, to_tag="bob-1"))


def talk(net: Net, invite: bytes, number: int) -> None:
    """Media flows from the provider, to where the PBX has offered to have it, and back."""
    near, far = net.phone.udp(port(number)), net.server.udp(port(number))
    outside = Message.read(invite).media()
    equal(flows(far, outside, near), far.endpoint, "where the PBX sees the provider")
    equal(flows(near, far.endpoint, far), outside, "where the provider sees the PBX")
    near.close()
    far.close()


@test(mainline="has room for two calls of a connection (defects 31 and 32)")
def five_thousand_calls_of_one_connection_have_their_media(net: Net) -> None:
    with roomy():
        pbx, provider = pair(net)
        ringing: list[tuple[int, bytes]] = []
        for number in range(CALLS + RINGING):
            if number < CALLS:
                ringing.append((number, offer(pbx, provider, number)))
            if number >= RINGING:
                answered, invite = ringing.pop(0)
                answer(pbx, provider, invite, answered)
                talk(net, invite, answered)
        media = [one for one in net.conntrack.connections() if one.expected]
        equal(len(media), CALLS, "calls whose media flows")
        for number in range(CALLS):
            pbx.call = f"call-{number}"
            pbx.to(provider, pbx.request("BYE", provider, cseq=2, to_tag="bob-1"))
        equal(net.expectations(), [], "pinholes")
        equal([one for one in net.conntrack.connections() if one.expected], [], "media")


@test(mainline="allows a connection two calls (defects 31 and 32)")
def oldest_pinholes_make_room_a_few_at_a_time(net: Net) -> None:
    """Conntrack allows 255 of a class; a call that rings has two of them."""
    calls = range(160)
    with roomy():
        pbx, provider = pair(net)
        for number in calls:
            offer(pbx, provider, number)
        ports = [one.outside[1] for one in net.opened()]
    wanted = [port(number) + more for number in calls for more in (0, 1)][-len(ports) :]
    equal(ports, wanted, "the newest")
    contains(range(223, 256), len(ports), "how many")
