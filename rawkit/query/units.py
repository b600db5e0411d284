"""Numbers with a unit: `50ms`, `1.5kB`."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, Literal

from rawkit.view.text import UNITS as TIMES

Unit = Literal["", "ns", "B"]
"""What a number counts: nanoseconds, bytes, or something else."""
SIZES: Final = {
    "B": 1, "kB": 1000, "MB": 1000**2, "GB": 1000**3, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30,
}  # fmt: skip
"""Bytes of each unit."""
FACTORS: Final[dict[Unit, dict[str, int]]] = {"": {}, "ns": TIMES, "B": SIZES}
_NUMBER: Final = re.compile(r"(\d{1,18}(?:\.\d{1,12})?)([A-Za-z]*)")
_BYTES: Final = re.compile(r"(.*[._])?(bytes|len|length)")


def unit_of(name: str) -> Unit:
    """What a field of numbers counts: its name says it.

    >>> unit_of("handshake.syn_ack_ns"), unit_of("frame.cap_len"), unit_of("flow.orig_ip_bytes"), unit_of("tcp.port")
    ('ns', 'B', 'B', '')
    """
    if name.endswith("_ns"):
        return "ns"
    return "B" if _BYTES.fullmatch(name) else ""


def measured(text: str, unit: Unit) -> Decimal | None:
    """How many nanoseconds, or bytes, a number with a unit is; None where it is none, or has none of these units.

    >>> measured("1.5ms", "ns"), measured("2KiB", "B"), measured("50", "ns"), measured("50ms", "B")
    (Decimal('1500000.0'), Decimal('2048'), None, None)
    """
    found = _NUMBER.fullmatch(text)
    if found is None or found[2] not in FACTORS[unit]:
        return None
    return Decimal(found[1]) * FACTORS[unit][found[2]]
