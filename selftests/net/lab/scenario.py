# SPDX-License-Identifier: GPL-2.0-only
"""Scenarios for sipp: what an agent does in one call, step by step."""

from __future__ import annotations

import textwrap

from .host import Host
from .program import Program

# The outset of a call, and requests of its callee, who remembers whose call it is.
CALL = """
From: <sip:caller@[local_ip]:[local_port]>;tag=caller
To: <sip:callee@[remote_ip]:[remote_port]>[peer_tag_param]
"""
BACK = """
From: <sip:callee@[local_ip]:[local_port]>;tag=callee
To:[$caller]
"""
REMEMBER = """
<action><ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/></action>
"""
SDP = """
v=0
o=sipp 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
"""
CONTACT = "Contact: <sip:sipp@[local_ip]:[local_port]>"


def send(head: str, media: str = "") -> str:
    """A step that sends a message, perhaps with a description of media."""
    texts = [head, CONTACT] + ["Content-Type: application/sdp"] * bool(media)
    lines = "\n".join(textwrap.dedent(one).strip() for one in texts)
    body = f"{SDP.strip()}\n{media}\n" if media else ""
    return f"<send><![CDATA[\n{lines}\nContent-Length: [len]\n\n{body}\n]]></send>"


def request(method: str, people: str, media: str = "", uri: str = "[next_url]") -> str:
    """A step that sends a request."""
    head = f"""
{method} {uri} SIP/2.0
Via: SIP/2.0/UDP [local_ip]:[local_port];rport;branch=[branch]
Max-Forwards: 70
{people.strip()}
Call-ID: [call_id]
CSeq: 1 {method}
"""
    return send(head, media)


def reply(
    status: str, media: str = "", *, tag: str = ";tag=callee", cseq: str = "[last_CSeq:]"
) -> str:
    """A step that responds to the last request, or to another one of its transaction."""
    head = f"""
SIP/2.0 {status}
[last_Via:]
[last_From:]
[last_To:]{tag}
[last_Call-ID:]
{cseq}
"""
    return send(head, media)


def receive(method: str, action: str = "") -> str:
    """A step that waits for a request."""
    return f'<recv request="{method}" rrs="true">{action}</recv>'


def answered() -> str:
    """A step that waits for the call to be answered."""
    return '<recv response="200" rrs="true"/>'


def execute(command: str) -> str:
    """A step that starts to play something."""
    return f"<nop><action><exec {command}/></action></nop>"


def play(host: Host, steps: list[str], *more: str) -> Program:
    """Starts sipp on the usual port, for one call of this scenario."""
    file = host.net.folder("scenario") / "scenario.xml"
    # It stays until the test is over.
    steps = [*steps, '<pause milliseconds="3600000"/>']
    text = "\n".join(['<?xml version="1.0"?>', '<scenario name="call">', *steps, "</scenario>", ""])
    file.write_text(text)
    options = ("-i", host.ip, "-p", "5060", "-m", "1", "-nostdin", "-nr")
    return host.start("sipp", "-sf", f"{file}", *options, *more, TERM="dumb")
