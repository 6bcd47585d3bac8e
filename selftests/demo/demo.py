# SPDX-License-Identifier: GPL-2.0-only
"""demo.py MODULE FOLDER: the demo, in a guest that has no SIP helper loaded. MODULE is nf_sip.ko;
FOLDER takes the captures and reports."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import comparison
import registrar
import verdict
from phone import Phone
from scenario import BOB, GATEWAY, PHONE, TALK, TONES, Result, Scenario
from screen import Screen

HELPERS = {
    "off": "without a SIP helper: the gateway translates addresses and knows nothing of telephony",
    "mainline": "with mainline's helper (nf_conntrack_sip and nf_nat_sip)",
    "nf_sip": "with nf_sip",
}


def main(module: Path, output: Path) -> bool:
    folder = Path(tempfile.mkdtemp(prefix="demo."))
    screen = Screen(output / "report.txt")
    introduce(screen)
    try:
        results = compare(module, folder, output, screen)
    finally:
        for log in folder.rglob("*log"):
            name = "-".join(log.relative_to(folder).parts)
            shutil.copyfile(log, output / "logs" / name)
    explain(screen, results[-1])
    screen.title("What worked")
    verdict.table(screen, results)
    good = verdict.perfect(results[-1])
    screen.say()
    screen.say(screen.judge(good, verdict.sentence(results)))
    return good


def introduce(screen: Screen) -> None:
    screen.say(f"""\
Three networks, on Linux {platform.release()}:

  alice's phone          gateway                          provider: Kamailio {registrar.ADDRESS}
  {PHONE}  -------  192.168.1.1 | {GATEWAY}  -------  bob's phone {BOB}
  private LAN            NAT and firewall                 Internet

Neither the phones nor the provider know of the NAT: no STUN, no ICE, no outbound, no repairs. Each
phone sends a tone in place of a voice, alice's {TONES["alice"]} Hz and bob's {TONES["bob"]} Hz.
Three times the same: alice's phone registers, alice calls bob, bob calls alice. A call lasts
{TALK / 50} seconds, and who was called hangs up.
""")


def compare(module: Path, folder: Path, output: Path, screen: Screen) -> list[Result]:
    script = Path(__file__).with_name("network.sh")
    subprocess.run([str(script)], check=True)
    kamailio = registrar.start(folder)
    bob = Phone("bob", "provider", BOB, TONES["bob"], folder / "bob")
    if not bob.registered():
        raise RuntimeError("bob's phone cannot register:\n" + bob.program.said())
    screen.step("networks, provider and bob's phone are ready")

    results = []
    for number, (helper, title) in enumerate(HELPERS.items(), 1):
        screen.title(f"{number} of {len(HELPERS)}: {title}")
        result = Scenario(helper, module, bob, folder / helper, screen).run()
        keep(result, folder / helper, output, screen.width)
        results.append(result)
    bob.switch_off()
    kamailio.stop()
    return results


def explain(screen: Screen, result: Result) -> None:
    screen.title("What nf_sip did to the messages (* marks what the gateway changed)")
    comparison.show(screen, result.crossings)
    screen.title("The pinholes that nf_sip made in the firewall")
    for hole in result.pinholes:
        clock = f"{hole.time - result.crossings[0].time:7.3f} s"
        screen.say(f"{clock}  {hole.event:7} {hole.kind:10} {hole.source} > {hole.destination}")


def keep(result: Result, folder: Path, output: Path, width: int) -> None:
    """Leaves what was captured for a closer look."""
    suffix = "" if result.helper == "nf_sip" else f"-{result.helper}"
    for side in ("lan", "wan"):
        shutil.copyfile(folder / f"{side}.pcap", output / f"{side}{suffix}.pcap")
    comparison.show(Screen(output / f"messages{suffix}.txt", False, width), result.crossings)


if __name__ == "__main__":
    sys.exit(0 if main(*map(Path, sys.argv[1:])) else 1)
