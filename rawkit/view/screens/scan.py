"""A host's ports on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from rawkit.view.colors import CYAN, GREEN, RED, YELLOW
from rawkit.view.columns import Column, Screen, Sheet
from rawkit.view.scan.rows import PortVerdict
from rawkit.view.scan.words import service

COLORS: Final = {
    "open": GREEN,
    "open|filtered": YELLOW,
    "filtered": YELLOW,
    "unfiltered": CYAN,
    "closed": RED,
}
"""Of the states."""

COLUMNS: Final[tuple[Column[Any], ...]] = (
    Column("PORT", lambda row: f"{row.port}/{row.protocol}", 9),
    Column("STATE", lambda row: row.state, 8, style=lambda row: COLORS[row.state]),
    Column("SERVICE", lambda row: service(row.port, row.protocol) or "unknown", 12, rank=2),
)
REASON: Final = Column[PortVerdict]("REASON", PortVerdict.why, 12, fills=True, rank=1)


def table(listed: Sequence[PortVerdict], screen: Screen, *, why: bool) -> list[str]:
    """The ports below their headings, in columns that are the same for all hosts as long as they fit."""
    columns = (*COLUMNS, REASON) if why else COLUMNS
    width, _ = screen.size()
    return Sheet(columns, color=screen.color, ellipsis=screen.ellipsis).lines(listed, width)
