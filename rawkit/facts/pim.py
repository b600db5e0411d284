"""PIM, RFC 7761."""

from __future__ import annotations

from typing import Final

TYPE_MASK: Final = 0x0F
CHECKSUM: Final = 2
HEADER_LEN: Final = 4
REGISTER_LEN: Final = 8

REGISTER: Final = 1
