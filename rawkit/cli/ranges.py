"""Numbers on the command line that have to be within limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

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


def decimal(limit: Limit) -> click.FloatRange:
    """An option's type: a number with decimals within a limit.

    >>> from rawkit.api.requests import Limit
    >>> decimal(Limit("--rate", 0, above=True)).min_open
    True
    """
    return click.FloatRange(limit.low, limit.high, min_open=limit.above)
