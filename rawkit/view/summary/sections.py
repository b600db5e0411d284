"""The sections of a summary's page: which columns each has. Rows are dicts, as tables give them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from rawkit.values import dataclass
from rawkit.view.colors import GREEN, RED, YELLOW
from rawkit.view.columns import Column
from rawkit.view.text import short_pause

Row = Mapping[str, Any]

UNITS: Final = ("", "k", "M", "G", "T", "P")


@dataclass(frozen=True, slots=True)
class Section:
    """One section.

    Attributes:
        table: the table that it shows.
        columns: of a line.
        by: the number that its rows are sorted by; empty where that is the one that was asked for.
        is_whole: whether the table has all that there is of them.
    """

    table: str
    columns: tuple[Column[Row], ...]
    by: str = ""
    is_whole: bool = True


def size(number: int, between: str = "") -> str:
    """A number in four digits at most, in powers of 1000; `between` stands before their letter, or behind the number.

    >>> size(999), size(1000), size(123_456), size(9_999_999, " ")
    ('999', '1.00k', '123k', '10.0 M')
    """
    value, place = float(number), 0
    while value >= (1000 if not place else 999.5):
        value, place = value / 1000, place + 1
    if not place:
        return f"{number}{between}"
    decimals = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{decimals}f}{between}{UNITS[place]}"


def number(name: str, key: str, rank: int = 0, style: str = "", *, always: bool = True) -> Column[Row]:
    """A column with a number; where `always` is False it is there once a row has more than 0."""

    def cell(row: Row) -> str:
        value = row.get(key) or 0
        return f"{value:,}" if value or always else ""

    color = (lambda row: style if row.get(key) else "") if style else None
    return Column(name, cell, right=True, rank=rank, style=color)


def _bytes(key: str = "bytes", name: str = "BYTES", rank: int = 0) -> Column[Row]:
    return Column(name, lambda row: size(row.get(key) or 0), right=True, rank=rank)


def missed(key: str) -> Column[Row]:
    """By how much the number that a row is sorted by may be too small."""

    def cell(row: Row) -> str:
        value = row.get("missed") or 0
        return f"+{size(value) if key == 'bytes' else value}" if value else ""

    return Column("OR", cell, rank=2)


def measures(*sent: Column[Row]) -> tuple[Column[Row], ...]:
    """The columns of what is added up of packets."""
    return (
        number("PACKETS", "packets"),
        _bytes(),
        *sent,
        number("FLOWS", "flows", 1),
        number("RETRANS", "retransmissions", 3, YELLOW, always=False),
        number("ZEROWIN", "zero_windows", 4, YELLOW, always=False),
    )


def _sent(name: str) -> tuple[Column[Row], ...]:
    return (number(name, "sent_packets", 5), _bytes("sent_bytes", "BYTES", 6))


def text(name: str, cell: Callable[[Row], str], width: int = 12) -> Column[Row]:
    """A column with words."""
    return Column(name, cell, width, middle=True)


def service(row: Row) -> str:
    """Transport and port.

    >>> service({"transport": "tcp", "port": 80})
    'tcp/80'
    """
    return f"{row['transport']}/{row['port']}"


def _server(row: Row) -> str:
    host = row["server"]
    return f"{f'[{host}]' if ':' in host else host}:{row['port']}"


def _mean(total: str, count: str) -> Callable[[Row], str]:
    return lambda row: short_pause(row[total] // row[count]) if row[count] else ""


SECTIONS: Final = (
    Section("protocols", (text("PROTOCOL", lambda row: row["protocol"]), *measures())),
    Section("hosts", (text("HOST", lambda row: row["host"], 15), *measures(*_sent("SENT")))),
    Section(
        "pairs",
        (
            text("HOST A", lambda row: row["a"], 15),
            text("HOST B", lambda row: row["b"], 15),
            *measures(*_sent("A TO B")),
        ),
    ),
    Section("ports", (text("PORT", service), *measures())),
    Section(
        "servers",
        (
            text("SERVER", _server, 18),
            Column("PROTO", lambda row: "" if row["transport"] == "tcp" else row["transport"], rank=3),
            number("TRIES", "attempts"),
            number("OPEN", "established", style=GREEN),
            number("REFUSED", "refused", 1, RED),
            number("TIMEOUT", "timed out", 1, YELLOW),
            number("UNREACH", "unreachable", 2, RED, always=False),
            number("HALF", "half open", 2, YELLOW, always=False),
            number("SYN AGAIN", "syn_repeats", 4, always=False),
            Column("CONNECT", _mean("connect_ns", "established"), right=True, rank=3),
        ),
        by="attempts",
    ),
    Section(
        "slowest",
        (
            Column("CONNECT", lambda row: short_pause(row["took_ns"]), right=True),
            text("CLIENT", lambda row: row["client"], 18),
            text("SERVER", lambda row: row["server"], 18),
            number("SYN AGAIN", "syn_repeats", 3, YELLOW, always=False),
            number("STREAM", "tcp.stream", 2),
            number("FRAME", "frame", 1),
        ),
        is_whole=False,
    ),
    Section(
        "dns_names",
        (
            text("DNS NAME", lambda row: row["name"] or ".", 20),
            number("ASKED", "queries"),
            number("ANSWERED", "answers"),
            number("ERRORS", "errors", 1, RED),
            Column("TIME", _mean("waited_ns", "timed"), right=True, rank=2),
        ),
        by="queries",
    ),
)
"""Tables with many rows, in the order of the page."""


def chosen(fields: Sequence[str]) -> Section:
    """The section of packets by fields."""
    return Section("by", (*(text(name.upper(), _shown(name)) for name in fields), *measures()))


def _shown(name: str) -> Callable[[Row], str]:
    def cell(row: Row) -> str:
        value = row[name]
        return "" if value is None else ",".join(map(str, value)) if isinstance(value, tuple) else str(value)

    return cell
