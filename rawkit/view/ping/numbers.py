"""Round-trip times as ping writes them, in milliseconds; below 0.1 ms with the digits that kernel stamps have."""

from __future__ import annotations

from collections.abc import Iterable

MILLISECOND = 1_000_000


def milliseconds(nanoseconds: int) -> str:
    """A time in milliseconds, with as many decimals as its size deserves.

    >>> [milliseconds(ns) for ns in (1_512, 31_400, 412_345, 1_234_567, 25_678_901, 312_456_789)]
    ['0.0015', '0.0314', '0.412', '1.23', '25.7', '312']
    """
    decimals = 4
    for limit in (MILLISECOND // 10, MILLISECOND, 10 * MILLISECOND, 100 * MILLISECOND):
        if nanoseconds >= limit:
            decimals -= 1
    return f"{nanoseconds / MILLISECOND:.{decimals}f}"


def in_a_row(times: Iterable[int]) -> str:
    """Several times that belong together, with a slash between them.

    >>> in_a_row([1_512, 2_000, 31_400]), in_a_row([1_000_000, 2_500_000])
    ('0.0015/0.0020/0.0314', '1.000/2.500')
    """
    values = list(times)
    decimals = 4 if max(values) < MILLISECOND else 3
    return "/".join(f"{value / MILLISECOND:.{decimals}f}" for value in values)
