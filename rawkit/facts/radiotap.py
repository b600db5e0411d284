"""Radiotap, https://www.radiotap.org; all numbers are little-endian."""

from __future__ import annotations

from typing import Final

LENGTH: Final = 2
PRESENT: Final = 4
HEADER_LEN: Final = 8
PRESENT_LEN: Final = 4

PRESENT_END: Final = 3
MORE_BIT: Final = 0x80
"""Of a word's last byte: another one follows."""
TSFT_BIT: Final = 0x01
FLAGS_BIT: Final = 0x02
"""Of the first word's first byte: the time, 8 bytes on a multiple of 8, then the flags are there."""
TSFT_LEN: Final = 8

FCS: Final = 0x10
DATA_PAD: Final = 0x20
"""Flags: the frame ends with its check sequence; its header is filled up to a multiple of 4."""
