"""Frames of BSD loopback (LINKTYPE_NULL, LINKTYPE_LOOP) as a filter that libpcap compiles here expects them.

The header is an address family, in the byte order and with the number of the host that captured: IPv6 is 10, 24, 28 or
30. A program compares it with this host's own, so frames from elsewhere would never match, and nobody would be told.
Some write an EtherType there (https://www.tcpdump.org/linktypes.html; Wireshark's packet-null.c).
"""

from __future__ import annotations

import socket
import struct
import sys
from typing import TYPE_CHECKING, Final

from rawkit import linktypes
from rawkit.facts import ethertypes, null
from rawkit.values import replace

if TYPE_CHECKING:
    from rawkit.frames import FrameBatch

LINKS: Final = (linktypes.NULL, linktypes.LOOP)
_IPV4: Final = (null.AF_INET, ethertypes.IPV4)
_IPV6: Final = (
    null.AF_INET6_LINUX, null.AF_INET6_NETBSD, null.AF_INET6_FREEBSD, null.AF_INET6_DARWIN, ethertypes.IPV6,
)  # fmt: skip


def as_of_this_host(batch: FrameBatch) -> FrameBatch:
    """The same frames, all of one of `LINKS`, with this host's families in the headers of IP packets.

    >>> from rawkit.frames import FrameBatch
    >>> darwin, netbsd = bytes([30, 0, 0, 0]), bytes([0, 0, 0, 24])
    >>> here = as_of_this_host(FrameBatch.from_frames([darwin, netbsd, b"cut"], link_type=108))
    >>> [frame.hex() for frame in here.frames()]
    ['0000000a', '0000000a', '637574']
    """
    import numpy as np

    data = batch.data.copy()
    rows = np.flatnonzero(batch.captured >= null.HEADER_LEN)
    places = batch.offset[rows, np.newaxis] + np.arange(null.HEADER_LEN)
    big = np.ascontiguousarray(data[places]).view(">u4").reshape(-1).astype(np.int64)
    small = big.astype(np.uint32).byteswap().astype(np.int64)
    number = np.minimum(big, small)
    order = ">" if batch.link_type[:1].tolist() == [linktypes.LOOP] or sys.byteorder == "big" else "<"
    for numbers, family in ((_IPV4, socket.AF_INET), (_IPV6, socket.AF_INET6)):
        found = np.isin(number, numbers)
        data[places[found]] = np.frombuffer(struct.pack(f"{order}I", family), np.uint8)
    return replace(batch, data=data)
