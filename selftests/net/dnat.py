# SPDX-License-Identifier: GPL-2.0-only
"""A server behind the gateway, which hands on to it what comes to its own SIP port.

pbx 10.0.0.2 ──┐                                          ┌── client 203.0.113.10
               ├── 10.0.0.1 gateway 203.0.113.1 ──────────┤
             ──┘      dnat 5060, masquerade               └── another 203.0.113.66
"""

from lab import (
    DNAT,
    DNAT_PORT,
    Agent,
    Message,
    Net,
    UserAgent,
    agent,
    closed,
    equal,
    flows,
    outward,
    registered,
    sdp,
    shut,
    swap,
    test,
    two_way,
)

GATEWAY = DNAT
OFFER = "m=audio 40000 RTP/AVP 8"
ANSWER = "m=audio 30000 RTP/AVP 8"


def ends(net: Net, port: str = ":5060") -> tuple[UserAgent, UserAgent, Agent]:
    """The PBX, a client, and the PBX as the client knows it."""
    pbx = agent(net.phone, "pbx", at=net.phone.uri + port)
    client = agent(net.server, "client", at=net.server.uri + port)
    return pbx, client, Agent("pbx", net.public.uri + port)


def inward(net: Net, data: bytes) -> bytes:
    """A client's message as the PBX ought to get it."""
    return swap(data, (net.public.ip, net.phone.ip))


@test(essential=True)
def call_to_the_server_is_translated_and_has_media(net: Net) -> None:
    pbx, client, target = ends(net)
    invite = client.invite(target, sdp(net.server.ip, OFFER))
    seen = client.to(pbx, invite, (net.public.ip, 5060))
    equal(seen, inward(net, invite), "INVITE")
    answer = sdp(net.phone.ip, ANSWER)
    for status in (180, 183, 200):
        body = answer if status > 180 else b""
        back = pbx.back(client, pbx.reply(seen, status, body))
        equal(back, outward(net, pbx.reply(invite, status, body)), str(status))
    ack = client.request("ACK", target, to_tag="pbx-1")
    equal(client.back(pbx, ack), inward(net, ack), "ACK")
    for step in (0, 1):
        near, far = net.phone.udp(30000 + step), net.server.udp(40000 + step)
        two_way(near, far, (net.public.ip, 30000 + step), far.endpoint)
    shut(net.stranger.udp(40000), (net.public.ip, 30001), near, far, far.endpoint)
    bye = client.request("BYE", target, cseq=2, to_tag="pbx-1")
    seen = client.back(pbx, bye)
    equal(seen, inward(net, bye), "BYE")
    equal(pbx.back(client, pbx.reply(seen)), pbx.reply(bye), "200 to BYE")


@test(mainline="writes ports that nobody wrote (defect 34)")
def ports_that_the_client_left_out_stay_out(net: Net) -> None:
    pbx, client, target = ends(net, port="")
    invite = client.invite(target, sdp(net.server.ip, OFFER))
    seen = client.to(pbx, invite, (net.public.ip, 5060))
    equal(seen, inward(net, invite), "INVITE")
    answer = pbx.reply(seen, 200, sdp(net.phone.ip, ANSWER))
    wanted = outward(net, pbx.reply(invite, 200, sdp(net.phone.ip, ANSWER)))
    equal(pbx.back(client, answer), wanted, "200")


@test(DNAT_PORT)
def server_may_be_at_another_port(net: Net) -> None:
    pbx = agent(net.phone, "pbx", 5080)
    client, target = agent(net.server, "client"), Agent("pbx", f"{net.public.uri}:5060")
    inside, outside = f"{net.phone.uri}:5080", f"{net.public.uri}:5060"
    invite = client.invite(target, sdp(net.server.ip, OFFER))
    seen = client.to(pbx, invite, (net.public.ip, 5060))
    equal(seen, swap(invite, (outside, inside)), "INVITE")
    answer = pbx.reply(seen, 200, sdp(net.phone.ip, ANSWER))
    wanted = pbx.reply(invite, 200, sdp(net.phone.ip, ANSWER))
    wanted = swap(wanted, (inside, outside), (net.phone.ip, net.public.ip))
    equal(pbx.back(client, answer), wanted, "200")


