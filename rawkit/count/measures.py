"""What is added up of packets."""

from __future__ import annotations

from typing import Final, Literal

from rawkit.flow import layout

Measure = Literal["packets", "bytes", "flows", "retransmissions", "zero_windows"]

MEASURES: Final[tuple[Measure, ...]] = ("packets", "bytes", "flows", "retransmissions", "zero_windows")
"""Of all: packets, bytes on the wire (`frame.len`), flows of which they are, and of TCP segments sent again and those
that close the window."""
PACKETS, BYTES, FLOWS, RETRANSMISSIONS, ZERO_WINDOWS = range(len(MEASURES))
SENT: Final = ("sent_packets", "sent_bytes")
"""Besides, of hosts: what they sent; of pairs: what the first of them sent."""
ALSO_SENT: Final = (PACKETS, BYTES)
"""The measures that these are of."""

AGAIN: Final = layout.RETRANSMISSION | layout.FAST_RETRANSMISSION | layout.SPURIOUS_RETRANSMISSION
"""Bits of `tcp.analysis` that say that a segment was sent again."""
CLOSES: Final = layout.ZERO_WINDOW
