"""VLAN tags, IEEE 802.1Q."""

from __future__ import annotations

from typing import Final

TCI: Final = 0
TYPE: Final = 2
HEADER_LEN: Final = 4

VID_MASK: Final = 0x0FFF
DEI_BIT: Final = 0x1000
PCP_MASK: Final = 0xE000
PCP_SHIFT: Final = 13
DEI_SHIFT: Final = 12
