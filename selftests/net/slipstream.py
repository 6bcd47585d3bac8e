# SPDX-License-Identifier: GPL-2.0-only
"""NAT slipstreaming: a web page makes its visitor's browser open ports of the visitor's machine.

browser 10.0.0.2 ──── 10.0.0.1 gateway 203.0.113.1 ──── attacker 203.0.113.10:5060
  service at 2222          masquerade, or as named

The page sends a form that is so long that one of its segments, or of its datagram's fragments, begins
with a REGISTER of the service's port; the attacker's page answers with a 200 that begins another one.
Then he connects to that port (Samy Kamkar, NAT Slipstreaming, 2020). The gateway lets in what is
related to a connection from inside, and nothing else.
"""

from contextlib import suppress

from lab import FIREWALL, FIREWALL6, MASQUERADE, NAT66, Endpoint, Net, equal, parameter, test, true
from lab.sip import message
from lab.stream import Stream, listen, unbound
from lab.tcp import abort_at_end, connected, no_delay, over_tcp
from lab.tcp_peer import Peer
from lab.tcp_segment import ACK, PSH, SYN, Segment, fragments, opening

GATEWAY = over_tcp(MASQUERADE)
GATEWAYS = tuple(over_tcp(one) for one in (MASQUERADE, NAT66, FIREWALL, FIREWALL6))
OPENS = "opens the port (T79)"
# The first one is not named in the parameters.
SERVICE, NAMED, USUAL = 2222, 3389, 5060
POST = "POST / HTTP/1.1\r\nHost: {host}:5060\r\nContent-Type: text/plain\r\nContent-Length: 9000\r\n\r\n"
PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9000\r\n\r\n<html>"
MANDATORY = ("Via", "From", "To", "Call-ID", "CSeq")


def register(net: Net, port: int = SERVICE, transport: str = "TCP", without: str = "") -> bytes:
    """The registration of a port of the browser's machine, perhaps without one of its header fields."""
    server, me = net.server.uri, net.phone.uri
    data = message(
        f"""
        REGISTER sip:{server};transport={transport} SIP/2.0
        Via: SIP/2.0/{transport} {me}:5060;branch=z9hG4bK-1
        Max-Forwards: 70
        From: <sip:u@{server}>;tag=1
        To: <sip:u@{server}>
        Call-ID: slipstream
        CSeq: 1 REGISTER
        Contact: <sip:u@{me}:{port};transport={transport}>
        Expires: 600
        Content-Length: 0
        """
    )
    lines = data.split(b"\r\n")
    return b"\r\n".join(one for one in lines if not without or not one.startswith(f"{without}:".encode()))


def answer(seen: bytes, old: str = "", new: str = "") -> bytes:
    """The forged answer to what the attacker has seen, perhaps with a text that is another one."""
    kept = tuple(f"{name}:".encode() for name in (*MANDATORY, "Contact", "Expires"))
    lines = [line for line in seen.split(b"\r\n") if line.startswith(kept)]
    data = b"\r\n".join([b"SIP/2.0 200 OK", *lines, b"Content-Length: 0", b"", b""])
    true(old.encode() in data, f"there is no {old!r} in the answer")
    return data.replace(old.encode(), new.encode()) if old else data


def message_of(stream: Stream) -> bytes:
    """The next message without a body."""
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        data += stream.receive(1)
    return data


def reached(net: Net, port: int) -> bool:
    """Does somebody outside reach a service of the phone's, by its own port or any that is open?"""
    waiting = listen(net.phone, port)
    pinholes = [one.outside for one in net.expectations() if one.flow.protocol == 6]
    found = any(comes_in(net, at, waiting) for at in {(net.outside(net.phone).ip, port), *pinholes})
    waiting.close()
    return found


def comes_in(net: Net, at: Endpoint, waiting: Stream) -> bool:
    """Does a connection of the server's to this endpoint come in?"""
    far = unbound(net.server, 0)
    far.socket.setblocking(False)
    with suppress(BlockingIOError, ConnectionRefusedError):
        far.socket.connect(at)
    # What the phone sends comes after the SYN, and so shows that it has gone.
    probe, echo = net.phone.udp(), net.server.udp()
    probe.send(b"probe", echo)
    echo.receive("the probe")
    if not any(one.expected and one.original.protocol == 6 for one in net.conntrack.connections()):
        return False
    near = abort_at_end(waiting.accept())
    far.socket.settimeout(10)
    far.send(b"attack\r\n")
    equal(near.receive(8), b"attack\r\n", "what the service gets")
    abort_at_end(far)
    return True


def attack(browser: Stream, attacker: Stream, form: bytes, page: bytes, request: bytes) -> None:
    """The form goes out with the request behind it, and the page comes back with the answer behind it."""
    browser.send(form + request)
    equal(attacker.receive(len(form)), form, "the form")
    seen = message_of(attacker)
    attacker.send(page)
    equal(browser.receive(len(page)), page, "the page")
    attacker.send(answer(seen))
    message_of(browser)


def padded(net: Net, browser: Stream) -> bytes:
    """A form, as long as three segments of this connection."""
    ipproto_tcp, tcp_maxseg = 6, 2
    size = browser.socket.getsockopt(ipproto_tcp, tcp_maxseg)
    return POST.format(host=net.server.uri).encode().ljust(3 * size, b"x")


@test(*GATEWAYS, mainline=OPENS)
def form_of_a_web_page_opens_nothing(net: Net) -> None:
    browser, attacker = connected(net)
    no_delay(attacker)
    attack(browser, attacker, padded(net, browser), PAGE, register(net))
    true(not reached(net, SERVICE), "somebody outside has reached the service")


