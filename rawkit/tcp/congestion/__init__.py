"""Congestion control: how much may be under way. One way a file; each is what `control.Congestion` says.

>>> make("reno", mss=1000).window
10000
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from rawkit.tcp.congestion.control import Congestion
from rawkit.tcp.congestion.cubic import Cubic
from rawkit.tcp.congestion.none import Uncontrolled
from rawkit.tcp.congestion.reno import Reno

KINDS: Final[Mapping[str, Callable[[int], Congestion]]] = {"cubic": Cubic, "reno": Reno, "none": Uncontrolled}
"""By their names in `Settings.congestion`."""


def make(name: str, mss: int) -> Congestion:
    """A congestion control for segments of `mss` bytes; ValueError for a name that there is not."""
    try:
        return KINDS[name](mss)
    except KeyError:
        raise ValueError(f"no congestion control {name!r}: choose {', '.join(KINDS)}") from None
