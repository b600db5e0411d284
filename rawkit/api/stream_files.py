"""Streams to files: one for each direction, which nobody else can read."""

from __future__ import annotations

import os
from collections import OrderedDict
from typing import Final

from rawkit.errors import CaptureError
from rawkit.files.creating import create
from rawkit.flow.endpoints import Endpoint
from rawkit.sockets.closing import Closes
from rawkit.streams.values import SIDES, Side, Stream

MOST_OPEN: Final = 256
"""Files that are open at once; others are opened again when more comes."""


class StreamFiles(Closes):
    """Writes what each side sent to a file of its own, in a folder; a context manager.

    Files are made anew (mode 0600; who called sudo owns them) and named by the stream and the sender. Bytes that are
    missing are left out.

    Args:
        folder: where; it is made where it is not there.
        side: of which side; None for both.

    Raises CaptureError where a file cannot be written.

    >>> import tempfile
    >>> from rawkit.api.streams import read_streams
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with StreamFiles(folder) as files:
    ...         for stream in read_streams("captures/tcp-half-close.pcap"):
    ...             files.write(stream)
    ...     sorted(os.listdir(folder)), files.count, files.size
    (['tcp-0-client-192.0.2.10-40000', 'tcp-0-server-198.51.100.20-9000'], 2, 33)
    """

    def __init__(self, folder: str, side: Side | None = None) -> None:
        self._folder, self._side = folder, side
        self._open: OrderedDict[str, int] = OrderedDict()
        self._made: set[str] = set()
        self.size = 0
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
        except OSError as error:
            raise CaptureError(f"cannot make the folder {folder}: {error.strerror}: choose another") from None

    @property
    def count(self) -> int:
        """How many files were made."""
        return len(self._made)

    def write(self, stream: Stream) -> None:
        """Adds what a stream, or a part of one, has."""
        for side, endpoint in enumerate((stream.client_endpoint, stream.server_endpoint)):
            if self._side in (None, SIDES[side]) and (data := stream.sent(side)):
                self.add(stream_name(stream, side, endpoint), data)

    def add(self, name: str, data: bytes) -> None:
        """Adds bytes to the file of a name, which is a safe one."""
        try:
            descriptor, left = self._descriptor(name), memoryview(data)
            while left:
                left = left[os.write(descriptor, left) :]
        except OSError as error:
            path = os.path.join(self._folder, name)
            raise CaptureError(f"cannot write {path}: {error.strerror}: choose another folder") from None
        self.size += len(data)

    def _descriptor(self, name: str) -> int:
        if name in self._open:
            self._open.move_to_end(name)
            return self._open[name]
        while len(self._open) >= MOST_OPEN:
            os.close(self._open.popitem(last=False)[1])
        again = name in self._made
        descriptor = create(os.path.join(self._folder, name), keeps=again)
        self._open[name] = descriptor
        self._made.add(name)
        if again:
            os.lseek(descriptor, 0, os.SEEK_END)
        return descriptor

    def close(self) -> None:
        """Closes the files."""
        while self._open:
            os.close(self._open.popitem()[1])


def stream_name(stream: Stream, side: int, endpoint: Endpoint) -> str:
    """The name of a side's file: letters, digits, dots, dashes and underscores."""
    address = endpoint.address.replace(":", "_")
    return f"{stream.protocol}-{stream.number}-{SIDES[side]}-{address}-{endpoint.port}"
