"""A block of a TPACKET_V3 ring as a batch: the columns read out of the kernel's headers, the frames where they are."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from rawkit import linktypes
from rawkit.facts import status as bits
from rawkit.facts.cooked import PACKET_BROADCAST, PACKET_OTHERHOST, PACKET_OUTGOING
from rawkit.frames import Bytes, FrameBatch, Int64s
from rawkit.kernels import Engine
from rawkit.sockets import layout
from rawkit.sockets.receive.cooked import lay_headers
from rawkit.sockets.receive.heads import Heads
from rawkit.values import dataclass

KERNEL: Final = "rawkit.sockets.receive.ring_kernel"
WALK_SHARE: Final = 16
"""Frames that are walked in the time in which one is decoded: a walk counts that much less as work."""

_BITS: Final = (
    (layout.TP_STATUS_CSUMNOTREADY, bits.CSUM_NOT_READY),
    (layout.TP_STATUS_CSUM_VALID, bits.CSUM_VALID),
)


@dataclass(frozen=True, slots=True)
class BlockReader:
    """Makes batches out of blocks.

    Attributes:
        link_type: LINKTYPE number of the frames; LINUX_SLL2 frames get their headers here.
        snaplen: bytes kept of each frame.
        interface: what the batches' `interface` column says.
        engine: runs the walk.
        name: what that interface is called.
    """

    link_type: int
    snaplen: int
    interface: int
    engine: Engine
    name: str = ""

    def read(self, block: memoryview) -> FrameBatch:
        """The frames of a block that the kernel has handed over; they stay in it."""
        data = np.frombuffer(block, dtype=np.uint8)
        heads = Heads(data, self._places(data))
        start = heads.at + heads.halves(layout.TP_MAC)
        length, captured = heads.words(layout.TP_LEN), heads.words(layout.TP_SNAPLEN)
        status = _status(heads)
        if self.link_type == linktypes.LINUX_SLL2:
            cooked = lay_headers(heads)
            start, length, captured = cooked, length + start - cooked, captured + start - cooked
        else:
            status |= _tags(heads)
        captured = np.minimum(captured, self.snaplen)
        status |= np.where(captured < length, bits.TRUNCATED, 0)
        return self._batch(heads, start, captured, length, status)

    def _places(self, block: Bytes) -> Int64s:
        words = block.view(np.uint32)
        first, count = int(words[layout.BLOCK_FIRST >> 2]), int(words[layout.BLOCK_COUNT >> 2])
        at = _even_places(words, first, count)
        if at is None:
            at = np.empty(count, dtype=np.int64)
            self.engine.call(KERNEL, "chain", count // WALK_SHARE, words, first, at)
        return at

    def _batch(self, heads: Heads, start: Int64s, captured: Int64s, length: Int64s, status: Int64s) -> FrameBatch:
        return FrameBatch(
            data=heads.block,
            offset=start,
            captured=captured.astype(np.int32),
            length=length.astype(np.int32),
            timestamp=heads.words(layout.TP_SEC) * 10**9 + heads.words(layout.TP_NSEC),
            link_type=np.full(len(start), self.link_type, dtype=np.int32),
            interface=np.full(len(start), self.interface, dtype=np.int32),
            status=status,
            interface_names=("",) * self.interface + (self.name,),
        )


def _even_places(words: NDArray[np.uint32], first: int, count: int) -> Int64s | None:
    """Where the frames are if each is as far behind the one before as the second, as in a flood; else None."""
    step = int(words[first >> 2])
    if first + step * (count - 1) >= words.nbytes:
        return None
    at = np.arange(first, first + step * count, step, dtype=np.int64) if step else np.full(count, first)
    return at if (words.take(at[:-1] >> 2) == step).all() else None


def _status(heads: Heads) -> Int64s:
    """The bits of `rawkit.frames` out of TP_STATUS_* and the packet type, but those of VLAN tags."""
    theirs = heads.words(layout.TP_STATUS)
    kind = heads.octets(layout.SLL_PKTTYPE).astype(np.int64)
    status: Int64s = np.where(kind == PACKET_OUTGOING, bits.OUTGOING, bits.INCOMING)
    told = (kind >= PACKET_BROADCAST) & (kind <= PACKET_OTHERHOST)
    status |= np.where(told, kind + 1 << bits.PACKET_TYPE_SHIFT, 0)
    for their_bit, our_bit in _BITS:
        status |= np.where(theirs & their_bit, our_bit, 0)
    return status


def _tags(heads: Heads) -> Int64s:
    """The status of frames whose VLAN tag the kernel took off, 0 for all others."""
    tagged = heads.tagged()
    if not tagged.any():
        return np.zeros(len(tagged), dtype=np.int64)
    tag = heads.words(layout.TP_VLAN_TCI) << 16 | heads.tpid() << 32
    return np.where(tagged, bits.VLAN_STRIPPED | tag, 0)


def rehearse(engine: Engine) -> None:
    """Walks through a block without frames, so that the kernel's code is loaded."""
    engine.call(KERNEL, "chain", 0, np.zeros(16, dtype=np.uint32), 0, np.zeros(2, dtype=np.int64))
