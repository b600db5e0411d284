"""IPv4, RFC 791."""

from __future__ import annotations

from typing import Final

VERSION_IHL: Final = 0
DSCP_ECN: Final = 1
TOTAL_LENGTH: Final = 2
IDENTIFICATION: Final = 4
FLAGS_FRAGMENT: Final = 6
TTL: Final = 8
PROTOCOL: Final = 9
CHECKSUM: Final = 10
SRC: Final = 12
DST: Final = 16
HEADER_LEN: Final = 20
HEADER_LEN_MAX: Final = 60

BROADCAST: Final = 0xFFFFFFFF
"""The address of all hosts on the link (RFC 919)."""

RESERVED_FLAG: Final = 4
DONT_FRAGMENT: Final = 2
MORE_FRAGMENTS: Final = 1
FRAGMENT_MASK: Final = 0x1FFF
FLAGS_SHIFT: Final = 13
"""The three flags stand above the fragment offset."""
VERSION_MASK: Final = 0xF0
VERSION_SHIFT: Final = 4
IHL_MASK: Final = 0x0F
IHL_UNIT: Final = 4
DSCP_MASK: Final = 0xFC
DSCP_SHIFT: Final = 2
ECN_MASK: Final = 0x03
"""RFC 2474 and RFC 3168: the second byte's upper six bits and its lower two."""
