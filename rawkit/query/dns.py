"""DNS messages of many packets at once: their headers, and what they ask (RFC 1035, section 4.1).

Names of questions are found by walking all messages together, a label at a time; each name is put into words once a
batch. A message over TCP is read where it is whole in its segment, with its length before it (section 4.2.2).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rawkit.decode import layout
from rawkit.decode.rows import Mask
from rawkit.facts import ip_protocols
from rawkit.flow.words.dns import (
    HEADER,
    LONGEST_NAME,
    OPCODE_MASK,
    OPCODE_SHIFT,
    QUESTION,
    RESPONSE,
    TRUNCATED,
    name_at,
)
from rawkit.frames import Int64s
from rawkit.query.levels import Level
from rawkit.query.values import Coded, Part, Spans

PORTS: Final = {53: "dns", 5353: "mdns", 5355: "llmnr"}
LENGTH: Final = 2
"""Bytes of the length before a message over TCP."""


class Number(NamedTuple):
    """A number in the header of a message.

    Attributes:
        skip: bytes before the 16 bits that it is in.
        bits: which of these it is.
        doc: one line: what it says.
    """

    skip: int
    bits: int
    doc: str

    @property
    def shift(self) -> int:
        """Bits below it."""
        return (self.bits & -self.bits).bit_length() - 1

    @property
    def is_flag(self) -> bool:
        """Whether it is one bit."""
        return self.bits.bit_count() == 1


FLAGS: Final = 2
QUESTIONS: Final = 4
"""Bytes before the flags, and before the number of questions."""
NUMBERS: Final = {
    "dns.id": Number(0, 0xFFFF, "transaction id; these fields are those of `mdns` and `llmnr` too"),
    "dns.flags": Number(FLAGS, 0xFFFF, "the 16 flag bits"),
    "dns.flags.response": Number(FLAGS, RESPONSE, "1 where it is an answer"),
    "dns.flags.opcode": Number(FLAGS, OPCODE_MASK << OPCODE_SHIFT, "0: a query"),
    "dns.flags.authoritative": Number(FLAGS, 0x0400, "1 where the answer is the zone's own"),
    "dns.flags.truncated": Number(FLAGS, TRUNCATED, "1 where it did not fit"),
    "dns.flags.recdesired": Number(FLAGS, 0x0100, "1 where recursion is asked for"),
    "dns.flags.recavail": Number(FLAGS, 0x0080, "1 where recursion is offered"),
    "dns.flags.rcode": Number(FLAGS, 0x000F, "how it went: 0 well, 2 SERVFAIL, 3 NXDOMAIN"),
    "dns.count.queries": Number(QUESTIONS, 0xFFFF, "questions"),
    "dns.count.answers": Number(6, 0xFFFF, "answers"),
    "dns.count.auth_rr": Number(8, 0xFFFF, "records of authority"),
    "dns.count.add_rr": Number(10, 0xFFFF, "additional records"),
}
"""The numbers of the header, in its order."""
OF_ANSWERS: Final = ("dns.flags.authoritative", "dns.flags.recavail", "dns.flags.rcode")
"""What Wireshark reads of answers alone."""
MOST_QUESTIONS: Final = 16
"""Questions of a message that are looked at: honest ones have one."""


class Messages(NamedTuple):
    """The messages of a level.

    Attributes:
        level: the packets that they are in.
        rows: which of these have one.
        start: where each begins in the batch's bytes.
        end: where each ends.
        kind: of which protocol each is.
    """

    level: Level
    rows: NDArray[np.intp]
    start: Int64s
    end: Int64s
    kind: NDArray[np.int64]


def messages(level: Level) -> Messages:
    """The messages of the packets of a level: by their ports, as Wireshark knows them."""
    rows = level.rows
    protocol, payload = rows.rows[:, layout.PROTOCOL], rows.rows[:, layout.PAYLOAD]
    is_tcp = protocol == ip_protocols.TCP
    held = (is_tcp | (protocol == ip_protocols.UDP)) & (payload >= 0)
    place = np.where(held, rows.batch.offset + rows.rows[:, layout.TRANSPORT], -1)
    source, destination = (rows.number_at(place, skip, 2).values for skip in (0, 2))
    kind = np.zeros(len(rows), dtype=np.int64)
    for port in PORTS:
        kind = np.where((kind == 0) & ((source == port) | (destination == port)), port, kind)
    start = rows.batch.offset + payload + np.where(is_tcp, LENGTH, 0)
    end = rows.batch.offset + rows.rows[:, layout.END]
    is_whole = ~is_tcp | ((kind == 53) & (start + rows.number_at(start - LENGTH, 0, LENGTH).values <= end))
    found = np.nonzero(held & (kind > 0) & (start + HEADER.size <= end) & is_whole)[0]
    return Messages(level, found, start[found], end[found], kind[found])


def whole(found: Messages, name: str) -> Part:
    """The messages of a protocol, as bytes."""
    port = next(number for number, known in PORTS.items() if known == name)
    start = _of_all(found, found.start, found.kind == port)
    length = _of_all(found, found.end - found.start, found.kind == port).values
    assert isinstance(start.values, np.ndarray)
    assert isinstance(length, np.ndarray)
    data = found.level.rows.batch.data
    return start._replace(values=Spans(data, start.values.astype(np.int64), *(2 * (length.astype(np.int64),))))


def number(found: Messages, name: str) -> Part:
    """A number of the header; some only answers have."""
    asked = NUMBERS[name]
    has = np.ones(len(found.rows), dtype=np.bool_)
    if name in OF_ANSWERS:
        has = _u16(found, found.start + FLAGS) & RESPONSE != 0
    return _of_all(found, (_u16(found, found.start + asked.skip) & asked.bits) >> asked.shift, has)


def names(found: Messages) -> Iterator[Part]:
    """The names that are asked for, a part for the first of each message, the second ..."""
    data = found.level.rows.batch.data
    for count, at in enumerate(_question_places(found)):
        asked = at >= 0
        if count and not asked.any():
            return
        begin, behind = np.where(asked, at, 0), _behind(found, at)
        base = int(found.start.min())
        raw, index = data[base : int(found.end.max())].tobytes(), dict[bytes, int]()
        start, end, begin, behind = (places - base for places in (found.start, found.end, begin, behind))
        codes = np.full(len(at), -1, dtype=np.int64)
        words: list[str] = []
        for row in np.nonzero(asked & (behind > 0))[0].tolist():
            key = raw[begin[row] : behind[row]]
            if key[-1:] != b"\0":  # a pointer: the name goes on in its message
                key = raw[start[row] : end[row]] + begin[row].tobytes()
            if key not in index:
                index[key] = len(words)
                words.append(_worded(raw[start[row] : end[row]], int(begin[row] - start[row])))
            codes[row] = index[key]
        yield _texts(found, codes, words)


def _worded(message: bytes, at: int) -> str:
    try:
        name = name_at(message, at)
    except (ValueError, IndexError):
        return ""
    return "<Root>" if name == "." else name  # as Wireshark calls it


def types(found: Messages, name: str) -> Iterator[Part]:
    """The types, or the classes, that are asked for."""
    skip = 0 if name == "dns.qry.type" else 2
    for at in _question_places(found):
        behind = _behind(found, at)
        mask = (behind >= 0) & (behind + QUESTION.size <= found.end)
        yield _of_all(found, _u16(found, np.where(mask, behind + skip, found.start)), mask)


def _u16(found: Messages, at: Int64s) -> Int64s:
    data = found.level.rows.batch.data
    return data[at].astype(np.int64) << 8 | data[at + 1]


def _of_all(found: Messages, values: Int64s, mask: Mask) -> Part:
    """The part of all packets of the level, of the messages' values."""
    all_values = np.zeros(len(found.level.rows), dtype=np.int64)
    all_mask = np.zeros(len(all_values), dtype=np.bool_)
    all_values[found.rows], all_mask[found.rows] = values, mask
    return Part(all_values, all_mask, found.level.frames)


