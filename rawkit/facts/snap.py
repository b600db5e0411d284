"""SNAP, RFC 1042."""

from __future__ import annotations

from typing import Final

OUI: Final = 0
PROTOCOL: Final = 3
HEADER_LEN: Final = 5

ENCAPSULATED_ETHERNET: Final = 0x000000
"""Organizations: RFC 1042; the bridge tunnel of IEEE 802.1H; IEEE 802.1, whose numbers are those of RFC 2427."""
BRIDGE_TUNNEL: Final = 0x0000F8
IEEE_802_1: Final = 0x0080C2

ETHERNET_WITH_FCS: Final = 1
ETHERNET: Final = 7
