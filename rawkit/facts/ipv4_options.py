"""IPv4 options, RFC 791 and RFC 2113."""

from __future__ import annotations

from typing import Final

LENGTH: Final = 1
POINTER: Final = 2
"""Where the next address of a route stands, counted from 1."""
ROUTE: Final = 3
ADDRESS_LEN: Final = 4

END: Final = 0
NO_OPERATION: Final = 1
RECORD_ROUTE: Final = 7
TIMESTAMP: Final = 68
LOOSE_SOURCE_ROUTE: Final = 131
STRICT_SOURCE_ROUTE: Final = 137
ROUTER_ALERT: Final = 148
