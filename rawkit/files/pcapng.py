"""Reading pcapng: sections, interfaces and comments here, packet blocks in the walk (draft-ietf-opsawg-pcapng)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

import numpy as np

from rawkit.files.clock import clock_table, nanoseconds
from rawkit.files.columns import DAMAGE, WALK_KERNEL, WALK_SHARE, Columns, Taken
from rawkit.files.interfaces import Interface
from rawkit.files.layout import (
    BLOCK_FRAME,
    MAX_RECORD,
    NOTED,
    NOTES,
    OPTION_COMMENT,
    OPTION_END,
    POSITION,
    STATE,
    STOP,
    STOP_BLOCK,
    STOP_LENGTH,
    STOP_RECORD,
)
from rawkit.frames import Bytes, Int64s
from rawkit.kernels import Engine

MAGIC: Final = b"\x0a\x0d\x0d\x0a"
BYTE_ORDERS: Final = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}

_OPTIONS_OF_SECTION: Final = 24
_OPTIONS_OF_INTERFACE: Final = 16
OPTION_NAME: Final = 2
OPTION_DESCRIPTION: Final = 3
OPTION_RESOLUTION: Final = 9
OPTION_TIME_OFFSET: Final = 14

Comment = tuple[int | None, str]
"""The number of the frame that a comment is on (from 1), None for one on a section or interface; and its text."""


class _DamageError(Exception):
    """A block that cannot be read."""


def options(raw: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """Code and value of each whole option in the options part of a block.

    >>> list(options(bytes.fromhex("01000200686900000000 0000"), "<"))
    [(1, b'hi')]
    """
    at = 0
    while at + 4 <= len(raw):
        code, size = struct.unpack_from(f"{order}HH", raw, at)
        if code == OPTION_END or at + 4 + size > len(raw):
            return
        yield code, raw[at + 4 : at + 4 + size]
        at += 4 + (size + 3) // 4 * 4


def _text(value: bytes) -> str:
    return value.rstrip(b"\0").decode(errors="replace")


def read_interface(block: bytes, order: str) -> Interface:
    """An interface description block as a value; options that are too short keep their default."""
    link, snaplen = struct.unpack_from(f"{order}HxxI", block, 8)
    found = dict(options(block[_OPTIONS_OF_INTERFACE:-4], order))
    resolution, offset = found.get(OPTION_RESOLUTION, b""), found.get(OPTION_TIME_OFFSET, b"")
    return Interface(
        link_type=link,
        name=_text(found.get(OPTION_NAME, b"")),
        description=_text(found.get(OPTION_DESCRIPTION, b"")),
        snaplen=snaplen,
        resolution=resolution[0] if resolution else 6,
        time_offset=struct.unpack(f"{order}q", offset)[0] if len(offset) == 8 else 0,
    )


class PcapngWalk:
    """Takes pcapng blocks from windows of a file.

    Attributes:
        interfaces: those described so far, of all sections.
        comments: those read so far.
    """

    def __init__(self, engine: Engine) -> None:
        self.interfaces: list[Interface] = []
        self.comments: list[Comment] = []
        self._engine = engine
        self._order = "<"
        self._base = self._frames = self._work = 0
        self._describe_section()

    def take(self, window: Bytes) -> Taken:
        """The whole blocks at the beginning of the window, as far as they make one batch."""
        used = 0
        while True:
            taken, stop = self._walk(window, used)
            if stop != STOP_BLOCK or len(taken.batch):
                return taken
            try:
                used = self._describe(window, taken.used)
            except _DamageError as damage:
                return Taken(taken.batch, taken.used, str(damage))
            if used == taken.used:
                return taken

    def _walk(self, window: Bytes, used: int) -> tuple[Taken, int]:
        columns, notes = Columns(window), np.zeros(2 * NOTES, dtype=np.int64)
        state = np.zeros(STATE, dtype=np.int64)
        state[POSITION] = used
        rows = self._engine.call(
            WALK_KERNEL,
            "walk_pcapng",
            self._work,
            window,
            state,
            3 if self._order == ">" else 0,
            self._links,
            self._snaplens,
            self._base,
            columns.offset,
            columns.captured,
            columns.length,
            columns.timestamp,
            columns.link_type,
            columns.interface,
            columns.status,
            notes,
        )
        self._work = rows // WALK_SHARE
        self._comment(window, notes[: 2 * int(state[NOTED])].reshape(-1, 2))
        self._frames += rows
        timestamp = nanoseconds(columns.timestamp[:rows], self._clocks, columns.interface[:rows] - self._base)
        stop = int(state[STOP])
        return Taken(columns.batch(rows, timestamp, self._names), int(state[POSITION]), DAMAGE.get(stop)), stop

    def _comment(self, window: Bytes, notes: Int64s) -> None:
        for row, at in notes.tolist():
            (size,) = struct.unpack(f"{self._order}H", window[at + 2 : at + 4].tobytes())
            text = _text(window[at + 4 : at + 4 + size].tobytes())
            self.comments.append((self._frames + row + 1, text))

    def _describe(self, window: Bytes, at: int) -> int:
        """Reads the section header or interface at `at`; returns where it ends, or `at` where it is not whole."""
        head = window[at : at + BLOCK_FRAME].tobytes()
        section = head[:4] == MAGIC
        order = BYTE_ORDERS.get(head[8:12], "") if section else self._order
        if not order:
            raise _DamageError("a section header without a byte order")
        total = self._total(head, order, _OPTIONS_OF_SECTION if section else _OPTIONS_OF_INTERFACE)
        if at + total > len(window):
            return at
        block = window[at : at + total].tobytes()
        if block[-4:] != block[4:8]:
            raise _DamageError(DAMAGE[STOP_LENGTH])
        if section:
            self._start_section(block, order)
        else:
            self._add_interface(block)
        return at + total

    @staticmethod
    def _total(head: bytes, order: str, least: int) -> int:
        total: int = struct.unpack_from(f"{order}I", head, 4)[0]
        if total > MAX_RECORD:
            raise _DamageError(DAMAGE[STOP_RECORD])
        if total < least + 4 or total % 4:
            raise _DamageError(DAMAGE[STOP_LENGTH])
        return total

    def _start_section(self, block: bytes, order: str) -> None:
        (major,) = struct.unpack_from(f"{order}H", block, 12)
        if major != 1:
            raise _DamageError(f"pcapng version {major}, rawkit reads version 1")
        self._order, self._base = order, len(self.interfaces)
        self._keep_comments(block, _OPTIONS_OF_SECTION)
        self._describe_section()

    def _add_interface(self, block: bytes) -> None:
        self.interfaces.append(read_interface(block, self._order))
        self._keep_comments(block, _OPTIONS_OF_INTERFACE)
        self._describe_section()

    def _keep_comments(self, block: bytes, start: int) -> None:
        found = options(block[start:-4], self._order)
        self.comments += [(None, _text(value)) for code, value in found if code == OPTION_COMMENT]

    def _describe_section(self) -> None:
        """Makes the tables that the walk looks interfaces up in."""
        section = self.interfaces[self._base :]
        self._links = np.array([one.link_type for one in section], dtype=np.int64)
        self._snaplens = np.array([one.snaplen for one in section], dtype=np.int64)
        self._clocks = clock_table(section)
        self._names = tuple(one.name for one in self.interfaces)
