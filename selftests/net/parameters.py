# SPDX-License-Identifier: GPL-2.0-only
"""The module's parameters, which keep mainline's names and meanings.

phone 10.0.0.2 ──┐                                        ┌── server 203.0.113.10
                 ├── 10.0.0.1 gateway 203.0.113.1 ────────┤
other 10.0.0.3 ──┘          masquerade                    └── stranger 203.0.113.66
"""

import re
import subprocess
import time

from lab import (
    MASQUERADE,
    Message,
    Net,
    agent,
    equal,
    established,
    flows,
    outward,
    pair,
    parameter,
    registered,
    sdp,
    test,
    true,
    two_way,
)
from lab.kernel import MODULE, parameters

GATEWAY = MASQUERADE
AUDIO = "m=audio 30000 RTP/AVP 8"
DEFAULTS = {
    "sip_timeout": 3600,
    "sip_direct_signalling": 1,
    "sip_direct_media": 1,
    "sip_external_media": 0,
}
SERVICES = {
    "sip_udp_service_ports": "1194,1434,1701,1812,1813,1900,2049,3702,4500,4789,5351,5353,5355,11211",
    "sip_tcp_service_ports": "1433,1521,1723,2049,2375,2376,3128,3306,3389,5432,5555,5900,5901,5985,"
    "5986,6000,6379,6443,8000,8080,8443,8888,9100,9200,10250,11211,27017",
}


@test(essential=True)
def each_can_be_read_and_written(_: Net) -> None:
    for name, default in DEFAULTS.items():
        file = parameters() / name
        equal(file.read_text(), f"{default}\n", f"the default of {name}")
        with parameter(name, 1 - default if default < 2 else 99):
            equal(int(file.read_text()), 1 - default if default < 2 else 99, name)
        equal(file.read_text(), f"{default}\n", name)


@test()
def each_is_for_root_alone(_: Net) -> None:
    for name in DEFAULTS:
        equal((parameters() / name).stat().st_mode & 0o7777, 0o600, f"mode of {name}")


@test(only="mainline knows no services but those below 1024")
def ports_of_services_can_be_named(net: Net) -> None:
    alice, bob = pair(net)
    for name, defaults in SERVICES.items():
        equal((parameters() / name).read_text(), f"{defaults}\n", f"the default of {name}")
    for number, (ports, wanted) in enumerate((("30000,30010", []), ("30010", [30000]), ("0", [30000]))):
        alice.call = f"call-{number}"
        with parameter("sip_udp_service_ports", ports):
            alice.to(bob, alice.invite(bob, sdp(net.phone.ip, AUDIO)))
        opened = [one.outside[1] for one in net.opened()]
        equal(opened[:1], wanted, f"pinholes with {ports}")
    for name, defaults in SERVICES.items():
        equal((parameters() / name).read_text(), f"{defaults}\n", name)


@test(only="a description is asked of nf_sip alone")
def each_is_described(_: Net) -> None:
    command = ["modinfo", "-F", "parm", str(MODULE)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for name in (*DEFAULTS, *SERVICES):
        true(re.search(rf"(?m)^{name}:\S.*", text), f"modinfo does not describe {name}")


@test(essential=True)
def sip_timeout_is_how_long_a_connection_lives(net: Net) -> None:
    alice, bob = pair(net)
    for seconds in (3600, 77, 1234):
        begun = time.monotonic()
        with parameter("sip_timeout", seconds):
            alice.to(bob, alice.request("OPTIONS", bob))
        text = net.conntrack_tool("-L", "-p", "udp", "--dport", "5060")
        shown = re.search(r"udp +17 (\d+) ", text)
        true(shown, f"conntrack -L says: {text}")
        assert shown
        least = seconds - 2 - (time.monotonic() - begun)
        true(least <= int(shown[1]) <= seconds, f"it lives for {shown[1]} of {seconds} s")


@test(mainline="gives an hour to anything that passes (defect 37)")
def garbage_does_not_prolong_a_connection(net: Net) -> None:
    alice, bob = pair(net)
    alice.to(bob, b"this is not SIP")
    (connection,) = net.conntrack.connections()
    true(connection.timeout <= 180, f"it lives for {connection.timeout} s")


# What every message has (RFC 3261 8.1.1, 8.2.6.2).
MANDATORY = [
    b"Via: SIP/2.0/UDP a;branch=z9hG4bK1",
    b"From: <sip:alice@a>;tag=1",
    b"To: <sip:bob@a>",
    b"Call-ID: 1",
    b"CSeq: 1 OPTIONS",
]


def lacking(start: bytes, field: bytes) -> bytes:
    """A message with all that is mandatory but this."""
    return b"\r\n".join([start, *(other for other in MANDATORY if other != field), b"", b""])


@test(mainline="gives an hour to anything that passes (defect 37)")
def garbage_leaves_a_connection_the_time_that_it_has(net: Net) -> None:
    alice, bob = pair(net)
    begun = time.monotonic()
    with parameter("sip_timeout", 1000):
        alice.to(bob, alice.request("OPTIONS", bob))
    starts = (b"OPTIONS sip:bob@a SIP/2.0", b"SIP/2.0 200 OK")
    lines = [start + b"\r\n\r\n" for start in starts]
    partial = [lacking(start, field) for start in starts for field in MANDATORY]
    for data in (b"this is not SIP", *starts, b"\r\n\r\n", b"\0", *lines, *partial):
        alice.to(bob, data)
        bob.back(alice, data)
        (connection,) = net.conntrack.connections()
        least = 998 - (time.monotonic() - begun)
        true(least <= connection.timeout <= 1000, f"it lives for {connection.timeout} s")


@test()
def message_that_is_odd_prolongs_its_connection(net: Net) -> None:
    """Without a branch (RFC 2543), with parties that cannot be read, or in compact form."""
    alice, bob = pair(net)
    start, *fields = b"OPTIONS sip:bob@a SIP/2.0", *MANDATORY
    odd = [field.replace(b";branch=z9hG4bK1", b"").replace(b"<sip:alice@a>", b"<") for field in fields]
    names = ((b"Via", b"v"), (b"From", b"f"), (b"To", b"t"), (b"Call-ID", b"i"))
    compact = [field.replace(*names[at]) if at < len(names) else field for at, field in enumerate(fields)]
    for seconds, lines in ((1000, odd), (2000, compact)):
        begun = time.monotonic()
        with parameter("sip_timeout", seconds):
            alice.to(bob, b"\r\n".join([start, *lines, b"", b""]))
        (connection,) = net.conntrack.connections()
        least = seconds - 2 - (time.monotonic() - begun)
        true(least <= connection.timeout <= seconds, f"it lives for {connection.timeout} s")


@test()
def direct_media_limits_the_source_of_media(net: Net) -> None:
    alice, bob = pair(net)
    alice.to(bob, alice.invite(bob, sdp(net.phone.ip, AUDIO)))
    equal([one.peer for one in net.expectations()], [net.server.ip] * 2, "who may send")
    text = net.conntrack_tool("-L", "expect")
    true("src=203.0.113.10 dst=203.0.113.1 sport=0 dport=30000" in text, text)
    true(text.count("mask-src=255.255.255.255") == 2, text)


@test()
def without_direct_media_anybody_may_send(net: Net) -> None:
    with parameter("sip_direct_media", 0):
        alice, bob = pair(net)
        alice.to(bob, alice.invite(bob, sdp(net.phone.ip, AUDIO)))
    equal([one.peer for one in net.expectations()], [None] * 2, "who may send")
    text = net.conntrack_tool("-L", "expect")
    true(text.count("mask-src=0.0.0.0") == 2, text)
    flows(net.stranger.udp(40000), (net.public.ip, 30000), net.phone.udp(30000))


@test()
def without_direct_media_a_neighbour_may_receive(net: Net) -> None:
    """The phone has the media sent to another machine of the LAN, as a PBX does."""
    body = sdp(net.other.ip, AUDIO, origin=net.phone.ip)
    alice, bob = pair(net)
    with parameter("sip_direct_media", 0):
        invite = alice.invite(bob, body)
        seen = alice.to(bob, invite)
        pairs = ((net.other.ip, net.public.ip),)
        equal(seen, outward(net, invite, *pairs), "INVITE")
    near, far = net.other.udp(30000), net.server.udp(40000)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)


