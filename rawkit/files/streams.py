"""Bytes in: a file, a pipe or standard input, uncompressed on the way where they begin like gzip, zstd or xz."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO, Final, Protocol

from rawkit.errors import CaptureError

COMPRESSED_CHUNK: Final = 1 << 16
"""Compressed bytes asked for at a time."""
PIECES: Final = (64, 2048)
"""Compressed bytes uncompressed at a time, least and most: even the worst zstd makes 64 MiB of them at most."""
ENOUGH: Final = 1 << 17
"""Uncompressed bytes that a piece should give: pieces grow while they give less, and shrink where they give more."""
XZ_MEMORY: Final = 1 << 28
"""Most memory, in bytes, that an xz file may ask for; `xz -9` asks for 65 MiB."""


class ByteStream(Protocol):
    """Gives bytes as they come.

    Attributes:
        problem: why the bytes ended too early, None where they did not.
    """

    problem: str | None

    def readinto(self, view: memoryview) -> int | None:
        """Bytes put into `view`: as many as are there now, 0 at the end, None where none came in time."""

    def close(self) -> None:
        """Gives back what the stream opened itself."""


class FileStream:
    """The bytes of a binary file object."""

    def __init__(self, file: BinaryIO, name: str, *, owned: bool) -> None:
        self.problem: str | None = None
        self._file, self._name, self._owned = file, name, owned
        self._readinto = _reader(file)

    def readinto(self, view: memoryview) -> int | None:
        try:
            return self._readinto(view)
        except OSError as error:
            raise cannot("read", self._name, error) from None

    def close(self) -> None:
        if self._owned:
            self._file.close()


def _reader(file: Any) -> Callable[[memoryview], int | None]:
    """The method of the file that fills a buffer with at most one system call."""
    found = getattr(file, "readinto1", None) or getattr(file, "readinto", None)
    return found or _copying_reader(file)


def _copying_reader(file: BinaryIO) -> Callable[[memoryview], int | None]:
    read = getattr(file, "read1", file.read)

    def readinto(view: memoryview) -> int | None:
        found = read(len(view))
        if found is None:
            return None
        view[: len(found)] = found
        return len(found)

    return readinto


def cannot(verb: str, name: str, error: OSError) -> CaptureError:
    """The error of a system call on a capture file, as one line."""
    reason = (error.strerror or str(error)).lower()
    advice = "check the path and its permissions" + (", and the space left" if verb == "write" else "")
    return CaptureError(f"{name}: cannot {verb}: {reason}: {advice}")


class Held(str):
    """The path of a file that is open already: it is read through that descriptor, whoever may open the path later.

    >>> held = Held.open("captures/dns.pcap")
    >>> with held.opened() as file:
    ...     held, file.read(2).hex()
    ('captures/dns.pcap', '4d3c')
    """

    __slots__ = ("_descriptor",)
    _descriptor: int

    @classmethod
    def open(cls, path: str) -> Held:
        """Opens the file; CaptureError where it cannot be read."""
        held = cls(path)
        try:
            held._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            if stat.S_ISDIR(os.fstat(held._descriptor).st_mode):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        except OSError as error:
            raise cannot("read", path, error) from None
        return held

    def fileno(self) -> int:
        """The descriptor."""
        return self._descriptor

    def __del__(self) -> None:
        with suppress(AttributeError):  # it was never open
            os.close(self._descriptor)

    def opened(self) -> BinaryIO:
        """The file at its beginning, to be closed by who asks; a pipe where it stands."""
        if stat.S_ISREG(os.fstat(self.fileno()).st_mode):
            os.lseek(self.fileno(), 0, os.SEEK_SET)
        return open(os.dup(self.fileno()), "rb", buffering=0)


def is_file(path: str | os.PathLike[str]) -> bool:
    """Whether a path is that of a regular file, also of one that can no longer be asked for.

    >>> is_file("captures/dns.pcap"), is_file(Held.open("captures/dns.pcap")), is_file("captures")
    (True, True, False)
    """
    return stat.S_ISREG(os.fstat(path.fileno()).st_mode) if isinstance(path, Held) else os.path.isfile(path)


def size_of(path: str | os.PathLike[str]) -> int:
    """Bytes of a file.

    >>> size_of("captures/dns.pcap") == size_of(Held.open("captures/dns.pcap")) > 0
    True
    """
    return (os.fstat(path.fileno()) if isinstance(path, Held) else os.stat(path)).st_size


def opened(path: str | os.PathLike[str]) -> BinaryIO:
    """A file, open for reading without a buffer; OSError where it cannot be."""
    return path.opened() if isinstance(path, Held) else open(path, "rb", buffering=0)


def open_stream(source: str | os.PathLike[str] | BinaryIO) -> tuple[str, FileStream]:
    """The name of a source for messages, and its bytes as they stand; `"-"` is standard input."""
    if isinstance(source, str | os.PathLike):
        path = os.fspath(source)
        if path == "-":
            return "standard input", FileStream(standard_input(), "standard input", owned=False)
        try:
            return path, FileStream(opened(source), path, owned=True)
        except OSError as error:
            raise cannot("read", path, error) from None
    name = getattr(source, "name", None)
    name = name if isinstance(name, str) else "capture"
    return name, FileStream(source, name, owned=False)


def standard_input() -> BinaryIO:
    """Standard input, as bytes; CaptureError where it is closed: Python has None for it then."""
    if sys.stdin is None:
        raise CaptureError("standard input is closed: give a file, or send it from /dev/null")
    return sys.stdin.buffer


class Codec(Protocol):
    """What the uncompressing objects of zlib, lzma and zstandard have in common: one frame of their format."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


