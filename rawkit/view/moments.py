"""When something was, in front of a line, as tcpdump's -t, -tt and -tttt ask for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Final

from rawkit.view.packets.layout import DATE, EPOCH, NO_TIME, TIME_OF_DAY
from rawkit.view.text import SECOND

When = Callable[[int], str]
"""Makes the beginning of a line of nanoseconds since the epoch: the time and a space, or nothing."""

FORMS: Final = (TIME_OF_DAY, NO_TIME, EPOCH, DATE)
"""The forms that an event's line can have; the others count from packet to packet."""

_LOCAL: Final = {TIME_OF_DAY: "%H:%M:%S", DATE: "%Y-%m-%d %H:%M:%S"}


def when(form: int) -> When:
    """Times in one of `FORMS`, to the microsecond; the time of day is the local one.

    >>> when(EPOCH)(1_500_000), when(NO_TIME)(1_500_000), when(DATE)(86_400_001_500_000)[:4]
    ('0.001500 ', '', '1970')
    """
    if form == NO_TIME:
        return lambda _: ""
    local = lru_cache(partial(_local, _LOCAL[form])) if form in _LOCAL else str  # most of them are of one second

    def written(nanoseconds: int) -> str:
        seconds, rest = divmod(nanoseconds, SECOND)
        return f"{local(seconds)}.{rest // 1000:06d} "

    return written


def _local(form: str, seconds: int) -> str:
    """The local time; the number itself where the C library knows no date for it."""
    try:
        return time.strftime(form, time.localtime(seconds))
    except (OverflowError, OSError, ValueError):
        return str(seconds)
