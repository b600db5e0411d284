"""TCP options (IANA, TCP Option Kind Numbers)."""

from __future__ import annotations

from typing import Final

LENGTH: Final = 1
DATA: Final = 2

END: Final = 0
NO_OPERATION: Final = 1
MSS: Final = 2
WINDOW_SCALE: Final = 3
SACK_PERMITTED: Final = 4
SACK: Final = 5
TIMESTAMPS: Final = 8
FAST_OPEN: Final = 34

MSS_LEN: Final = 4
WINDOW_SCALE_LEN: Final = 3
TIMESTAMPS_LEN: Final = 10
TIMESTAMP_VALUE: Final = 2
TIMESTAMP_ECHO: Final = 6
SACK_BLOCK_LEN: Final = 8
SACK_RIGHT_EDGE: Final = 4
"""Offset in a block; the left edge begins it."""
