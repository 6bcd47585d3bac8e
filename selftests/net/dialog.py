# SPDX-License-Identifier: GPL-2.0-only
"""Calls as such: what belongs to which, and for how long.

phone 10.0.0.2 ──┐                                        ┌── server 203.0.113.10
                 ├── 10.0.0.1 gateway 203.0.113.1 ────────┤
other 10.0.0.3 ──┘     masquerade, or as named            └── stranger 203.0.113.66
"""

from dataclasses import replace

from lab import (
    FIREWALL,
    MASQUERADE,
    NAT66,
    Message,
    Net,
    UserAgent,
    agent,
    closed,
    equal,
    established,
    flows,
    pair,
    parameter,
    registered,
    sdp,
    test,
    true,
    two_way,
    within,
)
from lab.timeouts import udp_timeout

GATEWAY = MASQUERADE
AUDIO = "m=audio 30000 RTP/AVP 8"
VIDEO = "m=video 30100 RTP/AVP 96"


def answer(net: Net, port: int = 40000, ip: str = "") -> bytes:
    """The server's description of audio."""
    return sdp(ip or net.server.ip, f"m=audio {port} RTP/AVP 8")


def opened(net: Net) -> list[int]:
    """The outside ports of the phone's that wait for media."""
    found = [one for one in net.expectations() if one.klass]
    return [one.outside[1] for one in found if one.outside[0] == net.public.ip]


def media(net: Net) -> list[tuple[str, int]]:
    """Where media that came in through pinholes comes from."""
    return [one.original.source for one in net.conntrack.connections() if one.expected]


def begun(net: Net, phone: UserAgent, bob: UserAgent, call: str, port: int, far: int) -> None:
    """A call of its own that has been answered, and of which no media has come yet."""
    phone.call = call
    established(phone, bob, sdp(phone.host.ip, f"m=audio {port} RTP/AVP 8"), answer(net, far))


@test(MASQUERADE, NAT66, FIREWALL, mainline="leaves established media open (T32)", essential=True)
def bye_ends_pinholes_and_media(net: Net) -> None:
    alice, bob = pair(net)
    call = established(alice, bob, sdp(net.phone.ip, AUDIO), answer(net))
    near, far = net.phone.udp(30000), net.server.udp(40000)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)
    equal(len(media(net)), 1, "connections of media")
    call.bye()
    equal(net.expectations(), [], "pinholes")
    equal(media(net), [], "connections of media")
    closed(net, far, (net.public.ip, 30000), [near])


@test(mainline="takes away the pinholes of all calls of the connection (defect 32)")
def bye_of_one_call_touches_no_other(net: Net) -> None:
    alice, bob = pair(net)
    begun(net, alice, bob, "one", 30000, 40000)
    begun(net, alice, bob, "two", 30010, 40010)
    alice.to(bob, alice.request("BYE", bob, cseq=2, to_tag="bob-1"))
    equal(opened(net), [30000, 30001], "pinholes")
    near, far = net.phone.udp(30000), net.server.udp(40000)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)


@test(mainline="takes away the pinholes of all calls of the connection (defect 32)")
def new_call_touches_no_other(net: Net) -> None:
    alice, bob = pair(net)
    begun(net, alice, bob, "one", 30000, 40000)
    begun(net, alice, bob, "two", 30010, 40010)
    equal(opened(net), [30000, 30001, 30010, 30011], "pinholes")


@test(mainline="ends the running call's pinholes with it (defect 32)")
def refused_change_leaves_the_call_alone(net: Net) -> None:
    alice, bob = pair(net)
    established(alice, bob, sdp(net.phone.ip, AUDIO), answer(net))
    more = alice.invite(bob, sdp(net.phone.ip, AUDIO, VIDEO), cseq=2, to_tag="bob-1")
    seen = alice.to(bob, more)
    equal(opened(net), [30000, 30001, 30100, 30101], "pinholes of the offer")
    bob.back(alice, bob.reply(seen, 488))
    equal(opened(net), [30000, 30001], "pinholes of the call")


