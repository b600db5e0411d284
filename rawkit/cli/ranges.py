"""Numbers on the command line that have to be within limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

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


class FileSize(click.IntRange):
    """An option's type: millions of bytes, or with a suffix KiB, MiB or GiB, as newer tcpdump's -C; gives bytes.

    >>> [FileSize(1).convert(text, None, None) for text in ("3", "10k", "1M", "2g")]
    [3000000, 10240, 1048576, 2147483648]
    """

    UNITS: Final = {"": 1_000_000, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number of bytes that is meant."""
        if isinstance(value, int):
            return value
        digits, unit = value.rstrip("kKmMgG"), value[len(value.rstrip("kKmMgG")) :].lower()
        if not (digits.isascii() and digits.isdecimal()) or int(digits) < 1 or unit not in self.UNITS:
            self.fail(f"{value!r}: give a number from 1, of million bytes, or with k, m or g of KiB, MiB or GiB")
        return int(digits) * self.UNITS[unit]


def decimal(limit: Limit) -> click.FloatRange:
    """An option's type: a number with decimals within a limit.

    >>> from rawkit.api.requests import Limit
    >>> decimal(Limit("--rate", 0, above=True)).min_open
    True
    """
    return click.FloatRange(limit.low, limit.high, min_open=limit.above)
