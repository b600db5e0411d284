"""AYIYA, Anything In Anything, draft-massar-v6ops-ayiya-02."""

from __future__ import annotations

from typing import Final

ID_LEN: Final = 0
ID_LEN_SHIFT: Final = 4
"""The identity has 2 to the power of this field many bytes."""
SIGNATURE_LEN: Final = 1
SIGNATURE_LEN_SHIFT: Final = 4
SIGNATURE_UNIT: Final = 4
OPCODE: Final = 2
OPCODE_MASK: Final = 0x0F
NEXT_HEADER: Final = 3
HEADER_LEN: Final = 8
"""Before the identity."""

FORWARD: Final = 1
"""The operation that carries a packet."""

PORT: Final = 5072
