"""Writing pcapng (draft-ietf-opsawg-pcapng): one section, timestamps in nanoseconds."""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping, Sequence
from typing import BinaryIO, Final

import numpy as np

from rawkit.errors import CaptureError
from rawkit.facts.status import OUTGOING
from rawkit.files.gather import pieces
from rawkit.files.interfaces import Interface
from rawkit.files.layout import (
    DIRECTION_OUTBOUND,
    ENHANCED_HEADER,
    ENHANCED_PACKET,
    INTERFACE_DESCRIPTION,
    OPTION_COMMENT,
    OPTION_FLAGS,
    SECTION_HEADER,
)
from rawkit.files.payload import NO_LIMIT, Payload
from rawkit.files.pcapng import OPTION_DESCRIPTION, OPTION_NAME, OPTION_RESOLUTION
from rawkit.files.record_target import RecordTarget
from rawkit.files.targets import Compression
from rawkit.files.writer import CaptureWriter
from rawkit.frames import Bytes, FrameBatch, Int64s

BYTE_ORDER_MAGIC: Final = 0x1A2B3C4D
NANOSECOND_RESOLUTION: Final = 9
TRAILER: Final = 4
"""Bytes of the length at a block's end."""
END_MARK: Final = 4
"""Bytes of the option that ends a list of options, all zero."""


def option(code: int, value: bytes) -> bytes:
    """An option with its padding.

    >>> option(1, b"hi").hex(" ", -4)
    '01000200 68690000'
    """
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def block(kind: int, body: bytes, options: bytes = b"") -> bytes:
    """A whole block; options, where there are any, get their end mark.

    >>> block(0x0BAD, b"abcd").hex(" ", -4)
    'ad0b0000 10000000 61626364 10000000'
    """
    body += options + (bytes(END_MARK) if options else b"")
    total = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + total + body + total


_OUTBOUND: Final = option(OPTION_FLAGS, struct.pack("<I", DIRECTION_OUTBOUND))


class PcapngWriter(CaptureWriter):
    """Writes frames of any link types into a pcapng file; a FrameSink and a context manager.

    The `interface` column of a batch counts in `interfaces`, whose link type and snaplen hold for its frames; of
    each, name and description are written. `comment` is on the section. The target is a path, `"-"` for standard
    output, or a binary file object, which stays open. `compress` is by default what the path's suffix says.

    >>> import io
    >>> from rawkit.files import open_capture
    >>> file = io.BytesIO()
    >>> with PcapngWriter(file, [Interface(1, name="eth0")], comment="an example") as writer:
    ...     writer.write(FrameBatch.from_frames([b"abc"]), {0: "a frame"})
    >>> with open_capture(io.BytesIO(file.getvalue())) as capture:
    ...     print(len(capture.read()), capture.interfaces[0].name, capture.comments)
    1 eth0 [(None, 'an example'), (1, 'a frame')]
    """

    def __init__(
        self,
        target: str | os.PathLike[str] | BinaryIO,
        interfaces: Sequence[Interface],
        *,
        comment: str | None = None,
        compress: Compression | None = None,
    ) -> None:
        self._links = np.array([one.link_type for one in interfaces], dtype=np.int64)
        self._snaplens = np.array([one.snaplen or NO_LIMIT for one in interfaces], dtype=np.int64)
        note = b"" if comment is None else option(OPTION_COMMENT, _text(comment))
        section = block(SECTION_HEADER, struct.pack("<IHHq", BYTE_ORDER_MAGIC, 1, 0, -1), note)
        self._records = RecordTarget(target, compress)
        super().__init__(self._records, section + b"".join(map(_description, interfaces)))

    @property
    def described(self) -> int:
        """How many interfaces the file has."""
        return len(self._links)

    def describe(self, interface: Interface) -> None:
        """Adds an interface, for frames to come; its number is the next one.

        >>> import io
        >>> from rawkit.files import open_capture
        >>> file = io.BytesIO()
        >>> with PcapngWriter(file, [Interface(1, name="eth0")]) as writer:
        ...     writer.describe(Interface(101, name="tun0"))
        >>> with open_capture(io.BytesIO(file.getvalue())) as capture:
        ...     capture.read()
        ...     [one.name for one in capture.interfaces]
        ['eth0', 'tun0']
        """
        self._put(memoryview(_description(interface)))
        self._links = np.append(self._links, interface.link_type)
        self._snaplens = np.append(self._snaplens, interface.snaplen or NO_LIMIT)

    def write(self, batch: FrameBatch, comments: Mapping[int, str | Sequence[str]] | None = None) -> None:
        """Appends all frames, with a comment on each row that `comments` has one for, or several.

        CaptureError for an interface that was not named, another link type than its, or a time before 1970.
        """
        if not len(batch):
            return
        self._check(batch)
        payload = Payload(batch, self._snaplens[batch.interface])
        options = _Options(batch, comments or {})
        padded = (payload.captured + 3) // 4 * 4
        sizes = ENHANCED_HEADER + padded + options.sizes + TRAILER
        ends = np.cumsum(sizes)
        begins = ends - sizes
        records = np.zeros(int(ends[-1]), dtype=np.uint8)
        pieces(records, ENHANCED_HEADER)[begins] = _headers(batch, payload, sizes)
        pieces(records, TRAILER)[ends - TRAILER] = sizes.astype("<u4").view(f"V{TRAILER}")
        payload.lay(records, begins + ENHANCED_HEADER)
        options.lay(records, begins + ENHANCED_HEADER + padded)
        self._records.write_records(records, ends)

    def _check(self, batch: FrameBatch) -> None:
        low, high = int(batch.interface.min()), int(batch.interface.max())
        if low < 0 or high >= len(self._links):
            raise CaptureError(f"{self._target.name}: interface {high} is not in the file: name it at the start")
        if (self._links[batch.interface] != batch.link_type).any():
            raise CaptureError(f"{self._target.name}: link type differs from its interface's: add an interface")
        if int(batch.timestamp.min()) < 0:
            raise CaptureError(f"{self._target.name}: time before 1970: leave the frame out")


