"""IPv6 hop-by-hop and destination options, RFC 8200 section 4.2."""

from __future__ import annotations

from typing import Final

NEXT_HEADER: Final = 0
LENGTH: Final = 1
OPTIONS: Final = 2
UNIT: Final = 8

PAD1: Final = 0
PADN: Final = 1
ROUTER_ALERT: Final = 5
JUMBO_PAYLOAD: Final = 0xC2
TUNNEL_LIMIT: Final = 4  # RFC 2473
HOME_ADDRESS: Final = 0xC9  # RFC 6275
