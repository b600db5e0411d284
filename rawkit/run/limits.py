"""What numbers may be: one table for what a program asks for and for what the command line takes."""

from __future__ import annotations

import math
from collections.abc import Mapping

from rawkit.errors import RawkitError
from rawkit.values import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """The values that an option may have.

    Attributes:
        option: what the command line calls it, for messages.
        low: the least.
        high: the most; None where there is none.
        above: whether it must be more than `low`.

    >>> Limit("-t", 1, 255).takes(255), Limit("--rate", 0, above=True).takes(0)
    (True, False)
    """

    option: str
    low: float
    high: float | None = None
    above: bool = False

    def takes(self, value: float) -> bool:
        """Whether a value is one of them."""
        is_over = value > self.low if self.above else value >= self.low
        return is_over and math.isfinite(value) and (self.high is None or value <= self.high)

    def words(self) -> str:
        """What to give.

        >>> Limit("-t", 1, 255).words(), Limit("--mbps", 0, above=True).words(), Limit("-c", 1).words()
        ('from 1 to 255', 'over 0', 'of 1 or more')
        """
        if self.above:
            return f"over {self.low}" + (f", and up to {self.high}" if self.high is not None else "")
        return f"of {self.low} or more" if self.high is None else f"from {self.low} to {self.high}"


def check_limits(request: object, limits: Mapping[str, Limit]) -> None:
    """RawkitError for the first attribute of a request that is outside its limit; None is always within.

    >>> from types import SimpleNamespace
    >>> check_limits(SimpleNamespace(ttl=256), {"ttl": Limit("-t", 1, 255)})
    Traceback (most recent call last):
    rawkit.errors.RawkitError: -t 256: give a number from 1 to 255
    """
    for name, limit in limits.items():
        value = getattr(request, name)
        if value is not None and not limit.takes(value):
            raise RawkitError(f"{limit.option} {value}: give a number {limit.words()}")