@test()
def without_direct_media_a_relay_outside_receives(net: Net) -> None:
    """The phone has the media sent to a machine of the provider's."""
    body = sdp(net.stranger.ip, AUDIO, origin=net.phone.ip)
    alice, bob = pair(net)
    with parameter("sip_direct_media", 0):
        seen = Message.read(alice.to(bob, alice.invite(bob, body)))
    flows(net.server.udp(40000), seen.media(), net.stranger.udp(30000))


@test()
def external_media_needs_no_way_through(net: Net) -> None:
    body = sdp(net.stranger.ip, AUDIO, origin=net.phone.ip)
    alice, bob = pair(net)
    with parameter("sip_direct_media", 0), parameter("sip_external_media", 1):
        seen = Message.read(alice.to(bob, alice.invite(bob, body)))
        equal(seen.media(), (net.stranger.ip, 30000), "media")
        equal(net.expectations(), [], "pinholes")
        # The phone's own media does pass the gateway.
        alice.to(bob, alice.invite(bob, sdp(net.phone.ip, AUDIO), cseq=2))
        equal(len(net.expectations()), 2, "pinholes")


@test()
def direct_signalling_limits_who_may_call(net: Net) -> None:
    alice, server = pair(net)
    registered(alice, server)
    equal([one.peer for one in net.expectations(0)], [net.server.ip], "who may call")
    true("mask-src=255.255.255.255" in net.conntrack_tool("-L", "expect"), "the mask")


@test()
def without_direct_signalling_anybody_may_call(net: Net) -> None:
    with parameter("sip_direct_signalling", 0):
        alice, server = pair(net)
        contact = registered(alice, server)
    equal([one.peer for one in net.expectations(0)], [None], "who may call")
    true("mask-src=0.0.0.0" in net.conntrack_tool("-L", "expect"), "the mask")
    stranger = agent(net.stranger, "stranger", 5070)
    sent = stranger.request("OPTIONS", alice, uri=f"sip:alice@{contact[0]}:{contact[1]}")
    got = stranger.to(alice, sent, contact)
    equal(Message.read(got).uri, f"sip:alice@{alice.at}", "Request-URI")


@test()
def changes_hold_for_calls_to_come(net: Net) -> None:
    alice, bob = pair(net)
    established(alice, bob, sdp(net.phone.ip, AUDIO), sdp(net.server.ip, "m=audio 40000 RTP/AVP 8"))
    with parameter("sip_direct_media", 0):
        equal([one.peer for one in net.opened()], [net.server.ip] * 2, "who may send")
        alice.call = "later"
        invite = alice.invite(bob, sdp(net.phone.ip, "m=audio 30010 RTP/AVP 8"))
        equal(alice.to(bob, invite), outward(net, invite), "INVITE")
        later = [one for one in net.opened() if one.outside[1] >= 30010]
        equal([one.peer for one in later], [None] * 2, "who may send to the later call")