def _text(text: str) -> bytes:
    """UTF-8, cut to what an option can hold."""
    return text.encode()[:0xFFFF].decode(errors="ignore").encode()


def _description(interface: Interface) -> bytes:
    named = ((OPTION_NAME, interface.name), (OPTION_DESCRIPTION, interface.description))
    options = b"".join(option(code, _text(value)) for code, value in named if value)
    options += option(OPTION_RESOLUTION, bytes([NANOSECOND_RESOLUTION]))
    body = struct.pack("<HHI", interface.link_type, 0, interface.snaplen)
    return block(INTERFACE_DESCRIPTION, body, options)


def _headers(batch: FrameBatch, payload: Payload, sizes: Int64s) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    """The 28 bytes before each packet."""
    headers = np.empty((len(batch), ENHANCED_HEADER // 4), dtype="<u4")
    headers[:, 0], headers[:, 1], headers[:, 2] = ENHANCED_PACKET, sizes, batch.interface
    headers[:, 3], headers[:, 4] = batch.timestamp >> 32, batch.timestamp & 0xFFFFFFFF
    headers[:, 5], headers[:, 6] = payload.captured, payload.length
    return headers.view(f"V{ENHANCED_HEADER}").reshape(-1)


class _Options:
    """The options of a batch's packets: OUTBOUND for what this host sent, then comments, then the end mark."""

    def __init__(self, batch: FrameBatch, comments: Mapping[int, str | Sequence[str]]) -> None:
        outgoing = batch.status & OUTGOING != 0
        self._outgoing = np.flatnonzero(outgoing)
        self._comments = {
            row: b"".join(
                option(OPTION_COMMENT, _text(text)) for text in ((found,) if isinstance(found, str) else found)
            )
            for row, found in comments.items()
        }
        self._comment_at = len(_OUTBOUND) * outgoing.astype(np.int64)
        self.sizes = self._comment_at.copy()
        for row, raw in self._comments.items():
            self.sizes[row] += len(raw)
        self.sizes += END_MARK * (self.sizes > 0)

    def lay(self, records: Bytes, at: Int64s) -> None:
        """Writes each packet's options to their place `at`; the end mark is zeros, which are there."""
        pieces(records, len(_OUTBOUND))[at[self._outgoing]] = np.void(_OUTBOUND)
        for row, raw in self._comments.items():
            begin = int(at[row] + self._comment_at[row])
            records[begin : begin + len(raw)] = np.frombuffer(raw, dtype=np.uint8)
