"""Netfilter's log (LINKTYPE_NFLOG): attributes behind a header, numbers in the byte order of the host."""

from __future__ import annotations

from typing import Final

HEADER_LEN: Final = 4

ATTRIBUTE_LENGTH: Final = 0
ATTRIBUTE_TYPE: Final = 2
ATTRIBUTE_HEADER_LEN: Final = 4

PAYLOAD: Final = 9
TYPE_MAX: Final = 0xFF  # of the attributes that there are
"""NFULA_PAYLOAD."""
