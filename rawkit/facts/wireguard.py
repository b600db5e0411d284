"""WireGuard's messages (https://www.wireguard.com/protocol/)."""

from __future__ import annotations

from typing import Final

HEADER_LEN: Final = 4
"""Type, and three bytes that are 0."""
TYPE_SHIFT: Final = 24
TYPE_MASK: Final = 0xFF << TYPE_SHIFT
"""Of the header read as one number."""

INITIATION: Final = 1
INITIATION_LEN: Final = 148
RESPONSE: Final = 2
RESPONSE_LEN: Final = 92
COOKIE: Final = 3
COOKIE_LEN: Final = 64
DATA: Final = 4
DATA_LEN_MIN: Final = 32
"""Header, counter and tag; a message of this length is a keep-alive."""

PORT: Final = 51820
"""The one of the documentation; there is no other well-known one."""
