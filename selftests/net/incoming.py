# SPDX-License-Identifier: GPL-2.0-only
"""Calls that come in through the pinhole of a registration.

phone 10.0.0.2 ──┐                                        ┌── server 203.0.113.10
                 ├── 10.0.0.1 gateway 203.0.113.1 ────────┤     registrar 5060, proxy 5070
other 10.0.0.3 ──┘          masquerade                    └── stranger 203.0.113.66
"""

from lab import (
    FIREWALL,
    FIREWALL6,
    MASQUERADE,
    NAT66,
    SNAT,
    Agent,
    Endpoint,
    Message,
    Net,
    UserAgent,
    agent,
    equal,
    outward,
    pair,
    registered,
    sdp,
    swap,
    test,
    true,
    two_way,
)

GATEWAY = MASQUERADE
OFFER = ("m=audio 40000 RTP/AVP 8",)
ANSWER = ("m=audio 30000 RTP/AVP 8",)


def uri(user: str, endpoint: Endpoint) -> str:
    """A SIP URI with address and port."""
    host, port = endpoint
    return f"sip:{user}@[{host}]:{port}" if ":" in host else f"sip:{user}@{host}:{port}"


def invite(caller: UserAgent, callee: UserAgent, contact: Endpoint) -> bytes:
    """A call to the Contact that the registrar saw, for the address-of-record."""
    person = Agent(callee.user, "example.com")
    return caller.invite(person, sdp(caller.host.ip, *OFFER), uri=uri(callee.user, contact))


def inward(data: bytes, contact: Endpoint, phone: UserAgent) -> bytes:
    """A request to a Contact as its phone ought to get it."""
    return swap(data, (uri(phone.user, contact), uri(phone.user, phone.socket.endpoint)))


def barred(caller: UserAgent, contact: Endpoint, phone: UserAgent, server: UserAgent) -> None:
    """A call to the Contact does not get in."""
    caller.socket.send(invite(caller, phone, contact), contact)
    equal(server.back(phone, b"\r\n\r\n"), b"\r\n\r\n", "what comes in")


@test(MASQUERADE, SNAT, NAT66, FIREWALL, FIREWALL6, essential=True)
def call_from_another_port_reaches_the_phone_and_has_media(net: Net) -> None:
    alice, server = pair(net)
    contact = registered(alice, server)
    proxy = agent(net.server, "proxy", 5070)
    sent = invite(proxy, alice, contact)
    got = proxy.to(alice, sent, contact)
    equal(got, inward(sent, contact, alice), "INVITE")
    equal(alice.peer, proxy.socket.endpoint, "where it comes from")
    for status in (180, 200):
        answer = alice.reply(got, status, sdp(net.phone.ip, *ANSWER))
        wanted = outward(net, alice.reply(sent, status, sdp(net.phone.ip, *ANSWER)))
        equal(alice.back(proxy, answer), wanted, str(status))
    equal(proxy.peer, contact, "where the answer comes from")
    ack = proxy.request("ACK", Agent("alice", "example.com"), uri=uri("alice", contact))
    equal(proxy.to(alice, ack, contact), inward(ack, contact, alice), "ACK")
    near, far = net.phone.udp(30000), net.server.udp(40000)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)
    near, far = net.phone.udp(30001), net.server.udp(40001)
    two_way(near, far, (net.public.ip, 30001), far.endpoint)
    bye = alice.request("BYE", proxy)
    equal(alice.back(proxy, bye), outward(net, bye), "BYE")
    equal(proxy.back(alice, proxy.reply(outward(net, bye))), proxy.reply(bye), "200")


@test()
def call_over_the_registration_s_own_flow_reaches_the_phone(net: Net) -> None:
    alice, server = pair(net)
    contact = registered(alice, server)
    sent = invite(server, alice, contact)
    got = server.to(alice, sent, contact)
    equal(got, inward(sent, contact, alice), "INVITE")
    answer = alice.reply(got, 200, sdp(net.phone.ip, *ANSWER))
    wanted = outward(net, alice.reply(sent, 200, sdp(net.phone.ip, *ANSWER)))
    equal(alice.back(server, answer), wanted, "200")
    near, far = net.phone.udp(30000), net.server.udp(40000)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)


@test()
def several_calls_come_in_one_after_the_other(net: Net) -> None:
    alice, server = pair(net)
    contact = registered(alice, server)
    for port in (5070, 5071, 5072):
        proxy = agent(net.server, f"proxy{port}", port)
        sent = invite(proxy, alice, contact)
        equal(proxy.to(alice, sent, contact), inward(sent, contact, alice), "INVITE")


