# SPDX-License-Identifier: GPL-2.0-only
"""Odd and hostile messages: they pass, and where they are to be changed they change as a whole.

phone 10.0.0.2 ──┐                                        ┌── server 203.0.113.10
                 ├── 10.0.0.1 gateway 203.0.113.1 ────────┤
other 10.0.0.3 ──┘          masquerade                    └── stranger 203.0.113.66
"""

import random
import re

from lab import (
    FIREWALL,
    MASQUERADE,
    NAT66,
    Agent,
    Message,
    Net,
    counters,
    equal,
    outward,
    pair,
    sdp,
    swap,
    test,
    true,
)

GATEWAY = MASQUERADE
AUDIO = "m=audio 30000 RTP/AVP 8"


def translated(net: Net, change: tuple[str, str], body: bytes = b"") -> None:
    """An INVITE in which a text is replaced by an odd one arrives translated all the same."""
    alice, bob = pair(net)
    invite = swap(alice.invite(bob, body or sdp(net.phone.ip, AUDIO)), change)
    true(change[1].encode() in invite, f"the test replaces nothing: {change[0]!r}")
    equal(alice.to(bob, invite), outward(net, invite), "INVITE")
    equal(len(net.expectations()), 2, "pinholes")


def family(ip: str) -> str:
    """The family of an address as descriptions name it."""
    return "IP6" if ":" in ip else "IP4"


def unchanged(net: Net, *packets: bytes) -> None:
    """Packets pass byte for byte, both ways."""
    alice, bob = pair(net)
    for packet in packets:
        equal(alice.to(bob, packet), packet, "what the server gets")
        equal(bob.back(alice, packet), packet, "what the phone gets")
    equal(net.expectations(), [], "pinholes")


@test(essential=True)
def keep_alives_pass(net: Net) -> None:
    unchanged(net, b"\r\n\r\n", b"\r\n", b"\0\0\0\0", b"\0", b" ", b"")


@test()
def what_is_not_sip_passes(net: Net) -> None:
    numbers = random.Random(5060)
    unchanged(
        net,
        b"hello",
        b"GET / HTTP/1.1\r\nHost: 10.0.0.2\r\n\r\n",
        b"SIP/2.0",
        b"SIP/3.0 200 OK\r\n\r\n",
        b"INVITE",
        b"\xff" * 1200,
        *(numbers.randbytes(size) for size in (1, 20, 500, 1400)),
    )


@test(mainline="cuts the name short (defect 16)")
def names_that_begin_like_addresses_are_names(net: Net) -> None:
    alice, bob = pair(net)
    name = f"{net.phone.ip}-pbx.example.com"
    sent = alice.request("OPTIONS", bob, extra=f"Contact: <sip:{net.phone.ip}.example.com>")
    sent = swap(sent, (f"To: <sip:bob@{bob.at}>", f"To: <sip:bob@{name}>"))
    equal(alice.to(bob, sent), outward(net, sent), "OPTIONS")


@test(mainline="cuts the name short (defect 16)")
def target_whose_name_begins_with_the_phone_s_address_stays(net: Net) -> None:
    alice, bob = pair(net)
    name = f"{net.phone.ip}-pbx.example.com"
    sent = alice.request("OPTIONS", bob, uri=f"sip:bob@{name}")
    equal(Message.read(alice.to(bob, sent)).uri, f"sip:bob@{name}", "Request-URI")


@test(mainline="drops it (defect 2)")
def origin_may_be_a_name(net: Net) -> None:
    body = sdp(net.phone.ip, AUDIO, origin="client.example.com")
    translated(net, ("Max-Forwards: 70", "Max-Forwards: 69"), body=body)


@test(MASQUERADE, NAT66, mainline="drops it (defect 2)")
def origin_may_be_of_the_other_family(net: Net) -> None:
    other = "192.0.2.77" if ":" in net.phone.ip else "2001:db8::77"
    body = sdp(net.phone.ip, AUDIO).replace(
        f"IN {family(net.phone.ip)} {net.phone.ip}".encode(),
        f"IN {family(other)} {other}".encode(),
        1,
    )
    translated(net, ("Max-Forwards: 70", "Max-Forwards: 69"), body=body)