@test(mainline="leaves the pinholes until the 487 (T40)")
def cancelled_call_leaves_no_pinholes(net: Net) -> None:
    alice, bob = pair(net)
    seen = alice.to(bob, alice.invite(bob, sdp(net.phone.ip, AUDIO)))
    bob.back(alice, bob.reply(seen, 183, answer(net)))
    alice.to(bob, alice.request("CANCEL", bob))
    equal(net.expectations(), [], "pinholes after CANCEL")
    bob.back(alice, bob.reply(seen, 487))
    equal(net.expectations(), [], "pinholes after 487")


@test(mainline="drops the second phone's INVITE (defect 1)")
def exchanged_port_is_kept_when_the_call_changes(net: Net) -> None:
    alice, bob = pair(net)
    carol = agent(net.other, "carol")
    begun(net, alice, bob, "one", 30000, 40000)
    offer = sdp(net.other.ip, AUDIO)
    first = established(carol, bob, offer, answer(net, 40010)).offer.media()
    true(first[1] != 30000, "both phones have the same port outside")
    near, far = net.other.udp(30000), net.server.udp(40010)
    two_way(near, far, first, far.endpoint)
    begun(net, alice, bob, "three", 30000, 40020)
    again = Message.read(carol.to(bob, carol.invite(bob, offer, cseq=2, to_tag="bob-1")))
    equal(again.media(), first, "media")
    two_way(near, far, first, far.endpoint)


@test(MASQUERADE, NAT66, mainline="lets media in from the signalling peer only (T19)")
def media_comes_from_where_the_answer_says(net: Net) -> None:
    alice, bob = pair(net)
    established(alice, bob, sdp(net.phone.ip, AUDIO), answer(net, ip=net.stranger.ip))
    near, far = net.phone.udp(30000), net.stranger.udp(40000)
    closed(net, net.server.udp(40000), (net.public.ip, 30000), [near])
    two_way(near, far, (net.public.ip, 30000), far.endpoint)


@test(mainline="lets media in from the signalling peer only (T19)")
def call_that_is_moved_to_another_machine_goes_on(net: Net) -> None:
    alice, bob = pair(net)
    established(alice, bob, sdp(net.phone.ip, AUDIO), answer(net))
    near, far = net.phone.udp(30000), net.server.udp(40000)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)
    bob.call = alice.call
    moved = bob.request(
        "INVITE", alice, answer(net, 40000, net.stranger.ip), cseq=7, to_tag="alice-1"
    )
    seen = bob.back(alice, moved)
    alice.back(bob, alice.reply(seen, 200, sdp(net.phone.ip, AUDIO)))
    elsewhere = net.stranger.udp(40000)
    two_way(near, elsewhere, (net.public.ip, 30000), elsewhere.endpoint)


def moves(net: Net, alice: UserAgent, bob: UserAgent, description: bytes) -> None:
    """Bob has the media of the running call elsewhere from now on."""
    bob.call = alice.call
    seen = bob.back(alice, bob.request("INVITE", alice, description, cseq=7, to_tag="alice-1"))
    alice.back(bob, alice.reply(seen, 200, sdp(net.phone.ip, AUDIO)))


@test()
def media_may_move_to_another_port_of_the_same_machine(net: Net) -> None:
    """Its pinhole has done its work, and a change of the call opens it once more."""
    for number, direct in enumerate((1, 0)):
        alice, bob = pair(net, call=f"call-{number}")
        with parameter("sip_direct_media", direct):
            call = established(alice, bob, sdp(net.phone.ip, AUDIO), answer(net))
            near, far = net.phone.udp(30000), net.server.udp(40000)
            two_way(near, far, (net.public.ip, 30000), far.endpoint)
            moves(net, alice, bob, answer(net, 40020))
            elsewhere = net.server.udp(40020)
            two_way(near, elsewhere, (net.public.ip, 30000), elsewhere.endpoint)
            call.bye()
        for one in (alice.socket, bob.socket, near, far, elsewhere):
            one.close()
        net.conntrack.flush()


