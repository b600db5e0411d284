"""How attempts to connect ended, by server; who aborted connections, and why; the slowest attempts.

What an event says is read by `rawkit.flow.events` from its row. Rows that agree in all that an outcome is told by have
the same one: it is read of one of them.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final, get_args

import numpy as np

from rawkit.count.groups import MOST, Groups
from rawkit.count.traffic import ADDRESS
from rawkit.facts import ethertypes
from rawkit.flow import layout
from rawkit.flow.events import Handshake, HandshakeOutcome, handshake, teardown
from rawkit.flow.row_kernel import side_of
from rawkit.frames import Int64s

OUTCOMES: Final = get_args(HandshakeOutcome)
ATTEMPTS, CONNECT_NS, SYN_REPEATS = 0, 1 + len(OUTCOMES), 2 + len(OUTCOMES)
MEASURES: Final = ("attempts", *OUTCOMES, "connect_ns", "syn_repeats")
"""Of a server: attempts, how many ended how, nanoseconds that those established took together, SYNs sent again."""
WIDTH: Final = ADDRESS + 2
"""Numbers of a server: its address, IP protocol and port."""
SLOWEST: Final = 1000
"""Attempts that are kept, of those that took longest."""
KINDS: Final = {4: ethertypes.IPV4, 6: ethertypes.IPV6}

Reset = tuple[str, str, str]
"""Transport, who aborted (client or server), and why."""


class Attempts:
    """Counts events of handshakes.

    Args:
        most: servers that are kept.
    """

    def __init__(self, most: int = MOST) -> None:
        self.servers = Groups(WIDTH, len(MEASURES), ATTEMPTS, most)
        self._slowest = np.zeros((0, layout.WIDTH), dtype=np.int64)
        self._times = np.zeros(0, dtype=np.int64)
        self._least = 0

    def add(self, events: Int64s) -> None:
        """Takes HANDSHAKE events."""
        rows = events[:, layout.EVENT_ROW :]
        if not len(rows):
            return
        opener = _Side(rows, rows[:, layout.ORIGINATOR])
        outcome = _outcomes(rows, opener, _Side(rows, 1 - rows[:, layout.ORIGINATOR]))
        began, ended = opener[layout.SYN_TIME], rows[:, layout.ACK_TIME]
        took = np.where(
            (outcome == OUTCOMES.index("established")) & (began != layout.NOT_YET) & (ended != layout.NOT_YET),
            ended - began,
            -1,
        )
        sums = np.zeros((len(rows), len(MEASURES)), dtype=np.int64)
        sums[:, ATTEMPTS] = 1
        sums[np.arange(len(rows)), 1 + outcome] = 1
        sums[:, CONNECT_NS] = np.maximum(took, 0)
        sums[:, SYN_REPEATS] = np.maximum(opener[layout.SYNS] - 1, 0)
        self.servers.add(_server(rows), sums)
        known = np.flatnonzero(took >= self._least)
        self._keep(rows[known], took[known])

    def _keep(self, rows: Int64s, took: Int64s) -> None:
        if len(took) > SLOWEST:
            most = np.argpartition(-took, SLOWEST)[:SLOWEST]
            rows, took = rows[np.sort(most)], took[np.sort(most)]
        rows, took = np.concatenate([self._slowest, rows]), np.concatenate([self._times, took])
        order = np.argsort(-took, kind="stable")[:SLOWEST]
        self._slowest, self._times = rows[order], took[order]
        self._least = int(self._times[-1]) + 1 if len(order) == SLOWEST else 0

    def slowest(self) -> list[Handshake]:
        """Those that were established and took longest from the first SYN to the last ACK."""
        return [handshake(row) for row in self._slowest.tolist()]


class _Side:
    """Columns of a side of each row: 0 for A, 1 for B."""

    def __init__(self, rows: Int64s, side: Int64s) -> None:
        self._rows, self._is_b = rows, side != 0

    def __getitem__(self, column: int) -> Int64s:
        a, b = (self._rows[:, side_of(0, side) + column] for side in (0, 1))
        return np.where(self._is_b, b, a)


def _outcomes(rows: Int64s, opener: _Side, answerer: _Side) -> Int64s:
    """How each attempt ended, as places in OUTCOMES."""
    told_by = (
        rows[:, layout.ACK_TIME] != layout.NOT_YET, rows[:, layout.MARKS] & layout.OPENED, rows[:, layout.REST] & 0xFF,
        rows[:, layout.RESET_REASON], answerer[layout.SYNS] > 0, opener[layout.RESETS] > 0,
        opener[layout.LAST_RESET_SEQ] == 1, rows[:, layout.ICMP_ERROR], rows[:, layout.ICMP_VERSION],
    )  # fmt: skip
    first, places = _alike(*told_by)
    found = [OUTCOMES.index(handshake(rows[place].tolist()).outcome) for place in first.tolist()]
    return np.array(found, dtype=np.int64)[places]


def _alike(*columns: Any) -> tuple[Int64s, Int64s]:
    """The first row of each kind, and the kind of each row: rows of a kind agree in all columns."""
    kinds = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        values, places = np.unique(column, return_inverse=True)
        if len(values) > 1:
            kinds = np.unique(kinds * len(values) + places.reshape(-1), return_inverse=True)[1].reshape(-1)
    _, first = np.unique(kinds, return_index=True)
    return first, kinds


def _server(rows: Int64s) -> Int64s:
    """The key of each attempt's server."""
    is_a = rows[:, layout.ORIGINATOR] == 1
    rest = rows[:, layout.REST]
    kind = np.where(rest >> 8 & 0xFF == 4, KINDS[4], KINDS[6])
    high = np.where(is_a, rows[:, layout.A_HIGH], rows[:, layout.B_HIGH])
    low = np.where(is_a, rows[:, layout.A_LOW], rows[:, layout.B_LOW])
    port = np.where(is_a, rows[:, layout.PORTS] >> 16, rows[:, layout.PORTS]) & 0xFFFF
    return np.stack([kind, high, low, rest & 0xFF, port], axis=1)


def resets(events: Int64s) -> Counter[Reset]:
    """Who aborted connections and why, of TEARDOWN events that have a reason; refused attempts are among them."""
    found: Counter[Reset] = Counter()
    rows = events[:, layout.EVENT_ROW :]
    if not len(rows):
        return found
    opener, answerer = _Side(rows, rows[:, layout.ORIGINATOR]), _Side(rows, 1 - rows[:, layout.ORIGINATOR])
    told_by = (
        rows[:, layout.REST] & 0xFF, rows[:, layout.RESET_REASON],
        rows[:, layout.RESET_SIDE] == rows[:, layout.ORIGINATOR],
        opener[layout.SYNS] + answerer[layout.SYNS] + answerer[layout.PACKETS] == 0,
    )  # fmt: skip
    first, places = _alike(*told_by)
    for place, count in zip(first.tolist(), np.bincount(places).tolist(), strict=True):
        end = teardown(rows[place].tolist())
        found[end.transport, str(end.reset_by), str(end.reason)] += count
    return found
