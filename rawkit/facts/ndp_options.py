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
PREFIX_LENGTH: Final = 2  # of PREFIX_INFORMATION and ROUTE_INFORMATION
PREFIX: Final = 16
ROUTE_INFORMATION: Final = 24  # RFC 4191
ROUTE_PREFIX: Final = 8
DNS_SERVERS: Final = 25  # RFC 8106
SERVERS: Final = 8
