"""TCP, RFC 9293."""

from __future__ import annotations

from typing import Final

SRC_PORT: Final = 0
DST_PORT: Final = 2
SEQUENCE: Final = 4
ACKNOWLEDGMENT: Final = 8
DATA_OFFSET: Final = 12
FLAGS: Final = 13
WINDOW: Final = 14
CHECKSUM: Final = 16
URGENT_POINTER: Final = 18
HEADER_LEN: Final = 20
HEADER_LEN_MAX: Final = 60

FIN: Final = 0x001
SYN: Final = 0x002
RST: Final = 0x004
PSH: Final = 0x008
ACK: Final = 0x010
URG: Final = 0x020
ECE: Final = 0x040
CWR: Final = 0x080
AE: Final = 0x100
FLAGS_MASK: Final = 0xFFF
"""Of the 16 bits that begin at the data offset."""
DATA_OFFSET_MASK: Final = 0xF0
DATA_OFFSET_SHIFT: Final = 4
DATA_OFFSET_UNIT: Final = 4
