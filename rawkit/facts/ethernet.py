"""Ethernet II and IEEE 802.3."""

from __future__ import annotations

from typing import Final

DST: Final = 0
SRC: Final = 6
TYPE: Final = 12
LENGTH: Final = 12
HEADER_LEN: Final = 14
PADDED_LEN: Final = 60  # shortest frame, without its check sequence (IEEE 802.3, 4.2.3.3)