@test()
def two_phones_at_the_same_port_are_both_called(net: Net) -> None:
    alice, server = pair(net)
    carol = agent(net.other, "carol")
    contacts = {phone.user: registered(phone, server) for phone in (alice, carol)}
    proxy = agent(net.server, "proxy", 5070)
    for phone in (carol, alice):
        contact = contacts[phone.user]
        sent = invite(proxy, phone, contact)
        got = proxy.to(phone, sent, contact)
        equal(got, inward(sent, contact, phone), "INVITE")
        public = (f"<{uri(phone.user, phone.socket.endpoint)}", f"<{uri(phone.user, contact)}")
        wanted = swap(phone.reply(sent, 180), public)
        equal(phone.back(proxy, phone.reply(got, 180)), wanted, "180")
        equal(proxy.peer, contact, "where the answer comes from")


@test(mainline="writes a port that the phone left out (defect 34)")
def request_uri_is_what_the_phone_registered(net: Net) -> None:
    alice, server = pair(net, at=net.phone.uri)
    carol = agent(net.other, "carol", at=net.other.uri)
    registered(alice, server)
    # Carol's Contact has a port outside, and has none where she is.
    contact = registered(carol, server)
    proxy = agent(net.server, "proxy", 5070)
    sent = invite(proxy, carol, contact)
    got = proxy.to(carol, sent, contact)
    equal(Message.read(got).uri, f"sip:carol@{net.other.uri}", "Request-URI")


@test()
def call_to_a_contact_at_another_port_reaches_it(net: Net) -> None:
    alice, server = pair(net, port=33333)
    listening = agent(net.phone, "alice", 5062)
    alice.at = listening.at
    contact = registered(alice, server, via=f"{net.phone.uri}:33333")
    proxy = agent(net.server, "proxy", 5070)
    sent = invite(proxy, listening, contact)
    got = proxy.to(listening, sent, contact)
    equal(got, inward(sent, contact, listening), "INVITE")
    ringing = listening.reply(got, 180)
    equal(listening.back(proxy, ringing), outward(net, listening.reply(sent, 180)), "180")


@test(MASQUERADE, FIREWALL, NAT66)
def stranger_does_not_get_in(net: Net) -> None:
    alice, server = pair(net)
    contact = registered(alice, server)
    barred(agent(net.stranger, "mallory", 5070), contact, alice, server)


@test()
def nobody_gets_in_before_the_registrar_has_agreed(net: Net) -> None:
    alice, server = pair(net)
    got = alice.to(server, alice.register(server.at))
    proxy = agent(net.server, "proxy", 5070)
    barred(proxy, Message.read(got).contact, alice, server)


@test(mainline="keeps calls out while a refresh waits for its answer (defect 33)")
def call_gets_in_while_the_registration_is_refreshed(net: Net) -> None:
    alice, server = pair(net)
    contact = registered(alice, server)
    got = alice.to(server, alice.register(server.at, cseq=2))
    proxy = agent(net.server, "proxy", 5070)
    sent = invite(proxy, alice, contact)
    equal(proxy.to(alice, sent, contact), inward(sent, contact, alice), "INVITE")
    server.back(alice, server.reply(got, 401))
    later = agent(net.server, "later", 5071)
    sent = invite(later, alice, contact)
    equal(later.to(alice, sent, contact), inward(sent, contact, alice), "INVITE after 401")


@test()
def nobody_gets_in_after_unregistering(net: Net) -> None:
    alice, server = pair(net)
    contact = registered(alice, server)
    got = alice.to(server, alice.register(server.at, expires=0, cseq=2))
    server.back(alice, server.reply(got))
    barred(agent(net.server, "proxy", 5070), contact, alice, server)


@test()
def nobody_gets_in_when_the_time_is_up(net: Net) -> None:
    alice, server = pair(net)
    contact = registered(alice, server, expires=1)
    proxy = agent(net.server, "proxy", 5070)
    sent = invite(proxy, alice, contact)
    proxy.to(alice, sent, contact)
    net.until_closed(0)
    barred(agent(net.server, "later", 5071), contact, alice, server)


@test()
def call_that_came_in_registers_nothing(net: Net) -> None:
    """A REGISTER on an expected connection opens no pinhole of its own."""
    alice, server = pair(net)
    contact = registered(alice, server)
    proxy = agent(net.server, "proxy", 5070)
    proxy.to(alice, invite(proxy, alice, contact), contact)
    before = net.expectations(0)
    alice.to(proxy, alice.register(proxy.at, cseq=3))
    after = net.expectations(0)
    equal([one.outside for one in after], [one.outside for one in before], "pinholes")
    true(all(one.master.destination[1] == 5060 for one in after), "pinholes of another connection")
