"""Which DNS exchange led to an address: questions and answers over UDP (RFC 1035), in bounded memory."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

import numpy as np

from rawkit.decode import Packets, layout
from rawkit.facts import applications, ethertypes, ipv4, ipv6
from rawkit.flow.latency.values import Lookup
from rawkit.flow.words.dns import HEADER, QUESTION, RESPONSE, behind_name, name_at, records
from rawkit.values import dataclass, field

MOST: Final = 1 << 16
"""Questions, and addresses, that are remembered; the oldest are forgotten for others."""
LEADS: Final = 5_000_000_000
"""Nanoseconds after an answer in which a connection to its address is taken for its consequence."""
PATIENCE: Final = 60_000_000_000
"""Nanoseconds after which the same question begins another lookup, if nobody has answered."""
ADDRESS_TYPES: Final = {1: 4, 28: 16}
"""A and AAAA, and how many bytes their data has (RFC 1035, RFC 3596)."""
AT_ONCE: Final = 4
"""Lookups that are remembered of one address."""


@dataclass(slots=True)
class Asked:
    """A lookup that a host has begun: of a name, whatever types it asks for (getaddrinfo waits for A and AAAA)."""

    name: str
    time: int
    frame: int
    waiting: set[int] = field(default_factory=set)
    answers: list[tuple[int, int]] = field(default_factory=list)
    used: bool = False

    def until(self, time: int) -> Lookup | None:
        """The lookup as it was at a time; None where nothing was answered by then."""
        ends = [answer for answer in self.answers if answer[0] <= time]
        if not ends or time - ends[-1][0] > LEADS:
            return None
        end, frame = ends[-1]
        return Lookup(self.name, self.time, end - self.time, (self.frame, frame))


class Lookups:
    """Remembers what hosts have asked for, and the addresses that they were told."""

    def __init__(self) -> None:
        self._asked: dict[tuple[bytes, str], Asked] = {}
        self._told: dict[tuple[bytes, bytes], list[Asked]] = {}

    def take(self, packets: Packets) -> None:
        """Looks at the DNS messages of a batch."""
        source, destination = packets["udp.srcport"], packets["udp.dstport"]
        is_answer = source.mask & (source.values == applications.DNS)
        is_near = is_answer | (destination.mask & (destination.values == applications.DNS))
        for row in np.flatnonzero(is_near).tolist():
            time, frame = int(packets.batch.timestamp[row]), int(packets.numbers[row])
            ends = addresses(packets, row)
            if ends is None:
                continue
            try:
                self._message(packets.payload(row), ends, time, frame)
            except (ValueError, IndexError, struct.error):
                continue  # it is no DNS message, or cut

    def led_to(self, client: bytes, server: bytes, time: int) -> Lookup | None:
        """The lookup after which a client's first SYN went to an address; a lookup leads to one connection."""
        for asked in reversed(self._told.get((client, server), ())):
            found = None if asked.used else asked.until(time)
            if found is not None:
                asked.used = True
                return found
        return None

    @property
    def is_empty(self) -> bool:
        """Whether no address was told."""
        return not self._told

    def _message(self, message: bytes, ends: tuple[bytes, bytes], time: int, frame: int) -> None:
        _, flags, questions, answers, *_ = HEADER.unpack_from(message)
        if questions != 1:
            return
        name, at = name_at(message, HEADER.size), behind_name(message, HEADER.size)
        kind, _ = QUESTION.unpack_from(message, at)
        if not flags & RESPONSE:
            self._question((ends[0], name.lower()), name, kind, time, frame)
            return
        asked = self._asked.get((ends[1], name.lower()))
        if asked is None:
            return
        asked.waiting.discard(kind)
        asked.answers.append((time, frame))
        del asked.answers[:-AT_ONCE]
        for address in _addresses(message, at + QUESTION.size, answers):
            self._tell((ends[1], address), asked)

    def _question(self, key: tuple[bytes, str], name: str, kind: int, time: int, frame: int) -> None:
        asked = self._asked.get(key)
        if asked is None or time - asked.time > PATIENCE or (asked.answers and not asked.waiting):
            asked = Asked(name, time, frame)
            self._asked.pop(key, None)
            self._asked[key] = asked
            if len(self._asked) > MOST:
                del self._asked[next(iter(self._asked))]
        asked.waiting.add(kind)

    def _tell(self, key: tuple[bytes, bytes], asked: Asked) -> None:
        told = self._told.pop(key, [])
        if not told or told[-1] is not asked:
            told.append(asked)
        self._told[key] = told[-AT_ONCE:]
        if len(self._told) > MOST:
            del self._told[next(iter(self._told))]


def _addresses(message: bytes, at: int, count: int) -> Iterator[bytes]:
    for record in records(message, at, count):
        if ADDRESS_TYPES.get(record.kind) == record.end - record.begin:
            yield message[record.begin : record.end]


def addresses(packets: Packets, row: int) -> tuple[bytes, bytes] | None:
    """The addresses of a packet's sender and receiver; None where it is not IP, or cut before them."""
    kind, end = int(packets.rows[row, layout.NET_KIND]), int(packets.rows[row, layout.END])
    places = {ethertypes.IPV4: (ipv4.SRC, ipv4.DST, 4), ethertypes.IPV6: (ipv6.SRC, ipv6.DST, 16)}.get(kind)
    net = int(packets.rows[row, layout.NET])
    if places is None or net < 0 or net + places[1] + places[2] > end:
        return None
    start = int(packets.batch.offset[row]) + net
    data = packets.batch.data
    source, destination = (data[start + at : start + at + places[2]].tobytes() for at in places[:2])
    return source, destination
