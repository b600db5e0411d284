"""What differs between two lists of events, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from difflib import SequenceMatcher
from typing import Any, Final

MOST: Final = 20
"""So many events that differ are told."""
VOLATILE: Final = re.compile(r"uid|stream|frames|(.*_)?times?|half_closed|ts|duration|community_id")
"""Fields of events that are others each time; they are named behind those that say more."""


def explained(left: Sequence[Any], right: Sequence[Any]) -> list[str]:
    """Lines for pytest: which events are on one side alone, and of those that stand in each other's place which fields.

    >>> from rawkit.flow.endpoints import Endpoint
    >>> explained([Endpoint("192.0.2.1", 80), Endpoint("192.0.2.1", 443)], [Endpoint("192.0.2.1", 81)])
    ['2 events, 1 expected', '[0] port: 80 != 81', "[1] is not expected: Endpoint(address='192.0.2.1', port=443)"]
    """
    told = list(_differing(left, right))
    rest = [f"... and {len(told) - MOST} events more that differ"] if len(told) > MOST else []
    return [f"{len(left)} events, {len(right)} expected", *told[:MOST], *rest]


def _differing(left: Sequence[Any], right: Sequence[Any]) -> Iterator[str]:
    mine, theirs = list(map(repr, left)), list(map(repr, right))
    for what, begin, end, other, other_end in SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        pairs = min(end - begin, other_end - other)
        for one in range(pairs):
            yield f"[{begin + one}] {_compared(left[begin + one], right[other + one])}"
        for place in range(begin + pairs, end):
            yield f"[{place}] is not expected: {_short(left[place])}"
        for place in range(other + pairs, other_end):
            yield f"expected [{place}] is missing: {_short(right[place])}"


def _compared(one: Any, other: Any) -> str:
    """Where two events differ; of two kinds that they do."""
    if type(one) is not type(other) or not is_dataclass(one):
        return f"{_short(one)} != {_short(other)}"
    names = [field.name for field in fields(one) if getattr(one, field.name) != getattr(other, field.name)]
    told = [f"{name}: {getattr(one, name)!r} != {getattr(other, name)!r}" for name in names if not _is_volatile(name)]
    rest = ", ".join(filter(_is_volatile, names))
    return "; ".join([*told, *([f"others too: {rest}"] if rest else [])])


def _is_volatile(name: str) -> bool:
    return VOLATILE.fullmatch(name) is not None


def _short(event: Any) -> str:
    """The event with the fields that say something."""
    if not is_dataclass(event):
        return repr(event)
    told = ((field.name, getattr(event, field.name)) for field in fields(event))
    said = (f"{name}={value!r}" for name, value in told if value not in (None, ()) and not _is_volatile(name))
    return f"{type(event).__name__}({', '.join(said)})"
