"""The IP packets of frames, whatever link they came by."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from rawkit import linktypes
from rawkit.facts import ethertypes, vlan
from rawkit.facts.cooked import SLL2_HEADER_LEN, SLL2_INTERFACE, SLL2_PROTOCOL
from rawkit.facts.ethernet import HEADER_LEN as ETHERNET_LEN
from rawkit.frames import FrameBatch, Int32s
from rawkit.values import replace

_LENGTHS: Final = {linktypes.ETHERNET: ETHERNET_LEN, linktypes.LINUX_SLL2: SLL2_HEADER_LEN}


def packets(batch: FrameBatch) -> FrameBatch:
    """The same batch without link headers: of Ethernet, cooked ones (LINUX_SLL2) with the tag behind, or none.

    Of those that had cooked ones `interface` is the index of the interface they came by, which these tell.

    >>> from scapy.layers.inet import IP
    >>> from scapy.layers.l2 import CookedLinuxV2
    >>> frame = bytes(CookedLinuxV2() / IP(dst="192.0.2.20"))
    >>> packets(FrameBatch.from_frames([frame], link_type=276)).frame(0) == bytes(IP(dst="192.0.2.20"))
    True
    >>> packets(FrameBatch.from_frames([bytes(CookedLinuxV2(ifindex=3))], link_type=276)).interface.tolist()
    [3]
    """
    length = np.zeros(len(batch), dtype=np.int64)
    for link_type, size in _LENGTHS.items():
        length[batch.link_type == link_type] = size
    length += np.where(_is_tagged(batch), vlan.HEADER_LEN, 0)
    length = np.minimum(length, batch.captured)
    return replace(
        batch,
        offset=batch.offset + length,
        captured=(batch.captured - length).astype(np.int32),
        length=(batch.length - length).astype(np.int32),
        link_type=np.full(len(batch), linktypes.RAW, dtype=np.int32),
        interface=_interfaces(batch),
    )


def _interfaces(batch: FrameBatch) -> Int32s:
    """The index of the interface that each came by, where a cooked header says it."""
    cooked = np.flatnonzero(_is_cooked(batch))
    if not len(cooked):
        return batch.interface
    found = batch.interface.copy()
    places = batch.offset[cooked, None] + np.arange(SLL2_INTERFACE, SLL2_INTERFACE + 4)
    found[cooked] = batch.data[places].view(">i4").reshape(-1)
    return found


def _is_cooked(batch: FrameBatch) -> NDArray[np.bool_]:
    cooked: NDArray[np.bool_] = (batch.link_type == linktypes.LINUX_SLL2) & (batch.captured >= SLL2_HEADER_LEN)
    return cooked


def _is_tagged(batch: FrameBatch) -> NDArray[np.bool_]:
    """Which cooked headers have a VLAN tag behind them."""
    cooked = _is_cooked(batch)
    high, low = ethertypes.VLAN.to_bytes(2, "big")
    if not cooked.any():
        return cooked
    data, at = batch.data, np.where(cooked, batch.offset + SLL2_PROTOCOL, 0)
    cooked &= (data.take(at) == high) & (data.take(at + 1) == low)
    return cooked
