"""The `handshakes` view on a terminal."""

from __future__ import annotations

from typing import Any, Final

from rawkit.flow.events import Handshake
from rawkit.flow.sessions.words import WORDS
from rawkit.view.colors import GREEN, RED, YELLOW
from rawkit.view.columns import Column
from rawkit.view.events import calls
from rawkit.view.events.fields import since
from rawkit.view.events.handshakes import told
from rawkit.view.moments import When
from rawkit.view.screens.shared import ScreenOf, address, frames, joined, lasted, moment
from rawkit.view.text import counted

COLORS: Final = {
    "established": GREEN,
    "refused": RED,
    "unreachable": RED,
    "timed out": YELLOW,
    "half open": YELLOW,
}
"""Of the outcomes."""


def columns(when: When) -> tuple[Column[Any], ...]:
    """Who tried to connect to whom, and what came of it."""
    return (
        Column("OUTCOME", lambda attempt: attempt.outcome, 11, style=lambda attempt: COLORS[attempt.outcome]),
        moment(when, lambda attempt: attempt.time, rank=1),
        Column("PROTO", lambda attempt: "" if attempt.transport == "tcp" else attempt.transport, rank=2),
        address("CLIENT", lambda attempt: attempt.client),
        address("SERVER", lambda attempt: attempt.server),
        Column("ANSWER", lambda attempt: lasted(answer(attempt)), 7, right=True, rank=3),
        Column(
            "ACK", lambda attempt: lasted(since(attempt.syn_ack_time, attempt.ack_time)), right=True, rank=6
        ),
        Column("CALL", calls.of_handshake, rank=4),
        Column("NOTES", notes, 20, rank=5, fills=True),
    )  # fmt: skip


def answer(attempt: Handshake) -> int | None:
    """Nanoseconds from the first SYN to what answered it: the SYN-ACK, the RST or the ICMP error."""
    error = attempt.icmp.time if attempt.icmp else None
    answers = (attempt.syn_ack_time, attempt.reset_time, error)
    return since(attempt.syn_time, next((time for time in answers if time is not None), None))


def notes(attempt: Handshake) -> str:
    """Why it failed, and what was not as it should be."""
    opened, answered, _ = WORDS[attempt.transport].steps_text
    repeats = ((opened, attempt.syn_repeats), (answered, attempt.syn_ack_repeats))
    return joined(
        f"{attempt.icmp.text}, says {attempt.icmp.sender}" if attempt.icmp else "",
        attempt.cause or "",
        "simultaneous open" if attempt.simultaneous else "",
        *(f"{what} repeated {counted(number, 'time')}" for what, number in repeats if number),
    )


SCREEN: Final = ScreenOf(columns, lambda attempt: joined(told(attempt), frames(attempt.frames)))
