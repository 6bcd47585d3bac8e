# SPDX-License-Identifier: GPL-2.0-only
"""Registrations: what the registrar sees, what the phone gets back, how long calls may come in.

phone 10.0.0.2 ──┐                                        ┌── server 203.0.113.10, the registrar
                 ├── 10.0.0.1 gateway 203.0.113.1 ────────┤
other 10.0.0.3 ──┘          masquerade                    └── stranger 203.0.113.66
"""

from lab import (
    FIREWALL,
    FIREWALL6,
    MASQUERADE,
    NAT66,
    NFT_MASQUERADE,
    SNAT,
    Expectation,
    Message,
    Net,
    agent,
    equal,
    outward,
    pair,
    registered,
    swap,
    test,
    true,
)

GATEWAY = MASQUERADE


def pinhole(net: Net) -> Expectation:
    """The one way for calls that there is."""
    found = net.expectations(0)
    equal(len(found), 1, "pinholes for calls")
    return found[0]


def lasts(one: Expectation, seconds: int) -> None:
    """The pinhole is open for so long, give or take what the test has taken."""
    true(not one.inactive, "the pinhole is not active")
    true(seconds - 3 <= one.timeout <= seconds, f"the pinhole is open for {one.timeout} s")


@test(MASQUERADE, SNAT, NAT66, NFT_MASQUERADE, FIREWALL, FIREWALL6, essential=True)
def request_is_translated_and_its_answer_comes_back_as_the_phone_wrote_it(net: Net) -> None:
    alice, server = pair(net)
    sent = alice.register(server.at)
    got = alice.to(server, sent)
    equal(got, outward(net, sent), "REGISTER")
    back = server.back(alice, server.bind(got))
    equal(back, server.bind(sent), "200")


@test(mainline="writes ports that the phone left out (defect 34)")
def ports_that_the_phone_left_out_stay_out(net: Net) -> None:
    alice, server = pair(net, at=net.phone.uri)
    sent = alice.register(net.server.uri)
    got = alice.to(server, sent)
    equal(got, outward(net, sent), "REGISTER")
    back = server.back(alice, server.bind(got))
    equal(back, server.bind(sent), "200")


@test()
def second_phone_at_the_same_port_is_known_by_another(net: Net) -> None:
    alice, server = pair(net)
    carol = agent(net.other, "carol")
    first = registered(alice, server)
    sent = carol.register(server.at)
    got = carol.to(server, sent)
    assert server.peer
    flow, call = server.peer[1], Message.read(got).contact[1]
    true(call != first[1], "both phones have the same port outside")
    via = (f"UDP {carol.at}", f"UDP {net.public.uri}:{flow}")
    contact = (f"<sip:carol@{carol.at}", f"<sip:carol@{net.public.uri}:{call}")
    equal(got, swap(sent, via, contact), "REGISTER")
    equal(server.back(carol, server.bind(got)), server.bind(sent), "200")
    equal([one.outside[1] for one in net.expectations(0)], sorted([first[1], call]), "pinholes")


@test(mainline="writes ports that the phone left out (defect 34)")
def second_phone_without_ports_gets_its_own_text_back(net: Net) -> None:
    alice, server = pair(net, at=net.phone.uri)
    carol = agent(net.other, "carol", at=net.other.uri)
    registered(alice, server)
    sent = carol.register(net.server.uri)
    got = carol.to(server, sent)
    assert server.peer
    flow, call = server.peer[1], Message.read(got).contact[1]
    via = (f"UDP {carol.at};", f"UDP {net.public.uri}:{flow};")
    contact = (f"<sip:carol@{carol.at}>", f"<sip:carol@{net.public.uri}:{call}>")
    equal(got, swap(sent, via, contact), "REGISTER")
    equal(server.back(carol, server.bind(got)), server.bind(sent), "200")


@test()
def pinhole_waits_for_the_registrar(net: Net) -> None:
    alice, server = pair(net)
    got = alice.to(server, alice.register(server.at))
    true(pinhole(net).inactive, "the pinhole is open before the registrar has agreed")
    server.back(alice, server.bind(got))
    lasts(pinhole(net), 600)


@test(MASQUERADE, FIREWALL)
def pinhole_leads_from_the_registrar_to_the_phone(net: Net) -> None:
    alice, server = pair(net)
    contact = registered(alice, server)
    one = pinhole(net)
    equal(one.outside, contact, "where it is open")
    equal(one.outside, (net.public.ip, 5060), "where it is open")
    equal(one.peer, net.server.ip, "who may call")
    equal(one.saved.source if one.saved else one.outside, alice.socket.endpoint, "who is called")
    equal(one.helper, "sip", "the helper of calls")


