# SPDX-License-Identifier: GPL-2.0-only
"""Messages of others, with the phone's addresses in place of their senders'.

phone 10.0.0.2:5060 ───── 10.0.0.1 gateway 203.0.113.1 ───── server 203.0.113.10:5060
                                  masquerade
"""

import re
from collections.abc import Iterator
from pathlib import Path

from lab import MASQUERADE, Failed, Net, Skip, equal, pair, test, true

GATEWAY = MASQUERADE
CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
# What goes through a gateway in one piece of UDP.
LONGEST = 60000

# Where a sender names itself: what stands in front, its host, its port.
HEADERS = (
    rb"(?im)(^(?:via|v)[ \t]*:[ \t]*SIP/2\.0/\w+[ \t]+)([\w.-]+|\[[\w:.]+\])(:\d+)?(?=[;,\s])",
    rb"(?im)(^(?:contact|m)[ \t]*:[^\r\n]*?<sips?:(?:[^@>\r\n]*@)?)([\w.-]+|\[[\w:.]+\])(:\d+)?(?=[;>?])",
)
BODY = (rb"(?m)(^[oc]=[^\r\n]*?IN IP4 )(\d+\.\d+\.\d+\.\d+)()(?=[/\s])",)
LENGTH = re.compile(rb"(?im)^(?:content-length|l)[ \t]*:[ \t]*(\d+)[ \t]*\r?$")


def parts(data: bytes) -> tuple[bytes, bytes]:
    """A message's header and body."""
    match = re.search(rb"\r\n\r\n|\n\n", data)
    return (data, b"") if not match else (data[: match.end()], data[match.end() :])


def named(data: bytes) -> list[bytes]:
    """The hosts and ports by which the sender names itself."""
    head, body = parts(data)
    found = [m[2] + (m[3] or b"") for p in HEADERS for m in re.finditer(p, head)]
    return found + [m[2] for p in BODY for m in re.finditer(p, body)]


def replaced(data: bytes, endpoint: bytes) -> bytes:
    """The message as sent from `endpoint`, with its Content-Length off by as much as before."""
    host = endpoint.partition(b":")[0]
    head, body = parts(data)
    for pattern in HEADERS:
        head = re.sub(pattern, lambda m: m[1] + endpoint, head)
    new = body
    for pattern in BODY:
        new = re.sub(pattern, lambda m: m[1] + host, new)
    grown = len(new) - len(body)

    def length(m: re.Match[bytes]) -> bytes:
        return m[0].replace(m[1], b"%d" % max(0, int(m[1]) + grown))

    return LENGTH.sub(length, head, count=1) + new


def excess(data: bytes) -> int | None:
    """By how much the body is longer than its Content-Length says."""
    head, body = parts(data)
    match = LENGTH.search(head)
    return len(body) - int(match[1]) if match else None


def messages() -> Iterator[tuple[str, bytes]]:
    """The corpus, where it lies beside the project."""
    if not CORPUS.is_dir():
        raise Skip("no corpus beside the project")
    for path in sorted(CORPUS.glob("*/*.sip")):
        data = path.read_bytes()
        if 0 < len(data) <= LONGEST:
            yield str(path.relative_to(CORPUS)), data


@test(only="mainline drops and cuts many of them (defects 2, 3, 4, 10, 12)")
def none_is_dropped_nor_half_translated(net: Net) -> None:
    alice, bob = pair(net)
    inside, outside = alice.socket.at.encode(), f"{net.public.ip}:5060".encode()
    hosts = {b"10.0.0.2", inside}
    wrong, translated, whole = [], 0, 0
    for name, data in messages():
        sent = replaced(data, inside)
        try:
            got = alice.to(bob, sent)
        except Failed:
            wrong.append(f"{name}: dropped")
            continue
        net.conntrack.flush()
        if got == sent:
            whole += 1
            continue
        translated += 1
        head, body = parts(got)
        of_head = [m[2] + (m[3] or b"") for p in HEADERS for m in re.finditer(p, head)]
        of_body = [m[2] for p in BODY for m in re.finditer(p, body)]
        if any(one in hosts for one in of_head):
            wrong.append(f"{name}: {of_head}")
        if len({one in hosts for one in of_body}) > 1:
            wrong.append(f"{name}: {of_body}")
        if excess(got) != excess(sent):
            wrong.append(f"{name}: {excess(got)} bytes behind the body, not {excess(sent)}")
        if named(got) != named(replaced(sent, outside)) and not any(one in hosts for one in of_body):
            wrong.append(f"{name}: {named(got)}")
    equal(wrong[:10], [], f"{len(wrong)} of {translated} translated and {whole} unchanged")
    true(translated > 700, f"only {translated} were translated")
