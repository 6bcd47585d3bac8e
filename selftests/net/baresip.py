# SPDX-License-Identifier: GPL-2.0-only
"""Real softphones, which send a tone each and record what they hear.

alice 10.0.0.2 ──┐                                        ┌── bob 203.0.113.10:5060
                 ├── 10.0.0.1 gateway 203.0.113.1 ────────┤   dave 203.0.113.10:5062
carol 10.0.0.3 ──┘          masquerade                    └──
"""

from dataclasses import replace

from lab import MASQUERADE, Agent, Message, Net, agent, equal, rtp, sdp, test, true, within
from lab.check import patience
from lab.phones import LIMIT, Phone, all_talk, call, counted, phone
from lab.scenario import execute, play, receive, reply
from lab.tone import write_alaw

GATEWAY = replace(MASQUERADE, name="masquerade, several ports", ports="5060:5069")


@test(needs=("baresip",))
def call_has_audio_both_ways(net: Net) -> None:
    bob = phone(net.server, "bob", 1000, (5060, 20000))
    within(LIMIT, lambda: net.server.listens(5060), "bob listens")
    alice = phone(net.phone, "alice", 440, (5060, 10000), dial=f"sip:bob@{net.server.ip}:5060")
    all_talk([(alice, bob)])


@test(mainline="drops the second call (defect 1)", essential=True, needs=("baresip",))
def two_phones_with_the_same_rtp_port_both_have_audio_both_ways(net: Net) -> None:
    """Carol calls while Alice's call still rings, so that both want to be sent media."""
    bob = phone(net.server, "bob", 1000, (5060, 20000), account="regint=0")
    dave = phone(net.server, "dave", 1300, (5062, 20010))
    within(LIMIT, lambda: net.server.listens(5060) and net.server.listens(5062), "both listen")
    alice = phone(net.phone, "alice", 440, (5060, 10000), dial=f"sip:bob@{net.server.ip}:5060")
    alice.program.says("180 Ringing", LIMIT)
    carol = phone(net.other, "carol", 700, (5060, 10000), dial=f"sip:dave@{net.server.ip}:5062")
    all_talk([(carol, dave)])
    bob.program.tell("/accept\n")
    all_talk([(alice, bob), (carol, dave)])


@test(needs=("baresip",))
def registered_phone_is_called_and_answers(net: Net) -> None:
    server, proxy = agent(net.server, "server"), agent(net.server, "proxy", 5068)
    outbound = f'outbound="sip:{net.server.ip}:5060";regint=600;answermode=auto'
    alice = phone(net.phone, "alice", 440, (5060, 10000), account=outbound)
    packet = server.socket.receive("REGISTER", LIMIT)
    register = Message.read(packet.data)
    server.socket.send(server.bind(packet.data), packet.source)
    alice.program.says("200 OK", LIMIT)

    contact = register.contact
    equal(contact, (net.public.ip, 5060), "Contact")
    target = register["Contact"].partition("<")[2].partition(">")[0].partition(";")[0]
    offer = sdp(net.server.ip, "m=audio 40000 RTP/AVP 8", "a=rtpmap:8 PCMA/8000")
    person = Agent("alice", "example.com")
    proxy.socket.send(proxy.invite(person, offer, uri=target), contact)
    answer = None
    while not answer or answer.status < 200:
        answer = Message.read(proxy.socket.receive("200", LIMIT).data)
    equal(answer.status, 200, "answer")
    equal(answer.media(), (net.public.ip, 10000), "media of the answer")
    proxy.socket.send(proxy.request("ACK", person, uri=target), contact)

    media = net.server.udp(40000)
    for number in range(10):
        media.send(rtp(number), answer.media())
    for number in range(10):
        source = media.receive(f"RTP packet {number} of the phone", LIMIT).source
        equal(source, answer.media(), "where it comes from")
    alice.program.says("incoming rtp for 'audio' established", LIMIT)
    true(alice.program.process.poll() is None, "baresip has ended")


def neighbours(net: Net, **more) -> tuple[Phone, Phone]:
    """Alice, and Bob, who answers when he is told to."""
    bob = phone(net.server, "bob", 1000, (5060, 20000), account="regint=0", **more)
    alice = phone(net.phone, "alice", 440, (5060, 10000), account="regint=0;dtmfmode=info", **more)
    for one in (alice, bob):
        one.says("is ready")
    return alice, bob


@test(needs=("baresip",))
def keys_pass_as_messages_and_as_media(net: Net) -> None:
    alice, bob = neighbours(net)
    call(alice, f"sip:bob@{net.server.ip}", bob)
    alice.do("sndcode 7")
    bob.says("received SIP INFO DTMF: '7'")
    bob.do("sndcode 9")
    alice.says("received in-band DTMF event: '9'")


@test(needs=("baresip",))
def video_is_added_to_a_call(net: Net) -> None:
    alice, bob = neighbours(net, video=True)
    alice.do(f"dialdir sip:bob@{net.server.ip} audio=sendrecv video=inactive")
    bob.answer()
    all_talk([(alice, bob)])
    alice.do("videodir sendrecv")
    for one in (alice, bob):
        one.says("receiving with resolution 176 x 144")
    all_talk([(alice, bob)])
    bob.do("hangup")
    counted(alice, bob)
    counted(alice, bob, "video")


@test(needs=("baresip", "sipp"))
def announcement_before_the_answer_is_heard(net: Net) -> None:
    """Alice hangs up when she has heard it."""
    tone = 600
    write_alaw(net.folder("sound") / "tone", tone)
    play(
        net.server,
        [
            receive("INVITE"),
            reply("183 Session Progress", "m=audio [rtpstream_audio_port] RTP/AVP 8"),
            execute(f'rtp_stream="{net.folders[-1]}/tone,-1,8"'),
            receive("CANCEL"),
            reply("200 OK"),
            reply("487 Request Terminated", cseq="CSeq: [cseq] INVITE"),
            receive("ACK"),
        ],
    )
    within(LIMIT, lambda: net.server.listens(5060), "the callee listens")
    alice = phone(net.phone, "alice", 440, (5060, 10000), dial=f"sip:bob@{net.server.ip}")
    alice.says("Call in-progress")
    within(patience(LIMIT), lambda: alice.hears([tone]), "Alice hears the announcement", interval=0.1)
    alice.do("hangup")
    net.until_closed()
