# SPDX-License-Identifier: GPL-2.0-only
"""Header fields that name the phone, and phones that listen on another port than they send from.

phone 10.0.0.2 ──┐                                        ┌── server 203.0.113.10
                 ├── 10.0.0.1 gateway 203.0.113.1 ────────┤
other 10.0.0.3 ──┘     masquerade, or a firewall          └── stranger 203.0.113.66
"""

from lab import (
    FIREWALL,
    FIREWALL6,
    MASQUERADE,
    NAT66,
    Message,
    Net,
    UserAgent,
    agent,
    counters,
    equal,
    outward,
    pair,
    sdp,
    swap,
    test,
    true,
)
from lab.wire import next_datagram

GATEWAY = MASQUERADE
LEAKS = "translates the topmost Via, From, To and Contact alone (1.5)"
PORTS = "writes ports that the phone left out (defect 34)"
RPORT = "sends the answer to the port in Via all the same (1.8)"
SENDING = 33333


def answer(server: UserAgent, request: bytes) -> bytes:
    """A 200 that repeats Vias and recorded routes, as it got them."""
    routes = Message.read(request).all("Record-Route")
    return server.reply(request, extra="\n".join(f"Record-Route: {route}" for route in routes))


def both_ways(net: Net, phone: UserAgent, server: UserAgent, sent: bytes) -> None:
    """A request arrives translated, and what is repeated of it comes back as it was sent."""
    seen = outward(net, sent)
    equal(phone.to(server, sent), seen, "request")
    equal(server.back(phone, answer(server, seen)), answer(server, sent), "response")


def proxied(net: Net, proxy: str) -> str:
    """What a proxy on the phone's machine adds for itself and for another."""
    return (
        f"Via: SIP/2.0/UDP {net.other.uri};branch=z9hG4bK-1;received={net.other.ip}\n"
        f"Via: SIP/2.0/UDP {proxy};branch=z9hG4bK-0;maddr={net.phone.uri}\n"
        f"Record-Route: <sip:{proxy};lr>, <sip:{net.other.uri};lr>\n"
        f"Record-Route: <sips:{proxy};lr>"
    )


@test(MASQUERADE, NAT66, mainline=LEAKS, essential=True)
def vias_and_routes_of_a_proxy_come_back_as_it_wrote_them(net: Net) -> None:
    alice, bob = pair(net)
    both_ways(net, alice, bob, alice.request("OPTIONS", bob, extra=proxied(net, alice.at)))


@test(MASQUERADE, NAT66, mainline=LEAKS)
def ports_that_the_proxy_left_out_stay_out(net: Net) -> None:
    alice, bob = pair(net, at=net.phone.uri)
    both_ways(net, alice, bob, alice.request("OPTIONS", bob, extra=proxied(net, alice.at)))


@test(FIREWALL, FIREWALL6)
def without_nat_vias_and_routes_stay(net: Net) -> None:
    alice, bob = pair(net)
    both_ways(net, alice, bob, alice.request("OPTIONS", bob, extra=proxied(net, alice.at)))


@test(mainline=LEAKS)
def request_of_the_server_finds_the_proxy_by_its_routes(net: Net) -> None:
    alice, bob = pair(net)
    seen = alice.to(bob, alice.request("OPTIONS", bob, extra=proxied(net, alice.at)))
    route = Message.read(seen)["Record-Route"]
    equal(route, f"<sip:{net.public.uri}:5060;lr>, <sip:{net.other.uri};lr>", "Record-Route")
    sent = bob.request("OPTIONS", alice, extra=f"Route: {route}")
    own = f"<sip:{alice.at};lr>, <sip:{net.other.uri};lr>"
    equal(Message.read(bob.back(alice, sent))["Route"], own, "Route")