@test(mainline="drops it (defect 2)")
def origin_may_be_missing(net: Net) -> None:
    body = re.sub(rb"o=[^\r]*\r\n", b"", sdp(net.phone.ip, AUDIO))
    translated(net, ("Max-Forwards: 70", "Max-Forwards: 69"), body=body)


@test(MASQUERADE, NAT66, FIREWALL, mainline="drops it (defect 4)")
def connection_of_the_other_family_stays(net: Net) -> None:
    alice, bob = pair(net)
    other = "IN IP4 192.0.2.77" if ":" in net.phone.ip else "IN IP6 2001:db8::77"
    body = sdp(net.phone.ip, AUDIO, connection=other)
    invite = alice.invite(bob, body)
    equal(alice.to(bob, invite), outward(net, invite), "INVITE")
    equal(net.expectations(), [], "pinholes")


@test(MASQUERADE, FIREWALL, mainline="drops it (defect 4)")
def connection_may_be_a_name(net: Net) -> None:
    alice, bob = pair(net)
    body = sdp(net.phone.ip, AUDIO, connection="IN IP4 media.example.com")
    invite = alice.invite(bob, body)
    equal(alice.to(bob, invite), outward(net, invite), "INVITE")
    equal(net.expectations(), [], "pinholes")


@test(MASQUERADE, FIREWALL, mainline="drops it (defect 6)")
def discard_port_opens_nothing(net: Net) -> None:
    alice, bob = pair(net)
    invite = alice.invite(bob, sdp(net.phone.ip, "m=audio 9 RTP/AVP 8"))
    equal(alice.to(bob, invite), outward(net, invite), "INVITE")
    equal(net.expectations(), [], "pinholes")


@test(mainline="drops it (1.3)")
def request_without_cseq_passes_whole(net: Net) -> None:
    alice, bob = pair(net)
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
    bare = re.sub(rb"CSeq: [^\r]*\r\n", b"", invite)
    got = alice.to(bob, bare)
    true(got in (bare, outward(net, bare)), f"it is translated in part: {got!r}")


@test(mainline="drops it (1.3)")
def response_without_cseq_passes_whole(net: Net) -> None:
    alice, bob = pair(net)
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
    seen = alice.to(bob, invite)
    cseq = re.compile(rb"CSeq: [^\r]*\r\n")
    ok = cseq.sub(b"", bob.reply(seen))
    got = bob.back(alice, ok)
    true(got in (ok, cseq.sub(b"", bob.reply(invite))), f"it is translated in part: {got!r}")


@test(mainline="drops it (defect 10)")
def status_behind_two_blanks_passes_whole(net: Net) -> None:
    alice, bob = pair(net)
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
    seen = alice.to(bob, invite)
    ok = swap(bob.reply(seen), ("SIP/2.0 200", "SIP/2.0  200"))
    wanted = swap(bob.reply(invite), ("SIP/2.0 200", "SIP/2.0  200"))
    got = bob.back(alice, ok)
    true(got in (ok, wanted), f"it is translated in part: {got!r}")


@test(mainline="drops it (defect 10)")
def status_beyond_all_numbers_passes(net: Net) -> None:
    alice, bob = pair(net)
    seen = alice.to(bob, alice.invite(bob, sdp(net.phone.ip, AUDIO)))
    odd = swap(bob.reply(seen), ("SIP/2.0 200", "SIP/2.0 20000000000000000000"))
    equal(bob.back(alice, odd), odd, "response")


@test(mainline="does not find the session description (defect 22)")
def line_feeds_alone_end_lines(net: Net) -> None:
    alice, bob = pair(net)
    body = sdp(net.phone.ip, AUDIO).replace(b"\r\n", b"\n")
    invite = alice.invite(bob, body).replace(b"\r\n", b"\n")
    wanted = invite.replace(net.phone.ip.encode(), net.public.ip.encode())
    length = len(body) + 2 * (len(net.public.ip) - len(net.phone.ip))
    wanted = re.sub(rb"Content-Length: \d+", b"Content-Length: %d" % length, wanted)
    equal(alice.to(bob, invite), wanted, "INVITE")
    equal(len(net.expectations()), 2, "pinholes")


