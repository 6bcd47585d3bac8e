# SPDX-License-Identifier: GPL-2.0-only
"""Messages in datagrams that are large, cut up, or not quite as they should be.

phone 10.0.0.2 ──┐                                        ┌── server 203.0.113.10
                 ├── 10.0.0.1 gateway 203.0.113.1 ────────┤
other 10.0.0.3 ──┘          masquerade                    └── stranger 203.0.113.66
"""

import socket

from lab import (
    MASQUERADE,
    NAT66,
    Net,
    UserAgent,
    counters,
    equal,
    outward,
    pair,
    parameter,
    sdp,
    test,
    true,
    two_way,
)
from lab.tcp_path import LARGE, offload, unchecked
from lab.wire import next_datagram, udp4

GATEWAY = MASQUERADE
AUDIO = "m=audio 30000 RTP/AVP 8"
# What of a system call's bytes is a datagram; a device cuts them apart.
UDP_SEGMENT = 103


def large(alice: UserAgent, bob: UserAgent, size: int) -> bytes:
    """An INVITE of about so many bytes."""
    lines = [f"a=x-{number}:{'x' * 50}" for number in range(max(0, (size - 500) // 60))]
    return alice.invite(bob, sdp(alice.host.ip, AUDIO, *lines))


@test(MASQUERADE, NAT66, essential=True)
def invite_in_fragments_is_translated(net: Net) -> None:
    alice, bob = pair(net)
    invite = large(alice, bob, 4000)
    true(len(invite) > 3500, "the INVITE is too short")
    equal(alice.to(bob, invite), outward(net, invite), "INVITE")
    near, far = net.phone.udp(30000), net.server.udp(40000)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)


@test()
def invite_that_outgrows_the_wire_arrives(net: Net) -> None:
    """It fits as the phone sends it, and is a few bytes too long behind the gateway."""
    alice, bob = pair(net)
    spare = 1472 - len(alice.invite(bob, sdp(net.phone.ip, AUDIO, "a=x:" + "x" * 900)))
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO, "a=x:" + "x" * (900 + spare)))
    equal(len(invite), 1472, "bytes of the INVITE")
    wanted = outward(net, invite)
    true(len(wanted) > 1472, "it does not grow")
    equal(alice.to(bob, invite), wanted, "INVITE")


@test(MASQUERADE, NAT66, mainline="loses what outgrows the wire (T34)")
def invite_that_must_not_be_fragmented_and_outgrows_the_wire_arrives(net: Net) -> None:
    """As most programs send it: the kernel forbids fragments, and the path takes 1500 bytes."""
    alice, bob = pair(net)
    level, option = {
        4: (socket.IPPROTO_IP, 10),  # IP_MTU_DISCOVER
        6: (socket.IPPROTO_IPV6, 23),  # IPV6_MTU_DISCOVER
    }[6 if ":" in net.phone.ip else 4]
    alice.socket.socket.setsockopt(level, option, 1)  # ..._PMTUDISC_WANT
    room = 1472 if level == socket.IPPROTO_IP else 1452
    short = alice.invite(bob, sdp(net.phone.ip, AUDIO, "a=x:" + "x" * 900))
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO, "a=x:" + "x" * (900 + room - len(short))))
    equal(len(invite), room, "bytes of the INVITE")
    wanted = outward(net, invite)
    true(len(wanted) > room, "it does not grow")
    equal(alice.to(bob, invite), wanted, "INVITE")


@test(mainline="drops what would outgrow a packet")
def largest_datagrams_pass_whole(net: Net) -> None:
    alice, bob = pair(net)
    plain = large(alice, bob, 60000)
    for size in (65507, 65500, 65490):
        invite = plain[:-2] + b"x" * (size - len(plain)) + b"\r\n"
        head, empty, body = invite.partition(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if not line.startswith(b"Content-Length")]
        lines.append(b"Content-Length: %d" % len(body))
        invite = b"\r\n".join(lines) + empty + body
        got = alice.to(bob, invite[:65507])
        true(got in (invite[:65507], outward(net, invite)), f"{size} bytes: translated in part")


