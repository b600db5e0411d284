"""What is written down of frames. See `rawkit.rewrite.layout`.

Nothing of a frame is in the new one that was not written down here.
"""

from __future__ import annotations

from typing import Final

from rawkit.kernels import Ints
from rawkit.rewrite.layout import (
    AT,
    COPIES,
    COUNT,
    DESTINATION,
    END,
    FROM,
    IP_VERSION,
    IPV4,
    IPV6,
    IS_FULL,
    KEPT,
    KIND,
    LENGTH,
    MAC,
    NOTE,
    PROTOCOL,
    REACHED,
    SIZE,
    SOURCE,
    STATE,
    TO,
    TRIES,
)

FORCE_INLINE: Final = False

MAC_LEN: Final = 6
IPV4_LEN: Final = 4
IPV6_LEN: Final = 16
IPV6_BITS: Final = 128


def keep(notes: Ints, at: int, size: int, end: int) -> None:
    """Takes `size` bytes over as they are, as far as they are there."""
    size = min(size, end - at)
    if size > 0 and not notes[TRIES]:
        reach(notes, at + size)
        if notes[COPIES]:
            write(notes, KEPT, at, size)


def reach(notes: Ints, at: int) -> None:
    """What stands before `at` was understood, whether it is taken over or not."""
    if not notes[TRIES]:
        notes[REACHED] = max(notes[REACHED], at)


def note(notes: Ints, kind: int, at: int, size: int, end: int, width: int) -> None:
    """Writes a place of `width` bytes down, if it is there wholly: what is cut is not taken over."""
    if at + width <= end and not notes[TRIES]:
        reach(notes, at + width)
        write(notes, kind, at, size)


def write(notes: Ints, kind: int, at: int, size: int) -> int:
    """Writes a note; returns where it stands, 0 where there is no room for it."""
    entry = STATE + notes[COUNT] * NOTE
    if entry + NOTE > len(notes):
        notes[IS_FULL] = 1
        return 0
    notes[entry + KIND] = kind
    notes[entry + AT] = at
    notes[entry + SIZE] = size
    notes[COUNT] += 1
    return entry


def check(notes: Ints, kind: int, at: int, begin: int, end: int, protocol: int, length: int) -> None:
    """Writes a checksum down; with the addresses of the packet around it where `protocol` is not 0."""
    if at < begin or at + 2 > end:
        return
    entry = write(notes, kind, at, begin)
    if entry == 0:
        return
    has_addresses = protocol > 0 and notes[IP_VERSION] > 0
    notes[entry + END] = end
    notes[entry + FROM] = notes[SOURCE] if has_addresses else -1
    notes[entry + TO] = notes[DESTINATION] if has_addresses else -1
    notes[entry + PROTOCOL] = protocol if notes[IP_VERSION] == 4 else -protocol
    notes[entry + LENGTH] = length


def mac(notes: Ints, at: int, end: int) -> None:
    note(notes, MAC, at, MAC_LEN, end, MAC_LEN)


def ipv4(notes: Ints, at: int, end: int) -> None:
    note(notes, IPV4, at, IPV4_LEN, end, IPV4_LEN)


def ipv6(notes: Ints, at: int, end: int) -> None:
    note(notes, IPV6, at, IPV6_BITS, end, IPV6_LEN)


def addresses(notes: Ints, version: int, at: int, count: int, end: int) -> int:
    """So many addresses, one behind the other; returns where they end."""
    size = IPV4_LEN if version == 4 else IPV6_LEN
    for place in range(at, min(at + count * size, end), size):
        if version == 4:
            ipv4(notes, place, end)
        else:
            ipv6(notes, place, end)
    return at + count * size
