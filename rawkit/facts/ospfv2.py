"""OSPF version 2, RFC 2328."""

from __future__ import annotations

from typing import Final

VERSION: Final = 0
TYPE: Final = 1
LENGTH: Final = 2
ROUTER_ID: Final = 4
AREA_ID: Final = 8
CHECKSUM: Final = 12
AU_TYPE: Final = 14
AUTHENTICATION: Final = 16
HEADER_LEN: Final = 24

HELLO: Final = 1
DATABASE_DESCRIPTION: Final = 2
LINK_STATE_REQUEST: Final = 3
LINK_STATE_UPDATE: Final = 4
LINK_STATE_ACKNOWLEDGMENT: Final = 5

NULL_AUTHENTICATION: Final = 0
SIMPLE_PASSWORD: Final = 1
CRYPTOGRAPHIC: Final = 2
