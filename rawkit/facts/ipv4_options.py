"""IPv4 options, RFC 791 and RFC 2113."""

from __future__ import annotations

from typing import Final

RECORD_ROUTE: Final = 7
TIMESTAMP: Final = 68
LOOSE_SOURCE_ROUTE: Final = 131
STRICT_SOURCE_ROUTE: Final = 137
ROUTER_ALERT: Final = 148