@test(mainline="leaves established media open (T32)")
def bye_ends_the_media_of_all_places_that_the_call_has_been_at(net: Net) -> None:
    alice, bob = pair(net)
    call = established(alice, bob, sdp(net.phone.ip, AUDIO), answer(net))
    near, far = net.phone.udp(30000), net.server.udp(40000)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)
    moves(net, alice, bob, answer(net, 40000, net.stranger.ip))
    elsewhere = net.stranger.udp(40000)
    two_way(near, elsewhere, (net.public.ip, 30000), elsewhere.endpoint)
    call.bye()
    equal(net.expectations(), [], "pinholes")
    equal(media(net), [], "connections of media")


@test(mainline="lets the media path end like any connection over UDP (T70)")
def silence_does_not_end_the_media_path(net: Net) -> None:
    with udp_timeout(net, 1):
        alice, bob = pair(net)
        established(alice, bob, sdp(net.phone.ip, AUDIO), answer(net))
        near, far = net.phone.udp(30000), net.server.udp(40000)
        two_way(near, far, (net.public.ip, 30000), far.endpoint)
        other, echo = net.phone.udp(), net.server.udp()
        source = flows(other, echo.endpoint, echo)

        def forgotten() -> bool:
            return all(one.reply.destination != source for one in net.conntrack.connections())

        within(10, forgotten, "another connection ends")
        two_way(near, far, (net.public.ip, 30000), far.endpoint)


@test(only="a parameter of nf_sip's")
def media_may_be_given_the_time_of_any_connection(net: Net) -> None:
    with parameter("sip_media_timeout", 0):
        alice, bob = pair(net)
        established(alice, bob, sdp(net.phone.ip, AUDIO), answer(net))
        near, far = net.phone.udp(30000), net.server.udp(40000)
        two_way(near, far, (net.public.ip, 30000), far.endpoint)
        times = [one.timeout for one in net.conntrack.connections() if one.expected]
        true(all(seconds <= 180 for seconds in times), f"times are {times}")


@test(mainline="has four pinholes of a kind: the answer's take the offer's (defect 31)")
def two_audio_lines_in_offer_and_answer_have_their_pinholes(net: Net) -> None:
    alice, bob = pair(net)
    offer = sdp(net.phone.ip, AUDIO, "m=audio 30010 RTP/SAVP 8")
    both = sdp(net.server.ip, "m=audio 40000 RTP/AVP 8", "m=audio 40010 RTP/SAVP 8")
    established(alice, bob, offer, both)
    equal(opened(net), [30000, 30001, 30010, 30011], "pinholes")


@test(mainline="has room for four pinholes of a kind (T68)")
def early_answer_and_final_one_at_other_ports_leave_the_caller_its_pinholes(net: Net) -> None:
    alice, bob = pair(net)
    seen = alice.to(bob, alice.invite(bob, sdp(net.phone.ip, AUDIO)))
    bob.back(alice, bob.reply(seen, 183, answer(net)))
    bob.back(alice, bob.reply(seen, 200, answer(net, 40010)))
    near, far = net.phone.udp(30000), net.server.udp(40010)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)


@test(mainline="has room for two branches only, and throws out the phone's own pinholes (T41)")
def branches_of_a_fork_leave_the_caller_its_pinholes(net: Net) -> None:
    alice, bob = pair(net)
    seen = alice.to(bob, alice.invite(bob, sdp(net.phone.ip, AUDIO)))
    for number, tag in enumerate(("one", "two", "three")):
        early = bob.reply(seen, 183, answer(net, 40000 + 10 * number))
        bob.back(alice, early.replace(b"tag=bob-1", b"tag=" + tag.encode()))
    equal(opened(net), [30000, 30001], "pinholes")
    last = bob.reply(seen, 200, answer(net, 40020)).replace(b"tag=bob-1", b"tag=three")
    bob.back(alice, last)
    near, far = net.phone.udp(30000), net.server.udp(40020)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)
    bye = alice.request("BYE", bob, cseq=2, to_tag="three")
    alice.to(bob, bye)
    equal(net.expectations(), [], "pinholes")


