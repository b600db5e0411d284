"""The headers that the kernel lays before the frames of a block, field by field, a field of all frames at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rawkit.facts import ethertypes
from rawkit.frames import Bytes, Int64s
from rawkit.sockets import layout
from rawkit.values import dataclass


@dataclass(frozen=True, slots=True)
class Heads:
    """The headers at `at` in a block; fields are asked for by their byte offset in a header (`rawkit.sockets.layout`).

    >>> heads = Heads(np.arange(64, dtype=np.uint8), np.array([0, 8]))
    >>> heads.octets(3).tolist(), heads.octets(3).dtype.name
    ([3, 11], 'int64')
    """

    block: Bytes
    at: Int64s

    def octets(self, field: int) -> Int64s:
        """A field of 8 bits."""
        return self.block.take(self.at + field).astype(np.int64)

    def halves(self, field: int) -> Int64s:
        """A field of 16 bits, in the machine's byte order."""
        return self.block.view(np.uint16).take(self.at + field >> 1).astype(np.int64)

    def words(self, field: int) -> Int64s:
        """A field of 32 bits, in the machine's byte order."""
        return self.block.view(np.uint32).take(self.at + field >> 2).astype(np.int64)

    def network_words(self, field: int) -> Int64s:
        """A field of 32 bits, in network order."""
        return self.block.view(">u4").take(self.at + field >> 2).astype(np.int64)

    def protocol(self) -> Int64s:
        """The EtherType (sll_protocol)."""
        return self.octets(layout.SLL_PROTOCOL) << 8 | self.octets(layout.SLL_PROTOCOL + 1)

    def tagged(self) -> NDArray[np.bool_]:
        """Which frames had a VLAN tag that the kernel took off."""
        tagged: NDArray[np.bool_] = self.words(layout.TP_STATUS) & layout.TP_STATUS_VLAN_VALID != 0
        return tagged

    def tpid(self) -> Int64s:
        """The TPID of these tags: 0x8100 where the kernel does not say it."""
        said = self.words(layout.TP_STATUS) & layout.TP_STATUS_VLAN_TPID_VALID != 0
        return np.where(said, self.halves(layout.TP_VLAN_TPID), ethertypes.VLAN)

    def rows(self, chosen: NDArray[np.bool_]) -> Heads:
        """The headers that a mask names."""
        return Heads(self.block, self.at[chosen])
