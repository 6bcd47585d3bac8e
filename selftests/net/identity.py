# SPDX-License-Identifier: GPL-2.0-only
"""What needs no translation leaves byte for byte as it came.

phone 10.0.0.2 ──┐                                        ┌── server 203.0.113.10
                 ├── 10.0.0.1 gateway 203.0.113.1 ────────┤
other 10.0.0.3 ──┘     masquerade, or a firewall          └── stranger 203.0.113.66
"""

from dataclasses import replace

from lab import (
    FIREWALL,
    FIREWALL6,
    MASQUERADE,
    NAT66,
    NFT_MASQUERADE,
    Endpoint,
    Net,
    Skip,
    Socket,
    UserAgent,
    equal,
    pair,
    sdp,
    test,
    true,
)
from lab.kernel import TOP
from lab.wire import Datagram, next_datagram

GATEWAY = MASQUERADE
CORPUS = TOP.parent / "shared" / "corpus"


def messages(net: Net, alice: UserAgent, bob: UserAgent) -> list[bytes]:
    """Messages that say a lot, and name none of the flow's addresses."""
    foreign = "2001:db8:ffff::7" if ":" in net.phone.ip else "192.0.2.7"
    alice.at, bob.at = f"[{foreign}]:5060" if ":" in foreign else f"{foreign}:5060", "example.com"
    invite = alice.invite(bob, sdp(foreign, "m=audio 30000 RTP/AVP 8", "a=rtcp:30009"))
    return [
        invite,
        alice.register("registrar.example.com"),
        alice.request("OPTIONS", bob, extra=f"X-Address: {net.phone.ip}\nSubject: {net.phone.ip}"),
        bob.reply(invite, 200, sdp(foreign, "m=audio 40000 RTP/AVP 8")),
        bob.reply(invite, 486),
        invite.replace(b"\r\n", b"\n"),
        invite.replace(b"Via: ", b"v:\t "),
    ]


def on_the_wire(before: Datagram, after: Datagram) -> None:
    """A packet that was forwarded differs in TTL, addresses, port and checksums alone."""
    true(after.checksums_right, "a checksum is wrong")
    equal(after.payload, before.payload, "payload")
    kept = replace(
        before,
        ttl=before.ttl - 1,
        source=after.source,
        destination=after.destination,
        ports=after.ports,
    )
    equal(after, kept, "packet")


def both_wires(sender: Socket, receiver: Socket, data: bytes) -> tuple[Datagram, Datagram]:
    """A datagram on its sender's wire and on its receiver's."""
    one, two = sender.host.capture(), receiver.host.capture()
    sender.send(data, receiver)
    receiver.receive()
    return next_datagram(one, receiver.port), next_datagram(two, receiver.port)


@test(MASQUERADE, NFT_MASQUERADE, FIREWALL, essential=True)
def packet_is_the_same_on_both_wires(net: Net) -> None:
    alice, bob = pair(net)
    for data in messages(net, alice, bob):
        before, after = both_wires(alice.socket, bob.socket, data)
        on_the_wire(before, after)
        equal(after.source, net.public.ip, "source")


@test(FIREWALL)
def without_nat_a_call_s_packets_are_the_same_on_both_wires(net: Net) -> None:
    alice, bob = pair(net)
    invite = alice.invite(bob, sdp(net.phone.ip, "m=audio 30000 RTP/AVP 8"))
    for data in (invite, alice.register(bob.at), alice.request("BYE", bob)):
        before, after = both_wires(alice.socket, bob.socket, data)
        on_the_wire(before, after)
        equal((after.source, after.ports), (before.source, before.ports), "source")


@test(MASQUERADE, NAT66, FIREWALL6)
def message_without_the_flow_s_addresses_is_the_same_both_ways(net: Net) -> None:
    alice, bob = pair(net)
    for data in messages(net, alice, bob):
        equal(alice.to(bob, data), data, "what the server gets")
        equal(bob.back(alice, data), data, "what the phone gets")
    # The phone may send to where the server says that it wants its media.
    inward = [one for one in net.expectations() if one.peer != net.phone.ip]
    equal(inward, [], "pinholes for others than the phone")


def corpus(*addresses: str) -> list[tuple[str, bytes]]:
    """Others' messages that name none of these addresses."""
    if not CORPUS.is_dir():
        raise Skip("there is no ../shared/corpus")
    found = []
    for path in sorted(CORPUS.glob("**/*.sip")):
        data = path.read_bytes()
        if len(data) < 65000 and not any(address.encode() in data for address in addresses):
            found.append((str(path.relative_to(CORPUS)), data))
    true(len(found) > 1000, f"the corpus has {len(found)} messages")
    return found


@test(
    MASQUERADE,
    FIREWALL,
    mainline="drops some (defects 2, 3, 4 and 10) and changes others",
)
def every_message_of_the_corpus_is_the_same_both_ways(net: Net) -> None:
    alice, bob = pair(net)
    sent = corpus(net.phone.ip, net.public.ip, net.server.ip)
    alice.to(bob, b"\r\n\r\n")
    assert bob.peer
    ways = ((alice, bob, bob.socket.endpoint), (bob, alice, bob.peer))
    wrong = []
    for name, data in sent:
        for sender, receiver, to in ways:
            what = passed(sender.socket, receiver.socket, to, data)
            if what:
                wrong.append(f"{name} to {receiver.user}: {what}")
    shown = "\n".join(wrong[:20])
    true(not wrong, f"{len(wrong)} of {2 * len(sent)} did not pass unchanged:\n{shown}")
    inward = [one for one in net.expectations() if one.peer != net.phone.ip]
    equal(inward, [], "pinholes for others than the phone")


def passed(sender: Socket, receiver: Socket, to: Endpoint, data: bytes) -> str:
    """What has become of a message that was to pass as it is; nothing to say is good."""
    end = b"\0end"
    sender.socket.sendto(data, to)
    # What comes behind it shows whether it was dropped.
    sender.socket.sendto(end, to)
    got = receiver.receive("what comes last").data
    if got == end:
        return "dropped"
    receiver.receive("what comes last")
    return "" if got == data else "changed"
