"""The header of a pcap file (draft-ietf-opsawg-pcap), as it is written."""

from __future__ import annotations

import struct
from typing import Final, Literal

MICROSECONDS: Final = 0xA1B2C3D4
"""Magic number of a file with timestamps in microseconds."""
NANOSECONDS: Final = 0xA1B23C4D
"""Magic number of a file with timestamps in nanoseconds."""


def pcap_head(link_type: int, snaplen: int, order: Literal["<", ">"] = "<", magic: int = NANOSECONDS) -> bytes:
    """The 24 bytes of the header; `order` is that of `struct`, `snaplen` the most bytes of a frame.

    >>> pcap_head(1, 262144).hex(" ", -4)
    '4d3cb2a1 02000400 00000000 00000000 00000400 01000000'
    """
    return struct.pack(f"{order}IHHIIII", magic, 2, 4, 0, 0, snaplen, link_type)