def codec_of(head: bytes) -> tuple[str, Callable[[], Codec]] | None:
    """The name of the compression that the bytes begin with, and what makes a codec for it.

    >>> codec_of(bytes.fromhex("1f8b0800"))[0]
    'gzip'
    """
    for name, magic, make in CODECS:
        if head.startswith(magic):
            return name, make
    return None


def _gzip() -> Codec:
    import zlib

    return zlib.decompressobj(wbits=31)


def _zstd() -> Codec:
    import zstandard

    return zstandard.ZstdDecompressor().decompressobj()


def _xz() -> Codec:
    import lzma

    return lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=XZ_MEMORY)


CODECS: Final = (
    ("gzip", b"\x1f\x8b", _gzip),
    ("zstd", b"\x28\xb5\x2f\xfd", _zstd),
    ("xz", b"\xfd7zXZ\x00", _xz),
)


class Uncompressed:
    """What a compressed stream holds; several compressed frames one after the other are one stream."""

    def __init__(self, source: ByteStream, head: bytes, name: str, make: Callable[[], Codec]) -> None:
        self.problem: str | None = None
        self._source, self._name, self._make = source, name, make
        self._compressed, self._plain = memoryview(head), memoryview(b"")
        self._piece = PIECES[0]
        self._chunk = bytearray(COMPRESSED_CHUNK)
        self._codec: Codec | None = None
        self._ended = False

    def readinto(self, view: memoryview) -> int | None:
        filled = 0
        while filled < len(view) and not self._ended:
            if not self._plain and not self._compressed and (filled or not self._receive()):
                break
            if not self._plain:
                self._plain = self._uncompress()
            taken = self._plain[: len(view) - filled]
            view[filled : filled + len(taken)] = taken
            self._plain = self._plain[len(taken) :]
            filled += len(taken)
        return filled if filled or self._ended else None

    def close(self) -> None:
        self._source.close()

    def _receive(self) -> bool:
        """Gets more compressed bytes; False at the end and where none came in time."""
        count = self._source.readinto(memoryview(self._chunk))
        if count == 0:
            self._end(f"{self._name} stream cut short" if self._codec is not None else None)
        self._compressed = memoryview(bytes(self._chunk[: count or 0]))
        return bool(count)

    def _uncompress(self) -> memoryview:
        piece = bytes(self._compressed[: self._piece])
        if self._codec is None:
            if not piece.strip(b"\0"):  # Tape blocks and xz streams may be padded with zeros.
                self._compressed = self._compressed[len(piece) :]
                return memoryview(b"")
            self._codec = self._make()
        try:
            plain = self._codec.decompress(piece)
        except _codec_errors(self._name) as error:
            self._end(f"{self._name} stream damaged ({error})")
            return memoryview(b"")
        self._piece = min(2 * self._piece, PIECES[1]) if len(plain) < ENOUGH else max(self._piece // 2, PIECES[0])
        used = len(piece)
        if self._codec.eof:
            used -= len(self._codec.unused_data)
            self._codec = None
        self._compressed = self._compressed[used:]
        return memoryview(plain)

    def _end(self, problem: str | None) -> None:
        self._ended, self.problem = True, problem


def _codec_errors(name: str) -> type[Exception]:
    if name == "gzip":
        import zlib

        return zlib.error
    if name == "xz":
        import lzma

        return lzma.LZMAError
    import zstandard

    return zstandard.ZstdError