@test(DNAT_PORT, mainline="writes ports that nobody wrote (defect 34)")
def server_at_another_port_needs_no_port_outside(net: Net) -> None:
    pbx = agent(net.phone, "pbx", 5080)
    client, target = agent(net.server, "client"), Agent("pbx", net.public.uri)
    invite = client.invite(target, sdp(net.server.ip, OFFER))
    seen = client.to(pbx, invite, (net.public.ip, 5060))
    equal(Message.read(seen).uri, f"sip:pbx@{net.phone.uri}:5080", "Request-URI")
    equal(Message.read(seen)["To"], f"<sip:pbx@{net.phone.uri}>", "To")
    back = Message.read(pbx.back(client, pbx.reply(seen, 200, sdp(net.phone.ip, ANSWER))))
    equal(back.contact, (net.public.ip, 5060), "Contact")
    equal(back["To"], f"<sip:pbx@{net.public.uri}>;tag=pbx-1", "To of the 200")


@test()
def bye_of_the_server_reaches_the_client(net: Net) -> None:
    pbx, client, target = ends(net)
    invite = client.invite(target, sdp(net.server.ip, OFFER))
    seen = client.to(pbx, invite, (net.public.ip, 5060))
    pbx.back(client, pbx.reply(seen, 200, sdp(net.phone.ip, ANSWER)))
    bye = pbx.request("BYE", client)
    equal(pbx.back(client, bye), outward(net, bye), "BYE")
    equal(client.back(pbx, client.reply(outward(net, bye))), client.reply(bye), "200")


@test()
def client_registers_at_the_server(net: Net) -> None:
    pbx, client, _ = ends(net)
    sent = client.register(f"{net.public.uri}:5060")
    seen = client.to(pbx, sent, (net.public.ip, 5060))
    equal(seen, inward(net, sent), "REGISTER")
    equal(pbx.back(client, pbx.bind(seen)), pbx.bind(sent), "200")


@test(mainline="translates the Request-URI and not the digest's uri (1.5)")
def digest_that_covers_the_request_uri_stays_valid(net: Net) -> None:
    pbx, client, _ = ends(net)
    registrar = f"{net.public.uri}:5060"
    digest = (
        'Authorization: Digest username="client", realm="lab", nonce="x", '
        f'uri="sip:{registrar}", response="y"'
    )
    sent = client.register(registrar, extra=digest)
    seen = Message.read(client.to(pbx, sent, (net.public.ip, 5060)))
    equal(seen.uri, f"sip:{registrar}", "Request-URI")
    equal(seen["To"], f"<sip:client@{net.phone.uri}:5060>", "To")
    equal(seen["Authorization"], Message.read(sent)["Authorization"], "Authorization")


@test()
def calls_of_the_server_s_own_are_translated(net: Net) -> None:
    pbx, client, _ = ends(net)
    invite = pbx.invite(client, sdp(net.phone.ip, ANSWER))
    seen = pbx.to(client, invite)
    equal(seen, outward(net, invite), "INVITE")
    answer = client.reply(seen, 200, sdp(net.server.ip, OFFER))
    equal(client.back(pbx, answer), client.reply(invite, 200, sdp(net.server.ip, OFFER)), "200")
    near, far = net.phone.udp(30000), net.server.udp(40000)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)


@test()
def server_registers_at_a_provider(net: Net) -> None:
    pbx, client, _ = ends(net)
    equal(registered(pbx, client), (net.public.ip, 5060), "Contact")


@test()
def two_clients_have_media_each(net: Net) -> None:
    pbx, client, target = ends(net)
    another = agent(net.stranger, "another")
    for number, (who, host) in enumerate(((client, net.server), (another, net.stranger))):
        invite = who.invite(target, sdp(host.ip, OFFER))
        seen = who.to(pbx, invite, (net.public.ip, 5060))
        answer = sdp(net.phone.ip, f"m=audio {30000 + 10 * number} RTP/AVP 8")
        back = Message.read(pbx.back(who, pbx.reply(seen, 200, answer)))
        near, far = net.phone.udp(30000 + 10 * number), host.udp(40000)
        flows(far, back.media(), near)


@test()
def client_s_own_description_stays(net: Net) -> None:
    pbx, client, target = ends(net)
    invite = client.invite(target, sdp(net.server.ip, OFFER, "a=rtcp:40001", "m=video 0 RTP/AVP 9"))
    seen = client.to(pbx, invite, (net.public.ip, 5060))
    equal(Message.read(seen).body, Message.read(invite).body, "body")
    closed(net, net.stranger.udp(40000), (net.public.ip, 40000), [net.phone.udp(40000)])
