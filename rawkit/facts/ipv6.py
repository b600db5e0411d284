"""IPv6, RFC 8200."""

from __future__ import annotations

from typing import Final

VERSION_CLASS_LABEL: Final = 0
PAYLOAD_LENGTH: Final = 4
NEXT_HEADER: Final = 6
HOP_LIMIT: Final = 7
SRC: Final = 8
DST: Final = 24
HEADER_LEN: Final = 40

FLOW_LABEL_MASK: Final = 0xFFFFF
TRAFFIC_CLASS_MASK: Final = 0x0FF0
TRAFFIC_CLASS_SHIFT: Final = 4
"""Of the header's first 16 bits."""
LINK_LOCAL: Final = 0xFE80
LINK_LOCAL_BITS: Final = 10
"""The prefix of link-local addresses (RFC 4291 section 2.4), in the first 16 bits of an address."""
