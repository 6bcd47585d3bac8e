# SPDX-License-Identifier: GPL-2.0-only
"""The life of a phone with its provider: it registers, is called, calls, and both talk.

What it depends on is whom the provider answers, calls and sends media to, where there is a NAT; so both
do as they are told, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from . import stun
from .courier import Courier
from .harm import Account, Scenario
from .host import Endpoint, Host, Packet, Socket
from .media import rtp
from .net import Net
from .sip import Agent, Message, endpoint, sdp

SIP, RTP, MEDIA, STUN = 5060, 30000, 40000, 3478
INSTANCE = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-000000005060>"'


@dataclass(frozen=True)
class Manners:
    """How a phone and its provider deal with NATs by themselves.

    rport: the phone asks to be answered where it sends from (RFC 3581).
    named: what it is named by: its "own" address, the one "learned" from a STUN server, or the one it
        has been "told".
    mends: the provider calls a phone where it registers from, and sends media where media comes from.
    flow: the phone asks for that (RFC 5626), as its flow of this number.
    ice: both find out by checks where media gets through (RFC 8445).
    known: the phone has said what it is named by before somebody calls it so.
    """

    rport: bool = True
    named: str = "own"
    mends: bool = False
    flow: int = 0
    ice: bool = False
    known: bool = True


class Life:
    """A phone's, with one provider."""

    def __init__(
        self,
        net: Net,
        account: Account,
        manners: Manners,
        phone: Host | None = None,
        provider: Host | None = None,
        near: Socket | None = None,
    ) -> None:
        self.net, self.account, self.manners = net, account, manners
        self.phone, self.provider = phone or net.phone, provider or net.server
        self.courier = Courier(self.phone, self.provider)
        self.near, self.far = near or self.phone.udp(SIP), self.provider.udp(SIP)
        self.seen: Endpoint | None = None
        self.target = ""
        alice, bob = self.name(self.near), self.far.at
        flow = f"-{manners.flow}" * bool(manners.flow)
        self.alice = Agent("alice", alice, f"call-of-alice{flow}")
        self.bob = Agent("bob", bob, f"call-of-bob{flow}")
        self.registration = Agent("alice", alice, f"registration{flow}")
        self.mark = f"flow {manners.flow}: " * bool(manners.flow)

    def note(self, what: str, well: object) -> bool:
        """Notes what became of something."""
        return self.account.note(self.mark + what, well)

    def learned(self, socket: Socket) -> Endpoint:
        """Where a STUN server sees a socket of the phone's."""
        server = self.provider.udp(STUN)
        asked = self.courier.carries(socket, stun.request(1), server.endpoint, server)
        assert asked
        answer = self.courier.carries(server, stun.response(asked.data, asked.source), asked.source, socket)
        assert answer
        server.close()
        return stun.mapped(answer.data)

    def names(self, socket: Socket) -> Endpoint:
        """What the phone takes for the address of a socket of its own."""
        match self.manners.named:
            case "learned":
                return self.learned(socket)
            case "told":
                return self.net.public.ip, socket.port
        return socket.endpoint

    def name(self, socket: Socket) -> str:
        """The same as text."""
        host, port = self.names(socket)
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    @property
    def faithful(self) -> bool:
        """Whether nothing of what both say is to be changed."""
        return self.manners.known and (self.manners.named != "own" or not self.net.gateway.public)

    def same(self, sent: bytes, got: bytes) -> None:
        """Notes whether a message has come as it was sent."""
        if self.faithful:
            what = sent.split(b" sip:", 1)[0].split(b"\r\n", 1)[0].decode()
            cseq = Message.read(sent)["CSeq"]
            self.note(f"{what} ({cseq}) passes byte by byte", sent == got)

    def out(self, data: bytes, to: Endpoint | None = None) -> Packet | None:
        """What the provider gets of what the phone sends."""
        got = self.courier.carries(self.near, data, to or self.far.endpoint, self.far)
        if got:
            self.same(data, got.data)
        return got

    def back(self, data: bytes, to: Endpoint) -> Packet | None:
        """What the phone gets of what the provider sends."""
        got = self.courier.carries(self.far, data, to, self.near)
        if got:
            self.same(data, got.data)
        return got

    def via(self) -> str:
        """The phone's Via."""
        return self.alice.at + ";rport" * self.manners.rport

    def contact(self, dialog: bool = False) -> str:
        """The phone's Contact."""
        if not self.manners.flow:
            return f"<sip:alice@{self.alice.at}>"
        if dialog:
            return f"<sip:alice@{self.alice.at};ob>"
        return f"<sip:alice@{self.alice.at};ob>;reg-id={self.manners.flow};{INSTANCE}"

    def answered(self, request: Packet, answer: Callable[[bytes], bytes]) -> Packet | None:
        """What the phone gets of the provider's answer to its request (RFC 3261 18.2.2, RFC 3581 4).

        answer: makes it of the request.
        """
        address, port = request.source
        via = Message.read(request.data).all("Via")[0]
        seen = b";received=%s;rport=%d" % (address.encode(), port)
        text = re.sub(rb";rport(?=[;\r])", seen, request.data, count=1)
        sent_by = re.search(r"UDP +(\[[^]]+\]|[^:;]+)(?::(\d+))?", via)
        assert sent_by
        to = request.source if ";rport" in via or self.manners.mends else (address, int(sent_by[2] or SIP))
        if text == request.data and sent_by[1].strip("[]") != address:
            text = text.replace(via.encode(), f"{via};received={address}".encode(), 1)
        return self.back(answer(text), to)

    def registers(self, cseq: int = 1) -> bool:
        """It registers, and finds itself in the list that comes back (RFC 3261 10.2.4)."""
        extra = "Supported: path, outbound" * bool(self.manners.flow)
        sent = self.registration.register(
            self.far.at, via=self.via(), contact=self.contact(), cseq=cseq, extra=extra
        )
        got = self.out(sent)
        if not self.note("REGISTER arrives", got):
            return False
        assert got
        asked = Message.read(got.data)
        self.seen = got.source if self.manners.mends else asked.contact
        self.target = asked["Contact"].partition("<")[2].partition(">")[0]
        if self.manners.flow:
            flow = f";reg-id={self.manners.flow};{INSTANCE}"
            self.note("reg-id and instance arrive", asked["Contact"].endswith(flow))
        require = "Require: outbound\nFlow-Timer: 120" * bool(self.manners.flow)
        back = self.answered(got, lambda asked: self.bob.bind(asked, extra=require))
        if not self.note("its answer comes back", back):
            return False
        assert back
        return self.note("the phone finds its binding", self.contact() in Message.read(back.data)["Contact"])

    def description(self) -> bytes:
        """Audio at the provider."""
        candidate = f"a=candidate:1 1 UDP 2130706431 {self.provider.ip} {MEDIA} typ host"
        more = ["a=rtcp-mux", candidate] * self.manners.ice
        return sdp(self.provider.ip, f"m=audio {MEDIA} RTP/AVP 8", *more)

    def own_description(self, socket: Socket) -> bytes:
        """Audio at a socket of the phone's."""
        address, port = self.names(socket)
        own, own_port = socket.endpoint
        more = ["a=rtcp-mux", f"a=candidate:1 1 UDP 2130706431 {own} {own_port} typ host"]
        if (address, port) != socket.endpoint:
            base = f"raddr {own} rport {own_port}"
            more.append(f"a=candidate:2 1 UDP 1694498815 {address} {port} typ srflx {base}")
        return sdp(address, f"m=audio {port} RTP/AVP 8", *(more * self.manners.ice))

    def talk(self, when: str, near: Socket, far: Socket, told: Message, said: Message) -> None:
        """Both send at once, from the moment they know where to, and again when both have.

        told: what the provider was told of the phone's media, and said: the phone of the provider's.
        """
        near_at, far_at = told.media(), said.media()
        if self.manners.ice:
            whole = near_at in candidates(told) and far_at in candidates(said)
            self.note(f"{when}, what is named first is a candidate (RFC 8839 3.4.2.2)", whole)
            far_at = self.checked(f"{when}, a check of the phone's", near, far, candidates(said)) or far_at
            near_at = self.checked(f"{when}, a check of the provider's", far, near, candidates(told)) or near_at
        heard: Packet | None = None
        for number in (1, 2):
            near.send(rtp(number, near.port), far_at)
            far.send(rtp(number, far.port), heard.source if heard and self.manners.mends else near_at)
            self.courier.settle()
            spoken, got = far.pending(), near.pending()
            heard = spoken[-1] if spoken else heard
        self.note(f"{when}, the provider hears", rtp(2, near.port) in [one.data for one in spoken])
        self.note(f"{when}, the phone hears", rtp(2, far.port) in [one.data for one in got])

    def checked(self, what: str, one: Socket, other: Socket, there: list[Endpoint]) -> Endpoint | None:
        """The first candidate at which a check of one's is answered, from there (RFC 8445 7.2.5.2.1)."""
        valid = []
        for number, candidate in enumerate(there):
            asked = self.courier.carries(one, stun.request(number), candidate, other)
            answer = asked and self.courier.carries(
                other, stun.response(asked.data, asked.source), asked.source, one
            )
            if answer and answer.source == candidate:
                valid.append(candidate)
        self.note(f"{what} succeeds", len(valid))
        return valid[0] if valid else None

    def request(self, agent: Agent, method: str, *, cseq: int = 1, **more) -> bytes:
        """A request in the provider's call."""
        to_tag = "" if method == "INVITE" and cseq == 1 else "alice-1"
        return agent.request(method, self.alice, cseq=cseq, to_tag=to_tag, **more)

    def called(self) -> None:
        """The provider calls, both talk, and the provider hangs up."""
        near, far = self.phone.udp(RTP), self.provider.udp(MEDIA)
        try:
            self.call_in(near, far)
        finally:
            near.close()
            far.close()

    def call_in(self, near: Socket, far: Socket) -> None:
        assert self.seen
        offer = self.description()
        invite = self.back(self.bob.invite(self.alice, offer, uri=self.target), self.seen)
        if not self.note("a call comes in", invite):
            return
        assert invite
        if self.manners.known:
            self.note("it names the phone as it named itself", Message.read(invite.data).uri in self.contact())
        ringing = self.out(self.alice.reply(invite.data, 180, contact=self.contact(True)), invite.source)
        self.note("180 to it arrives", ringing)
        answer = self.own_description(near)
        ok = self.out(self.alice.reply(invite.data, 200, answer, contact=self.contact(True)), invite.source)
        if not self.note("200 to it arrives", ok):
            return
        assert ok
        told = Message.read(ok.data)
        target, to = self.aimed(ok)
        ack = self.request(self.bob, "ACK", uri=target)
        self.note("ACK for it comes in", self.back(ack, to))
        self.talk("called", near, far, told, Message.read(invite.data))
        again = self.back(self.request(self.bob, "INVITE", cseq=2, uri=target, body=offer), to)
        if self.note("re-INVITE comes in", again):
            assert again
            ok = self.out(self.alice.reply(again.data, 200, answer, contact=self.contact(True)), again.source)
            self.note("200 to re-INVITE arrives", ok)
            self.note("ACK for re-INVITE comes in", self.back(self.request(self.bob, "ACK", cseq=2, uri=target), to))
            self.talk("called again", near, far, told, Message.read(again.data))
        bye = self.back(self.request(self.bob, "BYE", cseq=3, uri=target), to)
        if self.note("BYE comes in", bye):
            assert bye
            self.note("200 to BYE arrives", self.out(self.alice.reply(bye.data), bye.source))

    def aimed(self, ok: Packet) -> tuple[str, Endpoint]:
        """The URI of requests within a call that the phone has answered or begun, and where they go."""
        contact = Message.read(ok.data)["Contact"]
        target = contact.partition("<")[2].partition(">")[0]
        return target, ok.source if self.manners.mends else endpoint(contact)

    def calls(self) -> None:
        """The phone calls, both talk, and the phone hangs up."""
        near, far = self.phone.udp(RTP), self.provider.udp(MEDIA)
        try:
            self.call_out(near, far)
        finally:
            near.close()
            far.close()

    def call_out(self, near: Socket, far: Socket) -> None:
        offer = self.own_description(near)
        ask = partial(self.alice.request, to=self.bob, via=self.via(), contact=self.contact(True))
        invite = self.out(ask("INVITE", body=offer))
        if not self.note("INVITE arrives", invite):
            return
        assert invite
        self.note("100 comes back", self.answered(invite, lambda asked: self.bob.reply(asked, 100)))
        ok = self.answered(invite, lambda asked: self.bob.reply(asked, 200, self.description()))
        if not self.note("200 comes back", ok):
            return
        assert ok
        said = Message.read(ok.data)
        far_at = said.contact
        ack = ask("ACK", to_tag="bob-1")
        self.note("ACK arrives", self.out(ack, far_at))
        told = Message.read(invite.data)
        self.talk("calling", near, far, told, said)
        target, to = self.aimed(invite)
        info = Agent("bob", self.bob.at, self.alice.call)
        update = self.back(self.request(info, "UPDATE", cseq=11, uri=target), to)
        if self.note("UPDATE of the other side comes in", update):
            assert update
            self.note("200 to UPDATE arrives", self.out(self.alice.reply(update.data), update.source))
        bye = self.out(ask("BYE", cseq=2, to_tag="bob-1"), far_at)
        if self.note("BYE arrives", bye):
            assert bye
            self.note("200 to BYE comes back", self.answered(bye, self.bob.reply))

    def whole(self) -> None:
        """All of it, and once more after it has registered again."""
        for cseq in (1, 2):
            if self.registers(cseq):
                self.called()
            self.calls()
            self.alice.call += "-again"
            self.bob.call += "-again"


def candidates(message: Message) -> list[Endpoint]:
    """Those that a description names."""
    found = re.findall(rb"a=candidate:\d+ 1 UDP \d+ (\S+) (\d+)", message.body)
    return [(address.decode(), int(port)) for address, port in found]


def life(**manners) -> Scenario:
    """A life with these manners."""

    def scenario(net: Net, account: Account) -> None:
        Life(net, account, Manners(**manners)).whole()

    return scenario
