"""OSPF version 3, RFC 5340."""

from __future__ import annotations

from typing import Final

VERSION: Final = 0
TYPE: Final = 1
LENGTH: Final = 2
ROUTER_ID: Final = 4
AREA_ID: Final = 8
CHECKSUM: Final = 12
INSTANCE_ID: Final = 14
HEADER_LEN: Final = 16
