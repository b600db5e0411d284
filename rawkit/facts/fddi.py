"""FDDI, ISO 9314-2."""

from __future__ import annotations

from typing import Final

CONTROL: Final = 0
DST: Final = 1
SRC: Final = 7
HEADER_LEN: Final = 13
"""Frame control, destination, source."""

FORM_MASK: Final = 0xF0
ASYNCHRONOUS_LLC: Final = 0x50
"""With 48-bit addresses; the other bits are a priority."""
