"""The IPv6 fragment header, RFC 8200 section 4.5."""

from __future__ import annotations

from typing import Final

NEXT_HEADER: Final = 0
RESERVED: Final = 1
OFFSET_FLAGS: Final = 2
IDENTIFICATION: Final = 4
HEADER_LEN: Final = 8

OFFSET_MASK: Final = 0xFFF8
MORE_FRAGMENTS: Final = 1
