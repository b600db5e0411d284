"""Attempts to connect of one SYN that nobody answered, or that one RST refused, many at a time.

A scan or a flood leaves a million. Their lines differ in times, names and numbers alone. So one of them is written as
any other event, with marks in the place of those, and the others' are filled in, a column at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from itertools import repeat
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from rawkit.facts import ip_protocols
from rawkit.flow import layout
from rawkit.flow.conn_log.record_kernel import name_part
from rawkit.flow.endpoints import BASE_62, UID_LETTERS, Endpoint, Row, address_text
from rawkit.flow.event_names import Name
from rawkit.flow.events import Handshake, Teardown, handshake, teardown
from rawkit.flow.row_kernel import address_high, address_low, ip_protocol, ip_version, port, side_of
from rawkit.frames import Int64s
from rawkit.values import replace
from rawkit.view.moments import When
from rawkit.view.text import epoch, pause

FEW: Final = 8
"""Attempts in an array of events from which on this is worth it."""
TIME, LATER = 1_234_567_890_123_456_789, 987_654_321
STREAM, CLIENT_PORT, SERVER_PORT, FRAME, RESET_FRAME = (1_000_000_007 + 2 * place for place in range(5))
UID, CLIENT, SERVER = "uidmark", "clientmark", "servermark"
"""What stands in the place of what differs; nothing else in a line is like it."""

Columns = Any
"""Rows turned, so that a kernel's function that reads a row gives a column."""
Places = NDArray[np.bool_]


class OneSyn:
    """Writes lines of such attempts, and of their ends, without line ends.

    Args:
        name: `handshakes`, or `teardowns`, which only refused ones have.
        write: writes the line of one.
        when: writes the time in a line of text.
    """

    def __init__(self, name: Name, write: Callable[[Any], str], when: When) -> None:
        self._write = write
        self._of_ends = name == "teardowns"
        self._columns: dict[str, Callable[[Columns], list[Any]]] = {
            when(TIME): lambda rows: list(map(when, self._times(rows))),
            epoch(TIME): lambda rows: list(map(epoch, self._times(rows))),
            pause(LATER): lambda rows: list(map(pause, _waits(rows))),
            str(LATER): _waits,
            UID: _uids,
            str(STREAM): lambda rows: rows[layout.STREAM].tolist(),
            CLIENT: lambda rows: _addresses(rows, rows[layout.ORIGINATOR]),
            str(CLIENT_PORT): lambda rows: _ports(rows, rows[layout.ORIGINATOR]),
            SERVER: lambda rows: _addresses(rows, 1 - rows[layout.ORIGINATOR]),
            str(SERVER_PORT): lambda rows: _ports(rows, 1 - rows[layout.ORIGINATOR]),
            str(FRAME): lambda rows: _opener(rows, layout.SYN_FRAME).tolist(),
            str(RESET_FRAME): lambda rows: rows[layout.RESET_FRAME].tolist(),
        }
        self._marks = re.compile("|".join(re.escape(mark) for mark in self._columns if mark))

    def lines(self, events: Int64s) -> list[str | None]:
        """A line for each of the events that is of such an attempt, None for others, and where there are few."""
        rows, found = events[:, layout.EVENT_ROW :], cast("list[str | None]", [None] * len(events))
        turned = rows.T
        refused = is_refused(turned)
        mine = refused if self._of_ends else refused | is_unanswered(turned)
        if np.count_nonzero(mine) < FEW:
            return found
        kinds = np.where(mine, _opener(turned, layout.SYN_OPTIONS) << 1 | refused, -1)
        for kind in np.unique(kinds[mine]).tolist():
            places = np.nonzero(kinds == kind)[0]
            for place, line in zip(places.tolist(), self._alike(rows[places]), strict=True):
                found[place] = line
        return found

    def _alike(self, rows: Int64s) -> list[str]:
        """The lines of attempts that offer the same, and end in the same way."""
        line = self._write(self._marked(rows[0].tolist())).replace("%", "%%")
        columns = [self._columns[mark](rows.T) for mark in self._marks.findall(line)]
        template = self._marks.sub("%s", line)
        return [template % values for values in zip(*columns, strict=True)]

    def _marked(self, row: Row) -> Handshake | Teardown:
        """What is told of a row, with marks."""
        client, server = (Endpoint(host, port) for host, port in ((CLIENT, CLIENT_PORT), (SERVER, SERVER_PORT)))
        if self._of_ends:
            end = replace(teardown(row), stream=STREAM, uid=UID, client=client, server=server)
            return replace(end, time=TIME, frames=(RESET_FRAME,))
        attempt = replace(handshake(row), stream=STREAM, uid=UID, client=client, server=server, syn_time=TIME)
        if attempt.reset_time is None:
            return replace(attempt, frames=(FRAME,))
        return replace(attempt, reset_time=TIME + LATER, frames=(FRAME, RESET_FRAME))

    def _times(self, rows: Columns) -> list[int]:
        times: list[int] = (rows[layout.RESET_TIME] if self._of_ends else _opener(rows, layout.SYN_TIME)).tolist()
        return times


