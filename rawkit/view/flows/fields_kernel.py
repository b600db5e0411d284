"""Parts of a line of conn.log, as JSON, CSV or Zeek's log: what stands before, behind and in place of a field."""

from __future__ import annotations

from rawkit.flow.conn_log.community_kernel import ID_SIZE
from rawkit.flow.conn_log.record_kernel import UNKNOWN_TRANSPORT, letter, name_part, proto, put_address
from rawkit.flow.layout import (
    CLOSED_TIME,
    HISTORY_LENGTH,
    LAST,
    LOWER,
    NOT_YET,
    PARENT,
    PARENT_COUNT,
    PARENT_NAME,
    PARENT_WIDTH,
    PARENTS,
    START,
)
from rawkit.flow.row_kernel import ip_version
from rawkit.kernels import Ints
from rawkit.kernels.bytes_kernel import u8
from rawkit.view.numbers_kernel import put, put_decimal, put_epoch, put_ipv4, put_ipv6, put_name

# Formats.
JSON = 0
CSV = 1
ZEEK = 2


def key(out: Ints, at: int, name: bytes, form: int) -> int:
    """What stands before a value: JSON's name, else the separator."""
    if form == JSON:
        return put(out, at, name)
    out[at] = 44 if form == CSV else 9
    return at + 1


def first(out: Ints, at: int, name: bytes, form: int) -> int:
    """What stands before the first value of a line: JSON's bracket and name."""
    return put(out, at, name) if form == JSON else at


def quote(out: Ints, at: int, form: int) -> int:
    """What stands behind a text."""
    return put(out, at, b'"') if form == JSON else at


def absent(out: Ints, at: int, form: int) -> int:
    """A field that the flow does not have."""
    if form == JSON:
        return at
    if form == CSV:
        return put(out, at, b",")
    return put(out, at, b"\t-")


def put_optional(out: Ints, at: int, name: bytes, form: int, value: int) -> int:
    """A number that is there where it is not negative."""
    return absent(out, at, form) if value < 0 else put_decimal(out, key(out, at, name, form), value)


def timed(flows: Ints, base: int, form: int, value: int) -> int:
    """A value that Zeek's log does not have of a flow in which no time passed: there it is -1."""
    return -1 if form == ZEEK and flows[base + LAST] == flows[base + START] else value


def known(flows: Ints, base: int, form: int, value: int) -> int:
    """A value that Zeek's log does not have of a transport that Zeek does not know: there it is 0."""
    return 0 if form == ZEEK and proto(flows, base) == UNKNOWN_TRANSPORT else value


def put_timed_duration(flows: Ints, base: int, out: Ints, at: int, name: bytes, form: int, value: int) -> int:
    """The same as a duration; for Zeek it ends when both sides have closed (SetLastTime() in TCPSessionAdapter.cc)."""
    if timed(flows, base, form, value) < 0:
        return absent(out, at, form)
    if form == ZEEK and flows[base + CLOSED_TIME] != NOT_YET:
        value = flows[base + CLOSED_TIME] - flows[base + START]
    return put_epoch(out, key(out, at, name, form), value)


def put_uid(flows: Ints, base: int, out: Ints, at: int) -> int:
    out[at] = 67
    for part in range(2):
        put_uid_part(name_part(flows, base, part), out, at + 1 + 8 * part)
    return at + 17


def put_uid_part(number: int, out: Ints, at: int) -> None:
    """Eight of the sixteen letters of a uid."""
    for place in range(at, at + 8):
        digit = number % 62
        number //= 62
        out[place] = digit + (65 if digit < 26 else 71 if digit < 52 else -4)


def put_parents(flows: Ints, base: int, name: bytes, form: int, out: Ints, at: int) -> int:
    """The uids of the flows that carry this one: a list in JSON, joined in the other formats."""
    first_parent = base + PARENTS
    if flows[first_parent + PARENT] == 0:
        return absent(out, at, form)
    at = key(out, at, name, form)
    for place in range(first_parent, first_parent + PARENT_COUNT * PARENT_WIDTH, PARENT_WIDTH):
        if flows[place + PARENT] == 0:
            break
        at = put_first_or_next(out, at, form, place == first_parent)
        out[at] = 67
        for part in range(2):
            put_uid_part(flows[place + PARENT_NAME + part], out, at + 1 + 8 * part)
        at = quote(out, at + 17, form)
    return put(out, at, b"]") if form == JSON else at


def put_first_or_next(out: Ints, at: int, form: int, is_first: bool) -> int:
    """What stands before a member of a list."""
    if form == JSON:
        return put(out, at, b'["') if is_first else put(out, at, b',"')
    if is_first:
        return at
    return put(out, at, b";") if form == CSV else put(out, at, b",")


def put_endpoint(flows: Ints, base: int, side: int, scratch: Ints, out: Ints, at: int) -> int:
    """The address of side A or B; `scratch` has room for its bytes."""
    version = ip_version(flows, base)
    put_address(flows, base, side, version, scratch, 0)
    return put_ipv4(out, at, scratch, 0) if version == 4 else put_ipv6(out, at, scratch, 0)


def put_history(
    flows: Ints, base: int, text: Ints, index: Ints, letters: int, name: bytes, form: int, out: Ints, at: int
) -> int:
    """The letters, whose names begin at `letters` in the table of names."""
    length = known(flows, base, form, flows[base + HISTORY_LENGTH])
    if length == 0:
        return absent(out, at, form)
    at = key(out, at, name, form)
    for place in range(length):
        found = letter(flows, base, place)
        at = put_name(out, at, text, index, letters + found % LOWER)
        if found >= LOWER:
            out[at - 1] = u8(out, at - 1) | 32
    return quote(out, at, form)


def put_community_id(ids: Ints, i: int, out: Ints, at: int) -> int:
    at = put(out, at, b"1:")
    for position in range(ID_SIZE):
        out[at + position] = ids[ID_SIZE * i + position]
    return at + ID_SIZE
