"""Attempts to connect that are one SYN without an answer, many at a time: a scan or a flood leaves a million.

Their lines differ in the time, the names and the numbers alone. So one such attempt is written as any other, with marks
in the place of those, and the others' are filled in, a column at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from rawkit.facts import ip_protocols
from rawkit.flow import layout
from rawkit.flow.conn_log.record_kernel import name_part
from rawkit.flow.endpoints import BASE_62, UID_LETTERS, Endpoint, address_text
from rawkit.flow.events import Handshake, handshake
from rawkit.flow.row_kernel import address_high, address_low, ip_protocol, ip_version, port, side_of
from rawkit.frames import Int64s
from rawkit.values import replace
from rawkit.view.moments import When
from rawkit.view.text import epoch

FEW: Final = 8
"""Attempts in an array of events from which on this is worth it."""
TIME: Final = 1_234_567_890_123_456_789
STREAM, CLIENT_PORT, SERVER_PORT, FRAME = 1_000_000_007, 1_000_000_009, 1_000_000_021, 1_000_000_033
UID, CLIENT, SERVER = "uidmark", "clientmark", "servermark"
"""What stands in the place of what differs; nothing else in a line is like it."""

Columns = Any
"""Rows turned, so that a kernel's function that reads a row gives a column."""


class Unanswered:
    """Writes lines of such attempts, without line ends.

    Args:
        write: writes the line of one.
        when: writes the time in a line of text.
    """

    def __init__(self, write: Callable[[Handshake], str], when: When) -> None:
        self._write = write
        self._columns: dict[str, Callable[[Columns], list[Any]]] = {
            when(TIME): lambda rows: list(map(when, _opener(rows, layout.SYN_TIME).tolist())),
            epoch(TIME): lambda rows: list(map(epoch, _opener(rows, layout.SYN_TIME).tolist())),
            UID: _uids,
            str(STREAM): lambda rows: rows[layout.STREAM].tolist(),
            CLIENT: lambda rows: _addresses(rows, rows[layout.ORIGINATOR]),
            str(CLIENT_PORT): lambda rows: _ports(rows, rows[layout.ORIGINATOR]),
            SERVER: lambda rows: _addresses(rows, 1 - rows[layout.ORIGINATOR]),
            str(SERVER_PORT): lambda rows: _ports(rows, 1 - rows[layout.ORIGINATOR]),
            str(FRAME): lambda rows: _opener(rows, layout.SYN_FRAME).tolist(),
        }
        self._marks = re.compile("|".join(re.escape(mark) for mark in self._columns if mark))

    def lines(self, rows: Int64s) -> list[str | None]:
        """A line for each of the rows that is such an attempt, None for others, and where there are few."""
        found: list[str | None] = [None] * len(rows)
        turned = rows.T
        mine = is_unanswered(turned)
        if np.count_nonzero(mine) < FEW:
            return found
        options = np.where(mine, _opener(turned, layout.SYN_OPTIONS), -1)
        for kind in np.unique(options[mine]).tolist():
            places = np.nonzero(options == kind)[0]
            for place, line in zip(places.tolist(), self._alike(rows[places]), strict=True):
                found[place] = line
        return found

    def _alike(self, rows: Int64s) -> list[str]:
        """The lines of attempts that offer the same."""
        attempt = handshake(rows[0].tolist())
        client, server = (Endpoint(host, port) for host, port in ((CLIENT, CLIENT_PORT), (SERVER, SERVER_PORT)))
        marked = replace(attempt, syn_time=TIME, stream=STREAM, uid=UID, client=client, server=server, frames=(FRAME,))
        line = self._write(marked).replace("%", "%%")
        columns = [self._columns[mark](rows.T) for mark in self._marks.findall(line)]
        template = self._marks.sub("%s", line)
        return [template % values for values in zip(*columns, strict=True)]


def is_unanswered(rows: Columns) -> NDArray[np.bool_]:
    """Which rows are attempts of one TCP packet over IPv4, a SYN, and nothing more."""
    packets = [rows[side_of(0, side) + layout.PACKETS] for side in range(2)]
    known = layout.HANDSHAKE | layout.EMBRYONIC
    found: NDArray[np.bool_] = (
        (packets[0] + packets[1] == 1)
        & (_opener(rows, layout.SYNS) == 1)
        & (_opener(rows, layout.RESETS) == 0)
        & (_opener(rows, layout.SYN_OPTIONS) & layout.WITH_ACK == 0)
        & (rows[layout.MARKS] & ~known == 0)
        & (rows[layout.ICMP_ERROR] == 0)
        & (rows[layout.RESET_REASON] == 0)
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


def _addresses(rows: Columns, sides: Int64s) -> list[str]:
    high, low = (np.where(sides == 0, of(rows, 0, 0), of(rows, 0, 1)).tolist() for of in (address_high, address_low))
    return [address_text(*halves, 4) for halves in zip(high, low, strict=True)]


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
