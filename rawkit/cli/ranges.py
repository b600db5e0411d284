"""Numbers on the command line that have to be within limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rawkit.api.requests import Limit


def whole(limit: Limit) -> click.IntRange:
    """An option's type: a whole number within a limit.

    >>> from rawkit.api.requests import Limit
    >>> whole(Limit("-t", 1, 255)).max
    255
    """
    return click.IntRange(int(limit.low), None if limit.high is None else int(limit.high), min_open=limit.above)


class WholeOrAll(click.IntRange):
    """An option's type: a whole number from 1, or `all`, which is 0.

    >>> WholeOrAll(1).convert("all", None, None)
    0
    """

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number that is meant."""
        return 0 if value == "all" else super().convert(value, param, ctx)


def decimal(limit: Limit) -> click.FloatRange:
    """An option's type: a number with decimals within a limit.

    >>> from rawkit.api.requests import Limit
    >>> decimal(Limit("--rate", 0, above=True)).min_open
    True
    """
    return click.FloatRange(limit.low, limit.high, min_open=limit.above)
