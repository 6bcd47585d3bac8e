# SPDX-License-Identifier: GPL-2.0-only
"""A PBX: Asterisk, from the folder that selftests/vm/setup has made for it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from .check import Skip, within
from .host import Host, passed
from .program import Program

# Seconds for it to start; one or two where nothing else runs.
LIMIT = 60.0

SETTINGS = """
[directories]
astetcdir => {folder}
astmoddir => {tree}/usr/lib/x86_64-linux-gnu/asterisk/modules
astdatadir => {tree}/usr/share/asterisk
astvarlibdir => {folder}
astdbdir => {folder}
astspooldir => {folder}
astrundir => {folder}
astlogdir => {folder}
"""

MODULES = """
app_dial app_verbose bridge_builtin_features bridge_holding bridge_simple bridge_native_rtp chan_pjsip
codec_alaw func_callerid pbx_config res_pjproject res_pjsip res_pjsip_authenticator_digest
res_pjsip_caller_id res_pjsip_dtmf_info res_pjsip_endpoint_identifier_ip
res_pjsip_endpoint_identifier_user res_pjsip_nat res_pjsip_outbound_authenticator_digest
res_pjsip_outbound_registration res_pjsip_pubsub res_pjsip_refer res_pjsip_registrar res_pjsip_rfc3326
res_pjsip_sdp_rtp res_pjsip_session res_rtp_asterisk res_sorcery_astdb res_sorcery_config
res_sorcery_memory res_timing_timerfd
"""
# What a fax needs besides.
FAX = " res_clioriginate res_fax res_fax_spandsp res_pjsip_t38"

SIP = """
[udp]
type=transport
protocol=udp
bind={host.uri}:5060
{nat}

[person](!)
type=endpoint
context=calls
disallow=all
allow=alaw
direct_media=no
moh_passthrough=yes
"""
# What may be set besides where there is a NAT.
NAT = """
external_media_address={outside}
external_signaling_address={outside}
local_net={host.ip}/{bits}
"""


def person(name: str) -> str:
    """A phone that registers."""
    return f"""
[{name}](person)
aors={name}
auth={name}
[{name}]
type=auth
username={name}
password=secret
[{name}]
type=aor
max_contacts=1
remove_existing=yes
"""


def trunk(name: str, provider: Host) -> str:
    """A registration with a provider, which is asked for a password as a person is."""
    domain = provider.uri
    return f"""
[trunk](person)
aors=trunk
outbound_auth=trunk
from_user={name}
from_domain={domain}
[trunk]
type=aor
contact=sip:{domain}
[trunk]
type=auth
username={name}
password=secret
[trunk]
type=identify
endpoint=trunk
match={provider.ip}
[trunk]
type=registration
outbound_auth=trunk
server_uri=sip:{domain}
client_uri=sip:{name}@{domain}
contact_user={name}
max_random_initial_delay=0
"""


def line(name: str, far: Host) -> str:
    """One that leads to another PBX without a registration, and also carries faxes (T.38)."""
    return f"""
[{name}](person)
aors={name}
t38_udptl=yes
t38_udptl_ec=none
[{name}]
type=aor
contact=sip:{name}@{far.uri}
[{name}]
type=identify
endpoint={name}
match={far.ip}
"""


@dataclass
class Pbx:
    """An Asterisk."""

    host: Host
    command: tuple[str, ...]
    program: Program

    def ask(self, command: str) -> str:
        """What it answers to a command."""
        return self.host.run(*self.command, "-rx", command)


def pbx(host: Host, sip: str, dialplan: str, outside: str = "", modules: str = "") -> Pbx:
    """Starts Asterisk on the usual port, with these additions to its configuration, and waits until
    it has registered where it is to.

    outside: its address outside, if it is told of the NAT.
    """
    tree = Path(os.environ.get("NF_SIP_PBX", "/nowhere"))
    if not tree.exists():
        raise Skip("Asterisk is not installed")
    folder = host.net.folder("asterisk")
    bits = host.net.gateway.plan.bits
    nat = NAT.format(host=host, bits=bits, outside=outside) if outside else ""
    loaded = (f"load={name}.so" for name in (MODULES + modules).split())
    texts = {
        "asterisk.conf": SETTINGS.format(folder=folder, tree=tree),
        "modules.conf": "\n".join(["[modules]", "autoload=no", *loaded, ""]),
        "logger.conf": "[logfiles]\nconsole => notice,warning,error,verbose,fax\n",
        "extensions.conf": f"[calls]\n{dialplan}\n",
        "pjsip.conf": SIP.format(host=host, nat=nat) + sip,
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    # By the loader of its own suite, which is not the guest's.
    libraries = f"{tree}/usr/lib/x86_64-linux-gnu"
    command = (
        *(f"{tree}/lib64/ld-linux-x86-64.so.2", "--library-path", libraries),
        *(f"{tree}/usr/sbin/asterisk", "-C", f"{folder}/asterisk.conf"),
    )
    wire = host.capture()
    made = Pbx(host, command, host.start(*command, "-fnvvv"))
    made.program.says("Asterisk Ready", LIMIT)
    if "type=registration" in sip:
        within(LIMIT, lambda: any(map(grants, passed(wire))), "the PBX is registered")
    return made


def grants(packet: bytes) -> bool:
    """Whether a registrar agrees in it."""
    return b"SIP/2.0 200 " in packet and b" REGISTER\r\n" in packet
