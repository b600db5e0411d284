"""Words for a terminal: pauses, counts, and bytes of the wire made harmless."""

from __future__ import annotations

SECOND = 1_000_000_000
_CONTROLS = {number: chr(number).encode("unicode_escape").decode() for number in (*range(32), 127)}


def escaped(text: str) -> str:
    r"""The text without anything that a terminal would act on: what is not printable ASCII becomes an escape.

    >>> escaped("a\x1b[31m\x9b\u202e")
    'a\\x1b[31m\\x9b\\u202e'
    """
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_CONTROLS).encode("ascii", "backslashreplace").decode("ascii")


def readable(text: str) -> str:
    r"""A name that somebody has given, with letters of all scripts; what a terminal would act on becomes an escape.

    Control characters, those that turn the direction of writing, invisible ones and spaces of other kinds are escaped.

    >>> print(readable("münchen.example"), readable("a\x1b[31m\x9b\u202e\u00a0"))
    münchen.example a\x1b[31m\x9b\u202e\xa0
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def written(text: str, encoding: str | None) -> str:
    r"""The text with escapes for characters that a stream of that encoding cannot write.

    >>> print(written("münchen", "ascii"), written("münchen", "utf-8"))
    m\xfcnchen münchen
    """
    if encoding is None or text.isascii():
        return text
    return text.encode(encoding, "backslashreplace").decode(encoding)


class Number(str):
    """A number in digits, which JSON is to write as it is: a float could not hold it."""

    __slots__ = ()


def epoch(nanoseconds: int) -> Number:
    """Seconds with nine decimals, since the epoch or as a duration.

    >>> epoch(1_500_000_000), epoch(-1)
    ('1.500000000', '-0.000000001')
    """
    seconds, rest = divmod(abs(nanoseconds), SECOND)
    return Number(f"{'-' if nanoseconds < 0 else ''}{seconds}.{rest:09d}")


def pause(nanoseconds: int) -> str:
    """A duration in the unit that suits it.

    >>> pause(812), pause(41_300), pause(1_034_000), pause(2_500_000_000)
    ('812 ns', '41.3 us', '1.034 ms', '2.500 s')
    """
    size = abs(nanoseconds)
    if size < 1000:
        return f"{nanoseconds} ns"
    if size < 1_000_000:
        return f"{nanoseconds / 1000:.1f} us"
    if size < SECOND:
        return f"{nanoseconds / 1_000_000:.3f} ms"
    return f"{nanoseconds / SECOND:.3f} s"


def short_pause(nanoseconds: int) -> str:
    """A duration in three digits, for columns: at most seven characters up to three hours.

    >>> short_pause(812), short_pause(41_300), short_pause(1_034_000), short_pause(999_999), short_pause(-2_500_000_000)
    ('812 ns', '41.3 us', '1.03 ms', '1.00 ms', '-2.50 s')
    """
    size, unit = float(abs(nanoseconds)), "ns"
    for limit, name in ((999_500_000, "s"), (999_500, "ms"), (999.5, "us")):
        if size >= limit:
            size, unit = size / UNITS[name], name
            break
    decimals = 0 if unit == "ns" or size >= 99.95 else 1 if size >= 9.995 else 2
    return f"{'-' if nanoseconds < 0 else ''}{size:.{decimals}f} {unit}"


UNITS = {"s": SECOND, "ms": 1_000_000, "us": 1000, "ns": 1}
"""Nanoseconds of each unit of time."""


def counted(number: int, word: str) -> str:
    """A number and its word, in the plural where it is one.

    >>> counted(1, "request"), counted(2, "request"), counted(0, "address")
    ('1 request', '2 requests', '0 addresses')
    """
    ending = "" if number == 1 else "es" if word.endswith("s") else "s"
    return f"{number} {word}{ending}"
