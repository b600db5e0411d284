"""From an interface's clock ticks to nanoseconds, in whole numbers (pcapng draft: if_tsresol and if_tsoffset)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rawkit.files.interfaces import Interface
from rawkit.frames import Int64s

MAX_SECONDS: Final = 9_223_372_035
"""Last whole second that int64 nanoseconds can say, in the year 2262; later ones are said to be this one."""
_LARGEST: Final = (1 << 63) - 1
_FINEST_BINARY: Final = 42
"""Bits of a binary fraction that can be multiplied by 5^9 in an int64; what is finer is under 1 ps."""


def clock_table(interfaces: Sequence[Interface]) -> Int64s:
    """A row an interface: ticks a second, then divisor, factor and shift from fraction to ns, then seconds to add."""
    return np.array([_clock(one) for one in interfaces], dtype=np.int64).reshape(-1, 5)


def _clock(interface: Interface) -> tuple[int, int, int, int, int]:
    offset = max(-MAX_SECONDS, min(interface.time_offset, MAX_SECONDS))
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


def nanoseconds(ticks: Int64s, table: Int64s, which: NDArray[np.integer]) -> Int64s:
    """Nanoseconds since 1970 of `ticks`, counted by the clocks in rows `which` of a `clock_table`.

    >>> nanoseconds(np.array([1_500_000]), clock_table([Interface(1)]), np.array([0])).tolist()
    [1500000000]
    """
    if not len(ticks):
        return ticks
    same = bool((table == table[0]).all())
    units, divisor, factor, shift, offset = table[0] if same else table[which].T
    seconds = ticks // units
    fraction = (ticks - seconds * units) // divisor * factor >> shift
    whole = np.clip(np.minimum(seconds, MAX_SECONDS) + offset, -MAX_SECONDS, MAX_SECONDS)
    found: Int64s = whole * 10**9 + fraction
    return found
