"""Bare IP packets on links that have no header, or one that the kernel makes: which protocol each of them is."""

from __future__ import annotations

import socket
import struct
from typing import Final

import numpy as np

from rawkit.errors import SendError
from rawkit.facts import ethertypes
from rawkit.frames import FrameBatch, Int64s

NAME_LEN: Final = 44
"""Bytes of a struct sockaddr_ll with room for the longest hardware address: the kernel wants room for the device's."""
_PROTOCOLS: Final = {4: ethertypes.IPV4, 6: ethertypes.IPV6}


class Names:
    """The addresses that `sendmmsg` is given with IP packets, one for each version.

    They say the protocol (sll_protocol), which the kernel finds out by itself on some links only: on PPP it would drop
    the packet, and in GRE give it the type 0.

    Args:
        index: of the interface.
    """

    def __init__(self, index: int) -> None:
        self._memory = np.frombuffer(b"".join(_name(kind, index) for kind in _PROTOCOLS.values()), np.uint8)

    def of(self, batch: FrameBatch) -> Int64s:
        """Where in memory the address for each packet is; SendError for what is no IP packet."""
        version = versions(batch)
        other = ~np.isin(version, list(_PROTOCOLS))
        if other.any():
            row = int(np.argmax(other))
            raise SendError(f"frame {row} of the batch is no IP packet, and the link takes no others: leave it out")
        return np.where(version == 6, NAME_LEN, 0) + self._memory.ctypes.data


def versions(batch: FrameBatch) -> Int64s:
    """The IP version that each frame begins with; 0 of an empty one.

    >>> versions(FrameBatch.from_frames([b"\\x45", b"\\x60", b""], link_type=101)).tolist()
    [4, 6, 0]
    """
    found = np.zeros(len(batch), np.int64)
    rows = np.flatnonzero(batch.captured > 0)
    found[rows] = batch.data[batch.offset[rows]] >> 4
    return found


def _name(protocol: int, index: int) -> bytes:
    """A struct sockaddr_ll (packet(7)) without a hardware address."""
    family = struct.pack("=H", socket.AF_PACKET)
    return (family + struct.pack("!H", protocol) + struct.pack("=i", index)).ljust(NAME_LEN, b"\0")
