"""GRE, RFC 2784 and RFC 2890, and its version 1 for PPTP, RFC 2637."""

from __future__ import annotations

from typing import Final

FLAGS: Final = 0
PROTOCOL: Final = 2
HEADER_LEN: Final = 4
FIELD_LEN: Final = 4
"""Of each field that a flag announces."""

CHECKSUM_BIT: Final = 15
ROUTING_BIT: Final = 14
KEY_BIT: Final = 13
SEQUENCE_BIT: Final = 12
ACKNOWLEDGMENT_BIT: Final = 7
"""Of version 1."""
VERSION_MASK: Final = 7

ERSPAN: Final = 0x88BE
ERSPAN_III: Final = 0x22EB
WCCP: Final = 0x883E
ARUBA_FIRST: Final = 0x8200
ARUBA_LAST: Final = 0x8370
ARUBA_STEP: Final = 0x10
"""Aruba's access points: a number a tunnel, and frames of IEEE 802.11 behind it (Wireshark's packet-gre.c)."""

UDP_PORT: Final = 4754
"""GRE in UDP, RFC 8086."""
