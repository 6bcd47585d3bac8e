# SPDX-License-Identifier: GPL-2.0-only
"""Real software that gets through a NAT by itself."""

from __future__ import annotations

from functools import partial

from .check import within
from .harm import Account
from .net import Net
from .pbx import pbx, person
from .phones import LIMIT, Phone, call, counted, phone, registered

STUN = 3478
# What Asterisk is told for phones behind a NAT.
MENDS = "(person)\nrewrite_contact=yes\nforce_rport=yes\nrtp_symmetric=yes\n"
PEOPLE = "exten => _[a-z].,1,Dial(PJSIP/${EXTEN})"


def neighbours(net: Net, traversal: str, *, transport: str = "", more: str = "") -> tuple[Phone, Phone]:
    """Alice inside, who asks a STUN server (coturn), and Bob outside, who need not."""
    server = net.stranger
    server.start("turnserver", "-n", "-S", "-L", server.ip, "-p", f"{STUN}", "--no-tls", "--no-cli")
    within(LIMIT, lambda: server.listens(STUN), "the STUN server listens")
    asks = f'medianat={traversal};stunserver="stun:{server.ip}:{STUN}";regint=0'
    lines = f"module stun.so\nmodule ice.so\n{more}"
    given = partial(phone, account=asks, transport=transport, more=lines)
    bob = given(net.server, "bob", 1000, (5060, 20000))
    alice = given(net.phone, "alice", 440, (5060, 10000))
    for one in (alice, bob):
        one.says("is ready")
    return alice, bob


def talks(account: Account, alice: Phone, bob: Phone, whom: str) -> None:
    """She calls, both talk, and she hangs up."""
    if account.tries("a call has audio both ways", lambda: call(alice, whom, bob)):
        alice.do("hangup")
        account.tries("it ends for both", lambda: counted(alice, bob))


def by_ice(net: Net, account: Account) -> None:
    """With ICE (RFC 8445)."""
    talks(account, *neighbours(net, "ice"), f"sip:bob@{net.server.ip}")


def by_stun(net: Net, account: Account) -> None:
    """With what the server says (RFC 8489) in the description."""
    talks(account, *neighbours(net, "stun"), f"sip:bob@{net.server.ip}")


def by_stun_over_tls(net: Net, account: Account) -> None:
    """The same with encrypted messages."""
    folder = net.folder("certificate")
    key, cert = f"{folder}/key", f"{folder}/certificate"
    made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=sip"
    net.server.run(*made.split(), "-keyout", key, "-out", cert)
    both = folder / "both"
    both.write_text((folder / "key").read_text() + (folder / "certificate").read_text())
    more = f"sip_certificate {both}\nsip_verify_server no\n"
    phones = neighbours(net, "stun", transport="tls", more=more)
    talks(account, *phones, f"sip:bob@{net.server.ip}:5061;transport=tls")


def by_pbx(net: Net, account: Account) -> None:
    """With an Asterisk outside that sends where messages and media come from."""
    settings = "".join(map(person, ("alice", "bob")))
    pbx(net.server, settings.replace("(person)\n", MENDS), PEOPLE)
    bob = registered(net.stranger, "bob", 1000, (5060, 20000), net.server.ip)
    alice = registered(net.phone, "alice", 440, (5060, 10000), net.server.ip)
    for caller, callee in ((alice, bob), (bob, alice)):
        whom = f"sip:{callee.name}@{net.server.ip}"
        if account.tries(f"{caller.name} calls", partial(call, caller, whom, callee)):
            callee.do("hangup")
            account.tries(f"{callee.name} ends it", lambda: counted(alice, bob))
