"""Writing pcap (draft-ietf-opsawg-pcap)."""

from __future__ import annotations

import os
from typing import BinaryIO

import numpy as np

from rawkit import linktypes
from rawkit.errors import CaptureError
from rawkit.facts.status import VLAN_STRIPPED
from rawkit.files.gather import pieces
from rawkit.files.layout import PCAP_RECORD
from rawkit.files.payload import NO_LIMIT, Payload
from rawkit.files.pcap_head import MICROSECONDS, NANOSECONDS, pcap_head
from rawkit.files.record_target import RecordTarget
from rawkit.files.targets import Compression
from rawkit.files.writer import STRUCT_ORDER, ByteOrder, CaptureWriter
from rawkit.frames import Bytes, FrameBatch


class PcapWriter(CaptureWriter):
    """Writes frames of one link type into a pcap file; a FrameSink and a context manager.

    The target is a path, `"-"` for standard output, or a binary file object, which stays open. `snaplen` is the
    most bytes written of a frame, 0 for all. Timestamps are cut to microseconds where `nanoseconds` is false.
    `compress` is by default what the path's suffix says: .gz, .zst or .xz.

    >>> import io
    >>> file = io.BytesIO()
    >>> with PcapWriter(file, 1) as writer:
    ...     writer.write(FrameBatch.from_frames([b"abc"], timestamps=[1_000_000_002]))
    >>> file.getvalue()[24:].hex(" ", -4)
    '01000000 02000000 03000000 03000000 616263'
    """

    def __init__(
        self,
        target: str | os.PathLike[str] | BinaryIO,
        link_type: int,
        *,
        snaplen: int = 262144,
        nanoseconds: bool = True,
        byteorder: ByteOrder = "little",
        compress: Compression | None = None,
    ) -> None:
        self._link_type, self._snaplen = link_type, snaplen
        self._order, self._tick = STRUCT_ORDER[byteorder], 1 if nanoseconds else 1000
        self._memory: Bytes = np.empty(0, dtype=np.uint8)
        head = pcap_head(link_type, snaplen, self._order, NANOSECONDS if nanoseconds else MICROSECONDS)
        self._records = RecordTarget(target, compress)
        super().__init__(self._records, head)

    def write(self, batch: FrameBatch) -> None:
        """Appends all frames; CaptureError for another link type, or a time that pcap cannot say."""
        if not len(batch):
            return
        self._check(batch)
        payload = Payload(batch, self._snaplen or NO_LIMIT)
        headers = self._headers(batch, payload)
        if self._records.is_direct and not (batch.status & VLAN_STRIPPED).any():
            self._records.write_scattered(headers, PCAP_RECORD, batch.data, batch.offset, payload.captured)
        else:
            self._lay(headers, payload)

    def _lay(self, headers: Bytes, payload: Payload) -> None:
        ends = np.cumsum(payload.captured + PCAP_RECORD)
        begins = ends - payload.captured
        records = self._room(int(ends[-1]))
        pieces(records, PCAP_RECORD)[begins - PCAP_RECORD] = headers.view(f"V{PCAP_RECORD}")
        payload.lay(records, begins)
        self._records.write_records(records, ends)

    def _room(self, size: int) -> Bytes:
        """The same memory again: to touch new memory would cost more than to fill it."""
        if size > len(self._memory):
            self._memory = np.empty(size, dtype=np.uint8)
        return self._memory[:size]

    def _headers(self, batch: FrameBatch, payload: Payload) -> Bytes:
        headers = np.empty((len(batch), 4), dtype=f"{self._order}u4")
        time = batch.timestamp.view(np.uint64)  # not negative; unsigned, NumPy divides it four times as fast
        seconds = time // 10**9
        headers[:, 0], headers[:, 1] = seconds, (time - seconds * 10**9) // self._tick
        headers[:, 2], headers[:, 3] = payload.captured, payload.length
        return headers.reshape(-1).view(np.uint8)

    def _check(self, batch: FrameBatch) -> None:
        others = batch.link_type[batch.link_type != self._link_type]
        if len(others):
            both = f"{linktypes.name(int(others[0]))} frame in a file of {linktypes.name(self._link_type)}"
            raise CaptureError(f"{self._target.name}: {both}: write pcapng, which holds several link types")
        first, last = int(batch.timestamp.min()), int(batch.timestamp.max())
        if first < 0 or last >= 10**9 << 32:
            raise CaptureError(f"{self._target.name}: time outside 1970 to 2106: write pcapng")