@test(only="a parameter of nf_sip's")
def calls_beyond_the_limit_are_translated_all_the_same(net: Net) -> None:
    with parameter("sip_max_calls", 1):
        alice, bob = pair(net)
        begun(net, alice, bob, "one", 30000, 40000)
        begun(net, alice, bob, "two", 30010, 40010)
        equal(opened(net), [30000, 30001, 30010, 30011], "pinholes")
        alice.call = "one"
        alice.to(bob, alice.request("BYE", bob, cseq=2, to_tag="bob-1"))
        equal(opened(net), [30010, 30011], "pinholes after BYE")


@test(MASQUERADE, NAT66, mainline="does so where media may come from anywhere only (1.6)")
def neighbours_behind_one_nat_send_to_each_other_directly(net: Net) -> None:
    alice, bob = pair(net)
    carol = agent(net.other, "carol")
    contact = carol.at
    got = carol.to(bob, carol.register(bob.at))
    bob.back(carol, bob.bind(got))
    at_carol = bob.peer
    seen = Message.read(alice.to(bob, alice.invite(bob, sdp(net.phone.ip, AUDIO))))
    equal(seen.media(), (net.public.ip, 30000), "what the server gets of Alice's media")
    at_alice = bob.peer

    bob.call = "onward"
    onward = bob.request("INVITE", carol, seen.body, uri=f"sip:carol@{contact}")
    bob.peer = at_carol
    offer = bob.back(carol, onward)
    equal(Message.read(offer).media(), (net.phone.ip, 30000), "what Carol gets of Alice's media")
    theirs = Message.read(carol.back(bob, carol.reply(offer, 200, sdp(net.other.ip, AUDIO))))
    host, port = theirs.media()
    equal(host, net.public.ip, "what the server gets of Carol's address")
    true(port != 30000, "both have the same port outside")

    bob.peer = at_alice
    invite = alice.invite(bob, b"")
    answer = Message.read(bob.back(alice, bob.reply(invite, 200, theirs.body)))
    equal(answer.media(), (net.other.ip, 30000), "what Alice gets of Carol's media")


@test(only="mainline knows no candidates")
def candidates_take_the_mapping_of_the_media(net: Net) -> None:
    alice, bob = pair(net)
    carol = agent(net.other, "carol")
    begun(net, carol, bob, "one", 30000, 40010)

    def described(ip: str, port: int) -> bytes:
        candidates = [f"a=candidate:1 {n} UDP 1 {ip} {port + n - 1} typ host" for n in (1, 2)]
        return sdp(ip, f"m=audio {port} RTP/AVP 8", f"a=rtcp:{port + 1}", *candidates)

    seen = Message.read(alice.to(bob, alice.invite(bob, described(net.phone.ip, 30000))))
    host, port = seen.media()
    true(port != 30000, "both phones have the same port outside")
    equal(seen.body, described(host, port), "description")
    bob.call = alice.call
    chosen = f"a=remote-candidates:1 {host} {port} 2 {host} {port + 1}"
    offer = sdp(net.server.ip, "m=audio 40000 RTP/AVP 8", chosen)
    got = bob.back(alice, bob.request("INVITE", alice, offer, cseq=7, to_tag="alice-1"))
    inside = chosen.replace(f"{host} {port}", f"{net.phone.ip} 30000")
    inside = inside.replace(f"{host} {port + 1}", f"{net.phone.ip} 30001")
    true(inside.encode() in got, f"no {inside} in {got!r}")


