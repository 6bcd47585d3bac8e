"""A telephone: baresip without sound card or screen, which sends a tone in place of a voice."""

import json
import os
import re
import socket

import registrar
import wait
from program import Program

CONFIG = """\
poll_method epoll
module_path /usr/lib/baresip/modules
module g711.so
module ausine.so
module aubridge.so
module uuid.so
module_app account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:4444
statmode_default off
net_interface {address}
sip_listen {address}:5060
audio_source ausine,{tone}
audio_player aubridge,nothing
audio_alert aubridge,nothing
ausrc_srate 48000
ausrc_channels 1
rtp_ports 10000-20000
rtp_stats yes
"""
# No STUN, ICE, TURN or outbound, and no module that could do any of them.
ACCOUNT = ("<sip:{name}@{provider}>;auth_user={name};auth_pass=secret;regint=600;"
           "answermode=manual;mwi=no;audio_codecs=PCMA\n")

# What a telephone may need for any step. Emulated machines are slow.
PATIENCE = 30


class Phone:
    def __init__(self, name, namespace, address, tone, folder):
        self.name = name
        self.address = address
        self.tone = tone
        self.uri = f"sip:{name}@{registrar.ADDRESS}"
        folder.mkdir()
        (folder / "config").write_text(CONFIG.format(address=address, tone=tone))
        (folder / "accounts").write_text(ACCOUNT.format(name=name, provider=registrar.ADDRESS))
        (folder / "contacts").touch()
        self.program = Program(namespace, ["baresip", "-f", str(folder)], folder / "log")
        self.control = Control(self.program)

    def registered(self):
        """Whether the provider took the registration. It may be older than the control connection."""
        wait.until(lambda: re.search(rf"{self.name}@\S+: .*\d{{3}} ", self.program.said()), PATIENCE)
        return re.search(r" 200 OK .*\[\d+ binding", self.program.said()) is not None

    def dial(self, other):
        self.control.forget()
        self.control.command("dial", other.uri)

    def answer(self):
        self.control.command("accept")

    def hang_up(self):
        self.control.command("hangupall", "all")

    def event(self, kind, seconds=PATIENCE):
        """The next thing of that kind that happens, or None."""
        return self.control.event({kind}, seconds)

    def datagrams_sent(self):
        """By everybody in the telephone's namespace."""
        names, values = (line for line in self.program.table("snmp") if line[0] == "Udp:")
        return int(values[names.index("OutDatagrams")])

    def packets_received(self, call):
        """RTP packets received, as the telephone itself counted them in its nth call, when it is over."""
        def counts():
            return re.findall(r"^packets: +\d+ +(\d+)$", self.program.said(), re.MULTILINE)[call:]

        found = wait.until(counts, 5)
        return int(found[0]) if found else 0

    def switch_off(self):
        self.program.stop()


class Control:
    """The connection that a telephone is steered through: JSON in netstrings."""

    def __init__(self, program):
        self.socket = None
        self.buffer = b""
        self.events = []
        program.require(lambda: self.connect(program), 60, "baresip takes commands")

    def connect(self, program):
        # A socket stays in the namespace that it was made in.
        home = os.open("/proc/self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{program.namespace}", os.O_RDONLY)
        try:
            os.setns(there, os.CLONE_NEWNET)
            self.socket = socket.create_connection(("127.0.0.1", 4444))
            return True
        except ConnectionRefusedError:
            return False
        finally:
            os.setns(home, os.CLONE_NEWNET)
            os.close(home)
            os.close(there)

    def command(self, name, parameters=""):
        text = json.dumps({"command": name, "params": parameters, "token": name}).encode()
        self.socket.sendall(b"%d:%s," % (len(text), text))

    def forget(self):
        self.receive()
        self.events.clear()

    def event(self, kinds, seconds):
        def seen():
            self.receive()
            for index, event in enumerate(self.events):
                if event["type"] in kinds:
                    del self.events[: index + 1]
                    return event
            return None

        return wait.until(seen, seconds)

    def receive(self):
        try:
            while data := self.socket.recv(65536, socket.MSG_DONTWAIT):
                self.buffer += data
        except BlockingIOError:
            pass
        while match := re.match(rb"(\d+):", self.buffer):
            end = match.end() + int(match[1])
            if len(self.buffer) <= end:
                return
            message = json.loads(self.buffer[match.end():end])
            self.buffer = self.buffer[end + 1:]
            if message.get("event"):
                self.events.append(message)
