# SPDX-License-Identifier: GPL-2.0-only
"""Calls from a phone: every message of them, and the media.

phone 10.0.0.2 ──┐                                        ┌── server 203.0.113.10
                 ├── 10.0.0.1 gateway 203.0.113.1 ────────┤
other 10.0.0.3 ──┘     masquerade, or as named            └── stranger 203.0.113.66
"""

from lab import (
    FIREWALL,
    FIREWALL6,
    MASQUERADE,
    NAT66,
    NFT_MASQUERADE,
    NFT_NAT66,
    NFT_ZONE,
    SNAT,
    SNAT_PORT,
    Agent,
    Message,
    Net,
    agent,
    closed,
    equal,
    established,
    flows,
    outward,
    pair,
    sdp,
    shut,
    swap,
    test,
    two_way,
)

GATEWAY = MASQUERADE
EVERYWHERE = (MASQUERADE, SNAT, NFT_MASQUERADE, NAT66, NFT_NAT66, FIREWALL, FIREWALL6)
AUDIO = "m=audio 30000 RTP/AVP 8 0"
ANSWER = "m=audio 40000 RTP/AVP 8"


@test(*EVERYWHERE, essential=True)
def every_message_is_translated_and_media_flows_both_ways(net: Net) -> None:
    alice, bob = pair(net)
    answer = sdp(net.server.ip, ANSWER)

    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
    seen = alice.to(bob, invite)
    equal(seen, outward(net, invite), "INVITE")
    for status, body in ((100, b""), (180, b""), (183, answer), (200, answer)):
        back = bob.back(alice, bob.reply(seen, status, body))
        equal(back, bob.reply(invite, status, body), str(status))
    ack = alice.request("ACK", bob, to_tag="bob-1")
    equal(alice.to(bob, ack), outward(net, ack), "ACK")

    rtp, rtcp = net.phone.udp(30000), net.phone.udp(30001)
    far_rtp, far_rtcp = net.server.udp(40000), net.server.udp(40001)
    two_way(rtp, far_rtp, (net.public.ip, 30000), far_rtp.endpoint)
    two_way(rtcp, far_rtcp, (net.public.ip, 30001), far_rtcp.endpoint)
    shut(net.stranger.udp(40000), (net.public.ip, 30000), rtp, far_rtp, far_rtp.endpoint)

    bye = alice.request("BYE", bob, cseq=2, to_tag="bob-1")
    seen = alice.to(bob, bye)
    equal(seen, outward(net, bye), "BYE")
    equal(bob.back(alice, bob.reply(seen)), bob.reply(bye), "200 to BYE")


@test(mainline="writes ports that the phone left out (defect 34)")
def ports_that_the_phone_left_out_stay_out(net: Net) -> None:
    alice, bob = agent(net.phone, "alice", at=net.phone.uri), agent(net.server, "bob")
    bob.at = net.server.uri
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
    seen = alice.to(bob, invite)
    equal(seen, outward(net, invite), "INVITE")
    for status in (180, 200):
        answer = bob.reply(seen, status, sdp(net.server.ip, ANSWER))
        wanted = bob.reply(invite, status, sdp(net.server.ip, ANSWER))
        equal(bob.back(alice, answer), wanted, str(status))


@test(SNAT_PORT, mainline="leaves the mapped port in what comes back (defect 34)")
def ports_that_are_mapped_come_back_left_out(net: Net) -> None:
    alice, bob = agent(net.phone, "alice", at=net.phone.uri), agent(net.server, "bob")
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
    seen = alice.to(bob, invite)
    via = (f"UDP {alice.at};", f"UDP {net.public.uri}:6000;")
    contact = (f"Contact: <sip:alice@{alice.at}>", f"Contact: <sip:alice@{net.public.uri}:6000>")
    equal(seen, outward(net, invite, via, contact), "INVITE")
    for status in (180, 200):
        answer = bob.reply(seen, status, sdp(net.server.ip, ANSWER))
        wanted = bob.reply(invite, status, sdp(net.server.ip, ANSWER))
        equal(bob.back(alice, answer), wanted, str(status))
    bye = bob.request("BYE", Agent("alice", f"{net.public.uri}:6000"))
    got = Message.read(bob.back(alice, bye))
    equal(got.uri, f"sip:alice@{alice.at}", "Request-URI of BYE")


@test(SNAT_PORT)
def ports_that_are_mapped_come_back_as_they_were(net: Net) -> None:
    alice, bob = pair(net)
    mapped = (alice.at, f"{net.public.uri}:6000")
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
    seen = alice.to(bob, invite)
    equal(seen, outward(net, invite, mapped), "INVITE")
    answer = bob.reply(seen, 200, sdp(net.server.ip, ANSWER))
    equal(bob.back(alice, answer), bob.reply(invite, 200, sdp(net.server.ip, ANSWER)), "200")


