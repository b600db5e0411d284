"""ESP, RFC 4303, and in UDP, RFC 3948."""

from __future__ import annotations

from typing import Final

SPI: Final = 0
SEQUENCE: Final = 4
HEADER_LEN: Final = 8
SHORTEST: Final = 12
"""Bytes of a packet, with a trailer of padding, its length and the next header (RFC 4303, section 2.4)."""
UNIT: Final = 4
"""It ends at a multiple of so many bytes (the same)."""
LAST_RESERVED_SPI: Final = 255
"""RFC 4303, section 2.1; 0 in UDP says that IKE follows."""

UDP_PORT: Final = 4500
KEEP_ALIVE: Final = 0xFF
KEEP_ALIVE_LEN: Final = 1
"""RFC 3948, section 2.3."""