@test(MASQUERADE, NAT66, only="it is about nf_sip's counters")
def datagrams_that_are_one_packet_pass_as_they_are(net: Net) -> None:
    """Both ways; what comes by itself is translated as ever."""
    alice, bob = pair(net)
    alice.peer = bob.socket.endpoint
    many = range(100, 120)
    with offload(net, LARGE):
        for sender, receiver in ((alice, bob), (bob, alice)):
            assert sender.peer
            messages = [sender.request("OPTIONS", receiver, cseq=number) for number in many]
            before = counters()["aggregated"]
            option = sender.socket.socket
            option.setsockopt(socket.SOL_UDP, UDP_SEGMENT, len(messages[0]))
            sender.socket.send(b"".join(messages), sender.peer)
            came = [receiver.socket.receive(f"datagram {number}") for number in many]
            equal([one.data for one in came], messages, "what comes")
            receiver.peer = came[0].source
            equal(counters()["aggregated"], before + 1, "aggregated")
            option.setsockopt(socket.SOL_UDP, UDP_SEGMENT, 0)
        invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
        equal(alice.to(bob, invite), outward(net, invite), "INVITE")


def raw(net: Net) -> socket.socket:
    """A socket of the phone's that sends whole IP packets."""
    with net.phone.namespace.inside():
        opened = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    net.captures.append(opened)
    return opened


@test()
def datagram_without_checksum_is_translated(net: Net) -> None:
    alice, bob = pair(net)
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
    packet = udp4(alice.socket.endpoint, bob.socket.endpoint, invite, sum_udp=False)
    raw(net).sendto(packet, (net.server.ip, 0))
    equal(bob.socket.receive().data, outward(net, invite), "INVITE")


@test()
def checksums_of_a_translated_packet_are_right(net: Net) -> None:
    alice, bob = pair(net)
    wire = net.server.capture()
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
    for offload in ("off", "on"):
        net.phone.run("ethtool", "-K", "eth0", "tx", offload)
        equal(alice.to(bob, invite), outward(net, invite), f"INVITE with offload {offload}")
        seen = next_datagram(wire, 5060)
        true(seen.checksums_right, f"a checksum is wrong with offload {offload}")
        equal(seen.length, len(outward(net, invite)) + 8, "UDP length")
    net.phone.run("ethtool", "-K", "eth0", "tx", "off")


@test(mainline="gives what is damaged a checksum that says it is not")
def damaged_datagram_is_not_taken_in(net: Net) -> None:
    """Its receiver sees that, which would not see it in a message that is written anew."""
    alice, bob = pair(net)
    with parameter("sip_timeout", 1000):
        alice.to(bob, alice.request("OPTIONS", bob))
    wire = net.server.capture()
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
    packet = udp4(alice.socket.endpoint, bob.socket.endpoint, invite)
    with unchecked(net):
        raw(net).sendto(packet.replace(b"RTP/AVP 8", b"RTP/AVP 0"), (net.server.ip, 0))
        seen = next_datagram(wire, 5060)
        equal(seen.payload, invite.replace(b"RTP/AVP 8", b"RTP/AVP 0"), "what is damaged")
        true(not seen.checksums_right, "nobody can see that it is damaged")
        (connection,) = net.conntrack.connections()
        true(connection.timeout > 900, f"its connection lives for {connection.timeout} s")
        raw(net).sendto(packet, (net.server.ip, 0))
        equal(bob.socket.receive().data, outward(net, invite), "the INVITE once more")


@test(only="it is about nf_sip's counters")
def damaged_datagrams_are_counted(net: Net) -> None:
    alice, bob = pair(net)
    wire, before = net.server.capture(), counters()["damaged"]
    packet = udp4(alice.socket.endpoint, bob.socket.endpoint, alice.request("OPTIONS", bob))
    with unchecked(net):
        for number in range(1, 4):
            raw(net).sendto(packet[:-1] + bytes([packet[-1] ^ number]), (net.server.ip, 0))
            next_datagram(wire, 5060)
            equal(counters()["damaged"], before + number, "damaged")


