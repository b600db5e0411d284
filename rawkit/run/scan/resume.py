"""The file of a scan that can be taken up again: its order and targets, and the ledger, in memory that the file shares.

What a process has written to shared memory stays in the file whatever ends the process; only a crash of the whole
machine can lose it. The file is believed only as far as it can be checked: a hash stands over its head, another over
the ledger where the scan was ended in order, and what is scanned must be part of what the command asks for.
"""

from __future__ import annotations

import errno
import hashlib
import json
import mmap
import os
from collections.abc import Sequence
from contextlib import suppress
from io import TextIOWrapper
from ipaddress import ip_address
from pathlib import Path
from typing import Any, BinaryIO, Final, TextIO

import numpy as np

from rawkit.errors import CaptureError, TargetError
from rawkit.files.creating import create
from rawkit.probe.scan.turns import CAPACITY, Ledger
from rawkit.probe.targets import AddressRange
from rawkit.values import dataclass

MAGIC: Final = b"rawkit scan 5\n\0\0"
LARGEST_HEAD: Final = 1 << 26
"""Bytes that a course may have."""
_HASH: Final = 32
_HEAD: Final = len(MAGIC) + 8 + _HASH
"""Bytes before the course: the magic, its size, its hash."""
_PAGE: Final = mmap.PAGESIZE
_MARKS: Final = 16
_SEAL: Final = slice(_MARKS, _MARKS + _HASH)
"""Where the hash of the ledger stands in its first page: zeros while a scan is under way."""
_NO_SEAL: Final = bytes(_HASH)


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

    @property
    def digest(self) -> bytes:
        """What the other files of the scan are known by."""
        return _hash(_text(self))


