"""IPv4 options, RFC 791 and RFC 2113."""

from __future__ import annotations

from typing import Final

LENGTH: Final = 1
POINTER: Final = 2
"""Where the next address of a route stands, counted from 1."""
ROUTE: Final = 3
ADDRESS_LEN: Final = 4
OVERFLOW_FLAG: Final = 3
"""Of timestamps: how many hosts found no room, in the upper 4 bits, and what is recorded, in the lower."""
TIMES: Final = 4
TIME_LEN: Final = 4
TIMES_ALONE: Final = 0
TIMES_AND_ADDRESSES: Final = 1
TIMES_OF_THESE: Final = 3
"""Addresses are given beforehand; those hosts alone record a time."""
NOT_STANDARD: Final = 0x80000000
"""Set in a time that is not in milliseconds since midnight, universal time."""

END: Final = 0
NO_OPERATION: Final = 1
RECORD_ROUTE: Final = 7
TIMESTAMP: Final = 68
LOOSE_SOURCE_ROUTE: Final = 131
STRICT_SOURCE_ROUTE: Final = 137
ROUTER_ALERT: Final = 148
