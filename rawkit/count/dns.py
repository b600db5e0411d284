"""DNS by name, by code, and how long answers took (RFC 1035): messages to and from port 53, over UDP and TCP."""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from typing import Final

import numpy as np

from rawkit.count.groups import MOST, Grouped, Groups
from rawkit.decode import Packets, layout
from rawkit.decode.rows import Mask
from rawkit.facts import applications, ip_protocols, transport
from rawkit.flow.table.selecting import selected_rows
from rawkit.flow.table.tracker import Tracked
from rawkit.flow.words.dns import CODES, type_name
from rawkit.frames import Int64s
from rawkit.query import dns
from rawkit.query.levels import Level

MEASURES: Final = ("queries", "answers", "errors", "timed", "waited_ns")
"""Of a name: questions, answers, those with a code other than 0, those whose question was seen, and nanoseconds from
question to answer of these together."""
QUERIES, ANSWERS, ERRORS, TIMED, WAITED = range(len(MEASURES))
WAITING: Final = 1 << 16
"""Questions without an answer that are remembered; the oldest are forgotten for others."""
NAMES: Final = 4
"""Texts of names are remembered until there are so many times as many as names that are kept."""

Transaction = tuple[bool, int, int]
"""Whether it is over TCP, its stream, and the id of the message."""


class DnsCount:
    """Counts messages.

    Args:
        most: names that are kept.

    Attributes:
        codes: answers by code.
        types: questions by type.
        fastest: the least time from a question to its answer, nanoseconds; None where there is none.
        slowest: the greatest.
    """

    def __init__(self, most: int = MOST) -> None:
        self.codes: Counter[str] = Counter()
        self.types: Counter[str] = Counter()
        self.fastest: int | None = None
        self.slowest: int | None = None
        self._groups, self._most = Groups(2, len(MEASURES), QUERIES, most), most
        self._names: dict[tuple[int, int], str] = {}
        self._asked: dict[Transaction, int] = {}

    def add(self, packets: Packets, tracked: Tracked) -> None:
        """Takes the messages of a batch."""
        is_near = (packets.rows[:, layout.PAYLOAD] >= 0) & _has_port(packets)
        if not is_near.any():
            return
        packets, tracked = selected_rows(packets, tracked, is_near)
        found = dns.messages(Level(packets, None))
        rows = found.rows[found.kind == applications.DNS]
        if not len(rows):
            return
        is_answer: Mask = _header(found, "dns.flags.response")[rows] != 0
        code = _header(found, "dns.flags.rcode")[rows]
        ids = _header(found, "dns.id")[rows]
        sums = np.zeros((len(rows), len(MEASURES)), dtype=np.int64)
        sums[:, QUERIES], sums[:, ANSWERS] = ~is_answer, is_answer
        sums[:, ERRORS] = is_answer & (code != 0)
        waited = self._waited(packets, tracked, rows, ids, is_answer)
        sums[:, TIMED], sums[:, WAITED] = waited >= 0, np.maximum(waited, 0)
        self._groups.add(self._keys(found, rows), sums)
        for number, count in zip(*np.unique(code[is_answer], return_counts=True), strict=True):
            self.codes[CODES.get(int(number), f"code {number}") if number else "NOERROR"] += int(count)
        self._count_types(found, rows[~is_answer])

    def names(self) -> tuple[list[str], Grouped]:
        """The names that were asked for, those asked for most first."""
        found = self._groups.grouped()
        return [self._names.get((high, low), "") for high, low in found.keys.tolist()], found

    def _count_types(self, found: dns.Messages, asked: Int64s) -> None:
        part = next(iter(dns.types(found, "dns.qry.type")), None)
        if part is None:
            return
        numbers = part.values[asked[part.mask[asked]]]
        for number, count in zip(*np.unique(numbers, return_counts=True), strict=True):
            self.types[type_name(int(number))] += int(count)

    def _keys(self, found: dns.Messages, rows: Int64s) -> Int64s:
        """A key for the name that each message asks for."""
        part = next(iter(dns.names(found)))
        codes: Int64s = part.values.codes[rows]  # type: ignore[union-attr]
        words = part.values.words  # type: ignore[union-attr]
        used, places = np.unique(codes, return_inverse=True)
        keys = np.array([self._key(words[code] if code >= 0 else "") for code in used.tolist()], dtype=np.int64)
        if len(self._names) > NAMES * self._most:
            kept = set(map(tuple, self._groups.grouped().keys.tolist())) | set(map(tuple, keys.tolist()))
            self._names = {key: name for key, name in self._names.items() if key in kept}
        return keys[places.reshape(-1)]

    def _key(self, name: str) -> tuple[int, int]:
        digest = blake2b(name.lower().encode("utf-8", "surrogatepass"), digest_size=16).digest()
        key = int.from_bytes(digest[:8], signed=True), int.from_bytes(digest[8:], signed=True)
        self._names.setdefault(key, name)
        return key

    def _waited(self, packets: Packets, tracked: Tracked, rows: Int64s, ids: Int64s, is_answer: Mask) -> Int64s:
        """Nanoseconds from the question to each answer; -1 of a question, and where none was seen."""
        waited = np.full(len(rows), -1, dtype=np.int64)
        is_tcp = packets.rows[rows, layout.PROTOCOL] == ip_protocols.TCP
        keys = zip(is_tcp.tolist(), tracked.stream[rows].tolist(), ids.tolist(), strict=True)
        times = packets.batch.timestamp[rows].tolist()
        for place, (key, time, answers) in enumerate(zip(keys, times, is_answer.tolist(), strict=True)):
            if not answers:
                self._asked.setdefault(key, time)
                if len(self._asked) > WAITING:
                    del self._asked[next(iter(self._asked))]
            elif key in self._asked:
                waited[place] = max(time - self._asked.pop(key), 0)
        self._note(waited[waited >= 0])
        return waited

    def _note(self, waited: Int64s) -> None:
        if len(waited):
            least, most = int(waited.min()), int(waited.max())
            self.fastest = least if self.fastest is None else min(self.fastest, least)
            self.slowest = most if self.slowest is None else max(self.slowest, most)


def _has_port(packets: Packets) -> Mask:
    """Which packets of UDP and TCP have the port of DNS."""
    ports = packets.number_at(packets.place(layout.TRANSPORT), transport.SRC_PORT, transport.PORTS_LEN)
    is_either = np.isin(packets.rows[:, layout.PROTOCOL], (ip_protocols.TCP, ip_protocols.UDP))
    has: Mask = (ports.values >> 16 == applications.DNS) | (ports.values & 0xFFFF == applications.DNS)
    return ports.mask & is_either & has


def _header(found: dns.Messages, name: str) -> Int64s:
    """A number of the messages' headers, of each packet of the batch."""
    values = dns.number(found, name).values
    assert isinstance(values, np.ndarray)
    return values.astype(np.int64)