@test(*GATEWAYS, mainline=OPENS)
def form_opens_nothing_though_its_answer_is_sip_from_the_first_byte(net: Net) -> None:
    browser, attacker = connected(net)
    attack(browser, attacker, padded(net, browser), b"", register(net))
    true(not reached(net, SERVICE), "somebody outside has reached the service")


@test(mainline=OPENS)
def form_opens_nothing_however_it_is_cut(net: Net) -> None:
    """Also where its first bytes could be those of a method of SIP's."""
    for begin in (1, 2, 4, 5):
        browser, attacker = connected(net)
        no_delay(browser, attacker)
        form = padded(net, browser)
        browser.send(form[:begin])
        browser.send(form[begin:])
        equal(attacker.receive(len(form)), form, "the form")
        attack(browser, attacker, b"", PAGE, register(net))
        true(not reached(net, SERVICE), f"somebody outside has reached the service, cut at {begin}")


@test(mainline="opens it")
def unusual_port_is_not_opened_to_a_telephone_either(net: Net) -> None:
    """A connection that is SIP from its first byte, which some other program might be made to open."""
    browser, attacker = connected(net)
    attack(browser, attacker, b"", b"", register(net))
    true(not reached(net, SERVICE), "somebody outside has reached the service")


@test(only="mainline opens any port")
def unusual_port_may_be_allowed(net: Net) -> None:
    with parameter("sip_any_contact_port", 1):
        phone, server = connected(net)
        attack(phone, server, b"", b"", register(net))
        true(reached(net, SERVICE), "nobody outside has reached the phone")


@test(only="mainline knows no services but those below 1024")
def named_port_is_not_opened_though_any_may_be(net: Net) -> None:
    with parameter("sip_any_contact_port", 1):
        phone, server = connected(net)
        attack(phone, server, b"", b"", register(net, NAMED))
        true(not reached(net, NAMED), "somebody outside has reached the service")


@test(*GATEWAYS)
def usual_port_is_opened_to_a_telephone(net: Net) -> None:
    """What is different in the tests below makes the difference."""
    phone, server = connected(net)
    attack(phone, server, b"", b"", register(net, USUAL))
    true(reached(net, USUAL), "nobody outside has reached the phone")


@test(mainline="wants none but CSeq")
def registration_has_all_that_it_must_have(net: Net) -> None:
    for name in MANDATORY:
        phone, server = connected(net)
        attack(phone, server, b"", b"", register(net, USUAL, without=name))
        true(not reached(net, USUAL), f"without {name} somebody outside has reached the phone")


WRONG = (("Call-ID: slip", "Call-ID: slap"), ("CSeq: 1", "CSeq: 2"), ("branch=z9hG4bK-1", "branch=z9hG4bK-2"))


@test(mainline="compares CSeq alone")
def answer_is_that_to_the_registration(net: Net) -> None:
    for old, new in WRONG:
        phone, server = connected(net)
        phone.send(register(net, USUAL))
        forged = answer(message_of(server), old, new)
        server.send(forged)
        message_of(phone)
        true(not reached(net, USUAL), f"with {new} somebody outside has reached the phone")


@test()
def answer_comes_by_the_connection_of_the_registration(net: Net) -> None:
    phone, server = connected(net)
    phone.send(register(net, USUAL))
    forged = answer(message_of(server))
    other_phone, other_server = connected(net)
    options = register(net, USUAL).replace(b"REGISTER", b"OPTIONS")
    other_phone.send(options)
    message_of(other_server)
    other_server.send(forged)
    message_of(other_phone)
    true(not reached(net, USUAL), "somebody outside has reached the phone")


@test(MASQUERADE, NAT66, FIREWALL)
def datagram_opens_nothing_in_its_middle(net: Net) -> None:
    """As TURN with a long user name, in fragments; the gateway sees whole datagrams."""
    browser, attacker = net.phone.udp(), net.server.udp(5060)
    service = net.phone.udp(SERVICE)
    request = register(net, transport="UDP")
    for size in (1472, 1448, 2952, 100, 20):
        form = b"\0\3\0\0\x21\x12\xa4\x42".ljust(size, b"x")
        browser.send(form + request, attacker)
        got = attacker.receive("the form")
        equal(got.data, form + request, "the form")
        attacker.send(answer(request), got.source)
        browser.send(b"probe", attacker)
        attacker.receive("the probe")
        browser.pending()
        equal(net.expectations(), [], f"pinholes, with the request at {size}")
    attacker.send(b"attack", (net.outside(net.phone).ip, SERVICE))
    browser.send(b"probe", attacker)
    attacker.receive("the probe")
    equal(service.pending(), [], "what comes to the service")


@test()
def segment_in_fragments_opens_nothing_in_its_middle(net: Net) -> None:
    """The second fragment begins with the request."""
    waiting = listen(net.server, 5060)
    browser = Peer(net.phone, 33060)
    browser.other = waiting.socket.getsockname()[:2]
    browser.segment(browser.first, 0, SYN, b"", opening(browser.mss))
    browser.other_first = browser.next("SYN and ACK").seq
    browser.ack()
    attacker = abort_at_end(waiting.accept())
    form = POST.format(host=net.server.uri).encode().ljust(580, b"x")
    data = form + register(net)
    numbers = (browser.first + 1, browser.next_number())
    segment = Segment(browser.own, browser.other, *numbers, ACK | PSH, data)
    for part in fragments(segment.packet(), 20 + len(form)):
        browser.raw.sendto(part, (browser.other[0], 0))
    browser.sent = len(data)
    equal(attacker.receive(len(data)), data, "the form")
    attacker.send(answer(register(net)))
    browser.next("answer")
    true(not reached(net, SERVICE), "somebody outside has reached the service")
