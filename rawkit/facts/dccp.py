"""DCCP, RFC 4340."""

from __future__ import annotations

from typing import Final

SRC_PORT: Final = 0
DST_PORT: Final = 2
DATA_OFFSET: Final = 4
CCVAL_CSCOV: Final = 5
CHECKSUM: Final = 6
TYPE_X: Final = 8
SHORT_SEQUENCE: Final = 9
LONG_SEQUENCE: Final = 10
SHORT_HEADER_LEN: Final = 12
LONG_HEADER_LEN: Final = 16
RESET_CODE: Final = 24  # of a Reset, whose sequence numbers are long (section 5.6)

REQUEST: Final = 0
RESPONSE: Final = 1
DATA: Final = 2
ACK: Final = 3
DATA_ACK: Final = 4
CLOSE_REQ: Final = 5
CLOSE: Final = 6
RESET: Final = 7
SYNC: Final = 8
SYNC_ACK: Final = 9

CLOSED: Final = 1  # codes of a Reset
ABORTED: Final = 2
