"""L2TP version 2, RFC 2661."""

from __future__ import annotations

from typing import Final

HEADER_LEN: Final = 6
LENGTH_BIT: Final = 14
SEQUENCE_BIT: Final = 11
OFFSET_FLAG: Final = 0x0200
LENGTH_LEN: Final = 2
SEQUENCE_LEN: Final = 4
OFFSET_LEN: Final = 2

PORT: Final = 1701
