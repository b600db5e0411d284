"""GTPv1-U, 3GPP TS 29.281."""

from __future__ import annotations

from typing import Final

HEADER_LEN: Final = 8
LONG_HEADER_LEN: Final = 12
NEXT_EXTENSION: Final = 11
OPTIONAL_FIELDS: Final = 0x07
"""Flags: at least one of extension header, sequence number and N-PDU number is there."""
EXTENSION_FLAG: Final = 0x04
EXTENSION_UNIT: Final = 4

PORT: Final = 2152
