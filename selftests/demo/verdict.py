# SPDX-License-Identifier: GPL-2.0-only
"""What it comes to: what worked with which helper."""

from __future__ import annotations

from collections.abc import Iterator

from scenario import Call, Result
from screen import Screen

NAMES = {"off": "no helper", "mainline": "mainline's", "nf_sip": "nf_sip"}
QUESTION, ANSWER = 50, 12


def questions(result: Result) -> Iterator[tuple[str, bool | None]]:
    """Each with its answer; None where it did not come to that."""
    yield "alice's phone registers with the provider", result.registered
    yield from about("alice", "bob", result.called)
    yield from about("bob", "alice", result.was_called)


def about(caller: str, callee: str, call: Call | None) -> Iterator[tuple[str, bool | None]]:
    yield f"{caller} calls {callee}: {callee}'s phone rings", call.rang if call else None
    talk = call if call and call.answered else None
    for number, (speaker, listener) in enumerate((("alice", "bob"), ("bob", "alice"))):
        heard = talk.audio[number].heard if talk else None
        yield f"    {listener} hears {speaker}", heard
    hung_up = talk.hung_up if talk else None
    yield f"    {callee} hangs up, and {caller}'s phone notices", hung_up


def perfect(result: Result) -> bool:
    return all(answer for _, answer in questions(result))


def table(screen: Screen, results: list[Result]) -> None:
    def row(text: str, cells: list[tuple[str, bool | None]]) -> None:
        painted = (
            f"{cell:>{ANSWER}}" if good is None else screen.judge(good, f"{cell:>{ANSWER}}")
            for cell, good in cells
        )
        screen.say(f"{text:{QUESTION}}{''.join(painted)}")

    words = {True: "yes", False: "NO", None: "-"}
    row("", [(NAMES[result.helper], None) for result in results])
    for answers in zip(*map(questions, results)):
        row(answers[0][0], [(words[answer], answer) for _, answer in answers])
    counts = [result.lost_sound for result in results]
    row("packets of sound that got lost", [(str(n), not n) for n in counts])
    counts = [result.private_addresses for result in results]
    row("private addresses that the provider gets to read", [(str(n), not n) for n in counts])


def sentence(results: list[Result]) -> str:
    counts = []
    for result in results:
        answers = [answer for _, answer in questions(result)]
        name = "without a helper" if result.helper == "off" else f"with {NAMES[result.helper]}"
        counts.append(f"{sum(map(bool, answers))} of {len(answers)} {name}")
    if perfect(results[-1]):
        end = "With nf_sip the phone behind the NAT calls and is called, and both sides hear each other."
    else:
        end = "nf_sip did NOT make everything work."
    return f"What worked: {', '.join(counts)}.\n{end}"
