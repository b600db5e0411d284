"""TCP options (IANA, TCP Option Kind Numbers)."""

from __future__ import annotations

from typing import Final

MSS: Final = 2
WINDOW_SCALE: Final = 3
SACK_PERMITTED: Final = 4
SACK: Final = 5
TIMESTAMPS: Final = 8
FAST_OPEN: Final = 34
