"""QUIC's long headers, RFC 8999 (all versions), RFC 9000 (version 1) and RFC 9369 (version 2)."""

from __future__ import annotations

from typing import Final

LONG_FLAG: Final = 0x80
FIXED_FLAG: Final = 0x40
TYPE_SHIFT: Final = 4
TYPE_MASK: Final = 0x03
VERSION: Final = 1
ID_LEN: Final = 5
"""Of the destination's connection id; the id follows, then the source's length and id."""
HEADER_LEN: Final = 7
"""With ids of no bytes."""
ID_LEN_MAX: Final = 20
"""In versions 1 and 2 (RFC 9000, section 17.2)."""

NEGOTIATION: Final = 0
VERSION_1: Final = 1
VERSION_2: Final = 0x6B3343CF
DRAFT_27: Final = 0xFF00001B
DRAFT_34: Final = 0xFF000022
"""The drafts between these two have the header of version 1."""
VERSION_LEN: Final = 4
"""Of each version that a negotiation lists."""

TYPES: Final = 4
"""Types of packets, each one higher in version 2 than in version 1, the last of which is 0 there."""
VERSION_NEGOTIATION: Final = TYPES
"""Beside the types: a packet that has none."""

PORT: Final = 443
