"""`FrameBatch`, the one value in which frames travel, and the two protocols that give and take it.

A block of a receive ring, a slice of a capture file and a crafted burst are all the same thing: one byte
buffer, and an entry per frame in a few parallel arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rawkit.values import dataclass

Bytes = NDArray[np.uint8]
Int32s = NDArray[np.int32]
Int64s = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class FrameBatch:
    """Frames in one read-only buffer; `n` entries in each array, one a frame.

    A batch that comes from a receive ring is valid until the next one is asked for: `copy()` keeps it.

    Attributes:
        data: the bytes of all frames, uint8, one dimension.
        offset: where each frame begins in `data`, int64.
        captured: bytes of it that are there, int32.
        length: bytes that were on the wire, int32, at least `captured`.
        timestamp: nanoseconds since 1970-01-01 UTC, int64.
        link_type: LINKTYPE number, int32 (`rawkit.linktypes`).
        interface: index of the interface in its source, int32.
        status: bits that `rawkit.facts.status` names, int64.
        interface_names: what the capturing host called its interfaces, by the numbers in `interface`; empty where
            that is not known.

    >>> batch = FrameBatch.from_frames([b"\\x01\\x02\\x03", b"\\x04"], timestamps=[10, 20])
    >>> len(batch), batch.frame(1), batch.timestamp.tolist()
    (2, b'\\x04', [10, 20])
    """

    data: Bytes
    offset: Int64s
    captured: Int32s
    length: Int32s
    timestamp: Int64s
    link_type: Int32s
    interface: Int32s
    status: Int64s
    interface_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.data.flags.writeable:
            data = self.data.view()
            data.flags.writeable = False
            object.__setattr__(self, "data", data)

    @classmethod
    def from_frames(
        cls,
        frames: Sequence[bytes],
        timestamps: Sequence[int] | None = None,
        link_type: int = 1,
        lengths: Sequence[int] | None = None,
    ) -> FrameBatch:
        """A batch of frames, given one by one; timestamps are 0 where none are given.

        `lengths` are theirs on the wire, where they are not whole.

        >>> FrameBatch.from_frames([b"abc"]).length.tolist()
        [3]
        """
        sizes = np.fromiter(map(len, frames), np.int32, len(frames))
        count = len(frames)
        return cls(
            data=np.frombuffer(b"".join(frames), dtype=np.uint8),
            offset=np.cumsum(sizes, dtype=np.int64) - sizes,
            captured=sizes,
            length=sizes if lengths is None else np.array(lengths, dtype=np.int32),
            timestamp=np.array(timestamps if timestamps is not None else [0] * count, dtype=np.int64),
            link_type=np.full(count, link_type, dtype=np.int32),
            interface=np.zeros(count, dtype=np.int32),
            status=np.zeros(count, dtype=np.int64),
        )

    def __len__(self) -> int:
        return len(self.offset)

    def frame(self, index: int) -> bytes:
        """The captured bytes of one frame.

        >>> FrameBatch.from_frames([b"abc"]).frame(0)
        b'abc'
        """
        start = int(self.offset[index])
        return self.data[start : start + int(self.captured[index])].tobytes()

    def frames(self) -> Iterator[bytes]:
        """The captured bytes of each frame in turn.

        >>> list(FrameBatch.from_frames([b"a", b"bc"]).frames())
        [b'a', b'bc']
        """
        data, ends = self.data.data, (self.offset + self.captured).tolist()
        return (data[begin:end].tobytes() for begin, end in zip(self.offset.tolist(), ends, strict=True))

    def select(self, rows: NDArray[np.bool_] | NDArray[np.intp] | slice) -> FrameBatch:
        """The frames that a mask, an index array or a slice names; the buffer is shared, not copied.

        >>> list(FrameBatch.from_frames([b"a", b"b", b"c"]).select(slice(1, None)).frames())
        [b'b', b'c']
        """
        return FrameBatch(
            self.data,
            self.offset[rows],
            self.captured[rows],
            self.length[rows],
            self.timestamp[rows],
            self.link_type[rows],
            self.interface[rows],
            self.status[rows],
            self.interface_names,
        )

    def copy(self) -> FrameBatch:
        """The same frames in memory of their own, which stays valid when the source goes on.

        What stands in the buffer before the first of them and behind the last is left out.

        >>> batch = FrameBatch.from_frames([b"abc", b"de"]).select(slice(1, None)).copy()
        >>> batch.data.tobytes(), batch.frame(0)
        (b'de', b'de')
        """
        first = int(self.offset.min(initial=len(self.data)))
        end = int((self.offset + self.captured).max(initial=first))
        return FrameBatch(
            self.data[first:end].copy(),
            self.offset - first,
            self.captured.copy(),
            self.length.copy(),
            self.timestamp.copy(),
            self.link_type.copy(),
            self.interface.copy(),
            self.status.copy(),
            self.interface_names,
        )


class FrameSource(Protocol):
    """Gives batches of frames: a capture file, a receive ring, a list in memory."""

    def read(self) -> FrameBatch | None:
        """The next batch; an empty one where nothing came in time; None at the end."""


class FrameSink(Protocol):
    """Takes batches of frames: a capture file, a sending socket, a list in memory."""

    def write(self, batch: FrameBatch) -> None:
        """Takes all frames of the batch, and keeps no reference to it."""
