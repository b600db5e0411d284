"""The `udp` view on a terminal."""

from __future__ import annotations

from typing import Any, Final

from rawkit.view.colors import GREEN, RED, YELLOW
from rawkit.view.columns import Column
from rawkit.view.events import calls
from rawkit.view.events.udp import Conversation, told
from rawkit.view.moments import When
from rawkit.view.screens.shared import ScreenOf, address, frames, joined, lasted, moment

COLORS: Final = {"answered": GREEN, "no answer": YELLOW, "error": RED}


def columns(when: When) -> tuple[Column[Any], ...]:
    """Who asked whom, whether an answer came, and what was said."""
    return (
        Column("OUTCOME", outcome, 9, style=lambda told: COLORS[outcome(told)]),
        moment(when, lambda told: told.exchange.time, rank=2),
        address("CLIENT", lambda told: told.client),
        address("SERVER", lambda told: told.server),
        Column("ANSWER", lambda told: lasted(told.exchange.first_answer), 7, right=True, rank=3),
        Column("SENT", lambda told: str(told.exchange.requests), right=True, rank=4),
        Column("BYTES", lambda told: str(told.exchange.request_bytes), right=True, rank=7),
        Column("GOT", lambda told: str(told.exchange.answers), right=True, rank=5),
        Column("BYTES", lambda told: str(told.exchange.answer_bytes), right=True, rank=8),
        Column("CALL", lambda told: calls.of_udp(told.exchange), rank=6),
        Column("MESSAGES", messages, 20, rank=1, fills=True),
    )


def outcome(told: Conversation) -> str:
    """What came back."""
    if told.exchange.answers:
        return "answered"
    return "error" if told.icmp else "no answer"


def messages(told: Conversation) -> str:
    """What the ICMP error says, what was asked and answered."""
    error = f"{told.icmp.text}, says {told.icmp.sender}" if told.icmp else ""
    return joined(error, " | ".join(message.text for message in told.messages))


SCREEN: Final = ScreenOf(columns, lambda one: joined(told(one), frames(one.exchange.frames)))
