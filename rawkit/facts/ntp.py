"""NTP, RFC 5905 section 7.3."""

from __future__ import annotations

from typing import Final

REFERENCE_ID: Final = 12
"""Of a server that follows another one the address of that."""
TIMES: Final = 16
HEADER_LEN: Final = 48
VERSION_SHIFT: Final = 3
VERSION_MASK: Final = 7
VERSION_MAX: Final = 4
