# SPDX-License-Identifier: GPL-2.0-only
"""Contacts: how they may be written, and what they say besides an address.

phone 10.0.0.2 ──┐                                        ┌── server 203.0.113.10, the registrar
                 ├── 10.0.0.1 gateway 203.0.113.1 ────────┤
other 10.0.0.3 ──┘     masquerade, or as named            └── stranger 203.0.113.66
"""

from lab import (
    FIREWALL,
    MASQUERADE,
    NAT66,
    SNAT_PORT,
    Expectation,
    Message,
    Net,
    agent,
    equal,
    outward,
    pair,
    swap,
    test,
    true,
)

GATEWAY = MASQUERADE


def arrives(net: Net, contact: str, *pairs: tuple[str, str]) -> None:
    """A request with this Contact arrives translated, after `pairs`, and its answer comes back."""
    alice, bob = pair(net)
    sent = alice.request("OPTIONS", bob, contact=contact)
    seen = outward(net, sent, *pairs)
    equal(alice.to(bob, sent), seen, "request")
    equal(bob.back(alice, bob.reply(seen)), bob.reply(sent), "response")


def way_in(net: Net) -> Expectation:
    """The one way for calls that there is, which has to be open."""
    found = [one for one in net.expectations(0) if not one.inactive]
    equal(len(found), 1, "open pinholes for calls")
    return found[0]


def open_for(
    net: Net, seconds: int, *, contact: str = "", granted: str = "", extra: str = ""
) -> None:
    """A phone that registers this Contact is bound as granted, and may be called for so long."""
    alice, server = pair(net)
    sent = alice.register(server.at, contact=contact or None, expires=None, extra=extra)
    got = alice.to(server, sent)
    equal(got, outward(net, sent), "REGISTER")
    bound = Message.read(got)["Contact"] + granted
    wanted = Message.read(sent)["Contact"] + granted
    back = server.back(alice, server.reply(got, 200, contact=bound))
    equal(back, server.reply(sent, 200, contact=wanted), "200")
    pinhole = way_in(net)
    true(seconds - 3 <= pinhole.timeout <= seconds, f"the pinhole is open for {pinhole.timeout} s")


@test(MASQUERADE, NAT66, mainline="knows the scheme sip: alone (defect 27)")
def scheme_may_be_sips(net: Net) -> None:
    arrives(net, f"<sips:alice@{net.phone.uri}:5060>")


@test()
def scheme_may_have_no_address(net: Net) -> None:
    arrives(net, "<tel:+15551234>")


@test()
def scheme_may_be_in_any_case(net: Net) -> None:
    arrives(net, f"<SIP:alice@{net.phone.uri}:5060>")


@test()
def user_may_be_left_out(net: Net) -> None:
    arrives(net, f"<sip:{net.phone.uri}:5060>")


@test(mainline="looks for the host behind the @ (defect 26)")
def parameter_may_hold_an_at_where_the_user_is_left_out(net: Net) -> None:
    arrives(net, f'<sip:{net.phone.uri}:5060>;note="a@example.com"')


@test()
def angle_brackets_may_be_left_out(net: Net) -> None:
    arrives(net, f"sip:alice@{net.phone.uri}:5060")


@test()
def several_contacts_may_stand_in_one_line_or_in_several(net: Net) -> None:
    own, other = f"<sip:alice@{net.phone.uri}:5060>", f"<sip:alice@{net.other.uri}:5060>"
    arrives(net, f"{own};q=1, {other}, {own};q=0.5\nContact: {own}")


@test(SNAT_PORT, mainline="reads no port below 1024 (defect 27)")
def phone_at_a_service_s_port_is_reached(net: Net) -> None:
    """It sends from there, and so may be written to there."""
    alice = agent(net.phone, "alice", 800)
    bob = agent(net.server, "bob")
    sent = alice.request("OPTIONS", bob)
    got = Message.read(alice.to(bob, sent))
    equal(got.contact, (net.public.ip, 6000), "Contact")


@test(NAT66)
def zone_of_an_address_stays(net: Net) -> None:
    contact = "<sip:alice@[fe80::2%25eth0]:5060>"
    arrives(net, contact)


