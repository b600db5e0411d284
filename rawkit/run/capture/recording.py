"""A capture file that is opened when the first frames come, where only they tell what it has to hold."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from rawkit.errors import CaptureError
from rawkit.files import Interface, PcapngWriter, PcapWriter
from rawkit.frames import FrameBatch
from rawkit.run.capture.inputs import Files, spare
from rawkit.run.capture.naming import is_pcapng

Writer = PcapWriter | PcapngWriter
RowComments = Mapping[int, Sequence[str]]
"""Comments on frames of a batch, by their rows."""


class Recording:
    """Writes frames to `path`: pcapng where its name has `.pcapng` in it, else pcap; a FrameSink.

    Args:
        path: the file, `-` for standard output; `.gz`, `.zst` and `.xz` compress.
        interfaces: those of the source, which may become more while it is read.
        read: the files that the frames come from: none of them is written over, by whatever name.
        comment: is written on the file, if that is pcapng.
    """

    def __init__(
        self, path: str, interfaces: Sequence[Interface], read: Files = frozenset(), comment: str | None = None
    ) -> None:
        self._path, self._interfaces, self._read, self._comment = path, interfaces, read, comment
        self._writer: Writer | None = None
        self._link_type: int | None = None
        self._tried = False

    def begin(self) -> None:
        """Opens the file at once: for a source that has told all its interfaces; CaptureError as in `write`."""
        if self._writer is None:
            self._writer = self._open()
            self._check([one.link_type for one in self._interfaces])

    def write(self, batch: FrameBatch, comments: RowComments | None = None) -> None:
        """Writes the frames, and the comments on them where the file is pcapng.

        CaptureError where one has a link type that a pcap file cannot hold beside the first.
        """
        if self._writer is None:
            self._writer = self._open()
        self._check(batch.link_type)
        if isinstance(self._writer, PcapngWriter):
            for interface in self._interfaces[self._writer.described :]:
                self._writer.describe(interface)
            self._writer.write(batch, comments)
        else:
            self._writer.write(batch)

    def pass_time(self, now: int) -> None:
        """Nothing: the file stays the same."""

    def is_over(self, now: int) -> bool:
        """Whether it takes no more frames at `now`: never."""
        return False

    def _check(self, link_types: ArrayLike) -> None:
        if self._link_type is not None and (np.asarray(link_types) != self._link_type).any():
            raise CaptureError(f"{self._path}: a pcap file holds one link type: give it a name that ends in .pcapng")

    def _open(self) -> Writer:
        self._tried = True
        spare(self._path, self._read)
        if is_pcapng(self._path):
            return PcapngWriter(self._path, list(self._interfaces), comment=self._comment)
        first = self._interfaces[0] if self._interfaces else Interface()
        self._link_type = first.link_type
        return PcapWriter(self._path, first.link_type)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._tried and kind is None:
            self._writer = self._open()
        if self._writer is not None:
            self._writer.close()


def rehearse(path: str) -> None:
    """Writes an empty capture, compressed as the name says, to memory, so that all that this needs is loaded."""
    from rawkit.files.targets import SUFFIXES

    with PcapWriter(io.BytesIO(), 1, compress=SUFFIXES.get(Path(path).suffix)):
        pass
