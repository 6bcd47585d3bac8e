# SPDX-License-Identifier: GPL-2.0-only
"""STUN (RFC 8489): who asks is told where it is seen."""

from __future__ import annotations

import ipaddress
import struct

from .host import Endpoint

COOKIE = 0x2112A442
REQUEST, RESPONSE = 0x0001, 0x0101
XOR_MAPPED_ADDRESS = 0x0020
HEADER = struct.Struct("!HHI12s")


def request(number: int) -> bytes:
    """A binding request, known by its number."""
    return HEADER.pack(REQUEST, 0, COOKIE, b"%012d" % number)


def is_request(data: bytes) -> bool:
    """Whether it is one."""
    return data[:2] == REQUEST.to_bytes(2, "big") and data[4:8] == COOKIE.to_bytes(4, "big")


def response(asked: bytes, source: Endpoint) -> bytes:
    """The answer to a request that comes from there."""
    key = asked[4:20]
    address = ipaddress.ip_address(source[0]).packed
    hidden = bytes(one ^ other for one, other in zip(address, key))
    family = 1 if len(address) == 4 else 2
    value = struct.pack("!BBH", 0, family, source[1] ^ COOKIE >> 16) + hidden
    attribute = struct.pack("!HH", XOR_MAPPED_ADDRESS, len(value)) + value
    return HEADER.pack(RESPONSE, len(attribute), COOKIE, key[4:]) + attribute


def mapped(answer: bytes) -> Endpoint:
    """Where the one who asked was seen."""
    key, value = answer[4:20], answer[24:]
    hidden = value[4:]
    address = bytes(one ^ other for one, other in zip(hidden, key))
    (port,) = struct.unpack_from("!H", value, 2)
    return str(ipaddress.ip_address(address)), port ^ COOKIE >> 16
