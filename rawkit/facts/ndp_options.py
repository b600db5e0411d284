"""Options of neighbour discovery, RFC 4861 section 4.6."""

from __future__ import annotations

from typing import Final

TYPE: Final = 0
LENGTH: Final = 1
DATA: Final = 2
UNIT: Final = 8

SOURCE_LINK_LAYER: Final = 1
TARGET_LINK_LAYER: Final = 2
PREFIX_INFORMATION: Final = 3
REDIRECTED_HEADER: Final = 4
MTU: Final = 5
NONCE: Final = 14

ON_LINK: Final = 0x80
AUTONOMOUS: Final = 0x40
