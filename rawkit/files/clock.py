"""From an interface's clock ticks to nanoseconds, in whole numbers (pcapng draft: if_tsresol and if_tsoffset)."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from rawkit.files.interfaces import Interface
from rawkit.frames import Int64s

MAX_SECONDS: Final = 4_500_000_000
"""Seconds from 1970 to the last that a frame may have, in the year 2112, and from the first that it may have, in 1827.

Later and earlier times are held to these. All that pcap can say (2106) is within; the differences of two times, and a
time with a time-out after it, stay within an int64 of nanoseconds.
"""
CLOCK: Final = 5
"""Columns of a clock: ticks a second, then divisor, factor and shift from fraction to ns, then seconds to add."""
_LARGEST: Final = (1 << 63) - 1
_FARTHEST: Final = 2 * MAX_SECONDS
"""Seconds that are added up before the sum is held to `MAX_SECONDS`."""
_FINEST_BINARY: Final = 42
"""Bits of a binary fraction that can be multiplied by 5^9 in an int64; what is finer is under 1 ps."""


def clock_of(interface: Interface) -> tuple[int, int, int, int, int]:
    """The clock of an interface, with the columns that `CLOCK` tells."""
    offset = max(-_FARTHEST, min(interface.time_offset, _FARTHEST))
    power = interface.resolution & 0x7F
    if interface.resolution & 0x80:
        return (*_binary(power), offset)
    units, divisor = min(10**power, _LARGEST), min(10 ** max(power - 9, 0), _LARGEST)
    return units, divisor, 10 ** max(9 - power, 0), 0, offset


def _binary(power: int) -> tuple[int, int, int, int]:
    """A fraction f / 2^power in ns is f * 5^9 / 2^(power - 9)."""
    units, divisor = min(1 << power, _LARGEST), min(1 << max(power - _FINEST_BINARY, 0), _LARGEST)
    if power < 9:
        return units, 1, 10**9 >> power, 0
    return units, divisor, 5**9, min(power, _FINEST_BINARY) - 9


def nanoseconds(ticks: Int64s, table: Int64s, which: NDArray[np.integer]) -> tuple[Int64s, int]:
    """Nanoseconds since 1970 of `ticks`, counted by the clocks in rows `which` of a table; how many had to be held.

    >>> times, held = nanoseconds(np.array([1_500_000]), np.array([clock_of(Interface(1))]), np.array([0]))
    >>> times.tolist(), held
    ([1500000000], 0)
    """
    if not len(ticks):
        return ticks, 0
    same = bool((table == table[0]).all())
    units, divisor, factor, shift, offset = table[0] if same else table[which].T
    seconds = ticks // units
    fraction = (ticks - seconds * units) // divisor * factor >> shift
    told = np.minimum(seconds, _FARTHEST) + offset
    whole = np.clip(told, -MAX_SECONDS, MAX_SECONDS)
    found: Int64s = whole * 10**9 + fraction
    return found, int(np.count_nonzero(whole != told))