@test(MASQUERADE, NAT66, mainline=LEAKS, essential=True)
def who_somebody_is_becomes_public_and_gets_no_port(net: Net) -> None:
    alice, bob = pair(net)
    me = f"<sip:alice@{net.phone.uri}>"
    extra = (
        f'P-Asserted-Identity: "Alice" {me}, <tel:+15551234>\nP-Preferred-Identity: {me}\n'
        f"Remote-Party-ID: {me};party=calling\nReferred-By: {me}\nDiversion: {me};reason=deflection\n"
        f"History-Info: {me};index=1, <sip:carol@{net.other.uri}>;index=1.1\n"
        f'Warning: 399 {net.phone.uri} "a text", 399 example.com "another"'
    )
    both_ways(net, alice, bob, alice.request("OPTIONS", bob, extra=extra))


@test(mainline=LEAKS)
def transfer_leads_to_the_phone(net: Net) -> None:
    alice, bob = pair(net)
    extra = f"Refer-To: <sip:alice@{alice.at}?Replaces=a%40b>\nReply-To: <sip:alice@{alice.at}>"
    both_ways(net, alice, bob, alice.request("REFER", bob, extra=extra))


@test(mainline="translates From, which the Identity covers")
def what_an_identity_covers_stays(net: Net) -> None:
    alice, bob = pair(net)
    sent = alice.request("OPTIONS", bob, extra="Identity: eyJ.e30.x;info=<https://a.example/b>")
    whose = Message.read(sent)["From"]
    got = alice.to(bob, sent)
    equal(Message.read(got)["From"], whose, "From")
    equal(Message.read(got).contact, (net.public.ip, 5060), "Contact")
    back = bob.back(alice, bob.reply(got))
    equal(back, bob.reply(sent), "response")


@test(only="mainline does not count")
def what_stays_is_counted(net: Net) -> None:
    alice, bob = pair(net)
    learned = f"<sip:alice@{net.public.uri}:5060>"
    for name, sent in {
        "identity_covered": alice.request("OPTIONS", bob, extra="Identity: x"),
        "learned": alice.request("OPTIONS", bob, contact=learned),
        "stranger": alice.request("OPTIONS", bob, extra="Record-Route: <sip:192.0.2.1;lr>"),
    }.items():
        before = counters()[name]
        alice.to(bob, sent)
        equal(counters()[name] - before, 1, name)


def split_phone(net: Net, at: str = "") -> tuple[UserAgent, UserAgent, UserAgent]:
    """A phone that sends, the same where it listens, and the server."""
    mouth = agent(net.phone, "alice", SENDING, at=at or f"{net.phone.uri}:5060")
    return mouth, agent(net.phone, "alice", 5060), agent(net.server, "bob")


def by_the_flow(net: Net, data: bytes) -> bytes:
    """A message of the phone that listens on 5060 as the server ought to see it."""
    return outward(net, data, (f"{net.phone.uri}:5060", f"{net.phone.uri}:{SENDING}"))


@test(MASQUERADE, NAT66, mainline="leaves the private addresses", essential=True)
def answer_comes_to_the_port_in_via(net: Net) -> None:
    mouth, ear, bob = split_phone(net)
    sent = mouth.request("OPTIONS", bob)
    got = mouth.to(bob, sent)
    equal(got, by_the_flow(net, sent), "request")
    equal(bob.back(ear, bob.reply(got)), bob.reply(sent), "response")
    equal(mouth.socket.pending(), [], "what came to the port that it sent from")


@test(FIREWALL, FIREWALL6, mainline="lets no answer in to the port in Via")
def without_nat_too(net: Net) -> None:
    """Not a byte changes, and the server may answer and ask there."""
    mouth, ear, bob = split_phone(net)
    sent = mouth.request("OPTIONS", bob)
    equal(mouth.to(bob, sent), sent, "request")
    equal(bob.to(ear, bob.reply(sent)), bob.reply(sent), "response")
    call = bob.request("OPTIONS", ear)
    equal(bob.to(ear, call), call, "request of the server")