@test(mainline="replaces it by the private address, so that the phone sees no NAT (T44)")
def address_that_the_server_saw_stays_in_via(net: Net) -> None:
    alice, bob = pair(net)
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO), via=f"{alice.at};rport")
    seen = alice.to(bob, invite)
    saw = (";rport;", f";rport=5060;received={net.public.ip};")
    back = bob.back(alice, swap(bob.reply(seen, 180), saw))
    equal(back, swap(bob.reply(invite, 180), saw), "180")


@test()
def phone_that_sends_from_another_port_has_media(net: Net) -> None:
    alice, bob = pair(net, port=33333, at=f"{net.phone.uri}:5060")
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
    seen = Message.read(alice.to(bob, invite))
    equal(seen.media(), (net.public.ip, 30000), "media")
    near, far = net.phone.udp(30000), net.server.udp(40000)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)


@test()
def media_server_elsewhere_is_reached(net: Net) -> None:
    """The answer names another machine of the provider's, and the phone's media comes first."""
    alice, bob = pair(net)
    call = established(alice, bob, sdp(net.phone.ip, AUDIO), sdp(net.stranger.ip, ANSWER))
    equal(call.answer.media(), (net.stranger.ip, 40000), "media of the answer")
    near, far = net.phone.udp(30000), net.stranger.udp(40000)
    flows(near, far.endpoint, far)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)


@test(MASQUERADE, FIREWALL, NAT66)
def pinholes_are_for_rtp_and_rtcp_from_the_server(net: Net) -> None:
    alice, bob = pair(net)
    alice.to(bob, alice.invite(bob, sdp(net.phone.ip, AUDIO)))
    found = net.expectations()
    equal([one.klass for one in found], [1, 1], "classes")
    equal([one.outside[1] for one in found], [30000, 30001], "ports")
    equal({one.outside[0] for one in found}, {net.public.ip}, "where they are")
    equal({one.peer for one in found}, {net.server.ip}, "who may send")
    equal({one.flow.source[1] for one in found}, {0}, "from which port")


@test(MASQUERADE, FIREWALL, NAT66)
def media_from_a_stranger_is_not_let_in(net: Net) -> None:
    alice, bob = pair(net)
    alice.to(bob, alice.invite(bob, sdp(net.phone.ip, AUDIO)))
    rtp = net.phone.udp(30000)
    closed(net, net.stranger.udp(40000), (net.public.ip, 30000), [rtp])


@test(MASQUERADE, FIREWALL, NAT66)
def other_ports_of_the_phone_stay_closed(net: Net) -> None:
    alice, bob = pair(net)
    established(alice, bob, sdp(net.phone.ip, AUDIO), sdp(net.server.ip, ANSWER))
    near = [net.phone.udp(port) for port in (29998, 29999, 30002, 40000)]
    for receiver in near:
        closed(net, net.server.udp(), (net.public.ip, receiver.port), near)


@test()
def media_may_come_before_the_answer(net: Net) -> None:
    alice, bob = pair(net)
    alice.to(bob, alice.invite(bob, sdp(net.phone.ip, AUDIO)))
    near, far = net.phone.udp(30000), net.server.udp(40000)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)


@test(NFT_ZONE)
def call_in_a_zone_has_media(net: Net) -> None:
    alice, bob = pair(net)
    call = established(alice, bob, sdp(net.phone.ip, AUDIO), sdp(net.server.ip, ANSWER))
    equal(call.offer.media(), (net.public.ip, 30000), "media")
    near, far = net.phone.udp(30000), net.server.udp(40000)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)
    call.bye()
    equal(net.expectations(), [], "pinholes")


@test()
def media_may_start_from_the_phone(net: Net) -> None:
    alice, bob = pair(net)
    established(alice, bob, sdp(net.phone.ip, AUDIO), sdp(net.server.ip, ANSWER))
    near, far = net.phone.udp(30000), net.server.udp(40000)
    source = flows(near, far.endpoint, far)
    equal(source, (net.public.ip, 30000), "where the server sees it")
    two_way(near, far, (net.public.ip, 30000), far.endpoint)


@test()
def media_may_come_from_another_port_than_the_answer_named(net: Net) -> None:
    alice, bob = pair(net)
    established(alice, bob, sdp(net.phone.ip, AUDIO), sdp(net.server.ip, ANSWER))
    near, far = net.phone.udp(30000), net.server.udp(50000)
    flows(far, (net.public.ip, 30000), near)


@test()
def bye_from_the_server_reaches_the_phone(net: Net) -> None:
    alice, bob = pair(net)
    call = established(alice, bob, sdp(net.phone.ip, AUDIO), sdp(net.server.ip, ANSWER))
    host, port = call.offer.contact
    equal(host, net.public.ip, "address of the Contact")
    bye = bob.request("BYE", Agent("alice", f"{host}:{port}"), cseq=1)
    got = bob.back(alice, bye)
    equal(Message.read(got).uri, f"sip:alice@{alice.at}", "Request-URI")
    # To names the public address on its way in and on its way out.
    equal(alice.back(bob, alice.reply(got)), alice.reply(bye), "200 to BYE")


