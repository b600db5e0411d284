"""Which ICMP messages belong together, and which end an attempt to connect."""

from __future__ import annotations

from typing import Final

FORCE_INLINE: Final = True

ICMP = 1


def counterpart(protocol: int, kind: int) -> int:
    """The ICMP type that answers (or asks) this one, -1 where there is none: Zeek's pairs."""
    if protocol == ICMP:
        if kind in (0, 8):
            return 8 - kind
        if kind in (13, 15, 17):
            return kind + 1
        if kind in (14, 16, 18):
            return kind - 1
        if kind in (9, 10):
            return 19 - kind
        return -1
    if kind in (128, 130, 133, 135, 139, 144):
        return kind + 1
    if kind in (129, 131, 134, 136, 140, 145):
        return kind - 1
    return -1


def fails_connect(protocol: int, kind: int, code: int) -> bool:
    """Whether an error that quotes a SYN makes connect() fail (Linux: tcp_v4_err, tcp_v6_err).

    The others ask for smaller packets, another way or a slower pace.
    """
    if protocol == ICMP:
        return kind in (11, 12) or (kind == 3 and code != 4)
    return kind in (1, 3, 4)
