# SPDX-License-Identifier: GPL-2.0-only
"""A phone that keeps connections open to two providers and is called over either (RFC 5626)."""

from __future__ import annotations

from . import stun
from .harm import Account
from .host import Host
from .life import INSTANCE, SIP, Life, Manners
from .media import rtp
from .net import Net
from .sip import Agent, Message, sdp, swap
from .stream import Stream
from .tcp import connected


def over_datagrams(net: Net, account: Account) -> None:
    """Two flows from one port; when the first one's provider is gone, all goes on over the second."""
    near = net.phone.udp(SIP)
    flows = [
        Life(net, account, Manners(mends=True, flow=number), provider=provider, near=near)
        for number, provider in ((1, net.server), (2, net.stranger))
    ]
    for one in flows:
        one.registers()
    for one in flows:
        keep_alive(one)
        one.called()
        one.calls()
    flows[0].far.close()
    keep_alive(flows[1])
    flows[1].whole()


def keep_alive(one: Life) -> None:
    """The phone asks over its flow where it is seen (RFC 5626 3.5.2), and sends line ends."""
    asked = one.courier.carries(one.near, stun.request(7), one.far.endpoint, one.far)
    if one.note("STUN over a flow arrives", asked and asked.data == stun.request(7)):
        assert asked
        one.note("the flow is the registered one", asked.source == one.seen)
        answer = stun.response(asked.data, asked.source)
        back = one.courier.carries(one.far, answer, asked.source, one.near)
        one.note("its answer comes back", back and back.data == answer)
    ping = one.courier.carries(one.near, b"\r\n\r\n", one.far.endpoint, one.far)
    one.note("line ends arrive", ping and ping.data == b"\r\n\r\n")


def message(stream: Stream) -> bytes:
    """The next one."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = stream.receive(1)
        if not more:
            return data
        data += more
    return data + stream.receive(int(Message.read(data)["Content-Length"]))


class Flow:
    """A connection of the phone's to a provider."""

    def __init__(self, net: Net, account: Account, provider: Host, number: int) -> None:
        self.net, self.account, self.provider, self.number = net, account, provider, number
        self.near, self.far = connected(net, server=provider)
        self.at = f"{net.phone.uri}:{self.near.socket.getsockname()[1]}"
        self.alice = Agent("alice", self.at, f"alice-{number}")
        self.bob = Agent("bob", f"{provider.uri}:{SIP}", f"bob-{number}")

    def says(self, what: str, data: bytes, *, out: bool) -> bytes:
        """What arrives of a message; none where it does not."""
        one, other = (self.near, self.far) if out else (self.far, self.near)
        one.send(swap(data, ("SIP/2.0/UDP", "SIP/2.0/TCP")))
        got: list[bytes] = []
        self.account.tries(f"flow {self.number}: {what}", lambda: got.append(message(other)))
        return got[0] if got else b""

    def contact(self, registering: bool = False) -> str:
        """The phone's."""
        more = f";reg-id={self.number};{INSTANCE}" * registering
        return f"<sip:alice@{self.at};transport=tcp;ob>{more}"

    def keeps_alive(self) -> None:
        """Two line ends are answered by one (RFC 5626 3.5.1)."""
        for what, data in (("ping", b"\r\n\r\n"), ("pong", b"\r\n")):
            one, other = (self.near, self.far) if what == "ping" else (self.far, self.near)
            one.send(data)
            self.account.note(f"flow {self.number}: {what} passes", other.receive(len(data)) == data)

    def registers(self, cseq: int = 1) -> None:
        """With an instance and a number."""
        sent = self.alice.register(
            self.bob.at, contact=self.contact(True), cseq=cseq, extra="Supported: path, outbound"
        )
        got = self.says("REGISTER arrives", sent, out=True)
        if not got:
            return
        kept = Message.read(got)["Contact"].endswith(f";reg-id={self.number};{INSTANCE}")
        self.account.note(f"flow {self.number}: reg-id and instance arrive", kept)
        back = self.says("200 comes back", self.bob.bind(got, extra="Require: outbound"), out=False)
        if back:
            mine = self.contact() in Message.read(back)["Contact"]
            self.account.note(f"flow {self.number}: the phone finds its binding", mine)
            self.target = Message.read(got)["Contact"].partition("<")[2].partition(">")[0]

    def called(self) -> None:
        """Over the flow; the provider sends media where it comes from."""
        offer = sdp(self.provider.ip, "m=audio 40000 RTP/AVP 8")
        seen = self.says("INVITE comes in", self.bob.invite(self.alice, offer, uri=self.target), out=False)
        if not seen:
            return
        answer = sdp(self.net.phone.ip, "m=audio 30000 RTP/AVP 8")
        ok = self.says("200 to it arrives", self.alice.reply(seen, 200, answer, contact=self.contact()), out=True)
        if ok:
            target = Message.read(ok)["Contact"].partition("<")[2].partition(">")[0]
            ack = self.bob.request("ACK", self.alice, uri=target, to_tag="alice-1")
            self.says("ACK comes in", ack, out=False)
            self.talks(Message.read(seen))
            bye = self.bob.request("BYE", self.alice, uri=target, cseq=2, to_tag="alice-1")
            asked = self.says("BYE comes in", bye, out=False)
            if asked:
                self.says("200 to BYE arrives", self.alice.reply(asked), out=True)

    def talks(self, said: Message) -> None:
        """The phone first."""
        near, far = self.net.phone.udp(30000), self.provider.udp(40000)
        near.send(rtp(1), said.media())
        heard: list = []
        mark = f"flow {self.number}: "
        if self.account.tries(mark + "the provider hears", lambda: heard.append(far.receive())):
            far.send(rtp(2), heard[0].source)
            self.account.tries(mark + "the phone hears", near.receive)
        near.close()
        far.close()


def over_streams(net: Net, account: Account) -> None:
    """The same over TCP; the first connection is reset."""
    flows = [Flow(net, account, host, number) for number, host in ((1, net.server), (2, net.stranger))]
    for one in flows:
        one.registers()
    for one in flows:
        one.keeps_alive()
        one.called()
        one.keeps_alive()
    for end in (flows[0].far, flows[0].near):
        end.close()
    flows[1].registers(2)
    flows[1].bob.call += "-again"
    flows[1].called()