@test()
def carriage_returns_alone_end_header_lines(net: Net) -> None:
    alice, bob = pair(net)
    sent = alice.request("OPTIONS", bob).replace(b"\r\n", b"\r")
    equal(
        alice.to(bob, sent), sent.replace(net.phone.ip.encode(), net.public.ip.encode()), "OPTIONS"
    )


@test()
def method_may_be_in_any_case(net: Net) -> None:
    translated(net, ("INVITE", "Invite"))


@test(mainline="does not see what the method is (defect 23)")
def line_ends_in_front_are_skipped(net: Net) -> None:
    alice, bob = pair(net)
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
    equal(alice.to(bob, b"\r\n\r\n" + invite), b"\r\n\r\n" + outward(net, invite), "INVITE")
    equal(len(net.expectations()), 2, "pinholes")


@test()
def contact_may_be_folded(net: Net) -> None:
    translated(net, ("Contact: <", "Contact:\r\n\t <"))


@test(mainline="does not find the address (defect 25)")
def via_may_be_folded(net: Net) -> None:
    translated(net, ("Via: SIP/2.0/UDP ", "Via: SIP/2.0/\r\n UDP\r\n   "))


@test()
def names_may_be_compact(net: Net) -> None:
    translated(net, ("Via: ", "v: "))


@test()
def names_may_be_compact_and_in_any_case(net: Net) -> None:
    translated(net, ("Contact: ", "M:   "))


@test()
def colon_may_have_blanks_around(net: Net) -> None:
    translated(net, ("From: ", "FROM \t:\t"))


@test(mainline="takes the name for the URI (defect 26)")
def quoted_name_may_look_like_a_uri(net: Net) -> None:
    translated(net, ("From: <", 'From: "sip:x@192.0.2.9, \\"<" <'))


@test(mainline="takes the name for the URI (defect 26)")
def quoted_name_with_the_phone_s_address_stays(net: Net) -> None:
    alice, bob = pair(net)
    name = f'"sip:me@{alice.at}"'
    sent = swap(alice.request("OPTIONS", bob), ("From: <", f"From: {name} <"))
    wanted = swap(outward(net, sent), (f'"sip:me@{net.public.uri}:5060"', name))
    equal(alice.to(bob, sent), wanted, "OPTIONS")


@test(mainline="drops it, as its search ends at a longer name that begins alike (defect 9)")
def cseq_is_found_behind_a_longer_name(net: Net) -> None:
    translated(net, ("Max-Forwards: 70", "CSeq-Foo: x"))


@test(mainline="ends its search at a longer name that begins alike (defect 9)")
def contact_is_found_behind_a_longer_name(net: Net) -> None:
    translated(net, ("Max-Forwards: 70", "Contact-Note: y\r\nVia-Note: z"))


@test(mainline="reads it as the phone's address (defect 16)")
def address_with_leading_zeros_is_a_name(net: Net) -> None:
    alice, bob = pair(net)
    odd = "010.000.000.002"
    sent = alice.request("OPTIONS", bob, contact=f"<sip:alice@{odd}:5060>")
    equal(alice.to(bob, sent), outward(net, sent), "OPTIONS")


@test(mainline="takes the lower Via for the topmost one (defect 28)")
def topmost_via_may_have_two_blanks(net: Net) -> None:
    translated(net, ("Via: SIP/2.0/UDP ", "Via: SIP/2.0/UDP  "))


@test(mainline="sends all that follows to the port in that Via (defect 28)")
def lower_via_moves_nothing_where_the_topmost_is_a_name(net: Net) -> None:
    alice, bob = pair(net)
    elsewhere = net.phone.udp(5080)
    lower = f"Via: SIP/2.0/UDP {net.phone.uri}:5080;branch=z9hG4bK-0"
    sent = alice.request("OPTIONS", bob, via="proxy.example.com", extra=lower)
    seen = alice.to(bob, sent)
    equal(bob.back(alice, bob.reply(seen)), bob.reply(sent), "200")
    equal(elsewhere.pending(), [], "what reached the other port")


@test(mainline="writes a second port (defect 17)")
def via_may_have_blanks_around_its_colon(net: Net) -> None:
    alice, bob = pair(net)
    sent = swap(alice.request("OPTIONS", bob), (f"UDP {alice.at}", "UDP 10.0.0.2 : 5060"))
    equal(alice.to(bob, sent), outward(net, sent), "OPTIONS")