def _texts(found: Messages, codes: Int64s, words: list[str]) -> Part:
    part = _of_all(found, codes, codes >= 0)
    return part._replace(values=Coded(part.values, words))  # type: ignore[arg-type]


def _question_places(found: Messages) -> Iterator[Int64s]:
    """Where the first question of each message begins, the second ...; -1 where there is none."""
    if not len(found.rows):
        return
    counts = _u16(found, found.start + QUESTIONS)
    at = np.where(counts > 0, found.start + HEADER.size, -1)
    for place in range(1, MOST_QUESTIONS + 1):
        yield at
        behind = _behind(found, at)
        more = (behind >= 0) & (counts > place) & (behind + QUESTION.size <= found.end)
        if not more.any():
            return
        at = np.where(more, behind + QUESTION.size, -1)


def _behind(found: Messages, at: Int64s) -> Int64s:
    """The place behind the names at these places; -1 where a name is not whole, or there is none."""
    data, behind = found.level.rows.batch.data, np.full(len(at), -1, dtype=np.int64)
    rows = np.nonzero((at >= 0) & (at < found.end))[0]
    here = at[rows]
    for _ in range(LONGEST_NAME):
        if not len(rows):
            break
        length = data[here].astype(np.int64)
        is_pointer = length >= 0xC0
        over = np.where(is_pointer, here + 2, here + 1)
        ends = (length == 0) | is_pointer
        behind[rows[ends]] = np.where(over <= found.end[rows], over, -1)[ends]
        here = here + length + 1
        on = ~ends & (length < 0x40) & (here < found.end[rows])
        rows, here = rows[on], here[on]
    return behind
