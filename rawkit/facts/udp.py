"""UDP, RFC 768."""

from __future__ import annotations

from typing import Final

SRC_PORT: Final = 0
DST_PORT: Final = 2
LENGTH: Final = 4
CHECKSUM: Final = 6
HEADER_LEN: Final = 8