@test(MASQUERADE, NAT66, mainline="leaves established media open (T32)")
def call_through_a_pinhole_is_ended_by_the_connection_that_opened_it(net: Net) -> None:
    alice, registrar = pair(net)
    contact = registered(alice, registrar)
    bob = agent(net.server, "bob", 5070, call="inward")
    uri = f"sip:alice@{net.public.uri}:{contact[1]}"
    offer = bob.request("INVITE", alice, answer(net), uri=uri)
    invite = bob.to(alice, offer, contact)
    alice.back(bob, alice.reply(invite, 200, sdp(net.phone.ip, AUDIO)))
    near, far = net.phone.udp(30000), net.server.udp(40000)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)
    equal(len(media(net)), 2, "connections that were expected")

    alice.call = bob.call
    alice.to(registrar, alice.request("BYE", bob, cseq=2, to_tag="bob-1"))
    equal(net.expectations(1), [], "pinholes for media")
    equal([one for one in media(net) if one[1] == 40000], [], "connections of media")


@test(only="mainline remembers no calls")
def answer_that_nobody_asked_for_makes_no_call(net: Net) -> None:
    """It opens for three minutes, where the other side has asked something: that may be forgotten."""
    alice, bob = pair(net)
    alice.to(bob, alice.request("OPTIONS", bob))
    bob.call = "another"
    alice.back(bob, alice.reply(bob.back(alice, bob.invite(alice, b"")), 486))
    asked = alice.invite(bob, b"")
    bob.back(alice, bob.reply(asked, 200, answer(net)))
    equal(net.expectations(), [], "pinholes for what Bob answers")
    alice.to(bob, alice.reply(asked, 200, sdp(net.phone.ip, AUDIO)))
    times = [one.timeout for one in net.expectations()]
    true(times and max(times) <= 180, f"pinholes wait for {times} seconds")


def branch(net: Net, alice: UserAgent, bob: UserAgent, number: int) -> bytes:
    """One of the INVITEs of a call of Bob's that the provider forks, as it comes to Alice."""
    bob.call = "forked"
    invite = bob.request("INVITE", alice, answer(net), uri=f"sip:{number}@{net.public.uri}:5060")
    return bob.back(alice, invite.replace(b"branch=z9hG4bK", b"branch=z9hG4bK%d" % number))


def forked(net: Net) -> tuple[UserAgent, UserAgent, list[bytes]]:
    """Alice, Bob, and two branches that both come to her."""
    alice, bob = pair(net)
    registered(alice, bob)
    return alice, bob, [branch(net, alice, bob, number) for number in range(2)]


@test(mainline="ends the call with the branch that is refused")
def refusal_of_one_branch_ends_no_other(net: Net) -> None:
    """What comes to the phone twice is answered 482 the second time (RFC 3261 8.2.2.2)."""
    alice, bob, (first, second) = forked(net)
    alice.back(bob, alice.reply(first, 180, sdp(net.phone.ip, AUDIO)))
    for _ in range(2):
        alice.back(bob, alice.reply(second, 482))
    equal(opened(net), [30000, 30001], "pinholes when one is refused")
    got = alice.back(bob, alice.reply(first, 200, sdp(net.phone.ip, AUDIO)))
    equal(Message.read(got).media(), (net.public.ip, 30000), "where Alice's media is")
    times = [one.timeout for one in net.opened(1)]
    true(min(times) > 180, f"the call is not agreed upon: its pinholes wait for {times} s")
    near, far = net.phone.udp(30000), net.server.udp(40000)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)
    bob.back(alice, bob.request("BYE", alice, cseq=2, to_tag="alice-1"))
    equal(net.expectations(1), [], "pinholes when it is over")
    equal(media(net), [], "connections of media")


def cancel(bob: UserAgent, alice: UserAgent, invite: bytes) -> bytes:
    """A CANCEL of one of the branches."""
    asked = Message.read(invite)
    branch = asked["Via"].rpartition("branch=")[2]
    data = bob.request("CANCEL", alice, uri=asked.uri)
    return data.replace(b"z9hG4bK-forked-CANCEL-1", branch.encode())


