"""Teredo, RFC 4380, section 5.1.1: headers that may stand before the IPv6 packet."""

from __future__ import annotations

from typing import Final

INDICATOR_LEN: Final = 2
"""What each header begins with: which one it is."""
AUTHENTICATION: Final = 1
ORIGIN: Final = 0

ID_LEN: Final = 2
AUTH_LEN: Final = 3
AUTHENTICATION_LEN: Final = 13
"""With a nonce and a confirmation, without client identifier and authentication value."""
ORIGIN_LEN: Final = 8

PORT: Final = 3544