@test(MASQUERADE, NAT66)
def good_datagrams_are_translated_where_nobody_looks_at_checksums(net: Net) -> None:
    """With a checksum that the sender makes, one that its device is to make, in fragments, and inwards."""
    alice, bob = pair(net)
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
    with unchecked(net):
        for offload_tx in ("off", "on"):
            net.phone.run("ethtool", "-K", "eth0", "tx", offload_tx)
            equal(alice.to(bob, invite), outward(net, invite), f"INVITE with offload {offload_tx}")
        net.phone.run("ethtool", "-K", "eth0", "tx", "off")
        long = large(alice, bob, 4000)
        equal(alice.to(bob, long), outward(net, long), "INVITE in fragments")
        ringing = bob.reply(outward(net, invite), 180)
        true(bob.back(alice, ringing) != ringing, "the 180 is not translated")


@test()
def datagram_without_checksum_is_translated_where_nobody_looks_at_them(net: Net) -> None:
    alice, bob = pair(net)
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
    packet = udp4(alice.socket.endpoint, bob.socket.endpoint, invite, sum_udp=False)
    with unchecked(net):
        raw(net).sendto(packet, (net.server.ip, 0))
        equal(bob.socket.receive().data, outward(net, invite), "INVITE")


@test(mainline="takes what lies behind the datagram for a part of the message")
def bytes_behind_the_datagram_stay_outside(net: Net) -> None:
    alice, bob = pair(net)
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
    source, destination = alice.socket.endpoint, bob.socket.endpoint
    # Conntrack has nothing to do with a datagram whose checksum does not cover all that it sees.
    for checksum in (False, True):
        packet = udp4(source, destination, invite, sum_udp=checksum, trailer=b"a=x\r\n" * 4)
        raw(net).sendto(packet, (net.server.ip, 0))
        got = bob.socket.receive().data
        true(got in (invite, outward(net, invite)), f"it is translated in part: {got!r}")


@test()
def datagram_shorter_than_it_says_changes_nothing(net: Net) -> None:
    alice, bob = pair(net)
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
    source, destination = alice.socket.endpoint, bob.socket.endpoint
    for length in (len(invite) + 9, 65535, 7, 0):
        packet = udp4(source, destination, invite, length=length, sum_udp=False)
        raw(net).sendto(packet, (net.server.ip, 0))
    equal(alice.to(bob, b"\r\n\r\n"), b"\r\n\r\n", "what the server gets")
    equal(net.expectations(), [], "pinholes")


@test(mainline="reads on behind the end of the datagram")
def first_part_of_a_longer_packet_is_all_that_counts(net: Net) -> None:
    alice, bob = pair(net)
    option = alice.request("OPTIONS", bob)
    packet = udp4(
        alice.socket.endpoint,
        bob.socket.endpoint,
        b"\r\n\r\n",
        length=12,
        sum_udp=False,
        trailer=option,
    )
    raw(net).sendto(packet, (net.server.ip, 0))
    equal(bob.socket.receive().data, b"\r\n\r\n", "keep-alive")
    equal(net.expectations(), [], "pinholes")


@test()
def error_about_a_message_comes_back(net: Net) -> None:
    """Nobody listens: the ICMP error, which has the translated message in it, reaches the phone."""
    alice, bob = pair(net)
    wire = net.phone.capture()
    bob.socket.close()
    alice.socket.send(alice.invite(bob, sdp(net.phone.ip, AUDIO)), (net.server.ip, 5060))
    while True:
        packet = wire.recv(1 << 16)
        if packet[0] == 0x45 and packet[9] == socket.IPPROTO_ICMP:
            break
    inner = packet[28:]
    equal(socket.inet_ntoa(inner[12:16]), net.phone.ip, "source in the error")