def load(path: Path, asked: list[str], wanted: Sequence[AddressRange], shard: tuple[int, int]) -> ScanCourse | None:
    """The course in a file, None where there is no file.

    Args:
        path: the file.
        asked: as in `ScanCourse`.
        wanted: what may be scanned.
        shard: which part.

    Raises CaptureError for a file that is something else or damaged, TargetError where it is of another scan.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
            text = file.read(min(int.from_bytes(head[len(MAGIC) : len(MAGIC) + 8], "big"), LARGEST_HEAD))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CaptureError(f"cannot read {path}: {error.strerror}: give --resume another file") from None
    if not head.startswith(MAGIC):
        raise CaptureError(f"{path} is no file of --resume: give another name")
    if head[-_HASH:] != _hash(text):
        raise _damaged(path)
    course = _course(text, path)
    if course.asked != asked:
        raise TargetError(f"{path} is of another scan: give the same targets, ports and options, or another file")
    if course.shard != shard or not all(_is_within(one, wanted) for one in course.address_ranges()):
        raise _damaged(path)
    return course


def _text(course: ScanCourse) -> bytes:
    from dataclasses import asdict  # which no scan needs that is not kept

    return json.dumps(asdict(course)).encode()


def _course(text: bytes, path: Path) -> ScanCourse:
    try:
        fields: dict[str, Any] = json.loads(text)
        course = ScanCourse(**(fields | {"shard": tuple(fields["shard"])}))
        course.address_ranges()
    except (ValueError, TypeError, KeyError, RecursionError):
        raise _damaged(path) from None
    numbers = {course.seed: 1 << 64, course.source_port: 1 << 16, course.down: 1 << 62}
    if not all(isinstance(one, int) and 0 <= one < limit for one, limit in numbers.items()):
        raise _damaged(path)
    return course


def _is_within(one: AddressRange, wanted: Sequence[AddressRange]) -> bool:
    is_one = one.first.version == one.last.version and int(one.first) <= int(one.last)
    return is_one and any(one.scope == other.scope and one.first in other and one.last in other for other in wanted)


def _damaged(path: Path) -> CaptureError:
    return CaptureError(f"{path}, the file of --resume, is damaged: begin again with another file")


def _hash(data: Any) -> bytes:
    return hashlib.blake2b(data, digest_size=_HASH).digest()


# The ledger ------------------------------------------------------------------------------------------------


class LedgerFile:
    """The ledger of a scan in its file, which is made where it is not there yet; a context manager.

    Args:
        path: the file.
        course: of the scan.
        total: probes that the scan has.

    Raises CaptureError where that cannot be, where there is no room for it on the disk, or where it is damaged.

    Attributes:
        ledger: to be gone on with.
    """

    def __init__(self, path: Path, course: ScanCourse, total: int) -> None:
        text = _text(course)
        head = MAGIC + len(text).to_bytes(8, "big") + _hash(text) + text
        begin = -(-len(head) // _PAGE) * _PAGE
        size = begin + _PAGE + 2 * CAPACITY
        try:
            if not os.path.lexists(path):
                _make(path, head, size)
            with open(open_own(path, os.O_RDWR), "r+b") as file:
                if os.fstat(file.fileno()).st_size != size:
                    raise _damaged(path)
                self._shared = np.frombuffer(mmap.mmap(file.fileno(), size), dtype=np.uint8)[begin:]
        except OSError as error:
            reason = error.strerror
            raise CaptureError(f"cannot write {path}: {reason}: give --resume another file") from None
        self._turns = self._shared[_PAGE:]
        marks = self._shared[:_MARKS].view(np.int64)
        self.ledger = Ledger(self._turns[:CAPACITY], self._turns[CAPACITY:], marks)
        seal = self._shared[_SEAL].tobytes()
        if (seal != _NO_SEAL and seal != self._digest()) or not self.ledger.can_be(total):
            raise _damaged(path)
        self._shared[_SEAL] = 0

    def seal(self) -> None:
        """Puts a hash over the ledger: what changes it afterwards is noticed."""
        self._shared[_SEAL] = np.frombuffer(self._digest(), dtype=np.uint8)

    def _digest(self) -> bytes:
        return _hash(self._shared[:_MARKS].tobytes() + _hash(self._turns))


def prepare() -> None:
    """Loads what making the file takes, which may not be readable when root is given up."""
    import tempfile  # noqa: F401


def _make(path: Path, head: bytes, size: int) -> None:
    """Makes the file, whole or not at all, and with all its room taken: there is no error for a full disk later."""
    descriptor, part = new_beside(path)
    try:
        with open(descriptor, "wb") as new:
            os.posix_fallocate(new.fileno(), 0, size)
            new.write(head)
        os.replace(part, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(part)
        raise


def new_beside(path: Path) -> tuple[int, str]:
    """A new file in the same folder, which nobody else can read, or could have put there: descriptor and path."""
    from tempfile import mkstemp  # which no scan needs that is not kept

    return mkstemp(prefix=f".{path.name}.", dir=path.parent)


def open_own(path: Path, flags: int) -> int:
    """The descriptor of a file of a scan; OSError where it is a link, which another user may have put there."""
    if os.path.islink(path):
        raise OSError(errno.ELOOP, "it is a link")
    if not flags & os.O_CREAT and not os.path.lexists(path):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    return create(os.fspath(path), keeps=not flags & os.O_TRUNC, access=flags & os.O_ACCMODE)


def open_results(path: Path, *, goes_on: bool) -> TextIO:
    """A file for the verdicts of a scan, made anew, or gone on with behind its last whole line; OSError."""
    if not goes_on or not path.is_file():
        return open(create(os.fspath(path)), "w", encoding="utf-8")
    file = open(create(os.fspath(path), keeps=True, access=os.O_RDWR), "r+b")  # noqa: SIM115 - it is given on
    _whole_lines(file)
    return TextIOWrapper(file, encoding="utf-8")


def _whole_lines(file: BinaryIO) -> None:
    """Takes away a last line that was cut as the process was killed: its verdicts were not marked as written."""
    end = file.seek(0, 2)
    while end:
        begin = max(end - _PAGE, 0)
        file.seek(begin)
        if found := file.read(end - begin).rfind(b"\n") + 1:
            end = begin + found
            break
        end = begin
    file.truncate(end)
    file.seek(end)
