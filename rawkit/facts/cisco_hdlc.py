"""Cisco HDLC: address, control, EtherType."""

from __future__ import annotations

from typing import Final

ADDRESS: Final = 0
PROTOCOL: Final = 2
HEADER_LEN: Final = 4

UNICAST: Final = 0x0F
MULTICAST: Final = 0x8F
