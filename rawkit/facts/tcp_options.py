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
