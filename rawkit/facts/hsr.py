"""The tag of High-availability Seamless Redundancy, IEC 62439-3, clause 5."""

from __future__ import annotations

from typing import Final

TYPE: Final = 4
HEADER_LEN: Final = 6
"""Path and size, sequence number, and the EtherType behind them."""