@test(mainline="ends the call with the branch that is refused")
def cancel_of_one_branch_ends_no_other(net: Net) -> None:
    """A provider goes on to the next Contact, which is the phone's as well."""
    alice, bob, (first, second) = forked(net)
    alice.back(bob, alice.reply(second, 180, sdp(net.phone.ip, AUDIO)))
    bob.back(alice, cancel(bob, alice, first))
    equal(opened(net), [30000, 30001], "pinholes when one is cancelled")
    alice.back(bob, alice.reply(first, 487))
    equal(opened(net), [30000, 30001], "pinholes when it has ended")
    bob.back(alice, cancel(bob, alice, second))
    equal(opened(net), [], "pinholes when the other one is cancelled, too")
    alice.back(bob, alice.reply(second, 487))
    equal(net.expectations(1), [], "pinholes when all have ended")


@test(mainline="leaves the pinholes until the 487 (defect 40)")
def cancel_of_all_branches_leaves_no_pinholes(net: Net) -> None:
    alice, bob, branches = forked(net)
    alice.back(bob, alice.reply(branches[0], 180, sdp(net.phone.ip, AUDIO)))
    for invite in branches:
        bob.back(alice, cancel(bob, alice, invite))
    equal(opened(net), [], "pinholes")


@test(mainline="ends the call with the branch that is refused")
def refusal_that_is_sent_again_ends_no_later_branch(net: Net) -> None:
    """The acknowledgement of the first was lost, and the provider has gone on."""
    alice, bob, (first, second) = forked(net)
    for invite in (first, second):
        alice.back(bob, alice.reply(invite, 486))
    third = branch(net, alice, bob, 2)
    alice.back(bob, alice.reply(third, 180, sdp(net.phone.ip, AUDIO)))
    alice.back(bob, alice.reply(first, 486))
    equal(opened(net), [30000, 30001], "pinholes")


@test(mainline="ends the call with the branch that is refused")
def branch_that_is_refused_after_another_was_answered_leaves_nothing(net: Net) -> None:
    alice, bob, (first, second) = forked(net)
    alice.back(bob, alice.reply(first, 200, sdp(net.phone.ip, AUDIO)))
    early = alice.reply(second, 183, sdp(net.phone.ip, "m=audio 30010 RTP/AVP 8"))
    alice.back(bob, early.replace(b"tag=alice-1", b"tag=alice-2"))
    alice.back(bob, alice.reply(second, 487).replace(b"tag=alice-1", b"tag=alice-2"))
    equal(opened(net), [30000, 30001], "pinholes")


@test()
def refused_update_leaves_the_offer_that_still_rings(net: Net) -> None:
    alice, bob = pair(net)
    offer = sdp(net.phone.ip, AUDIO)
    invite = alice.to(bob, alice.invite(bob, offer))
    bob.back(alice, bob.reply(invite, 183, answer(net)))
    update = alice.to(bob, alice.request("UPDATE", bob, offer, cseq=2, to_tag="bob-1"))
    bob.back(alice, bob.reply(update, 488))
    equal(opened(net), [30000, 30001], "pinholes")
    bob.back(alice, bob.reply(invite, 200, answer(net)))
    near, far = net.phone.udp(30000), net.server.udp(40000)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)


@test(mainline="gives the UPDATE's pinholes to nobody, and leaves them (defect 32)")
def call_that_fails_after_an_agreed_update_leaves_nothing(net: Net) -> None:
    alice, bob = pair(net)
    offer = sdp(net.phone.ip, AUDIO)
    invite = alice.to(bob, alice.invite(bob, offer))
    bob.back(alice, bob.reply(invite, 183, answer(net)))
    update = alice.to(bob, alice.request("UPDATE", bob, offer, cseq=2, to_tag="bob-1"))
    bob.back(alice, bob.reply(update, 200, answer(net)))
    near, far = net.phone.udp(30000), net.server.udp(40000)
    two_way(near, far, (net.public.ip, 30000), far.endpoint)
    bob.back(alice, bob.reply(invite, 486))
    equal(net.expectations(), [], "pinholes")
    equal(media(net), [], "connections of media")


