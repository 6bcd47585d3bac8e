# SPDX-License-Identifier: GPL-2.0-only
"""Who manages without a helper manages with it.

phone 10.0.0.2 ──┐                                        ┌── server 203.0.113.10
                 ├── 10.0.0.1 gateway 203.0.113.1 ────────┤
other 10.0.0.3 ──┘       as named, twice                  └── stranger 203.0.113.66

Each scenario is made without the rule that attaches the helper and then with it; nothing that goes well
in the former may go worse in the latter. Through a gateway without NAT, and where a phone names
itself by its address outside, each message has to pass byte by byte.
"""

from dataclasses import replace

from lab import (
    DNAT,
    FIREWALL,
    FIREWALL6,
    MASQUERADE,
    NAT66,
    SNAT,
    SNAT_PORT,
    Gateway,
    Net,
    test,
)
from lab.harm import Account, never_worse
from lab.home import never_worse_at_home, never_worse_behind_mainline
from lab.life import Life, Manners, life
from lab.outbound import over_datagrams, over_streams
from lab.passing import (
    bulk,
    bytes_alone,
    conversation,
    datagrams,
    encrypted,
    greeted,
    web,
    websocket,
)
from lab.selfhelp import by_ice, by_pbx, by_stun, by_stun_over_tls
from lab.tcp import over_tcp

GATEWAY = MASQUERADE

LEARNED = "takes the phone's address outside from it, which then does not know itself"

# Both are in one kernel.
BESIDE = "mainline's helper stands in front of nf_sip"

# Ports of other services have the helper as well.
PORTS = (80, 5060, 5061)


def attached_to(gateway: Gateway) -> Gateway:
    """The gateway with a helper at all these ports, over UDP and TCP."""
    ports = ",".join(map(str, PORTS))
    return replace(over_tcp(gateway), name=f"{gateway.name}, other ports", ports=ports, tcp=ports)


MANY = attached_to(MASQUERADE), attached_to(NAT66), attached_to(FIREWALL)

# The gateway hands the phone's media on as well.
FORWARDED = replace(
    DNAT,
    name="dnat of media",
    nat=(
        *DNAT.nat,
        f"-A PREROUTING -i wan -p udp --dport 30000:30100 -j DNAT --to-destination {DNAT.plan.phone}",
    ),
    forward=(*DNAT.forward, "-A FORWARD -p udp --dport 30000:30100 -j ACCEPT"),
)


@test(MASQUERADE, SNAT_PORT, NAT66, FIREWALL, FIREWALL6)
def phone_that_asks_where_it_is_seen(net: Net) -> None:
    never_worse(net, life())


@test(MASQUERADE, SNAT_PORT, NAT66, FIREWALL, FIREWALL6)
def phone_that_does_not_ask(net: Net) -> None:
    never_worse(net, life(rport=False))


@test(MASQUERADE, SNAT_PORT, NAT66, FIREWALL)
def provider_that_mends_addresses_by_itself(net: Net) -> None:
    never_worse(net, life(mends=True))


@test(MASQUERADE, SNAT, NAT66, mainline=LEARNED)
def phone_that_asks_a_stun_server(net: Net) -> None:
    never_worse(net, life(named="learned"))


@test(MASQUERADE, NAT66, mainline=LEARNED)
def phone_that_asks_a_stun_server_with_a_provider_that_mends(net: Net) -> None:
    never_worse(net, life(named="learned", mends=True))


@test(SNAT_PORT)
def phone_whose_port_is_another_than_the_stun_server_says(net: Net) -> None:
    never_worse(net, life(named="learned"))


@test(SNAT_PORT)
def phone_whose_port_is_another_with_a_provider_that_mends(net: Net) -> None:
    never_worse(net, life(named="learned", mends=True))


@test(MASQUERADE, SNAT, NAT66, mainline=LEARNED)
def phone_with_ice(net: Net) -> None:
    never_worse(net, life(named="learned", mends=True, ice=True))


@test(SNAT_PORT, FIREWALL)
def phone_with_ice_whose_address_is_no_other_or_unknown(net: Net) -> None:
    never_worse(net, life(named="learned", mends=True, ice=True))


