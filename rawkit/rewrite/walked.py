"""`Walked`: frames of which is known where their addresses, names and checksums are, and what of them is taken over."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from rawkit.decode import layout as decoded
from rawkit.decode.rows import words
from rawkit.frames import Bytes, FrameBatch, Int64s
from rawkit.kernels import Engine
from rawkit.rewrite import layout
from rawkit.values import dataclass

Octets = NDArray[np.uint8]
EACH: Final = 16
"""Notes that there is room for at first, a frame."""
COMPILE_AFTER: Final = 1 << 16
"""Frames after which `auto` compiles the walk, which has the whole decoder in it: that takes a minute."""
WALKING: Final = "rawkit.rewrite.walk_kernel"
MENDING: Final = "rawkit.rewrite.mend_kernel"


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """What of frames is taken over, and looked for.

    Attributes:
        copies: known headers are copied; without it whoever asks has the frames already.
        messages: what is in DNS, DHCP and NTP is looked for too.
        payload: it is copied as it is.
        unknown: so is what nobody reads.
        tunnels: how many tunnels, one in another, are entered.
    """

    copies: bool = True
    messages: bool = True
    payload: bool = False
    unknown: bool = False
    tunnels: int = decoded.MAX_TUNNELS


@dataclass(frozen=True, slots=True, eq=False)
class Walked:
    """Frames that were walked through.

    Attributes:
        batch: the frames.
        out: bytes for the new frames, at the places of the old ones.
        stops: why the walk of each frame stopped, as `rawkit.decode.layout.STOP`; 0 where all of it was read.
        reached: bytes of each frame up to the end of what is known.
    """

    batch: FrameBatch
    out: Bytes
    stops: Int64s
    reached: Int64s
    _notes: Int64s
    _engine: Engine

    def of(self, kind: int) -> tuple[Int64s, Int64s]:
        """Where the places of a kind are in the bytes, and their sizes."""
        count = int(self._notes[layout.COUNT])
        notes = self._notes[layout.STATE : layout.STATE + count * layout.NOTE].reshape(count, layout.NOTE)
        rows = np.flatnonzero(notes[:, layout.KIND] == kind)
        return notes[rows, layout.AT], notes[rows, layout.SIZE]

    def read(self, at: Int64s, size: int) -> Octets:
        """`size` bytes from each of the places on: places by `size`."""
        found: Octets = self.batch.data[at[:, None] + np.arange(size)]
        return found

    def put(self, at: Int64s, values: Octets) -> None:
        """Writes bytes to each of the places."""
        self.out[at[:, None] + np.arange(values.shape[1])] = values

    def mend(self) -> None:
        """Makes the checksums in `out` as right as they were: after all that is to be put was put."""
        old, shift = words(self.batch.data)
        new, new_shift = words(self.out)
        if shift != new_shift:  # they have to lie alike in memory
            old = new = np.empty(0, np.int64)
        data = self.batch.data
        self._engine.call_late(
            COMPILE_AFTER, MENDING, "mend", len(self.batch), data, old, shift, self.out, new, self._notes
        )


def walk(batch: FrameBatch, engine: Engine, wanted: Wanted, out: Bytes) -> Walked:
    """Walks through frames; `out` has as many bytes as `batch.data`, and gets what is to be copied.

    >>> old = bytes.fromhex("4500001c00010000 4011f6cc c0000201c0000202 0035003500080000")
    >>> batch = FrameBatch.from_frames([old], link_type=101)
    >>> found = walk(batch, Engine("interpreted"), Wanted(), np.zeros(len(old), np.uint8))
    >>> found.of(layout.IPV4)[0].tolist(), found.out.tobytes().hex(" ", -4)
    ([12, 16], '4500001c 00010000 4011f6cc 00000000 00000000 00350035 00080000')
    """
    count = len(batch)
    columns = [
        np.ascontiguousarray(one, np.int64) for one in (batch.offset, batch.captured, batch.length, batch.link_type)
    ]
    notes, row = np.zeros(layout.STATE + EACH * (count + 1) * layout.NOTE, np.int64), np.empty(decoded.WIDTH, np.int32)
    notes[layout.COPIES], notes[layout.READS_MESSAGES] = wanted.copies, wanted.messages
    notes[layout.KEEPS_PAYLOAD], notes[layout.KEEPS_UNKNOWN] = wanted.payload, wanted.unknown
    notes[layout.MOST_TUNNELS] = wanted.tunnels
    stops, reached, done = np.zeros(count, np.int64), np.zeros(count, np.int64), 0
    while done < count:
        done = engine.call_late(
            COMPILE_AFTER, WALKING, "walk_frames", count - done, batch.data, *columns, notes, row, stops, reached, done
        )  # fmt: skip
        notes = notes if done == count else np.concatenate([notes, np.empty_like(notes)])
    if wanted.copies:
        engine.call_late(COMPILE_AFTER, MENDING, "copy_kept", 0, batch.data, out, notes)
    return Walked(batch, out, stops, reached, notes, engine)