@test()
def time_is_what_the_contact_was_granted(net: Net) -> None:
    alice, server = pair(net)
    got = alice.to(server, alice.register(server.at, expires=3600))
    server.back(alice, server.bind(got, expires=222, extra="Expires: 999"))
    lasts(pinhole(net), 222)


@test()
def time_may_stand_in_the_expires_header(net: Net) -> None:
    alice, server = pair(net)
    got = alice.to(server, alice.register(server.at, expires=3600))
    server.back(alice, server.bind(got, expires=None, extra="Expires: 333"))
    lasts(pinhole(net), 333)


@test(mainline="opens nothing for a phone that names no time (defect 33)")
def time_need_not_be_asked_for(net: Net) -> None:
    alice, server = pair(net)
    got = alice.to(server, alice.register(server.at, expires=None))
    server.back(alice, server.bind(got, expires=444))
    lasts(pinhole(net), 444)


@test(mainline="computes with 32 bits, so that the longest time has passed at once (defect 33)")
def longest_time_is_long(net: Net) -> None:
    alice, server = pair(net)
    got = alice.to(server, alice.register(server.at, expires=4294967295))
    server.back(alice, server.bind(got, expires=4294967295))
    true(pinhole(net).timeout > 3600, f"the pinhole is open for {pinhole(net).timeout} s")


@test(mainline="lets the connection end before a registration of more than an hour (defect 33)")
def connection_lives_as_long_as_the_registration(net: Net) -> None:
    alice, server = pair(net)
    registered(alice, server, expires=7200)
    (connection,) = net.conntrack.connections()
    true(connection.timeout > 7190, f"the connection lives for {connection.timeout} s")


@test()
def keep_alive_does_not_shorten_the_registration(net: Net) -> None:
    alice, server = pair(net)
    registered(alice, server)
    for beat in (b"\r\n\r\n", b"\0\0\0\0", b"\r\n"):
        equal(alice.to(server, beat), beat, "keep-alive")
        equal(server.back(alice, beat), beat, "keep-alive")
        (connection,) = net.conntrack.connections()
        true(connection.timeout > 590, f"the connection lives for {connection.timeout} s")
        lasts(pinhole(net), 600)


@test(mainline="takes the pinhole back until the refresh is granted (defect 33)", essential=True)
def refresh_leaves_no_gap(net: Net) -> None:
    alice, server = pair(net)
    registered(alice, server)
    got = alice.to(server, alice.register(server.at, cseq=2))
    lasts(pinhole(net), 600)
    server.back(alice, server.bind(got, expires=700))
    lasts(pinhole(net), 700)


@test()
def refresh_keeps_the_contact_that_the_registrar_knows(net: Net) -> None:
    carol, server = agent(net.other, "carol"), agent(net.server, "bob")
    alice = agent(net.phone, "alice")
    registered(carol, server)
    first = registered(alice, server)
    equal(first[0], net.public.ip, "address of the Contact")
    got = alice.to(server, alice.register(server.at, cseq=2))
    equal(Message.read(got).contact, first, "Contact of the refresh")


@test(mainline="removes the pinhole (defect 33)")
def challenge_keeps_the_pinhole(net: Net) -> None:
    alice, server = pair(net)
    registered(alice, server)
    got = alice.to(server, alice.register(server.at, cseq=2))
    challenge = 'WWW-Authenticate: Digest realm="lab", nonce="x"'
    server.back(alice, server.reply(got, 401, extra=challenge))
    lasts(pinhole(net), 600)


@test(mainline="closes the pinhole until an answer comes (defect 33)")
def lost_answer_keeps_the_pinhole(net: Net) -> None:
    alice, server = pair(net)
    registered(alice, server)
    alice.to(server, alice.register(server.at, cseq=2))
    lasts(pinhole(net), 600)


@test()
def first_challenge_then_200(net: Net) -> None:
    alice, server = pair(net)
    got = alice.to(server, alice.register(server.at))
    server.back(alice, server.reply(got, 401))
    got = alice.to(server, alice.register(server.at, cseq=2))
    server.back(alice, server.bind(got))
    lasts(pinhole(net), 600)


@test()
def unregistering_closes_the_pinhole(net: Net) -> None:
    alice, server = pair(net)
    registered(alice, server)
    lasts(pinhole(net), 600)
    sent = alice.register(server.at, expires=0, cseq=2)
    got = alice.to(server, sent)
    equal(got, outward(net, sent), "REGISTER")
    server.back(alice, server.reply(got))
    equal(net.expectations(), [], "pinholes")


@test()
def contact_with_expires_0_closes_the_pinhole(net: Net) -> None:
    alice, server = pair(net)
    registered(alice, server)
    lasts(pinhole(net), 600)
    contact = f"<sip:alice@{alice.at}>;expires=0"
    got = alice.to(server, alice.register(server.at, expires=None, cseq=2, contact=contact))
    server.back(alice, server.reply(got))
    equal(net.expectations(), [], "pinholes")


