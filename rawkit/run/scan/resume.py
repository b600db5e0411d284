"""The file of a scan that can be taken up again: its order and targets, and the ledger, in memory that the file shares.

What a process has written to shared memory stays in the file whatever ends the process; only a crash of the whole
machine can lose it.
"""

from __future__ import annotations

import json
import mmap
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

import numpy as np

from rawkit.errors import CaptureError, TargetError
from rawkit.probe.scan.turns import CAPACITY, Ledger
from rawkit.probe.targets import AddressRange
from rawkit.values import dataclass

MAGIC: Final = b"rawkit scan 4\n\0\0"
_PAGE: Final = mmap.PAGESIZE
_MARKS: Final = 16


@dataclass(frozen=True, slots=True)
class ScanCourse:
    """What a scan must have in common with its first part.

    Attributes:
        asked: the targets, ports and exclusions as they were given, to be compared.
        ranges: the addresses that are scanned.
        seed: of the order.
        source_port: which the cookies are for.
        shard: of how many.
        down: hosts that were found not to be there.
    """

    asked: list[str]
    ranges: list[tuple[str, str, str]]
    seed: int
    source_port: int
    shard: tuple[int, int]
    down: int

    def address_ranges(self) -> tuple[AddressRange, ...]:
        """The ranges as values."""
        return tuple(AddressRange(ip_address(a), ip_address(b), scope) for a, b, scope in self.ranges)


def load(path: Path, asked: list[str]) -> ScanCourse | None:
    """The course in a file, None where there is no file.

    Raises CaptureError for a file that is something else, TargetError where it is of another scan.
    """
    try:
        head = path.read_bytes()[: 1 << 26]
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CaptureError(f"cannot read {path}: {error.strerror}: give --resume another file") from None
    if not head.startswith(MAGIC):
        raise CaptureError(f"{path} is no file of --resume: give another name")
    size = int.from_bytes(head[len(MAGIC) : len(MAGIC) + 8], "big")
    fields: dict[str, Any] = json.loads(head[len(MAGIC) + 8 : len(MAGIC) + 8 + size])
    course = ScanCourse(**(fields | {"shard": tuple(fields["shard"])}))
    if course.asked != asked:
        raise TargetError(f"{path} is of another scan: give the same targets, ports and options, or another file")
    return course


def ledger_of(path: Path, course: ScanCourse) -> Ledger:
    """The ledger in the file, which is made where it is not there yet; CaptureError where that cannot be."""
    from dataclasses import asdict  # which no scan needs that is not kept

    text = json.dumps(asdict(course)).encode()
    head = MAGIC + len(text).to_bytes(8, "big") + text
    begin = -(-len(head) // _PAGE) * _PAGE
    size = begin + _PAGE + 2 * CAPACITY
    try:
        if not path.exists():
            _make(path, head, size)
        with path.open("r+b") as file:
            shared = mmap.mmap(file.fileno(), size)
    except OSError as error:
        raise CaptureError(f"cannot write {path}: {error.strerror}: give --resume another file") from None
    marks = np.frombuffer(shared, dtype=np.int64, count=_MARKS // 8, offset=begin)
    turns = np.frombuffer(shared, dtype=np.uint8, count=2 * CAPACITY, offset=begin + _PAGE)
    return Ledger(turns[:CAPACITY], turns[CAPACITY:], marks)


def _make(path: Path, head: bytes, size: int) -> None:
    """Makes the file, whole or not at all."""
    part = path.with_name(f"{path.name}.new")
    with part.open("wb") as new:
        new.write(head)
        new.truncate(size)
    part.replace(path)


def whole_lines(path: Path) -> None:
    """Takes away a last line that was cut as the process was killed: its verdicts were not marked as written."""
    with path.open("r+b") as file:
        end = file.seek(0, 2)
        while end:
            begin = max(end - _PAGE, 0)
            file.seek(begin)
            if found := file.read(end - begin).rfind(b"\n") + 1:
                end = begin + found
                break
            end = begin
        file.truncate(end)