@test(only="mainline remembers no calls")
def provisional_answers_do_not_make_a_call_forget_its_offer(net: Net) -> None:
    alice, bob = pair(net)
    invite = alice.to(bob, alice.invite(bob, sdp(net.phone.ip, AUDIO)))
    for cseq in range(2, 8):
        bob.back(alice, bob.reply(invite, 183, answer(net)))
        prack = alice.to(bob, alice.request("PRACK", bob, cseq=cseq, to_tag="bob-1"))
        bob.back(alice, bob.reply(prack, 200))
    bob.back(alice, bob.reply(invite, 200, answer(net)))
    times = [one.timeout for one in net.opened()]
    true(times and all(seconds > 180 for seconds in times), f"pinholes wait for {times} seconds")


@test(only="mainline remembers no calls")
def call_of_many_exchanges_knows_the_last(net: Net) -> None:
    alice, bob = pair(net)
    invite = alice.to(bob, alice.invite(bob, sdp(net.phone.ip, AUDIO)))
    bob.back(alice, bob.reply(invite, 183, answer(net)))
    for cseq in range(2, 20):
        prack = alice.to(bob, alice.request("PRACK", bob, cseq=cseq, to_tag="bob-1"))
        bob.back(alice, bob.reply(prack, 200))
    moved = sdp(net.phone.ip, "m=audio 30010 RTP/AVP 8")
    update = alice.to(bob, alice.request("UPDATE", bob, moved, cseq=20, to_tag="bob-1"))
    bob.back(alice, bob.reply(update, 200, answer(net)))
    times = [one.timeout for one in net.opened() if one.outside[1] == 30010]
    true(times and all(seconds > 180 for seconds in times), f"pinholes wait for {times} seconds")


@test()
def late_provisional_of_the_one_who_answered_moves_nothing(net: Net) -> None:
    alice, bob = pair(net)
    seen = alice.to(bob, alice.invite(bob, sdp(net.phone.ip, "m=audio 30000 RTP/AVP 8")))
    early = bob.reply(seen, 183, sdp(net.server.ip, "m=audio 40000 RTP/AVP 8"))
    bob.back(alice, early)
    bob.back(alice, bob.reply(seen, 200, sdp(net.stranger.ip, "m=audio 50000 RTP/AVP 8")))
    before = {(one.peer, one.outside) for one in net.opened(1)}
    bob.back(alice, early)
    equal({(one.peer, one.outside) for one in net.opened(1)}, before, "who may send")


@test(mainline="drops the INVITE of the second phone (defect 1)")
def branch_that_answers_is_heard_though_others_spoke_after_it(net: Net) -> None:
    """All from one address, and the port outside is not the one inside."""
    bob, carol = agent(net.server, "bob"), agent(net.other, "carol")
    carol.to(bob, carol.invite(bob, sdp(net.other.ip, "m=audio 30000 RTP/AVP 8")))
    alice, near = agent(net.phone, "alice"), net.phone.udp(30000)
    seen = alice.to(bob, alice.invite(bob, sdp(net.phone.ip, "m=audio 30000 RTP/AVP 8")))
    told = Message.read(seen).media()
    branches = []
    for port in (40000, 40010, 40020):
        far, branch = net.server.udp(port), replace(bob, user=f"branch{port}")
        media = sdp(net.server.ip, f"m=audio {port} RTP/AVP 8")
        branch.back(alice, branch.reply(seen, 183, media))
        flows(far, told, near)
        branches.append((branch, far))
    branch, far = branches[0]
    branch.back(alice, branch.reply(seen, 200))
    flows(far, told, near, 2)
