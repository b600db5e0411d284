"""`open_capture`, and the reader that it gives: batches of frames out of a capture file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from types import TracebackType
from typing import BinaryIO, Final, Protocol, Self

from rawkit.errors import CaptureError
from rawkit.files import pcap, pcapng
from rawkit.files.columns import Taken
from rawkit.files.intake import Intake
from rawkit.files.interfaces import Interface
from rawkit.files.layout import PCAP_HEADER
from rawkit.files.streams import ByteStream, Uncompressed, codec_of, open_stream
from rawkit.frames import Bytes, FrameBatch
from rawkit.kernels import Engine

_MAGIC: Final = 12
"""Bytes that tell a capture file: pcapng's byte order stands behind type and length of its first block."""


class _Walk(Protocol):
    @property
    def remarks(self) -> list[str]: ...
    def take(self, window: Bytes) -> Taken: ...


class CaptureReader:
    """Frames out of a capture file, batch by batch; a FrameSource and a context manager.

    Attributes:
        name: what messages call the source.
        format: `"pcap"` or `"pcapng"`.
        interfaces: those that the file described so far; a batch's `interface` column counts in them.
        comments: pairs of frame number (from 1; None for a comment on a section or interface) and text, so far.
        truncated: after the end, one line that says where the file was cut or damaged; else None.
    """

    def __init__(self, intake: Intake, name: str, engine: Engine) -> None:
        self.name = name
        self.truncated: str | None = None
        self.interfaces: list[Interface] = []
        self.comments: list[pcapng.Comment] = []
        self.format = "pcap" if intake.fill_to(4) in pcap.MAGICS else "pcapng"
        self._intake, self._frames, self._ended = intake, 0, False
        self._ready: FrameBatch | None = None
        self._walk = self._open_pcap(engine) if self.format == "pcap" else self._open_pcapng(engine)

    def read(self) -> FrameBatch | None:
        """The next frames: those of a mebibyte or, from a pipe, of what has arrived; None at the end.

        The batch keeps the buffer that it was read into, and stays valid. Raises CaptureError where the system
        cannot read on; a cut or damaged file is no error but ends, and `truncated` tells.
        """
        if self._ready is not None:
            batch, self._ready = self._ready, None
            return batch
        while not self._ended:
            batch = self._take()
            if len(batch):
                return batch
            if not self._ended and not self._fill():
                return batch
        return None

    @property
    def remarks(self) -> list[str]:
        """After the end, what of the file was not taken as it stands, a line each; `truncated` is the last."""
        lines = [f"{self.name}: {line}" for line in self._walk.remarks] if self._walk is not None else []
        return lines + ([self.truncated] if self.truncated is not None else [])

    @property
    def position(self) -> int:
        """Bytes of the file (uncompressed) whose frames were read."""
        return self._intake.position

    def close(self) -> None:
        """Closes the file, unless it was given as an open one."""
        self._ended = True
        self._intake.stream.close()

    def __iter__(self) -> Iterator[FrameBatch]:
        while (batch := self.read()) is not None:
            yield batch

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open_pcap(self, engine: Engine) -> _Walk | None:
        raw = self._intake.fill_to(PCAP_HEADER)
        if len(raw) < PCAP_HEADER:
            self._end(None)
            return None
        header = pcap.read_header(raw, self.name)
        self._intake.take(PCAP_HEADER)
        self.interfaces.append(header.interface)
        return pcap.PcapWalk(header, engine)

    def _open_pcapng(self, engine: Engine) -> _Walk:
        """Reads the first blocks that have arrived, so that the interfaces are known before the first batch."""
        self._walk = walk = pcapng.PcapngWalk(engine)
        self.interfaces, self.comments = walk.interfaces, walk.comments
        batch = self._take()
        self._ready = batch if len(batch) else None
        return walk

    def _take(self) -> FrameBatch:
        assert self._walk is not None
        taken = self._walk.take(self._intake.window)
        self._intake.take(taken.used)
        self._frames += len(taken.batch)
        if taken.damage is not None:
            self._end(taken.damage)
        return taken.batch

    def _fill(self) -> bool:
        """Gets more bytes, or ends; False where none came in time."""
        count = self._intake.fill()
        if count == 0:
            self._end(None)
        return count is not None

    def _end(self, damage: str | None) -> None:
        """Ends reading, and says so in `truncated` where it is not the end of a whole file."""
        self._ended = True
        cut = self._intake.stream.problem or ("cut short inside a packet" if len(self._intake.window) else None)
        trouble = f"damaged ({damage})" if damage is not None else cut
        if trouble is not None:
            where = f"{self.name}: {trouble} at byte {self._intake.position}"
            frames = "frame before it was" if self._frames == 1 else f"{self._frames} frames before it were"
            self.truncated = f"{where}: the {frames} read"


def open_capture(source: str | os.PathLike[str] | BinaryIO, engine: Engine | None = None) -> CaptureReader:
    """Opens a pcap or pcapng file for reading, also one compressed with gzip, zstd or xz.

    The source is a path, `"-"` for standard input, or a binary file object, which stays open. What it is, is seen
    in its first bytes, not in its name. Raises CaptureError for what cannot be opened or is no capture file.

    >>> import io
    >>> raw = bytes.fromhex("d4c3b2a1 02000400 00000000 00000000 00000400 01000000"
    ...                     "01000000 02000000 03000000 3c000000 aabbcc")
    >>> with open_capture(io.BytesIO(raw)) as capture:
    ...     for batch in capture:
    ...         print(batch.timestamp.tolist(), batch.length.tolist(), batch.frame(0).hex())
    [1000002000] [60] aabbcc
    """
    name, stream = open_stream(source)
    try:
        return CaptureReader(_intake(stream, name), name, engine or Engine())
    except BaseException:
        stream.close()
        raise


def _intake(stream: ByteStream, name: str) -> Intake:
    """The stream's bytes, uncompressed, that begin like a capture file."""
    intake = Intake(stream)
    codec = codec_of(intake.fill_to(6))
    if codec is not None:
        intake = Intake(Uncompressed(stream, intake.window.tobytes(), *codec))
    head = intake.fill_to(_MAGIC)
    if not head and intake.stream.problem is None:
        inside = "" if codec is None else f" inside of {codec[0]}"
        raise CaptureError(f"{name}: empty{inside}: not even the header of a capture file was written")
    if head[:4] not in pcap.MAGICS and not _is_pcapng(head):
        known = "rawkit reads pcap and pcapng, also compressed with gzip, zstd or xz"
        raise CaptureError(f"{name}: not a capture file: {known}")
    return intake


def _is_pcapng(head: bytes) -> bool:
    return head[:4] == pcapng.MAGIC and (len(head) < _MAGIC or head[8:12] in pcapng.BYTE_ORDERS)