@test(MASQUERADE, SNAT_PORT, NAT66, mainline="leaves the candidates as they are (defect 29)")
def phone_with_ice_without_a_stun_server(net: Net) -> None:
    never_worse(net, life(mends=True, ice=True))


@test(FIREWALL)
def phone_with_ice_without_nat(net: Net) -> None:
    never_worse(net, life(mends=True, ice=True))


@test(MASQUERADE, SNAT, NAT66, FORWARDED, mainline=LEARNED)
def phone_that_is_told_its_address_outside(net: Net) -> None:
    never_worse(net, life(named="told"))


@test(FORWARDED)
def stranger_calls_a_phone_that_is_told_its_address_outside(net: Net) -> None:
    never_worse(net, called_by_a_stranger)


def called_by_a_stranger(net: Net, account: Account) -> None:
    """Straight to the gateway's own port."""
    mine = Life(net, account, Manners(named="told", known=False), provider=net.stranger)
    mine.seen, mine.target = (net.public.ip, 5060), f"sip:alice@{net.public.ip}"
    mine.called()


@test(MASQUERADE, NAT66, FIREWALL)
def phone_with_two_flows(net: Net) -> None:
    never_worse(net, over_datagrams)


@test(over_tcp(MASQUERADE), over_tcp(NAT66), over_tcp(FIREWALL))
def phone_with_two_connections(net: Net) -> None:
    never_worse(net, over_streams)


@test(*MANY, mainline="drops what begins as SIP and does not go on so (1.3)")
def datagrams_that_are_no_sip(net: Net) -> None:
    never_worse(net, datagrams)


@test(*MANY)
def sip_in_tls(net: Net) -> None:
    never_worse(net, encrypted(*PORTS))


@test(*MANY)
def sip_in_websockets(net: Net) -> None:
    never_worse(net, conversation(websocket, *PORTS))


@test(*MANY)
def web_with_sip_in_it(net: Net) -> None:
    never_worse(net, conversation(web, *PORTS))


@test(*MANY)
def server_that_speaks_first(net: Net) -> None:
    never_worse(net, conversation(greeted, *PORTS))


@test(*MANY)
def single_bytes(net: Net) -> None:
    never_worse(net, conversation(bytes_alone, 5060))


@test(*MANY)
def megabytes(net: Net) -> None:
    never_worse(net, bulk)


@test()
def phone_behind_two_nats(net: Net) -> None:
    never_worse_at_home(net)


@test()
def phone_behind_two_nats_with_a_provider_that_mends(net: Net) -> None:
    never_worse_at_home(net, mends=True)


@test(mainline=LEARNED)
def phone_behind_two_nats_that_asks_a_stun_server(net: Net) -> None:
    never_worse_at_home(net, named="learned", mends=True)


@test(mainline=LEARNED)
def phone_behind_two_nats_with_ice(net: Net) -> None:
    never_worse_at_home(net, named="learned", mends=True, ice=True)


@test(only=BESIDE)
def phone_behind_mainline_s_helper(net: Net) -> None:
    never_worse_behind_mainline(net)


@test(only=BESIDE)
def phone_behind_mainline_s_helper_with_a_provider_that_mends(net: Net) -> None:
    never_worse_behind_mainline(net, mends=True)


@test(only=BESIDE)
def phone_behind_mainline_s_helper_that_asks_a_stun_server(net: Net) -> None:
    never_worse_behind_mainline(net, named="learned", mends=True)


@test(needs=("baresip", "turnserver"))
def softphone_with_ice(net: Net) -> None:
    never_worse(net, by_ice)


@test(needs=("baresip", "turnserver"))
def softphone_that_asks_a_stun_server(net: Net) -> None:
    never_worse(net, by_stun)


@test(MANY[0], needs=("baresip", "turnserver"))
def softphone_over_tls(net: Net) -> None:
    never_worse(net, by_stun_over_tls)


@test(needs=("baresip",))
def pbx_that_mends_addresses_by_itself(net: Net) -> None:
    never_worse(net, by_pbx)
