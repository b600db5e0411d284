"""MPLS label stack entries, RFC 3032."""

from __future__ import annotations

from typing import Final

ENTRY_LEN: Final = 4
BOTTOM: Final = 2
"""The byte with the bit that says that no entry follows."""
BOTTOM_BIT: Final = 1
LAST_RESERVED_LABEL: Final = 15
CONTROL_WORD_LEN: Final = 4
"""Of a pseudowire, RFC 4385."""

PORT: Final = 6635
"""MPLS in UDP, RFC 7510."""
