"""IGMP version 3, RFC 3376 section 4: queries with sources, and membership reports."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address
from struct import Struct
from typing import ClassVar, Final

from rawkit.facts.igmp import (
    CHECKSUM,
    MEMBERSHIP_QUERY,
    QUERY_LEN,
    RECORD_LEN,
    RECORDS,
    REPORT_LEN,
    SOURCES,
    V3_MEMBERSHIP_REPORT,
)
from rawkit.values import dataclass
from rawkit.wire.checksum import fill, internet_checksum
from rawkit.wire.fields import Buffer, check_bits, check_multiple, fits, require

_QUERY: Final = Struct("!BBH4sBBH")
_REPORT: Final = Struct("!BBHHH")
_RECORD: Final = Struct("!BBH4s")


def _seal(raw: bytes, checksum: int | None) -> bytes:
    return fill(raw, CHECKSUM, internet_checksum(raw) if checksum is None else checksum)


def _packed(addresses: tuple[IPv4Address, ...]) -> bytes:
    return b"".join(address.packed for address in addresses)


def _sources(data: Buffer, offset: int, count: int) -> tuple[IPv4Address, ...]:
    require("igmp", data, 4 * count, offset)
    return tuple(IPv4Address(bytes(data[at : at + 4])) for at in range(offset, offset + 4 * count, 4))


@dataclass(frozen=True, slots=True)
class Query:
    """A membership query (RFC 3376, section 4.1).

    Attributes:
        group: the group asked about; 0.0.0.0 in a general query.
        sources: the sources asked about.
        max_response: Max Resp Code: under 128 tenths of a second, else a float (section 4.1.1).
        flags: `SUPPRESS`, the querier's robustness (low 3 bits), 4 reserved bits.
        qqic: Querier's Query Interval Code: under 128 seconds, else a float (section 4.1.7).
        checksum: None to compute it.

    >>> Query(IPv4Address("0.0.0.0"), max_response=100, flags=2, qqic=125).pack().hex()
    '1164ec1e00000000027d0000'
    """

    group: IPv4Address
    sources: tuple[IPv4Address, ...] = ()
    max_response: int = 0
    flags: int = 0
    qqic: int = 0
    checksum: int | None = None

    type: ClassVar[int] = MEMBERSHIP_QUERY

    def __post_init__(self) -> None:
        check_bits("igmp", self, max_response=8, flags=8, qqic=8, checksum=16)
        fits("igmp", "number of sources", len(self.sources), 16)

    def pack(self, payload: Buffer = b"") -> bytes:
        """The message, and bytes to follow it, which the checksum covers."""
        start = (self.type, self.max_response, 0, self.group.packed)
        fixed = _QUERY.pack(*start, self.flags, self.qqic, len(self.sources))
        return _seal(fixed + _packed(self.sources) + payload, self.checksum)

    @classmethod
    def unpack(cls, data: Buffer) -> tuple[Query, bytes]:
        """The query and what follows its sources; `DecodeError` where they go past the end."""
        require("igmp", data, QUERY_LEN)
        _, max_response, checksum, group, flags, qqic, count = _QUERY.unpack_from(data)
        sources = _sources(data, SOURCES, count)
        query = cls(IPv4Address(group), sources, max_response, flags, qqic, checksum)
        return query, bytes(data[SOURCES + 4 * count :])


@dataclass(frozen=True, slots=True)
class Record:
    """A group record of a report (RFC 3376, section 4.2.4).

    Attributes:
        type: `MODE_IS_INCLUDE` and so on.
        group: the multicast group.
        sources: unicast addresses that the type is about.
        auxiliary: auxiliary data, a multiple of 4 bytes; version 3 defines none.

    >>> from rawkit.facts.igmp import CHANGE_TO_EXCLUDE
    >>> Record(CHANGE_TO_EXCLUDE, IPv4Address("233.252.0.1")).pack().hex()
    '04000000e9fc0001'
    """

    type: int
    group: IPv4Address
    sources: tuple[IPv4Address, ...] = ()
    auxiliary: bytes = b""

    def __post_init__(self) -> None:
        check_bits("igmp", self, type=8)
        check_multiple("igmp", "auxiliary data", len(self.auxiliary), 4)
        fits("igmp", "length of auxiliary data", len(self.auxiliary) // 4, 8)
        fits("igmp", "number of sources", len(self.sources), 16)

    def pack(self) -> bytes:
        """The record's bytes."""
        counts = len(self.auxiliary) // 4, len(self.sources)
        return _RECORD.pack(self.type, *counts, self.group.packed) + _packed(self.sources) + self.auxiliary


@dataclass(frozen=True, slots=True)
class Report:
    """A membership report (RFC 3376, section 4.2).

    Attributes:
        records: a record a group.
        reserved: the byte behind the type and the 2 bytes behind the checksum, `byte << 16 | bytes`.
        checksum: None to compute it.

    >>> from rawkit.facts.igmp import CHANGE_TO_EXCLUDE
    >>> Report((Record(CHANGE_TO_EXCLUDE, IPv4Address("233.252.0.1")),)).pack().hex()
    '2200f0000000000104000000e9fc0001'
    """

    records: tuple[Record, ...] = ()
    reserved: int = 0
    checksum: int | None = None

    type: ClassVar[int] = V3_MEMBERSHIP_REPORT

    def __post_init__(self) -> None:
        check_bits("igmp", self, reserved=24, checksum=16)
        fits("igmp", "number of records", len(self.records), 16)

    def pack(self, payload: Buffer = b"") -> bytes:
        """The message, and bytes to follow it, which the checksum covers."""
        fixed = _REPORT.pack(self.type, self.reserved >> 16, 0, self.reserved & 0xFFFF, len(self.records))
        return _seal(fixed + b"".join(record.pack() for record in self.records) + payload, self.checksum)

    @classmethod
    def unpack(cls, data: Buffer) -> tuple[Report, bytes]:
        """The report and what follows its records; `DecodeError` where they go past the end."""
        require("igmp", data, REPORT_LEN)
        _, high, checksum, low, count = _REPORT.unpack_from(data)
        end, records = RECORDS, []
        for end, record in _walk(data, count):  # noqa: B007 - the last end is where the rest begins
            records.append(record)
        return cls(tuple(records), high << 16 | low, checksum), bytes(data[end:])


def _walk(data: Buffer, count: int) -> Iterator[tuple[int, Record]]:
    """The records one by one, each with the offset of what follows it."""
    offset = RECORDS
    for _ in range(count):
        require("igmp", data, RECORD_LEN, offset)
        kind, words, sources, group = _RECORD.unpack_from(data, offset)
        addresses = _sources(data, offset + RECORD_LEN, sources)
        start = offset + RECORD_LEN + 4 * sources
        require("igmp", data, 4 * words, start)
        offset = start + 4 * words
        yield offset, Record(kind, IPv4Address(group), addresses, bytes(data[start:offset]))
