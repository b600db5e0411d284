"""The IPv6 routing header, RFC 8200 section 4.4."""

from __future__ import annotations

from typing import Final

NEXT_HEADER: Final = 0
LENGTH: Final = 1
ROUTING_TYPE: Final = 2
SEGMENTS_LEFT: Final = 3
DATA: Final = 4
UNIT: Final = 8

TYPE_SOURCE_ROUTE: Final = 0
TYPE_MOBILE: Final = 2
TYPE_SEGMENT_ROUTING: Final = 4
