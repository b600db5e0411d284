"""Frame relay with the encapsulation of RFC 2427."""

from __future__ import annotations

from typing import Final

SHORT_ADDRESS_LEN: Final = 2
LONG_ADDRESS_LEN: Final = 4
EXTENDED_ADDRESS: Final = 1
"""The last byte of an address has this bit."""
UNNUMBERED_INFORMATION: Final = 0x03

NLPID_PADDING: Final = 0x00
NLPID_SNAP: Final = 0x80
NLPID_IPV6: Final = 0x8E
NLPID_IPV4: Final = 0xCC
"""Appendix A."""
