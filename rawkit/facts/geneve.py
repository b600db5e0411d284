"""GENEVE, RFC 8926."""

from __future__ import annotations

from typing import Final

OPTIONS_LENGTH: Final = 0
OPTIONS_LENGTH_MASK: Final = 0x3F
OPTIONS_UNIT: Final = 4
OPTION_LENGTH: Final = 3  # of an option: units behind its header, in the lower 5 bits
OPTION_UNITS: Final = 32
PROTOCOL: Final = 2
HEADER_LEN: Final = 8
VERSION_MASK: Final = 0xC000
"""In the first 16 bits."""

PORT: Final = 6081