@test(mainline="leaves it open (defect 44)")
def asterisk_closes_the_pinhole(net: Net) -> None:
    alice, server = pair(net)
    registered(alice, server)
    sent = alice.register(server.at, expires=0, cseq=2, contact="*")
    got = alice.to(server, sent)
    equal(got, outward(net, sent), "REGISTER")
    server.back(alice, server.reply(got))
    equal(net.expectations(), [], "pinholes")


@test(mainline="leaves the public Contact in the answer")
def contact_may_name_another_port_than_the_sender_s(net: Net) -> None:
    alice, server = pair(net, port=33333)
    alice.at = f"{net.phone.uri}:5062"
    via = f"{net.phone.uri}:33333"
    sent = alice.register(server.at, via=via)
    got = alice.to(server, sent)
    equal(got, outward(net, sent), "REGISTER")
    equal(server.back(alice, server.bind(got)), server.bind(sent), "200")
    one = pinhole(net)
    equal(one.outside, (net.public.ip, 5062), "where it is open")
    lasts(one, 600)


@test()
def third_party_passes_unchanged(net: Net) -> None:
    alice, server = pair(net)
    contact = "<sip:carol@192.0.2.77:5060>"
    sent = alice.register(server.at, contact=contact)
    got = alice.to(server, sent)
    equal(got, outward(net, sent), "REGISTER")
    equal(Message.read(got)["Contact"], contact, "Contact")
    equal(server.back(alice, server.bind(got)), server.bind(sent), "200")
    equal(net.expectations(), [], "pinholes")


@test(mainline="knows the first Contact only (defect 33)")
def each_contact_has_a_pinhole(net: Net) -> None:
    alice, server = pair(net)
    contact = f"<sip:alice@{net.phone.uri}:5060>, <sip:alice@{net.phone.uri}:5066>"
    sent = alice.register(server.at, contact=contact)
    got = alice.to(server, sent)
    equal(got, outward(net, sent), "REGISTER")
    equal(server.back(alice, server.bind(got)), server.bind(sent), "200")
    ports = [one.outside[1] for one in net.expectations(0) if not one.inactive]
    equal(ports, [5060, 5066], "pinholes")


@test()
def other_bindings_in_the_answer_stay(net: Net) -> None:
    alice, server = pair(net)
    sent = alice.register(server.at)
    got = alice.to(server, sent)
    more = "Contact: <sip:alice@198.51.100.9:5060>;expires=50"
    equal(server.back(alice, server.bind(got, extra=more)), server.bind(sent, extra=more), "200")
    lasts(pinhole(net), 600)


@test()
def answer_to_another_register_changes_nothing(net: Net) -> None:
    alice, server = pair(net)
    got = alice.to(server, alice.register(server.at, cseq=7))
    stray = server.bind(got).replace(b"CSeq: 7 REGISTER", b"CSeq: 6 REGISTER")
    server.back(alice, stray)
    true(pinhole(net).inactive, "the pinhole was opened by the wrong answer")


@test()
def retransmission_and_its_answer_are_the_same(net: Net) -> None:
    alice, server = pair(net)
    sent = alice.register(server.at)
    first = alice.to(server, sent)
    server.back(alice, server.bind(first))
    equal(alice.to(server, sent), first, "the REGISTER again")
    equal(server.back(alice, server.bind(first)), server.bind(sent), "the 200 again")
    lasts(pinhole(net), 600)


@test(mainline="translates the answer's public Contact to the private one (T64)")
def contact_that_the_phone_learned_itself_stays(net: Net) -> None:
    alice, server = pair(net)
    contact = f"<sip:alice@{net.public.uri}:5060>"
    sent = alice.register(server.at, contact=contact)
    got = alice.to(server, sent)
    equal(got, outward(net, sent), "REGISTER")
    equal(server.back(alice, server.bind(got)), server.bind(sent), "200")


@test()
def service_port_gets_no_pinhole(net: Net) -> None:
    alice, server = pair(net)
    got = alice.to(server, alice.register(server.at, contact=f"<sip:alice@{net.phone.ip}:53>"))
    server.back(alice, server.bind(got))
    equal(net.expectations(), [], "pinholes")


@test()
def server_s_own_ports_stay_where_a_phone_leaves_its_own_out(net: Net) -> None:
    alice, server = pair(net)
    alice.to(server, alice.request("OPTIONS", server))
    carol = agent(net.other, "carol", at=net.other.ip)
    carol.to(server, carol.request("OPTIONS", server))
    uri = f"sip:bob@{server.at}"
    got = carol.to(server, carol.request("OPTIONS", server, uri=uri, cseq=2))
    equal(Message.read(got).uri, uri, "Request-URI")
