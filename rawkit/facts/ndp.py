"""Neighbour discovery, RFC 4861."""

from __future__ import annotations

from typing import Final

CURRENT_HOP_LIMIT: Final = 4
ROUTER_FLAGS: Final = 5
ROUTER_LIFETIME: Final = 6
REACHABLE_TIME: Final = 8
RETRANS_TIMER: Final = 12
NEIGHBOR_FLAGS: Final = 4
TARGET: Final = 8
DESTINATION: Final = 24

SOLICITATION_LEN: Final = 8
ADVERTISEMENT_LEN: Final = 16
NEIGHBOR_LEN: Final = 24
REDIRECT_LEN: Final = 40

MANAGED: Final = 0x80
OTHER_CONFIGURATION: Final = 0x40
ROUTER: Final = 0x80
SOLICITED: Final = 0x40
OVERRIDE: Final = 0x20
