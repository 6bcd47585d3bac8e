# SPDX-License-Identifier: GPL-2.0-only
"""Whether a datagram arrives, known without a clock."""

from __future__ import annotations

from .host import Endpoint, Host, Packet, Socket

# Probes that a datagram may fall behind; on several processors one may overtake it.
PROBES = 3


class Courier:
    """Sends from one side of the gateway to the other, with a probe behind, each way in turn.

    The probe goes by a connection of its own, which is no SIP. When it has come back, what was sent
    before it has arrived, or never will.
    """

    def __init__(self, near: Host, far: Host) -> None:
        self.near, self.far = near.udp(), far.udp()

    def settle(self) -> None:
        """Waits until what was sent so far has arrived where it does."""
        self.near.send(b"probe", self.far)
        source = self.far.receive("the probe").source
        self.far.send(b"probe", source)
        self.near.receive("the probe's answer")

    def settle_surely(self) -> None:
        """The same, where the probe may overtake it."""
        for _ in range(PROBES):
            self.settle()

    def carries(self, sender: Socket, data: bytes, to: Endpoint, receiver: Socket) -> Packet | None:
        """What arrives of a datagram; None where it does not, or not alone."""
        sender.send(data, to)
        for _ in range(PROBES):
            self.settle()
            came = receiver.pending()
            if came:
                return came[0] if len(came) == 1 else None
        return None
