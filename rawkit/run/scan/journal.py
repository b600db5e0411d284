"""The verdicts of a scan that can be taken up again, for output that is written host by host."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from zlib import crc32

import numpy as np

from rawkit.errors import CaptureError
from rawkit.frames import Int64s
from rawkit.probe.scan.space import Endpoints
from rawkit.probe.scan.values import Verdicts
from rawkit.run.scan.resume import open_own

_ADDRESS: Final = [("high", "<u8"), ("low", "<u8"), ("port", "<u2"), ("is_ipv6", "?"), ("link", "S15")]
"""Of the link its name, of at most 15 bytes (IFNAMSIZ): its number may be another's when a scan goes on."""
_NUMBERS: Final = ("turns", "state", "kind", "ttl", "rtt", "at")
RECORD: Final = np.dtype([(name, "<i8") for name in _NUMBERS] + [("ends", _ADDRESS), ("sender", _ADDRESS)])
"""A verdict in the file."""
MOST: Final = 1 << 16
"""Records of a piece."""


MAGIC: Final = b"rawkit found 2\n\0"
_PIECE: Final = struct.Struct("<III")
"""Before each piece: how many records it has, the CRC-32 of that number, and that of the records."""


class Journal:
    """A file of verdicts; what has been written to it stays there when the process is killed. A context manager.

    Args:
        path: the file; what a crash has cut off at its end is thrown away.
        anew: begin with an empty file.
        links: the names of links by their numbers.
        digest: of the scan that they are of, 32 bytes.

    Raises CaptureError where the file cannot be opened, is of another scan, or is damaged.
    """

    def __init__(self, path: Path, *, anew: bool, links: Mapping[int, str] | None = None, digest: bytes = b"") -> None:
        self._path, self._links, self._head = path, links or {}, MAGIC + digest
        flags = os.O_RDWR | (os.O_CREAT | os.O_TRUNC if anew else 0)
        try:
            self._file = os.fdopen(open_own(path, flags), "r+b", buffering=0)
        except OSError as error:
            told = f"{path}, the verdicts of --resume: {error.strerror}"
            raise CaptureError(f"{told}: bring it back, or begin again with another file") from None
        if anew:
            self._file.write(self._head)
        elif self._file.read(len(self._head)) != self._head:
            raise CaptureError(
                f"{path} has no verdicts of this scan: bring them back, or begin again with another file"
            )
        else:
            self._file.truncate(self._pieces()[-1])
        self._file.seek(0, 2)

    def verdicts(self) -> Iterator[Verdicts]:
        """All that are in the file, in their order."""
        with self._path.open("rb") as file:
            for begin, end in pairwise(self._pieces()):
                file.seek(begin)
                _count, _, told = _PIECE.unpack(file.read(_PIECE.size))
                data = file.read(end - begin - _PIECE.size)
                if crc32(data) != told:
                    raise self.damaged()
                yield _unpacked(np.frombuffer(data, dtype=RECORD), self._links)

    def write(self, verdicts: Verdicts) -> None:
        """Adds verdicts, in one piece; CaptureError where that cannot be."""
        for first in range(0, len(verdicts), MOST):
            data = _packed(verdicts.select(np.arange(first, min(first + MOST, len(verdicts))))).tobytes()
            count = len(data) // RECORD.itemsize
            with writing_results():
                self._file.write(_PIECE.pack(count, crc32(count.to_bytes(4, "little")), crc32(data)) + data)

    def damaged(self) -> CaptureError:
        """What to raise where the verdicts cannot be those that were written."""
        return CaptureError(f"{self._path}, the verdicts of --resume, is damaged: begin again with another file")

    def _pieces(self) -> list[int]:
        """Where each whole piece begins, and where the last ends; CaptureError where one has no true beginning."""
        with self._path.open("rb") as file:
            size, at = file.seek(0, 2), len(self._head)
            places = [at]
            while at + _PIECE.size <= size:
                file.seek(at)
                count, told, _ = _PIECE.unpack(file.read(_PIECE.size))
                if told != crc32(count.to_bytes(4, "little")) or count > MOST:
                    raise self.damaged()
                at += _PIECE.size + count * RECORD.itemsize
                if at <= size:
                    places.append(at)
            return places

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


@contextmanager
def writing_results() -> Iterator[None]:
    """Makes a CaptureError of an OSError in the body; a reader that has gone away is no error.

    >>> with writing_results():
    ...     raise OSError(28, "No space left on device")
    Traceback (most recent call last):
    rawkit.errors.CaptureError: cannot write the results: No space left on device: make room, or give another file
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CaptureError(f"cannot write the results: {error.strerror}: make room, or give another file") from None


def _packed(verdicts: Verdicts) -> Any:
    table = np.zeros(len(verdicts), dtype=RECORD)
    for name in _NUMBERS:
        table[name] = getattr(verdicts, name)
    for name in ("ends", "sender"):
        ends: Endpoints = getattr(verdicts, name)
        for field in ("high", "low", "port", "is_ipv6"):
            table[name][field] = getattr(ends, field)
        for row in np.flatnonzero(ends.zone).tolist():
            table[name]["link"][row] = os.fsencode(ends.link(int(ends.zone[row])))
    return table


def _unpacked(table: Any, links: Mapping[int, str]) -> Verdicts:
    numbers: list[Int64s] = [table[name].astype(np.int64) for name in _NUMBERS]
    turns, state, kind, ttl, rtt, at = numbers
    ends, sender = (_endpoints(table[name], links) for name in ("ends", "sender"))
    return Verdicts(turns, ends, state, kind, ttl, rtt, at, sender)


def _endpoints(table: Any, links: Mapping[int, str]) -> Endpoints:
    high, low, port, is_ipv6, names = (table[name].copy() for name, _ in _ADDRESS)
    numbers = {os.fsencode(name): number for number, name in links.items()}
    zone = np.array([numbers.get(name, 0) for name in names.tolist()] if is_ipv6.any() else [], dtype=np.int64)
    return Endpoints(high, low, port.astype(np.int64), is_ipv6, zone, links)