@test(mainline="does not find the parameter (defect 25)")
def expires_may_be_folded(net: Net) -> None:
    contact = f"<sip:alice@{net.phone.uri}:5060>;\r\n expires=300"
    alice, server = pair(net)
    sent = alice.register(server.at, contact="X", expires=None).replace(b"X", contact.encode(), 1)
    got = alice.to(server, sent)
    equal(got, outward(net, sent), "REGISTER")
    equal(len(net.expectations(0)), 1, "pinholes")


@test(mainline="does not find the parameter (defect 27)")
def expires_may_have_blanks_around(net: Net) -> None:
    open_for(net, 300, granted=" ; expires = 300", extra="Expires: 600")


@test(mainline="takes it for expires=0 (defect 26)")
def parameter_with_a_longer_name_is_another_one(net: Net) -> None:
    contact = f"<sip:alice@{net.phone.uri}:5060>;x-expires=0"
    open_for(net, 300, contact=contact, granted=";expires=300", extra="Expires: 600")


@test(mainline="opens nothing where another transport is named (defect 27)")
def transport_that_is_named_is_the_phone_s_own_affair(net: Net) -> None:
    contact = f"<sip:alice@{net.phone.uri}:5060;transport=ws>"
    open_for(net, 300, contact=contact, granted=";expires=300", extra="Expires: 600")


@test()
def transport_may_be_named(net: Net) -> None:
    contact = f"<sip:alice@{net.phone.uri}:5060;transport=UDP>"
    open_for(net, 300, contact=contact, granted=";expires=300", extra="Expires: 600")


@test(mainline="compares with what lies behind the end, and leaves the Contact (defect 35)")
def transport_may_be_cut_off_by_the_end(net: Net) -> None:
    alice, server = pair(net)
    sent = alice.register(server.at, contact=f"<sip:alice@{net.phone.uri}:5060>")
    cut = sent[: sent.index(b"Content-Length")].replace(b"\r\nContact: ", b"\r\nX-Old: ")
    cut += f"Contact: <sip:alice@{net.phone.uri}:5060>;transport=U".encode()
    got = alice.to(server, cut)
    true(got in (cut, outward(net, cut)), f"it is translated in part: {got!r}")


@test(FIREWALL, mainline="drops it (T18)")
def without_nat_a_phone_may_come_back_from_another_port(net: Net) -> None:
    server = agent(net.server, "bob")
    at = f"{net.phone.uri}:5060"
    for port in (5060, 5061):
        alice = agent(net.phone, "alice", port, at=at)
        sent = swap(alice.register(server.at), (";branch", ";rport;branch"))
        equal(alice.to(server, sent), sent, "REGISTER")
        equal(server.back(alice, server.bind(sent)), server.bind(sent), "200")
    equal(way_in(net).outside, (net.phone.ip, 5060), "pinhole")


@test()
def what_the_registrar_no_longer_lists_is_closed(net: Net) -> None:
    alice, server = pair(net)
    got = alice.to(server, alice.register(server.at))
    server.back(alice, server.bind(got))
    equal(len(net.expectations(0)), 1, "pinholes")
    got = alice.to(server, alice.register(server.at, cseq=2))
    other = "<sip:alice@198.51.100.9:5060>;expires=60"
    server.back(alice, server.reply(got, 200, contact=other))
    equal(net.expectations(0), [], "pinholes")


@test(mainline="lets the way to the second take the place of the first's")
def ports_of_two_contacts_are_not_mixed_up(net: Net) -> None:
    """The first of them is the one that the second would best have."""
    alice, bob = pair(net)
    alice.to(bob, alice.register(bob.at))
    carol = agent(net.other, "carol", 33333)
    told = {}
    for port in (5061, 5060):
        contact = f"<sip:carol@{net.other.uri}:{port}>"
        sent = carol.register(bob.at, contact=contact, cseq=port)
        told[port] = Message.read(carol.to(bob, sent)).contact
    stand = {one.outside: one.saved.source for one in net.expectations(0) if one.saved}
    for port, outside in told.items():
        equal(stand.get(outside), (net.other.ip, port), f"where {outside} leads")
