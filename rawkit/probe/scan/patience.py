"""How long a scan waits for answers, in nanoseconds: the limits between which round trips decide (RFC 6298, nmap)."""

from __future__ import annotations

from typing import Final

from rawkit.values import dataclass

MILLISECOND: Final = 1_000_000
SECOND: Final = 1_000 * MILLISECOND


@dataclass(frozen=True, slots=True)
class Patience:
    """The limits; nmap's where nothing else is said.

    Attributes:
        first: before any round trip is known.
        shortest, longest: once they are.
    """

    first: int = SECOND
    shortest: int = 100 * MILLISECOND
    longest: int = 10 * SECOND


USUAL: Final = Patience()
