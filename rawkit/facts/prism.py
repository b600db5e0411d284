"""The Prism header of Linux' wlan-ng, in the byte order of the host, and AVS' header in its place (big-endian)."""

from __future__ import annotations

from typing import Final

CODE: Final = 0
LENGTH: Final = 4
HEADER_LEN: Final = 24
"""Code, length, the device's name; measurements follow, which the length counts in."""

AVS_1: Final = 0x80211001
AVS_2: Final = 0x80211002
AVS_HEADER_LEN: Final = 8
"""Code and length."""
