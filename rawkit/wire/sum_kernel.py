"""What the sum over a segment and its pseudo-header says of the checksum in it: the one judgement of all of rawkit.

Numbers and NumPy's arrays of them are taken alike, but by `judge_sum`. Sums are looked at modulo 65535, which is the
one's complement sum of 16-bit words (RFC 1071, section 1).
"""

from __future__ import annotations

from typing import Any, Final

FORCE_INLINE: Final = True

CANNOT_TELL = 0
RIGHT = 1
WRONG = 2
NOT_FILLED_IN = 3
COUNTED = 4  # wrong, and nobody minds: rawkit.flow.table.trust_kernel

MODULUS = 0xFFFF


def is_right(total: Any) -> Any:
    """Whether a segment sums up to what it must with its pseudo-header and its checksum.

    >>> is_right(0x1FFFE), is_right(0x1234)
    (True, False)
    """
    return (total % MODULUS == 0) & (total != 0)


def is_not_filled_in(pseudo: Any, length: Any, stored: Any) -> Any:
    """Whether the checksum field holds what an offloading sender leaves there for its card to fill in.

    That is the sum of the pseudo-header: Linux with the segment's length (`tcp_v4_send_check` in net/ipv4/tcp_ipv4.c),
    of a large segment that is cut up later without it, as Windows always does (NDIS, "Offloading the Segmentation of
    Large TCP Packets"). `pseudo` is with the length; 0 where there is no pseudo-header.

    >>> is_not_filled_in(0x1234 + 20, 20, 0x1234 + 20), is_not_filled_in(0x1234 + 20, 20, 0x1234)
    (True, True)
    """
    found = stored % MODULUS
    return (pseudo != 0) & ((found == pseudo % MODULUS) | (found == (pseudo - length) % MODULUS))


def judge_sum(total: int, pseudo: int, length: int, stored: int) -> int:
    """RIGHT, WRONG or NOT_FILLED_IN.

    >>> judge_sum(0xFFFF, 0x1234, 20, 7) == RIGHT, judge_sum(0xFFFE, 0x1234, 20, 7) == WRONG
    (True, True)
    """
    if is_right(total):
        return RIGHT
    return NOT_FILLED_IN if is_not_filled_in(pseudo, length, stored) else WRONG
