"""SNAP, RFC 1042."""

from __future__ import annotations

from typing import Final

OUI: Final = 0
PROTOCOL: Final = 3
HEADER_LEN: Final = 5
