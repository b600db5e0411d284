"""What `Capture.streams` is asked for."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from rawkit.api.checks import at_least, of_type
from rawkit.streams.segments import key_of

if TYPE_CHECKING:
    from rawkit.api.where import DisplayFilter


def asked_for(
    tcp: Any, udp: Any, where: Any, memory: int | None, at_once: bool
) -> tuple[Collection[int] | None, str | DisplayFilter | None, int, bool]:
    """What `Capture.streams` is asked for, in the words of `rawkit.streams`."""
    from rawkit.streams.following import MEMORY

    of_type("memory", memory, int, "a number of bytes")
    at_least("memory", memory, 0)
    of_type("at_once", at_once, bool, "True or False")
    only = [key_of("tcp", number) for number in _numbers("tcp", tcp)]
    only += [key_of("udp", number) for number in _numbers("udp", udp)]
    is_all = tcp is None and udp is None
    return None if is_all else only, where, MEMORY if memory is None else memory, at_once


def _numbers(name: str, given: Any) -> list[int]:
    """The numbers of streams.

    >>> _numbers("tcp", 3), _numbers("udp", {1}), _numbers("udp", None)
    ([3], [1], [])
    """
    if given is None:
        return []
    found = [given] if isinstance(given, int) else given
    if isinstance(found, str | bytes) or not all(type(number) is int for number in found):
        raise TypeError(f"{name} {given!r}: give the number of a stream, or several")
    for number in found:
        at_least(name, number, 0)
    return list(found)
