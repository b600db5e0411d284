"""The Authentication Header of IPsec, RFC 4302."""

from __future__ import annotations

from typing import Final

NEXT_HEADER: Final = 0
LENGTH: Final = 1
RESERVED: Final = 2
SPI: Final = 4
SEQUENCE: Final = 8
ICV: Final = 12
HEADER_LEN: Final = 12
UNIT: Final = 4
