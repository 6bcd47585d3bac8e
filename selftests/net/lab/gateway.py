# SPDX-License-Identifier: GPL-2.0-only
"""Gateways: what stands between the two sides, and by which rules.

In all of them new connections come from the LAN only; what comes from the WAN has to be established
or related. So whatever gets in went through a pinhole, or a rule of the gateway's own.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from .kernel import HELPER


@dataclass(frozen=True)
class Plan:
    """The addresses of one family."""

    phone: str
    other: str
    inside: str
    outside: str
    server: str
    stranger: str
    bits: int


V4 = Plan(
    phone="10.0.0.2",
    other="10.0.0.3",
    inside="10.0.0.1",
    outside="203.0.113.1",
    server="203.0.113.10",
    stranger="203.0.113.66",
    bits=24,
)
V6 = Plan(
    phone="fd00:5060::2",
    other="fd00:5060::3",
    inside="fd00:5060::1",
    outside="2001:db8:5060::1",
    server="2001:db8:5060::10",
    stranger="2001:db8:5060::66",
    bits=64,
)

# A second address of the gateway, for rules that translate to a fixed one.
FIXED = {V4: "203.0.113.7", V6: "2001:db8:5060::7"}


@dataclass(frozen=True)
class Gateway:
    """Addresses and rules.

    nat: rules of the nat table.
    forward: further rules of the filter table's FORWARD chain.
    public: where the provider sees the phone; its own address when there is no NAT.
    ports: the UDP ports whose connections get the helper.
    tcp: the same of TCP.
    nft: rules in nft's language, which then are all there are.
    helper: the name of the helper in the rules.
    """

    name: str
    plan: Plan
    nat: tuple[str, ...] = ()
    forward: tuple[str, ...] = ()
    public: str = ""
    ports: str = "5060"
    tcp: str = ""
    nft: str = field(default="", repr=False)
    helper: str = "sip"

    @property
    def public_address(self) -> str:
        """Where the provider sees the phone."""
        return self.public or self.plan.phone

    def commands(self) -> list[tuple[list[str], str]]:
        """The commands that set the rules up, each with its input."""
        if self.nft:
            rules = self.nft
            if HELPER == "none":
                rules = "\n".join(line for line in rules.splitlines() if "sip" not in line)
            return [(["nft", "--file", "-"], rules)]
        restore = "ip6tables-restore" if self.plan == V6 else "iptables-restore"
        return [([restore], self.iptables())]

    def iptables(self) -> str:
        """The rules as iptables-restore reads them."""
        attached = {"udp": self.ports, "tcp": self.tcp}
        attach = [attachment(*one, self.helper) for one in attached.items() if one[1]]
        tables = {
            "raw": () if HELPER == "none" else attach,
            "nat": self.nat,
            "filter": (
                "-A INPUT -i wan -p udp -m conntrack ! --ctstate ESTABLISHED,RELATED -j DROP",
                "-P FORWARD DROP",
                "-A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
                "-A FORWARD -i lan -j ACCEPT",
                *self.forward,
            ),
        }
        text = ""
        for table, rules in tables.items():
            text += "\n".join([f"*{table}", *rules, "COMMIT", ""])
        return text


def attachment(protocol: str, ports: str, helper: str = "sip") -> str:
    """The rule that gives the helper to new connections to these ports."""
    several = "," in ports or ":" in ports
    match = "-m multiport --dports" if several else "--dport"
    return f"-A PREROUTING -p {protocol} {match} {ports} -j CT --helper {helper}"


MASQUERADE = Gateway(
    "masquerade",
    V4,
    nat=("-A POSTROUTING -o wan -j MASQUERADE",),
    public=V4.outside,
)

SNAT = Gateway(
    "snat",
    V4,
    nat=(f"-A POSTROUTING -o wan -j SNAT --to-source {FIXED[V4]}",),
    public=FIXED[V4],
)

# No phone keeps the port that it sends from.
SNAT_PORT = Gateway(
    "snat to another port",
    V4,
    nat=(
        f"-A POSTROUTING -o wan -p udp --dport 5060 -j SNAT --to-source {FIXED[V4]}:6000",
        f"-A POSTROUTING -o wan -j SNAT --to-source {FIXED[V4]}",
    ),
    public=FIXED[V4],
)

# The phone is a server for the outside: what comes to the gateway's SIP port goes to it.
DNAT = Gateway(
    "dnat",
    V4,
    nat=(
        f"-A PREROUTING -i wan -p udp --dport 5060 -j DNAT --to-destination {V4.phone}",
        "-A POSTROUTING -o wan -j MASQUERADE",
    ),
    forward=("-A FORWARD -p udp --dport 5060 -j ACCEPT",),
    public=V4.outside,
)

# The same, and who is in the LAN reaches it by the gateway's outside address as well.
DNAT_LOOP = Gateway(
    "dnat from both sides",
    V4,
    nat=(
        f"-A PREROUTING -d {V4.outside} -p udp --dport 5060 -j DNAT --to-destination {V4.phone}",
        f"-A POSTROUTING -o lan -s {V4.inside}/{V4.bits} -p udp --dport 5060 -j MASQUERADE",
        "-A POSTROUTING -o wan -j MASQUERADE",
    ),
    forward=("-A FORWARD -p udp --dport 5060 -j ACCEPT",),
    public=V4.outside,
)

# So it is here, and its answers go around the gateway.
DNAT_AROUND = replace(
    DNAT_LOOP,
    name="dnat from both sides, around",
    nat=tuple(rule for rule in DNAT_LOOP.nat if "-o lan" not in rule),
)

# The same, for a server at another port than the gateway's.
DNAT_PORT = Gateway(
    "dnat to another port",
    V4,
    nat=(
        f"-A PREROUTING -i wan -p udp --dport 5060 -j DNAT --to-destination {V4.phone}:5080",
        "-A POSTROUTING -o wan -j MASQUERADE",
    ),
    forward=("-A FORWARD -p udp --dport 5080 -j ACCEPT",),
    public=V4.outside,
)

# The server is known to the phones by the gateway's own address.
PROXY = Gateway(
    "proxy",
    V4,
    nat=(
        f"-A PREROUTING -i lan -d {V4.inside} -p udp --dport 5060 -j DNAT --to {V4.server}",
        "-A POSTROUTING -o wan -j MASQUERADE",
    ),
    public=V4.outside,
)

FIREWALL = Gateway("firewall", V4)

FIREWALL6 = Gateway("firewall6", V6)

NAT66 = Gateway(
    "nat66",
    V6,
    nat=("-A POSTROUTING -o wan -j MASQUERADE",),
    public=V6.outside,
)

NFT = """
table inet gateway {{
	ct helper phones {{
		type "sip" protocol udp
	}}
	chain attach {{
		type filter hook prerouting priority filter; policy accept;
		udp dport 5060 ct helper set "phones" comment "sip"
	}}
	chain incoming {{
		type filter hook input priority filter; policy accept;
		iifname wan meta l4proto udp ct state != {{ established, related }} drop
	}}
	chain forward {{
		type filter hook forward priority filter; policy drop;
		ct state established,related accept
		iifname lan accept
	}}
	chain source {{
		type nat hook postrouting priority srcnat; policy accept;
		oifname wan {nat}
	}}
}}
"""

NFT_MASQUERADE = Gateway("nft masquerade", V4, public=V4.outside, nft=NFT.format(nat="masquerade"))

NFT_NAT66 = Gateway("nft nat66", V6, public=V6.outside, nft=NFT.format(nat="masquerade"))

# All of it in a zone of conntrack's.
ZONE = """
	chain zone {
		type filter hook prerouting priority raw; policy accept;
		ct zone set 7
	}
}
"""

NFT_ZONE = Gateway(
    "nft zone",
    V4,
    public=V4.outside,
    nft=NFT.format(nat="masquerade").rstrip("\n}") + "\n\t}" + ZONE,
)
