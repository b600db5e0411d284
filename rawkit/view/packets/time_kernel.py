"""The time before a packet's line of text, in the forms that tcpdump's -t has."""

from __future__ import annotations

from rawkit.kernels import Ints
from rawkit.view.numbers_kernel import DAY, SECOND, put_epoch, put_four, put_pair, put_time_of_day
from rawkit.view.packets.layout import DATE, EPOCH, NO_TIME, SINCE_BEFORE, SINCE_FIRST


def put_time(out: Ints, at: int, form: int, timestamp: int, before: int, utc_offset: int) -> int:
    """Writes nothing, or a time to the microsecond and a space; pauses count from `before`.

    >>> out = bytearray(32)
    >>> bytes(out[: put_time(out, 0, DATE, 1_000_000_001_234_567_890, 0, 7200)])
    b'2001-09-09 03:46:41.234567 '
    >>> bytes(out[: put_time(out, 0, SINCE_FIRST, 1_000_000_001_234_567_890, 1_000_000_000_000_000_000, 0)])
    b' 00:00:01.234567 '
    """
    if form == NO_TIME:
        return at
    if form == EPOCH:
        at = put_epoch(out, at, timestamp) - 3
    elif form == SINCE_BEFORE or form == SINCE_FIRST:
        micros = timestamp // 1000 - before // 1000
        out[at] = 45 if micros < 0 else 32
        at = put_time_of_day(out, at + 1, abs(micros) * 1000, 0)
    else:
        if form == DATE:
            at = put_date(out, at, (timestamp // SECOND + utc_offset) // DAY)
            out[at] = 32
            at += 1
        at = put_time_of_day(out, at, timestamp, utc_offset)
    out[at] = 32
    return at + 1


def put_date(out: Ints, at: int, days: int) -> int:
    """Writes the day that is so many days after 1970-01-01, in the Gregorian calendar.

    Years begin in March here, so that the day that leap years have more is their last; 400 of them are 146,097 days.

    >>> out = bytearray(10)
    >>> [bytes(out[: put_date(out, 0, days)]).decode() for days in (-1, 0, 11_016, 20_778)]
    ['1969-12-31', '1970-01-01', '2000-02-29', '2026-11-21']
    """
    days += 719_468
    era = days // 146_097
    day = days - era * 146_097
    year = (day - day // 1460 + day // 36_524 - day // 146_096) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    at = put_four(out, at, era * 400 + year + (1 if month >= 10 else 0))
    out[at] = 45
    at = put_pair(out, at + 1, month + 3 if month < 10 else month - 9)
    out[at] = 45
    return put_pair(out, at + 1, day - (153 * month + 2) // 5 + 1)