def is_unanswered(rows: Columns) -> Places:
    """Which rows are an attempt of one SYN, of TCP over IPv4, without anything else."""
    nothing: Places = _is_one_syn(rows) & (_answerer(rows, layout.PACKETS) == 0) & (rows[layout.RESET_REASON] == 0)
    return nothing


def is_refused(rows: Columns) -> Places:
    """Which rows are such a SYN and the RST that refuses it, recorded in that order."""
    refused: Places = (
        _is_one_syn(rows)
        & (_answerer(rows, layout.PACKETS) == 1)
        & (_answerer(rows, layout.RESETS) == 1)
        & (_answerer(rows, layout.SYNS) == 0)
        & (_answerer(rows, layout.FINS) == 0)
        & (rows[layout.RESET_REASON] == layout.REASON_REFUSED)
        & (rows[layout.RESET_SIDE] == 1 - rows[layout.ORIGINATOR])
        & (rows[layout.RESET_TIME] >= _opener(rows, layout.SYN_TIME))
    )
    return refused


_USUAL: Final = layout.HANDSHAKE | layout.TEARDOWN | layout.EMBRYONIC | layout.REFUSAL_WAITS
"""Marks that change nothing in what is told of such an attempt."""


def _is_one_syn(rows: Columns) -> Places:
    """Where the side that opened sent one SYN, of TCP over IPv4, and nothing else happened but what the other did."""
    found: Places = (
        (_opener(rows, layout.PACKETS) == 1)
        & (_opener(rows, layout.SYNS) == 1)
        & (_opener(rows, layout.RESETS) == 0)
        & (_opener(rows, layout.FINS) == 0)
        & (_opener(rows, layout.SYN_OPTIONS) & layout.WITH_ACK == 0)
        & (rows[layout.MARKS] & ~_USUAL == 0)
        & (rows[layout.ICMP_ERROR] == 0)
        & (rows[layout.STRAY_RESETS] == 0)
        & (rows[layout.ACK_TIME] == layout.NOT_YET)
        & (ip_protocol(rows, 0) == ip_protocols.TCP)
        & (ip_version(rows, 0) == 4)
        & (rows[layout.A_LOW] != rows[layout.B_LOW])
    )
    return found


def _opener(rows: Columns, column: int) -> Int64s:
    """A column of the side that sent the SYN."""
    a, b = (rows[side_of(0, side) + column] for side in range(2))
    found: Int64s = np.where(rows[layout.ORIGINATOR] == 0, a, b)
    return found


def _answerer(rows: Columns, column: int) -> Int64s:
    """The same column of the other side."""
    a, b = (rows[side_of(0, side) + column] for side in range(2))
    found: Int64s = np.where(rows[layout.ORIGINATOR] == 0, b, a)
    return found


def _waits(rows: Columns) -> list[int]:
    """Nanoseconds from the SYN to the RST."""
    waits: list[int] = (rows[layout.RESET_TIME] - _opener(rows, layout.SYN_TIME)).tolist()
    return waits


def _addresses(rows: Columns, sides: Int64s) -> list[str]:
    high, low = (np.where(sides == 0, of(rows, 0, 0), of(rows, 0, 1)).tolist() for of in (address_high, address_low))
    return list(map(cache(address_text), high, low, repeat(4)))  # a scan has one address on one side, or few


def _ports(rows: Columns, sides: Int64s) -> list[int]:
    ports: list[int] = np.where(sides == 0, port(rows, 0, 0), port(rows, 0, 1)).tolist()
    return ports


def _uids(rows: Columns) -> list[str]:
    """The connections' names, as `rawkit.flow.endpoints.uid` makes them one by one."""
    letters = np.frombuffer(BASE_62.encode(), dtype=np.uint8)
    text = np.full((rows.shape[1], 1 + UID_LETTERS), ord("C"), dtype=np.uint8)
    for part in range(2):
        number = cast(Int64s, name_part(rows, 0, part))
        for place in range(UID_LETTERS // 2):
            number, digit = np.divmod(number, 62)
            text[:, 1 + part * (UID_LETTERS // 2) + place] = letters[digit]
    size = 1 + UID_LETTERS
    whole = text.tobytes().decode()
    return [whole[at : at + size] for at in range(0, len(whole), size)]
