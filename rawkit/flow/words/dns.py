"""A DNS message in a few words: what was asked, and what was answered (RFC 1035).

It reads on where parsers of whole messages give up: at types of records without a name here, at bytes that are no
text, and up to the place where a message was cut. The work that a message can make grows with its size alone.
"""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

HEADER: Final = struct.Struct(">6H")
QUESTION: Final = struct.Struct(">2H")
RECORD: Final = struct.Struct(">2HIH")
RESPONSE: Final = 0x8000
TRUNCATED: Final = 0x0200
OPCODE_SHIFT: Final = 11
OPCODE_MASK: Final = 15
OPT: Final = 41

MOST_TOLD: Final = 16
"""Questions or answers of a message that are told."""
LONGEST_NAME: Final = 255
"""Bytes (section 2.3.4)."""
MOST_POINTERS: Final = 127
"""A pointer stands in place of a label, or of more (section 4.1.4), and a name has no more labels than that."""

TYPES: Final = {
    1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 13: "HINFO", 15: "MX", 16: "TXT", 28: "AAAA", 29: "LOC",
    33: "SRV", 35: "NAPTR", 39: "DNAME", 41: "OPT", 43: "DS", 44: "SSHFP", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY",
    50: "NSEC3", 51: "NSEC3PARAM", 52: "TLSA", 59: "CDS", 60: "CDNSKEY", 64: "SVCB", 65: "HTTPS", 249: "TKEY",
    250: "TSIG", 251: "IXFR", 252: "AXFR", 255: "ANY", 256: "URI", 257: "CAA",
}  # fmt: skip
"""Types of records (IANA, Domain Name System Parameters)."""
CODES: Final = {
    1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED", 6: "YXDOMAIN", 7: "YXRRSET", 8: "NXRRSET",
    9: "NOTAUTH", 10: "NOTZONE", 16: "BADVERS", 22: "BADTRUNC", 23: "BADCOOKIE",
}  # fmt: skip
"""Codes of answers (the same); those from 16 on take an OPT record (RFC 6891, section 6.1.3)."""
OPERATIONS: Final = {1: "inv_q", 2: "stat", 4: "notify", 5: "update"}
"""What a message is about that is no query (RFC 1035, RFC 1996, RFC 2136), in tcpdump's words."""
NO_ANSWER: Final = "no answer in it"
NAMED: Final = {"NS": 0, "CNAME": 0, "PTR": 0, "DNAME": 0, "MX": 2, "SRV": 6}
"""Where in a record's data its name is."""


class DnsRecord(NamedTuple):
    """A resource record: its type, time to live, and where its data begins and ends in the message."""

    kind: int
    ttl: int
    begin: int
    end: int


def dns_words(message: bytes) -> str:
    """What the message asks, or what it answers; empty where it does neither.

    Raises:
        ValueError, IndexError, struct.error: it is no DNS message.

    >>> dns_words(bytes.fromhex("123401000001000000000000076578616d706c650474657374000001 0001"))
    'A? example.test'
    >>> dns_words(bytes.fromhex("123424000001000000000000076578616d706c650474657374000006 0001"))
    'notify SOA? example.test'
    """
    _, flags, questions, *counts = HEADER.unpack_from(message)
    at, asked = HEADER.size, []
    for number in range(questions):
        name, at = name_at(message, at) if number < MOST_TOLD else "", behind_name(message, at)
        kind, _ = QUESTION.unpack_from(message, at)
        at += QUESTION.size
        if number < MOST_TOLD:
            asked.append(f"{type_name(kind)}? {name}")
    told = _answered(message, flags, at, counts) if flags & RESPONSE else ", ".join(_few(asked, questions))
    operation = flags >> OPCODE_SHIFT & OPCODE_MASK
    return _of_operation(operation, told, flags) if operation and told else told


def _of_operation(number: int, told: str, flags: int) -> str:
    """The same, of a message that is neither a query nor an answer to one: answers have none in them as a rule."""
    name = OPERATIONS.get(number, f"op{number}")
    if not flags & RESPONSE:
        return f"{name} {told}"
    return f"{name} response" if told == NO_ANSWER else f"{name} response, {told}"


