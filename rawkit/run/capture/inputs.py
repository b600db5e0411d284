"""The files that a capture is read from, which a recording must not destroy."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from rawkit.errors import CaptureError
from rawkit.files.streams import Held

Files = frozenset[tuple[int, int]]
"""Device and inode of each."""


def files_of(sources: Iterable[Any]) -> Files:
    """The files on disk among paths, open files and `-` for standard input, by whatever name.

    >>> len(files_of(["captures/dns.pcap", "captures/../captures/dns.pcap", "/dev/null", "no such file"]))
    1
    """
    return frozenset(found for source in sources for found in _file(source))


def spare(path: str, read: Files) -> None:
    """CaptureError where the path (`-` for standard output) is one of the files that are read: it would be emptied.

    >>> spare("captures/dns.pcap", files_of(["captures/dns.pcap"]))
    Traceback (most recent call last):
    rawkit.errors.CaptureError: captures/dns.pcap: it is being read, and writing would destroy it: write another file
    """
    if read and read & files_of([sys.stdout if path == "-" else path]):
        raise CaptureError(f"{path}: it is being read, and writing would destroy it: write another file")


def _file(source: Any) -> Iterable[tuple[int, int]]:
    with suppress(OSError, AttributeError, ValueError):
        if source == "-":
            found = os.fstat(sys.stdin.fileno())
        elif isinstance(source, str | os.PathLike) and not isinstance(source, Held):
            found = os.stat(source)
        else:
            found = os.fstat(source.fileno())
        if stat.S_ISREG(found.st_mode):
            yield found.st_dev, found.st_ino
