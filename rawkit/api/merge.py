"""Joining scans: the outputs of a scan's shards, or of a scan and its resumption, as one; what `rawkit merge` does."""

from __future__ import annotations

import csv
import ipaddress
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Final, TextIO

from rawkit.errors import CaptureError
from rawkit.files.creating import create
from rawkit.files.streams import opened

Finding = dict[str, Any]
"""What a port is, by the names of the scan's JSON."""
Key = tuple[str, int, str]
"""A port: host, number, protocol."""


def written(path: str | Path | None) -> AbstractContextManager[TextIO]:
    """What is written to as text: a new file, or standard output; OSError."""
    return nullcontext(sys.stdout) if path is None else open(create(os.fspath(path)), "w", encoding="utf-8")


_NUMBERS: Final = ("port", "reason_ttl", "rtt_ns")
_RANK: Final = {"open": 0, "closed": 1, "unfiltered": 2, "filtered": 3, "open|filtered": 4}
"""The first that is found counts most."""


def merge(paths: Iterable[str | Path]) -> list[Finding]:
    """What all files found together, sorted by address and port.

    Where a port is in several files, open counts more than closed, closed more than filtered, and open|filtered least.
    A last line that was cut short is left out.

    Args:
        paths: what `rawkit synscan --format json` or csv has written.

    Raises CaptureError for a file that cannot be read, or is something else.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     one, other = Path(folder, "1.json"), Path(folder, "2.json")
    ...     _ = one.write_text('{"host":"192.0.2.2","port":80,"state":"filtered"}\\n{"host":"192.0.2.2","po')
    ...     _ = other.write_text('{"host":"192.0.2.2","port":80,"state":"open"}\\n')
    ...     merge([one, other])
    [{'host': '192.0.2.2', 'port': 80, 'state': 'open'}]
    """
    found: dict[Key, Finding] = {}
    for finding in (one for path in paths for one in _read(path)):
        key = finding["host"], finding["port"], finding.get("protocol", "")
        if key not in found or _RANK[finding["state"]] < _RANK[found[key]["state"]]:
            found[key] = finding
    return [found[key] for key in sorted(found, key=_order)]


def _order(key: Key) -> tuple[int, int, str, int]:
    address = ipaddress.ip_address(key[0])
    return address.version, int(address), key[2], key[1]


def _read(path: str | Path) -> Iterator[Finding]:
    try:
        with opened(path) as file:
            text = file.read().decode().replace("\r\n", "\n")
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CaptureError(f"cannot read {path}: {reason}: give the output of a scan") from None
    whole = text[: text.rfind("\n") + 1].splitlines()
    read = _from_csv if whole and whole[0].startswith("host,port,") else _from_json
    try:
        yield from map(_checked, read(whole))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise CaptureError(f"{path} is no output of a scan: give what --format json or csv has written") from None


def _from_json(lines: list[str]) -> Iterator[Finding]:
    return (json.loads(line) for line in lines)


def _from_csv(lines: list[str]) -> Iterator[Finding]:
    for row in csv.DictReader(lines):
        yield {name: int(text) if name in _NUMBERS else text for name, text in row.items() if text}


def _checked(finding: Finding) -> Finding:
    """The finding; ValueError, KeyError or TypeError where it is none."""
    ipaddress.ip_address(finding["host"])
    if not isinstance(finding["port"], int) or finding["state"] not in _RANK:
        raise ValueError(finding)
    return finding
