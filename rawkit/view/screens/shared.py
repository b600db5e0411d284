"""Columns that several views have, and what a view is on a terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rawkit.flow.endpoints import Endpoint
from rawkit.values import dataclass
from rawkit.view.columns import Column
from rawkit.view.moments import When
from rawkit.view.text import short_pause

ADDRESS_AND_PORT = 18
"""Characters that an address and a port take at least: most of IPv4 fit, and a terminal of 80 has room for two."""


@dataclass(frozen=True, slots=True)
class ScreenOf:
    """How a view is on a terminal.

    Attributes:
        columns: of a line, from left to right, with times as they are to be written.
        detail: what `-v` shows below it.
    """

    columns: Callable[[When], tuple[Column[Any], ...]]
    detail: Callable[[Any], str]


def moment(when: When, time: Callable[[Any], int], rank: int) -> Column[Any]:
    """The time of an event; where none is asked for (`-t`) the column has nothing to say.

    >>> from rawkit.view.moments import when
    >>> moment(when(2), lambda event: event, rank=1).cell(1_500_000_000)
    '1.500000'
    """
    return Column("TIME", lambda event: when(time(event)).rstrip(), rank=rank)


def address(name: str, of: Callable[[Any], Endpoint]) -> Column[Any]:
    """An address and a port; where it is cut, its beginning and the port stay."""
    return Column(name, lambda event: str(of(event)), ADDRESS_AND_PORT, middle=True)


def frames(numbers: tuple[int, ...]) -> str:
    """Which frames an event was seen in.

    >>> frames((1, 2, 4)), frames((7,)), frames(())
    ('frames 1, 2, 4', 'frame 7', '')
    """
    return f"frame{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}" if numbers else ""


def lasted(nanoseconds: int | None) -> str:
    """A pause, nothing where there is none."""
    return "" if nanoseconds is None else short_pause(nanoseconds)


def joined(*parts: str) -> str:
    """The parts that say something, as one text."""
    return "; ".join(part for part in parts if part)
