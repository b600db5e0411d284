"""PPPoE, RFC 2516."""

from __future__ import annotations

from typing import Final

VERSION_TYPE: Final = 0
CODE: Final = 1
LENGTH: Final = 4
HEADER_LEN: Final = 6

VERSION_1_TYPE_1: Final = 0x11
SESSION_DATA: Final = 0
