"""Cisco's Inter-Switch Link, told by the first 40 bits of the destination."""

from __future__ import annotations

from typing import Final

DST: Final = 0
DST_REST: Final = 1
TYPE: Final = 5
SRC: Final = 6
LENGTH: Final = 12
HIGH_SOURCE: Final = 17  # the upper half of the source once more
VLAN: Final = 20
HEADER_LEN: Final = 26

FIRST: Final = 0x01
OTHER_FIRST: Final = 0x03
REST: Final = 0x000C0000
"""The destination's first byte, and the next four."""
TYPE_SHIFT: Final = 4
ETHERNET: Final = 0
"""What is carried; Token Ring, FDDI and ATM have other numbers."""
