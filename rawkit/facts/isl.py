"""Cisco's Inter-Switch Link, told by the first 40 bits of the destination."""

from __future__ import annotations

from typing import Final

DST: Final = 0
DST_END: Final = 4
TYPE: Final = 5
HEADER_LEN: Final = 26

PREFIX: Final = 0x01000C00
OTHER_PREFIX: Final = 0x03000C00
"""The first 32 bits; the next 8 are 0."""
TYPE_SHIFT: Final = 4
ETHERNET: Final = 0
"""What is carried; Token Ring, FDDI and ATM have other numbers."""
