"""ARP, RFC 826."""

from __future__ import annotations

from typing import Final

HARDWARE_TYPE: Final = 0
PROTOCOL_TYPE: Final = 2
HARDWARE_LEN: Final = 4
PROTOCOL_LEN: Final = 5
OPERATION: Final = 6
SENDER_MAC: Final = 8
SENDER_IP: Final = 14
TARGET_MAC: Final = 18
TARGET_IP: Final = 24
HEADER_LEN: Final = 28

HARDWARE_ETHERNET: Final = 1
ETHERNET_LEN: Final = 6
IPV4_LEN: Final = 4
REQUEST: Final = 1
REPLY: Final = 2
REVERSE_REQUEST: Final = 3
REVERSE_REPLY: Final = 4
"""RARP, RFC 903."""
