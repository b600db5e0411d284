"""Bytes out: to a path, standard output or a binary file object, compressed on the way where that is asked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, BinaryIO, Final, Literal, Protocol

from rawkit.errors import CaptureError
from rawkit.files.creating import create
from rawkit.files.streams import cannot

Compression = Literal["gzip", "zstd", "xz"]

SUFFIXES: Final[dict[str, Compression]] = {".gz": "gzip", ".zst": "zstd", ".xz": "xz"}


class _Compressor(Protocol):
    def compress(self, data: Any, /) -> bytes: ...
    def flush(self) -> bytes: ...


class Output:
    """Where a capture writer's bytes go; each `write` is one call to the system, unless it takes only a part."""

    def __init__(self, target: str | os.PathLike[str] | BinaryIO, compress: Compression | None) -> None:
        self._owned = isinstance(target, str | os.PathLike) and os.fspath(target) != "-"
        self.name, self._file = _open(target)
        compress = compress or SUFFIXES.get(os.path.splitext(self.name)[1]) if self._owned else compress
        self._compressor: _Compressor | None = None
        self._hand_over: Callable[[], bytes] | None = None
        if compress is not None:
            self._compressor, self._hand_over = _compressor(compress)
        self._held = False
        self._closed = False

    def write(self, data: memoryview) -> None:
        """Writes all of `data`; CaptureError where the system does not take it."""
        self._held = True
        self._put(memoryview(self._compressor.compress(data)) if self._compressor is not None else data)

    def flush(self) -> None:
        """Hands over what a file object of Python's and a compressor may still hold.

        What was written so far can be read from then on; not so from xz, which can only be ended.
        """
        if self._hand_over is not None and self._held:
            self._put(memoryview(self._hand_over()))
        self._held = False
        self._flush_file()

    def _flush_file(self) -> None:
        try:
            self._file.flush()
        except OSError as error:
            raise cannot("write", self.name, error) from None

    def close(self) -> None:
        """Ends the compressed stream, and closes the file unless it was given as an open one."""
        if self._closed:
            return
        try:
            if self._compressor is not None:
                self._put(memoryview(self._compressor.flush()))
            self._flush_file()
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Closes the file as it is, unless it was given as an open one."""
        self._closed = True
        if self._owned:
            self._file.close()

    def _put(self, data: memoryview) -> None:
        try:
            while len(data):
                data = data[self._file.write(data) or 0 :]
        except OSError as error:
            raise cannot("write", self.name, error) from None


def _open(target: str | os.PathLike[str] | BinaryIO) -> tuple[str, BinaryIO]:
    if not isinstance(target, str | os.PathLike):
        return "capture", target
    path = os.fspath(target)
    if path == "-":
        return "standard output", sys.stdout.buffer
    try:
        return path, open(create(path), "wb", buffering=0)
    except OSError as error:
        raise cannot("write", path, error) from None


def _compressor(compress: Compression) -> tuple[_Compressor, Callable[[], bytes] | None]:
    """A compressor, and what makes it give all that it has and go on, where it can."""
    if compress == "gzip":
        import zlib

        gzip = zlib.compressobj(wbits=31)
        return gzip, lambda: gzip.flush(zlib.Z_SYNC_FLUSH)
    if compress == "xz":
        import lzma

        return lzma.LZMACompressor(), None
    if compress == "zstd":
        import zstandard

        zstd = zstandard.ZstdCompressor().compressobj()
        return zstd, lambda: zstd.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    raise CaptureError(f"{compress}: not a compression: use gzip, zstd or xz")
