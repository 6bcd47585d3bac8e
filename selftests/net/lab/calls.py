# SPDX-License-Identifier: GPL-2.0-only
"""User agents with a socket, and what they do with one another."""

from __future__ import annotations

from dataclasses import dataclass

from .check import equal
from .host import Endpoint, Host, Socket
from .net import Net
from .sip import Agent, Message, swap


@dataclass
class UserAgent(Agent):
    """A user agent on a host."""

    socket: Socket = None  # type: ignore[assignment]
    peer: Endpoint | None = None

    @property
    def host(self) -> Host:
        """Where it is."""
        return self.socket.host

    def to(self, receiver: UserAgent, data: bytes, at: Endpoint | None = None) -> bytes:
        """Sends a message to the receiver, or to an endpoint that leads there; returns what comes.

        The receiver remembers where it came from.
        """
        self.socket.send(data, at or receiver.socket)
        what = data.split(b"\r\n", 1)[0].decode(errors="replace")
        packet = receiver.socket.receive(f"'{what[:60]}'")
        receiver.peer = packet.source
        return packet.data

    def back(self, receiver: UserAgent, data: bytes) -> bytes:
        """Sends a message to where the last one came from; returns what the receiver gets."""
        return self.to(receiver, data, self.peer)


def agent(host: Host, user: str, port: int = 5060, at: str = "", call: str = "") -> UserAgent:
    """A user agent with a socket on `port`, which names itself by host and port, or by `at`."""
    socket = host.udp(port)
    return UserAgent(user, at or socket.at, call or f"call-of-{user}", socket)


def pair(net: Net, **more) -> tuple[UserAgent, UserAgent]:
    """Alice on the phone, and Bob at the server."""
    return agent(net.phone, "alice", **more), agent(net.server, "bob")


def outward(net: Net, data: bytes, *pairs: tuple[str, str], host: Host | None = None) -> bytes:
    """A message of a phone's as the provider ought to get it: first `pairs`, then the address."""
    inside = host or net.phone
    return swap(data, *pairs, (inside.ip, net.outside(inside).ip))


def registered(phone: UserAgent, server: UserAgent, expires: int = 600, **more) -> Endpoint:
    """Registers the phone; returns the Contact that the registrar saw."""
    sent = phone.register(server.at, **more)
    got = phone.to(server, sent)
    server.back(phone, server.bind(got, expires))
    return Message.read(got).contact


def established(caller: UserAgent, callee: UserAgent, offer: bytes, answer: bytes, **more) -> Call:
    """A call that the callee has answered: INVITE, 200, ACK."""
    invite = caller.invite(callee, offer, **more)
    seen = caller.to(callee, invite)
    ok = callee.reply(seen, 200, answer)
    back = callee.back(caller, ok)
    caller.to(callee, caller.request("ACK", callee, uri=more.get("uri", "")))
    return Call(caller, callee, Message.read(seen), Message.read(back))


@dataclass
class Call:
    """A call, with its INVITE as the callee got it and its 200 as the caller got it."""

    caller: UserAgent
    callee: UserAgent
    offer: Message
    answer: Message

    def bye(self) -> None:
        """The caller ends it."""
        bye = self.caller.request("BYE", self.callee, cseq=2, to_tag=f"{self.callee.user}-1")
        got = self.caller.to(self.callee, bye)
        back = self.callee.back(self.caller, self.callee.reply(got))
        equal(back, self.callee.reply(bye), "200 to BYE")
