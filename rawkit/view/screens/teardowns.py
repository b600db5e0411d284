"""The `teardowns` view on a terminal."""

from __future__ import annotations

from typing import Any, Final

from rawkit.flow.events import IGNORED, Teardown
from rawkit.flow.sessions.words import WORDS
from rawkit.view.colors import GREEN, RED, YELLOW
from rawkit.view.columns import Column
from rawkit.view.events import calls
from rawkit.view.events.teardowns import told
from rawkit.view.moments import When
from rawkit.view.screens.shared import ScreenOf, address, frames, joined, lasted, moment
from rawkit.view.text import counted


def columns(when: When) -> tuple[Column[Any], ...]:
    """Who closed which connection, how, and why."""
    return (
        Column("END", ended, style=color),
        Column("BY", closer, 6, rank=1),
        moment(when, lambda end: end.time, rank=2),
        Column("PROTO", lambda end: "" if end.transport == "tcp" else end.transport, rank=4),
        address("CLIENT", lambda end: end.client),
        address("SERVER", lambda end: end.server),
        Column("WHY", reason, rank=5),
        Column("HALF", lambda end: lasted(end.half_closed), right=True, rank=6),
        Column("CALL", call, 14, rank=3, fills=True),
    )  # fmt: skip


def ended(end: Teardown) -> str:
    """What ended it."""
    return f"half {WORDS[end.transport].close}" if end.by == "half" else end.by


def color(end: Teardown) -> str:
    """Red where it was aborted, green where both sides closed."""
    if end.by == WORDS[end.transport].reset:
        return YELLOW if end.reason in IGNORED else RED
    return YELLOW if end.by == "half" else GREEN


def closer(end: Teardown) -> str:
    """Who: of a RST who sent it, else who closed first."""
    if end.by == WORDS[end.transport].reset:
        return end.reset_by or ""
    return "both" if end.simultaneous else end.first


def reason(end: Teardown) -> str:
    """Why it was aborted, in the packet's own words where it has some."""
    words = end.cause if end.cause is not None and end.reason == "unknown" else end.reason
    return words or ""


def call(end: Teardown) -> str:
    """Which socket call it was, and RSTs that ended nothing."""
    reset = WORDS[end.transport].reset
    stray = f"{counted(end.stray_resets, reset)} ignored" if end.stray_resets else ""
    return joined(calls.of_teardown(end), stray if end.by != reset else "")


SCREEN: Final = ScreenOf(columns, lambda end: joined(told(end), frames(end.frames)))
