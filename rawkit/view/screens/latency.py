"""The `latency` view on a terminal."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from rawkit.flow.latency.values import Cause, Latency, Part, Phase
from rawkit.view.colors import CYAN, GREEN, RED, YELLOW
from rawkit.view.columns import Column
from rawkit.view.events.latency import MOST_PARTS, named, proof, told
from rawkit.view.moments import When
from rawkit.view.screens.shared import ScreenOf, address, joined, lasted, moment
from rawkit.view.text import counted

PHASE_COLORS: Final[dict[Phase, str]] = {"server think": YELLOW, "client think": CYAN}
CAUSE_COLORS: Final[dict[Cause, str]] = dict.fromkeys(("timeout", "fast retransmission", "reordering"), RED)
"""Red is the network's fault, yellow the server's (or a receiver's), cyan the client's, green as it has to be."""


def columns(when: When) -> tuple[Column[Any], ...]:
    """Where most of the time of each connection went, and the phases side by side."""
    return (
        Column("LONGEST", lambda one: named(one.parts[0]), 12, style=lambda one: color(one.parts[0])),
        Column("TOOK", lambda one: lasted(one.parts[0].ns), 7, right=True),
        Column("OF", lambda one: lasted(one.ns), 7, right=True),
        moment(when, lambda one: one.time, rank=4),
        address("CLIENT", lambda one: one.client),
        address("SERVER", lambda one: one.server),
        Column("LOOKUP", partial(_phase, "lookup"), right=True, rank=5),
        Column("OPEN", partial(_phase, "handshake"), right=True, rank=6),
        Column("C-THINK", partial(_phase, "client think"), right=True, rank=7),
        Column("REQUEST", partial(_phase, "request"), right=True, rank=8),
        Column("S-THINK", partial(_phase, "server think"), right=True, rank=3),
        Column("RESPONSE", partial(_phase, "response"), right=True, rank=9),
        Column("FRAMES", lambda one: "{}-{}".format(*one.parts[0].frames), right=True, rank=1),
        Column("NOTES", notes, 16, rank=2, fills=True),
    )


def _phase(phase: Phase, found: Latency) -> str:
    return lasted(found.spent(phase) or None)


def color(part: Part) -> str:
    """That of what took longest."""
    if part.cause is None:
        return PHASE_COLORS.get(part.phase, GREEN)
    return CAUSE_COLORS.get(part.cause, YELLOW)


def notes(found: Latency) -> str:
    """What else stood still, and that it never opened."""
    others = (part for part in found.parts[1:MOST_PARTS] if part.cause is not None)
    return joined(
        "not opened" if found.opened is False else "",
        counted(found.exchanges, "exchange") if found.exchanges > 1 else "",
        *(f"{lasted(part.ns)} {named(part)}" for part in others),
    )


def detail(found: Latency) -> str:
    """All that the line of text says, and the rest of the parts."""
    more = (f"{lasted(part.ns)} {named(part)}, {proof(part)}" for part in found.parts[MOST_PARTS:])
    return joined(told(found), *more)


SCREEN: Final = ScreenOf(columns, detail)
