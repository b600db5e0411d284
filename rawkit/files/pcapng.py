"""Reading pcapng: sections, interfaces and comments here, packet blocks in the walk (draft-ietf-opsawg-pcapng)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

import numpy as np

from rawkit.files.clock import MAX_SECONDS, nanoseconds
from rawkit.files.columns import DAMAGE, WALK_KERNEL, WALK_SHARE, Columns, Taken
from rawkit.files.described import MOST_BYTES, Described
from rawkit.files.interfaces import Interface
from rawkit.files.layout import (
    BLOCK_FRAME,
    INTERFACE_DESCRIPTION,
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

MOST_COMMENTS: Final = 1 << 24
"""Bytes of memory that comments may take, `EACH_COMMENT` and their text each; those behind are only counted."""
EACH_COMMENT: Final = 128

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
        comments: those read so far, as many as there is room for.
    """

    def __init__(self, engine: Engine) -> None:
        self.comments: list[Comment] = []
        self._described = Described()
        self.interfaces = self._described.interfaces
        self._engine = engine
        self._order = "<"
        self._frames = self._work = self._held = self._unkept = 0
        self._room = MOST_COMMENTS
        self._notes = np.zeros(2 * NOTES, dtype=np.int64)

    @property
    def remarks(self) -> list[str]:
        """What of the file was not taken as it stands, so far: a line each."""
        year = 1970 + int(MAX_SECONDS / 31_556_952)
        lines = {
            f"frames with a time past the year {year}, or as far before 1970, which are told at that time": self._held,
            f"comments left out, since those before take {MOST_COMMENTS >> 20} MiB": self._unkept,
        }
        return [f"{line}: {count}" for line, count in lines.items() if count]

    def take(self, window: Bytes) -> Taken:
        """The whole blocks at the beginning of the window, as far as they make one batch."""
        columns, damage = Columns(window), None
        rows = used = 0
        while True:
            rows, used, stop = self._walk(window, used, columns, rows)
            if stop != STOP_BLOCK:
                damage = DAMAGE.get(stop)
                break
            try:
                end = self._describe_all(window, used)
            except _DamageError as found:
                damage = str(found)
                break
            if end == used:
                break
            used = end
        timestamp, held = nanoseconds(columns.timestamp[:rows], self._described.clocks, columns.interface[:rows])
        self._held += held
        self._frames += rows
        return Taken(columns.batch(rows, timestamp, self._described.names), used, damage)

    def _walk(self, window: Bytes, used: int, columns: Columns, row: int) -> tuple[int, int, int]:
        """Takes packets from `used` on into the columns from `row` on; rows and bytes used then, and why it ended."""
        state = np.zeros(STATE, dtype=np.int64)
        state[POSITION] = used
        found = self._engine.call(
            WALK_KERNEL,
            "walk_pcapng",
            self._work,
            window,
            state,
            3 if self._order == ">" else 0,
            self._described.links,
            self._described.snaplens,
            self._described.base,
            columns.offset[row:],
            columns.captured[row:],
            columns.length[row:],
            columns.timestamp[row:],
            columns.link_type[row:],
            columns.interface[row:],
            columns.status[row:],
            self._notes,
        )
        self._work = found // WALK_SHARE
        self._comment(window, row, self._notes[: 2 * int(state[NOTED])].reshape(-1, 2))
        return row + found, int(state[POSITION]), int(state[STOP])

    def _comment(self, window: Bytes, first: int, notes: Int64s) -> None:
        for row, at in notes.tolist():
            (size,) = struct.unpack(f"{self._order}H", window[at + 2 : at + 4].tobytes())
            self._keep(self._frames + first + row + 1, window[at + 4 : at + 4 + size].tobytes())

    def _keep(self, frame: int | None, text: bytes) -> None:
        """Keeps a comment, where there is room for it."""
        self._room -= EACH_COMMENT + len(text)
        if self._room < 0:
            self._unkept += 1
        else:
            self.comments.append((frame, _text(text)))

    def _describe_all(self, window: Bytes, at: int) -> int:
        """Reads the section headers and interfaces that stand at `at` one after the other; returns where they end."""
        while (end := self._describe(window, at)) != at and self._is_description(window, end):
            at = end
        return end

    def _is_description(self, window: Bytes, at: int) -> bool:
        kind = window[at : at + 4].tobytes()
        known = kind == MAGIC or kind == struct.pack(f"{self._order}I", INTERFACE_DESCRIPTION)
        return known and at + BLOCK_FRAME <= len(window)

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
        self._order = order
        self._described.begin_section()
        self._keep_comments(block, _OPTIONS_OF_SECTION)

    def _add_interface(self, block: bytes) -> None:
        if not self._described.add(read_interface(block, self._order)):
            raise _DamageError(f"more interfaces than {MOST_BYTES >> 20} MiB hold")
        self._keep_comments(block, _OPTIONS_OF_INTERFACE)

    def _keep_comments(self, block: bytes, start: int) -> None:
        for code, value in options(block[start:-4], self._order):
            if code == OPTION_COMMENT:
                self._keep(None, value)