@test(mainline="reads header fields in the body (defect 18)")
def body_is_not_searched_for_header_fields(net: Net) -> None:
    alice, bob = pair(net)
    text = f"Contact: <sip:alice@{alice.at}>\r\nVia: SIP/2.0/UDP {alice.at}\r\n".encode()
    sent = alice.request("MESSAGE", bob, text, contact="")
    sent = swap(sent, ("application/sdp", "text/plain"))
    head, empty, body = sent.partition(b"\r\n\r\n")
    wanted = head.replace(net.phone.ip.encode(), net.public.ip.encode()) + empty + body
    equal(alice.to(bob, sent), wanted, "MESSAGE")


@test(mainline="does not see that it answers an INVITE (defect 24)")
def cseq_of_an_answer_may_have_more_blanks(net: Net) -> None:
    alice, bob = pair(net)
    alice.to(bob, alice.request("OPTIONS", bob))
    seen = bob.back(alice, bob.invite(alice, sdp(net.server.ip, "m=audio 40000 RTP/AVP 8")))
    answer = alice.reply(seen, 200, sdp(net.phone.ip, AUDIO))
    odd = swap(answer, ("CSeq: 1 INVITE", "CSeq: 1   INVITE"))
    got = Message.read(alice.back(bob, odd))
    equal(got.media(), (net.public.ip, 30000), "media")
    folded = alice.back(bob, swap(answer, ("CSeq: 1 INVITE", "CSeq:\r\n 1\r\n\tINVITE")))
    true(f"c=IN IP4 {net.public.ip}".encode() in folded, f"folded: {folded!r}")


@test(mainline="sends all that follows to the port in that Via (defect 15)")
def server_cannot_move_the_phone_s_port(net: Net) -> None:
    alice, bob = pair(net)
    seen = alice.to(bob, alice.request("OPTIONS", bob))
    forged = bob.request("OPTIONS", alice, via=f"{net.server.uri}:5080")
    bob.back(alice, forged)
    elsewhere = net.phone.udp(5080)
    bob.back(alice, bob.reply(seen))
    equal(elsewhere.pending(), [], "what reached the other port")


@test()
def very_many_headers_pass(net: Net) -> None:
    alice, bob = pair(net)
    extra = "\n".join(f"X-Header-{number}: {'x' * 20}" for number in range(300))
    sent = alice.request("OPTIONS", bob, extra=extra)
    equal(alice.to(bob, sent), outward(net, sent), "OPTIONS")


@test()
def more_contacts_than_anybody_has_pass(net: Net) -> None:
    alice, bob = pair(net)
    extra = "\n".join(f"Contact: <sip:alice{number}@{alice.at}>" for number in range(60))
    sent = alice.request("OPTIONS", bob, extra=extra)
    got = alice.to(bob, sent)
    true(got in (sent, outward(net, sent)), "it is translated in part")


@test()
def more_media_than_anybody_has_pass(net: Net) -> None:
    alice, bob = pair(net)
    lines = [f"m=audio {port} RTP/AVP 8" for port in range(30000, 30400, 2)]
    invite = alice.invite(bob, sdp(net.phone.ip, *lines))
    got = alice.to(bob, invite)
    head, empty, body = invite.partition(b"\r\n\r\n")
    kept = head.replace(net.phone.ip.encode(), net.public.ip.encode()) + empty + body
    true(got in (invite, kept, outward(net, invite)), "it is translated in part")


@test(mainline="drops what ends before its CSeq (1.3)")
def truncated_messages_pass(net: Net) -> None:
    alice, bob = pair(net)
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
    head = invite.index(b"\r\n\r\n")
    for size in range(20, head, 7):
        got = alice.to(bob, invite[:size])
        equal(got, invite[:size], f"the first {size} bytes")
    equal(net.expectations(), [], "pinholes")


