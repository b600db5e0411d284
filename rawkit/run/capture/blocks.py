"""Recording the blocks of a receive ring as they are: records are made in them, and written from where they lie.

This is the way of a capture that does nothing but write a plain pcap file. Neither NumPy nor the decoder is loaded for
it, and a frame is touched once, by a compiled kernel.
"""

from __future__ import annotations

import ctypes
import struct
from typing import Final

from rawkit import linktypes
from rawkit.files.pcap_head import pcap_head
from rawkit.files.record_target import RecordTarget
from rawkit.files.vectors import MOST_VECTORS, PORTION
from rawkit.files.writer import CaptureWriter
from rawkit.kernels import Engine
from rawkit.sockets import layout

SNAPLEN: Final = 262144
KERNEL: Final = "rawkit.run.capture.blocks_kernel"
WALK_SHARE: Final = 16
"""Frames that are made into records in the time in which one is decoded."""
SMALLEST: Final = 64
"""Bytes that a frame takes in a block, at the least: the headers before it take more."""


class BlockRecording(CaptureWriter):
    """Writes the blocks of a ring to `path`, as pcap with nanoseconds.

    Args:
        path: of the file.
        link_type: LINKTYPE number of the frames; not LINUX_SLL2, whose frames have no header in the ring.
        engine: runs the kernel.

    Raises CaptureError where the file cannot be written.
    """

    def __init__(self, path: str, link_type: int, engine: Engine) -> None:
        self._tagged = int(link_type == linktypes.ETHERNET)
        self._engine = engine
        self._vectors = self._portions = memoryview(b"").cast("q")
        self._records = RecordTarget(path, None)
        super().__init__(self._records, pcap_head(link_type, SNAPLEN))

    def write_block(self, block: memoryview, most: int | None = None) -> int:
        """Writes the frames of a block, at most so many, and returns how many; their headers in it are gone then."""
        first, count = struct.unpack_from("=I", block, layout.BLOCK_FIRST)[0], self._count(block, most)
        if len(self._vectors) < len(block) // SMALLEST * 2:
            self._vectors, self._portions = _integers(len(block) // SMALLEST * 2), _integers(len(block) // SMALLEST * 2)
        limits = (PORTION, MOST_VECTORS)
        where = (_address(block), first, count, SNAPLEN, self._tagged)
        views = (block.cast("I"), block.cast("H"), block)
        arguments = (*views, *where, self._vectors, self._portions, *limits)
        portions = self._engine.call(KERNEL, "lay_records", count // WALK_SHARE, *arguments)
        begin = 0
        for place in range(0, 2 * portions, 2):
            end = begin + 2 * self._portions[place]
            self._records.write_vectors(self._vectors[begin:end], self._portions[place + 1])
            begin = end
        return count

    def _count(self, block: memoryview, most: int | None) -> int:
        (count,) = struct.unpack_from("=I", block, layout.BLOCK_COUNT)
        return int(count) if most is None else min(count, most)


def rehearse(engine: Engine) -> None:
    """Runs the kernel over no frames, so that its code is loaded."""
    block = memoryview(bytearray(SMALLEST))
    views = (block.cast("I"), block.cast("H"), block)
    engine.call(KERNEL, "lay_records", 0, *views, 0, 0, 0, 0, 0, _integers(2), _integers(2), 1, 1)


def _integers(count: int) -> memoryview:
    return memoryview(bytearray(8 * count)).cast("q")


def _address(block: memoryview) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(block))