@test()
def re_invite_keeps_the_ports(net: Net) -> None:
    alice, bob = pair(net)
    established(alice, bob, sdp(net.phone.ip, AUDIO), sdp(net.server.ip, ANSWER))
    near, far = net.phone.udp(30000), net.server.udp(40000)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)
    again = alice.invite(bob, sdp(net.phone.ip, AUDIO, "a=sendonly"), cseq=2, to_tag="bob-1")
    seen = alice.to(bob, again)
    equal(seen, outward(net, again), "re-INVITE")
    back = bob.back(alice, bob.reply(seen, 200, sdp(net.server.ip, ANSWER, "a=recvonly")))
    equal(Message.read(back).media(), (net.server.ip, 40000), "answer")
    two_way(near, far, (net.public.ip, 30000), far.endpoint)


@test()
def retransmitted_invite_is_translated_to_the_same(net: Net) -> None:
    alice, bob = pair(net)
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
    first = alice.to(bob, invite)
    equal(alice.to(bob, invite), first, "the INVITE again")
    equal([one.outside[1] for one in net.expectations()], [30000, 30001], "pinholes")


@test()
def invite_that_is_challenged_and_sent_again_has_media(net: Net) -> None:
    alice, bob = pair(net)
    offer = sdp(net.phone.ip, AUDIO)
    for cseq, status in ((1, 407), (2, 401)):
        seen = alice.to(bob, alice.invite(bob, offer, cseq=cseq))
        bob.back(alice, bob.reply(seen, status))
        equal(net.expectations(), [], f"pinholes after {status}")
        alice.to(bob, alice.request("ACK", bob, cseq=cseq, to_tag="bob-1"))
    seen = alice.to(bob, alice.invite(bob, offer, cseq=3))
    bob.back(alice, bob.reply(seen, 200, sdp(net.server.ip, ANSWER)))
    near, far = net.phone.udp(30000), net.server.udp(40000)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)


@test()
def offer_and_answer_in_a_reliable_183_and_its_prack_have_media(net: Net) -> None:
    alice, bob = pair(net)
    invite = alice.to(bob, alice.invite(bob, b""))
    bob.back(alice, bob.reply(invite, 183, sdp(net.server.ip, ANSWER), extra="RSeq: 1"))
    prack = alice.request("PRACK", bob, sdp(net.phone.ip, AUDIO), cseq=2, to_tag="bob-1")
    seen = alice.to(bob, prack)
    equal(seen, outward(net, prack), "PRACK")
    equal(bob.back(alice, bob.reply(seen)), bob.reply(prack), "200 to PRACK")
    near, far = net.phone.udp(30000), net.server.udp(40000)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)


@test()
def late_offer_is_answered_in_the_ack(net: Net) -> None:
    alice, bob = pair(net)
    seen = alice.to(bob, alice.invite(bob, b""))
    bob.back(alice, bob.reply(seen, 200, sdp(net.server.ip, ANSWER)))
    ack = alice.request("ACK", bob, sdp(net.phone.ip, AUDIO), to_tag="bob-1")
    equal(alice.to(bob, ack), outward(net, ack), "ACK")
    near, far = net.phone.udp(30000), net.server.udp(40000)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)


@test()
def offer_in_an_update_opens_media(net: Net) -> None:
    alice, bob = pair(net)
    established(alice, bob, sdp(net.phone.ip, AUDIO), sdp(net.server.ip, ANSWER))
    moved = sdp(net.phone.ip, "m=audio 30010 RTP/AVP 8")
    update = alice.request("UPDATE", bob, moved, cseq=2, to_tag="bob-1")
    equal(alice.to(bob, update), outward(net, update), "UPDATE")
    near, far = net.phone.udp(30010), net.server.udp(40000)
    two_way(near, far, (net.public.ip, 30010), far.endpoint)


@test()
def requests_without_a_body_are_translated(net: Net) -> None:
    alice, bob = pair(net)
    for number, method in enumerate(
        ("OPTIONS", "MESSAGE", "SUBSCRIBE", "NOTIFY", "INFO", "REFER", "PUBLISH", "CANCEL"), 1
    ):
        sent = alice.request(method, bob, cseq=number)
        seen = alice.to(bob, sent)
        equal(seen, outward(net, sent), method)
        equal(bob.back(alice, bob.reply(seen)), bob.reply(sent), f"200 to {method}")


@test()
def addresses_of_others_stay(net: Net) -> None:
    alice, bob = pair(net)
    extra = "Call-Info: <sip:10.0.0.77>\nRoute: <sip:192.0.2.1;lr>\nX-Note: 10.0.0.22 10.0.0.200"
    carol = Agent("carol", "198.51.100.4:5060")
    sent = alice.request("OPTIONS", carol, extra=extra)
    seen = alice.to(bob, sent)
    wanted = swap(
        sent,
        (f"@{alice.at}", f"@{net.public.uri}:5060"),
        (f"UDP {alice.at}", f"UDP {net.public.uri}:5060"),
    )
    equal(seen, wanted, "OPTIONS")
