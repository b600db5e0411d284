"""The verdicts of a scan that can be taken up again, for output that is written host by host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np

from rawkit.errors import CaptureError
from rawkit.frames import Int64s
from rawkit.probe.scan.space import Endpoints
from rawkit.probe.scan.values import Verdicts

_ADDRESS: Final = [("high", "<u8"), ("low", "<u8"), ("port", "<u2"), ("is_ipv6", "?"), ("link", "S15")]
"""Of the link its name, of at most 15 bytes (IFNAMSIZ): its number may be another's when a scan goes on."""
_NUMBERS: Final = ("turns", "state", "kind", "ttl", "rtt", "at")
RECORD: Final = np.dtype([(name, "<i8") for name in _NUMBERS] + [("ends", _ADDRESS), ("sender", _ADDRESS)])
"""A verdict in the file."""
PIECE: Final = 1 << 16
"""Records that are read at a time."""


class Journal:
    """A file of verdicts; what has been written to it stays there when the process is killed. A context manager.

    Args:
        path: the file; what a crash has cut off at its end is thrown away.
        anew: begin with an empty file.
        links: the names of links by their numbers.

    Raises CaptureError where the file cannot be opened.
    """

    def __init__(self, path: Path, *, anew: bool, links: Mapping[int, str] | None = None) -> None:
        self._path, self._links = path, links or {}
        try:
            self._file = path.open("wb" if anew else "r+b", buffering=0)
        except OSError as error:
            told = f"{path}, the verdicts of --resume: {error.strerror}"
            raise CaptureError(f"{told}: bring it back, or begin again with another file") from None
        size = self._file.seek(0, 2)
        self._file.truncate(size - size % RECORD.itemsize)
        self._file.seek(0, 2)

    def verdicts(self) -> Iterator[Verdicts]:
        """All that are in the file, in their order."""
        with self._path.open("rb") as file:
            while data := file.read(PIECE * RECORD.itemsize):
                yield _unpacked(np.frombuffer(data, dtype=RECORD), self._links)

    def write(self, verdicts: Verdicts) -> None:
        """Adds verdicts, in one piece; CaptureError where that cannot be."""
        if len(verdicts):
            with writing_results():
                self._file.write(_packed(verdicts).tobytes())

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
            table[name]["link"][row] = ends.link(int(ends.zone[row])).encode()
    return table


def _unpacked(table: Any, links: Mapping[int, str]) -> Verdicts:
    numbers: list[Int64s] = [table[name].astype(np.int64) for name in _NUMBERS]
    turns, state, kind, ttl, rtt, at = numbers
    ends, sender = (_endpoints(table[name], links) for name in ("ends", "sender"))
    return Verdicts(turns, ends, state, kind, ttl, rtt, at, sender)


def _endpoints(table: Any, links: Mapping[int, str]) -> Endpoints:
    high, low, port, is_ipv6, names = (table[name].copy() for name, _ in _ADDRESS)
    numbers = {name.encode(): number for number, name in links.items()}
    zone = np.array([numbers.get(name, 0) for name in names.tolist()] if is_ipv6.any() else [], dtype=np.int64)
    return Endpoints(high, low, port.astype(np.int64), is_ipv6, zone, links)
