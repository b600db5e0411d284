"""Sequence numbers (RFC 9293, section 3.4): 32 bits on the wire, whole numbers without end inside.

The wire's numbers begin again at 0 behind 2^32 - 1, so that they cannot be compared by `<`. A connection keeps numbers
that go on instead: `unwrap` finds the one that a segment means, `wrap` gives what stands in a segment. All arithmetic
modulo 2^32 is here; everywhere else `<` is `<`.
"""

from __future__ import annotations

from typing import Final

SPACE: Final = 1 << 32
_HALF: Final = SPACE // 2


def wrap(number: int) -> int:
    """What stands in a segment for a number.

    >>> wrap(0x1_0000_0005)
    5
    """
    return number % SPACE


def unwrap(wire: int, near: int) -> int:
    """The number that a segment means by its 32 bits: of all that they may stand for, the nearest to `near`.

    What is half the space away is taken for what came before.

    >>> unwrap(5, near=0xFFFF_FFF0) == 0x1_0000_0005
    True
    >>> unwrap(0xFFFF_FFFB, near=0x1_0000_0005) == 0xFFFF_FFFB
    True
    """
    return near + (wire - near + _HALF) % SPACE - _HALF