@test(MASQUERADE, NAT66, only="it is about nf_sip's counters")
def thousands_of_lines_pass(net: Net) -> None:
    """What they are too many for is counted."""
    alice, bob = pair(net)
    host, ip = net.phone.uri, net.phone.ip
    candidate = f"a=candidate:1 1 UDP 1 {ip} 30000 typ host"
    media = [f"m=audio {port} RTP/AVP 8" for port in range(30000, 34000, 2)]
    kinds = {
        "m=": ("too_much_media", [], media),
        "a=candidate": ("too_much_media", [], [AUDIO, *[candidate] * 1200]),
        "Contact": ("too_many_contacts", [f"m: <sip:a@{host}>"] * 2000, [AUDIO]),
        "Via": ("too_many_changes", [f"v: SIP/2.0/UDP {host}"] * 2000, [AUDIO]),
        "Via of others": ("too_much_to_read", ["v: SIP/2.0/UDP pbx"] * 2000, [AUDIO]),
        "Subject": ("too_much_to_read", ["s: x"] * 2000, [AUDIO]),
        "folded Subject": ("too_much_to_read", ["s:", " x"] * 2000, [AUDIO]),
        "line of a Subject": ("too_much_to_read", ["s: x", *[" x"] * 2000], [AUDIO]),
        "long line of a Subject": ("translated", ["s: x", *[f" {'x' * 28}"] * 2000], [AUDIO]),
    }
    for number, (kind, (counter, fields, lines)) in enumerate(kinds.items()):
        alice.call = f"call-{number}"
        invite = alice.invite(bob, sdp(ip, *lines), extra="\n".join(fields))
        before = counters()[counter]
        got = alice.to(bob, invite)
        true(consistent(invite, got, (ip, net.public.ip)), f"many times {kind}: translated in part")
        equal(counters()[counter], before + 1, f"{counter} for many times {kind}")


LENGTH = re.compile(rb"(?m)^Content-Length: (\d+)")


def parts(data: bytes) -> tuple[bytes, int, bytes]:
    """The header without a length, the length that it states, and what stands behind it."""
    head, _, body = data.partition(b"\r\n\r\n")
    stated = LENGTH.search(head)
    return LENGTH.sub(b"", head), int(stated[1]) if stated else 0, body


def consistent(sent: bytes, got: bytes, *pairs: tuple[str, str]) -> bool:
    """Whether a message has come as it was sent, or translated, perhaps but for its description."""
    head, length, body = parts(sent)
    new_head, _, new_body = parts(swap(sent, *pairs))
    wanted = ((new_head, length + len(one) - len(body), one) for one in (body, new_body))
    return got == sent or parts(got) in wanted


@test(MASQUERADE, NAT66, mainline="drops what ends before its CSeq (1.3)")
def message_cut_at_every_byte_passes(net: Net) -> None:
    """Both ways; what ends in its header is as it was sent."""
    alice, bob = pair(net)
    alice.to(bob, alice.request("OPTIONS", bob))
    phone_at = bob.peer
    known = Agent("alice", f"{net.public.uri}:5060")
    out = (net.phone.ip, net.public.ip)
    messages = (
        (alice.invite(bob, sdp(net.phone.ip, AUDIO)), out),
        (alice.register(bob.at), out),
        (bob.invite(known, sdp(net.server.ip, "m=audio 40000 RTP/AVP 8")), out[::-1]),
        (bob.register(known.at), out[::-1]),
    )
    for message, change in messages:
        sender, receiver = (alice, bob) if change is out else (bob, alice)
        # The last of a header's line ends may lack its second half.
        head = message.index(b"\r\n\r\n") + 3
        for size in range(len(message) + 1):
            sent = message[:size]
            bob.peer = phone_at
            got = sender.to(receiver, sent, phone_at if sender is bob else None)
            good = got == sent if size < head else consistent(sent, got, change)
            true(good, f"the first {size} bytes become {got!r}")
        equal(got, swap(message, change), "the whole message")


@test(mainline="drops a Content-Length that is none")
def content_length_beyond_the_datagram_passes_whole(net: Net) -> None:
    alice, bob = pair(net)
    invite = alice.invite(bob, sdp(net.phone.ip, AUDIO))
    for length in (b"99999", b"4294967295", b"18446744073709551616", b"-1", b"x", b""):
        odd = re.sub(rb"Content-Length: \d+", b"Content-Length: " + length, invite)
        got = Message.read(alice.to(bob, odd))
        body = Message.read(invite).body
        whole = Message.read(outward(net, invite)).body
        true(got.body in (body, whole), f"Content-Length: {length!r}: the body is changed in part")