@test(mainline=PORTS)
def via_without_port_means_the_default_one(net: Net) -> None:
    mouth, ear, bob = split_phone(net, at=net.phone.uri)
    sent = mouth.request("OPTIONS", bob)
    got = mouth.to(bob, sent)
    equal(Message.read(got).contact, (net.public.ip, SENDING), "Contact")
    equal(bob.back(ear, bob.reply(got)), bob.reply(sent), "response")


@test()
def requests_to_the_phone_come_there_too(net: Net) -> None:
    mouth, ear, bob = split_phone(net)
    got = Message.read(mouth.to(bob, mouth.request("OPTIONS", bob)))
    host, port = got.contact
    call = bob.request("OPTIONS", ear, uri=f"sip:alice@{host}:{port}")
    equal(Message.read(bob.back(ear, call)).uri, f"sip:alice@{ear.at}", "Request-URI")


@test()
def calls_of_both_sides_come_there_too(net: Net) -> None:
    """One after the other: each side knows by then that the other one asks for media."""
    mouth, ear, bob = split_phone(net)
    audio = "m=audio 30000 RTP/AVP 8"
    for number in range(2):
        mouth.call = f"outward-{number}"
        invite = mouth.invite(bob, sdp(net.phone.ip, audio))
        got = mouth.to(bob, invite)
        equal(bob.back(ear, bob.reply(got, 486)), bob.reply(invite, 486), "refusal")
        bob.call = f"inward-{number}"
        host, port = Message.read(got).contact
        asked = bob.back(ear, bob.invite(ear, sdp(net.server.ip, audio), uri=f"sip:alice@{host}:{port}"))
        equal(Message.read(asked).uri, f"sip:alice@{ear.at}", "Request-URI")
        mouth.to(bob, mouth.reply(asked, 486))
    equal(mouth.socket.pending(), [], "what came to the port that it sent from")


@test()
def datagram_that_goes_to_another_port_is_whole(net: Net) -> None:
    mouth, ear, bob = split_phone(net)
    got = mouth.to(bob, mouth.request("OPTIONS", bob))
    wire = net.phone.capture()
    bob.back(ear, bob.reply(got))
    true(next_datagram(wire, 5060).checksums_right, "a checksum is wrong")


@test(MASQUERADE, NAT66, mainline=RPORT, essential=True)
def who_asks_for_rport_is_answered_where_it_sent_from(net: Net) -> None:
    mouth, ear, bob = split_phone(net)
    sent = swap(mouth.request("OPTIONS", bob, contact=""), (";branch", ";rport;branch"))
    got = mouth.to(bob, sent)
    told = (";rport;", f";rport={SENDING};received={net.public.ip};")
    back = bob.back(mouth, swap(bob.reply(got), told))
    via = Message.read(got)["Via"]
    true(via.startswith(f"SIP/2.0/UDP {net.public.uri}:{SENDING};"), f"Via: {via}")
    equal(Message.read(back)["Via"], Message.read(swap(bob.reply(sent), told))["Via"], "Via")
    bob.back(mouth, bob.request("OPTIONS", mouth))
    equal(ear.socket.pending(), [], "what came to the port in Via")


@test(FIREWALL)
def without_nat_who_asks_for_rport_sends_and_gets_the_same(net: Net) -> None:
    mouth, _, bob = split_phone(net)
    sent = swap(mouth.request("OPTIONS", bob), (";branch", ";rport;branch"))
    equal(mouth.to(bob, sent), sent, "request")
    equal(bob.back(mouth, bob.reply(sent)), bob.reply(sent), "response")


@test(mainline="sends all that follows to the port in that Via (defect 15)", essential=True)
def request_of_the_server_moves_nothing(net: Net) -> None:
    alice, bob = pair(net)
    elsewhere = net.phone.udp(5080)
    seen = alice.to(bob, alice.request("OPTIONS", bob))
    for via in (net.server.uri, net.public.uri, net.phone.uri):
        bob.back(alice, bob.request("OPTIONS", alice, via=f"{via}:5080"))
        bob.back(alice, bob.reply(seen))
    equal(elsewhere.pending(), [], "what reached the other port")
