"""Scapy's random values (scapy.volatile), as values of ours that are drawn for millions of frames at a time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from ipaddress import IPv6Network, ip_network
from typing import Any, Final, TypeAlias

from rawkit.craft.draws import Choice, Pieces, Shuffled, Text
from rawkit.craft.fields import reason
from rawkit.craft.quiet import quietly, scapy_module
from rawkit.craft.sources import WORD, Counter, Random
from rawkit.errors import SendError
from rawkit.values import replace

Drawing: TypeAlias = Random | Pieces | Shuffled | Text | Choice
DRAWINGS: Final = (Random, Pieces, Shuffled, Text, Choice)

NAMES: Final = (
    "RandNum", "RandByte", "RandShort", "RandInt", "RandLong", "RandSByte", "RandSShort", "RandSInt", "RandSLong",
    "RandNumGamma", "RandNumGauss", "RandNumExpo", "RandEnum", "RandEnumByte", "RandEnumShort", "RandEnumInt",
    "RandEnumLong", "RandChoice", "RandString", "RandBin", "RandTermString", "RandIP", "RandIP6", "RandMAC",
)  # fmt: skip
"""Scapy's random values that an expression may have."""
MOST_TEXT: Final = 0xFFFF
"""Bytes of the longest text: an IP packet has no more."""


def is_volatile(value: Any) -> bool:
    """Whether it is one of scapy's random values; there are none before scapy is loaded."""
    scapy = sys.modules.get("scapy.volatile")
    return scapy is not None and isinstance(value, scapy.VolatileValue)


def random_value(name: str, given: list[Any], named: Mapping[str, Any]) -> Any:
    """A random value called as in scapy, of ours where it has one, else scapy's own; `seed` is for ours.

    Raises `SendError` for arguments that it does not take.

    >>> random_value("RandShort", [], {"seed": 7})
    Random(seed=7, low=0, high=65535)
    """
    arguments = dict(named)
    seed = arguments.pop("seed", None)
    if name in ("RandIP", "RandIP6") and (found := _within(name, given, arguments)) is not None:
        return replace(found, seed=seed)
    try:
        with quietly():
            value = getattr(scapy_module("scapy.volatile"), name)(*given, **arguments)
            ours = drawing(value)
    except SendError:
        raise
    except Exception as error:  # scapy's classes raise whatever comes up
        raise SendError(f"{name} does not take this: {reason(error)}") from None
    if ours is None and seed is not None:
        raise SendError(f"{name} has no seed: leave it out")
    return value if ours is None else ours if seed is None else replace(ours, seed=seed)


def _within(name: str, given: list[Any], named: Mapping[str, Any]) -> Random | Pieces | None:
    """The addresses of a network; None for a template of another form. A name is looked up by nobody."""
    texts = [*given, *named.values()]
    if not texts and name == "RandIP":
        return Random()
    try:
        network = ip_network(texts[0], strict=False) if len(texts) == 1 else None
    except ValueError:
        network = None
    if network is None or network.version != (4 if name == "RandIP" else 6):
        if name == "RandIP":
            raise SendError(f"{name} does not take this: give an IPv4 network, as in RandIP('192.0.2.0/24')")
        return None
    return _addresses(int(network[0]), int(network[-1])) if isinstance(network, IPv6Network) else Random(
        None, int(network[0]), int(network[-1])
    )  # fmt: skip


def _addresses(low: int, high: int) -> Pieces:
    same = low >> 64 == high >> 64
    return Pieces(((64, low >> 64, high >> 64), (64, low & WORD if same else 0, high & WORD if same else WORD)))


def drawing(volatile: Any) -> Drawing | None:
    """What draws as a random value of scapy does; None where only scapy can.

    >>> from scapy.volatile import RandMAC
    >>> drawing(RandMAC("02:00:00:00:00:*")).pieces[-1]
    (8, 0, 255)
    """
    scapy = scapy_module("scapy.volatile")
    kind = type(volatile)
    if isinstance(volatile, scapy.RandEnumKeys):
        return Choice(tuple(volatile.enum), volatile._seed)
    if kind._fix is scapy.RandEnum._fix:
        return Shuffled(volatile.min, volatile.max, volatile._seed)
    if kind._fix is scapy.RandNum._fix:
        return Random(None, volatile.min, volatile.max)
    makers: dict[Any, Callable[[Any], Drawing | None]] = {
        scapy.RandIP: lambda one: Random(None, one.ip.start, one.ip.stop),
        scapy.RandMAC: lambda one: Pieces(tuple((8, *_ends(part)) for part in one.mac)),
        scapy.RandIP6: lambda one: _groups(one.sp),
        scapy.RandChoice: lambda one: None if any(map(is_volatile, one._choice)) else Choice(tuple(one._choice)),
        scapy.RandString: lambda one: _text(one, one.chars.encode()),
        scapy.RandBin: lambda one: _text(one, one.chars),
        scapy.RandTermString: lambda one: _text(one, one.chars, one.term),
    }
    return makers[kind](volatile) if kind in makers else None


def _ends(part: Any) -> tuple[int, int]:
    """The lowest and the highest of a number, or of a random one."""
    return (part, part) if isinstance(part, int) else (part.min, part.max)


def _groups(given: list[Any]) -> Pieces | None:
    """The eight groups of an IPv6 address; None where scapy draws how many groups `**` stands for."""
    if given.count("**") > 1 or ("**" in given and "" in given):
        return None
    groups: list[tuple[int, int, int]] = []
    wanted = 8 - sum(part not in ("", "**") for part in given)
    for part in given:
        if part == "**":
            groups += [(16, 0, 0xFFFF)] * wanted
        elif part == "":
            groups += [(16, 0, 0)] * wanted
            wanted = 0  # of `::` at an end there are two
        else:
            groups.append((16, *_ends(part)))
    if len(groups) != 8:
        raise SendError("RandIP6 does not take this: give eight groups, or **, as in RandIP6('2001:db8::*')")
    return Pieces(tuple(groups))


def _text(volatile: Any, letters: bytes, end: bytes = b"") -> Text | None:
    size = drawing(volatile.size) if is_volatile(volatile.size) else volatile.size
    if not isinstance(size, (int, Random)):
        return None
    least, most = (size, size) if isinstance(size, int) else (size.low, size.high)
    if not isinstance(least, int) or not isinstance(most, int):
        raise SendError("the size of a text is a number, or a random one: give RandNum(low, high)")
    if not 0 <= least <= most <= MOST_TEXT or not letters:
        raise SendError(f"no random text has that size or those characters: give up to {MOST_TEXT} of one and more")
    return Text(least, most, letters, end)


def seeded(vary: Mapping[str, Any], seed: Callable[[], int]) -> dict[str, Any]:
    """The same values with a seed each, so that whatever is made of them draws the same."""
    return {
        name: replace(value, seed=seed()) if isinstance(value, DRAWINGS) and value.seed is None else value
        for name, value in vary.items()
    }


def lasting(value: Any) -> bool:
    """Whether a value goes on with every frame: a counter, or one that is drawn."""
    return isinstance(value, (Counter, *DRAWINGS)) or is_volatile(value)
