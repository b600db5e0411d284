"""CACE's Per-Packet Information header, version 1.0.7; all numbers are little-endian."""

from __future__ import annotations

from typing import Final

LENGTH: Final = 2
LINK_TYPE: Final = 4
LINK_TYPE_HIGH: Final = 6
HEADER_LEN: Final = 8

FIELD_TYPE: Final = 0
FIELD_TYPE_HIGH: Final = 1
FIELD_LENGTH: Final = 2
FIELD_LENGTH_HIGH: Final = 3
FIELD_HEADER_LEN: Final = 4

COMMON: Final = 2
"""The field of 802.11: a time, then flags."""
COMMON_FLAGS: Final = 12
COMMON_LEN: Final = 24
FCS: Final = 0x01
"""The frame ends with its check sequence."""
