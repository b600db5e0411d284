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