def _answered(message: bytes, flags: int, at: int, counts: Sequence[int]) -> str:
    answers, code, remark = [], flags & 15, "truncated" if flags & TRUNCATED else ""
    count = 0
    try:
        for number, record in enumerate(records(message, at, sum(counts))):
            count = min(number + 1, counts[0])
            if number < min(counts[0], MOST_TOLD):
                answers.append(f"{type_name(record.kind)} {_value(message, record)}".rstrip())
            elif record.kind == OPT:
                code |= record.ttl >> 24 << 4
    except (IndexError, struct.error):
        if at == HEADER.size and not answers:
            raise  # Nothing in it says that it is a message at all.
        remark = remark or "cut short"
    end = [CODES.get(code, f"error {code}") if code else "", remark]
    return ", ".join([*_few(answers, count), *filter(None, end)]) or NO_ANSWER


def _few(told: Sequence[str], count: int) -> Sequence[str]:
    """The first of so many, and how many more there are: these were not looked at."""
    return told if count <= MOST_TOLD else [*told, f"{count - MOST_TOLD} more"]


def type_name(number: int) -> str:
    """The name of a type of records.

    >>> type_name(28), type_name(65280)
    ('AAAA', 'TYPE65280')
    """
    return TYPES.get(number, f"TYPE{number}")


def records(message: bytes, at: int, count: int) -> Iterator[DnsRecord]:
    """The records from a place on; IndexError or struct.error where the message ends before their end."""
    for _ in range(count):
        at = behind_name(message, at)
        kind, _, ttl, size = RECORD.unpack_from(message, at)
        at += RECORD.size + size
        if at > len(message):
            raise IndexError(f"a record ends at {at}, the message at {len(message)}")
        yield DnsRecord(kind, ttl, at - size, at)


def name_at(message: bytes, at: int) -> str:
    r"""The name at a place, as a zone file has it: dots and backslashes inside a label have a backslash before them.

    Bytes that are no UTF-8 become escapes.

    >>> print(name_at(b"\3www\7example\0", 0), name_at(b"\0", 0), name_at(b"\5a.\\\xffb\0", 0))
    www.example . a\.\\\xffb
    """
    labels: list[bytes] = []
    pointers = size = 0
    while length := message[at]:
        if length & 0xC0 == 0xC0:
            target, pointers = (length & 0x3F) << 8 | message[at + 1], pointers + 1
            if target >= at or pointers > MOST_POINTERS:
                raise ValueError(f"a pointer at {at} leads to {target}, or there are too many")
            at = target
            continue
        size += length + 1
        if length & 0xC0 or size > LONGEST_NAME or at + length >= len(message):
            raise ValueError(f"no label, or too long a name, at {at}")
        labels.append(message[at + 1 : at + 1 + length].replace(b"\\", b"\\\\").replace(b".", b"\\."))
        at += length + 1
    return _text(b".".join(labels)) or "."


def _text(raw: bytes) -> str:
    r"""UTF-8, with escapes for bytes that are none: as "backslashreplace" does, which takes 0.5 us for each of them.

    >>> print(_text("ä".encode() + bytes.fromhex("ff80")))
    ä\xff\x80
    """
    if raw.isascii():
        return raw.decode("ascii")
    return _WRONG.sub(_escaped, raw.decode("utf-8", "surrogateescape"))


_WRONG: Final = re.compile("[\udc80-\udcff]+")
"""Bytes that are no UTF-8, as Python decodes them (PEP 383)."""


def _escaped(wrong: re.Match[str]) -> str:
    return wrong[0].encode("ascii", "backslashreplace").decode("ascii").replace("\\udc", "\\x")


def behind_name(message: bytes, at: int) -> int:
    """The place behind the name at a place."""
    while 0 < message[at] < 0xC0:
        at += message[at] + 1
    return at + (2 if message[at] else 1)


def _value(message: bytes, record: DnsRecord) -> str:
    """The data of a record where it is short and says something; empty for other types, and for wrong data."""
    kind, data = type_name(record.kind), message[record.begin : record.end]
    try:
        if kind in ("A", "AAAA"):
            return socket.inet_ntop(socket.AF_INET if kind == "A" else socket.AF_INET6, data)
        if kind in NAMED:
            return name_at(message, record.begin + NAMED[kind])
        return " ".join(_strings(data)) if kind == "TXT" else ""
    except (ValueError, IndexError):
        return ""


def _strings(data: bytes) -> Iterator[str]:
    """Strings with their lengths before them (section 3.3)."""
    at = 0
    while at < len(data):
        yield _text(data[at + 1 : at + 1 + data[at]])
        at += data[at] + 1
