"""What comes back to probes, a batch at a time: segments or datagrams, and ICMP errors that quote a probe (RFC 792,
RFC 4443)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rawkit.facts import icmp, icmpv6, ip_protocols, ipv4, ipv6, tcp, udp
from rawkit.facts import status as bits
from rawkit.frames import Bytes, FrameBatch, Int64s
from rawkit.probe.scan.cookie import IDENT, LABEL, SEQUENCE
from rawkit.probe.scan.kinds import CHALLENGE, DATAGRAM, ICMP, ICMPV6, RESET, SYN, SYN_ACK, SYN_SCAN, ScanKind
from rawkit.probe.scan.space import Endpoints, zones
from rawkit.values import dataclass
from rawkit.wire.sum_kernel import is_not_filled_in, is_right

Words = NDArray[np.uint64]
Mask = NDArray[np.bool_]

UNREACHABLE: Final = (
    icmp.NET_UNREACHABLE,
    icmp.HOST_UNREACHABLE,
    icmp.PROTOCOL_UNREACHABLE,
    icmp.PORT_UNREACHABLE,
    icmp.NET_PROHIBITED,
    icmp.HOST_PROHIBITED,
    icmp.COMMUNICATION_PROHIBITED,
)
"""The codes of ICMP's destination unreachable that mean `filtered`, as nmap has it."""

WIDTH: Final = 60 + 8 + 60 + 20
"""Bytes of a packet that are looked at: IPv4 header, ICMP header, and the same quoted."""
_QUOTED: Final = 8
"""Bytes that an error has to quote behind the IP header: ports, and of TCP the sequence number."""
_ELSEWHERE: Final = 1 << 20
"""In place of where a segment ends: not in this frame."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Answers to probes, one entry each; nothing is believed yet.

    Attributes:
        ends: the address and port that was probed.
        own: the address that was probed from, with port 0.
        kind: as in `rawkit.probe.scan.kinds`: `SYN_ACK`, `DATAGRAM` …, or `ICMP` or `ICMPV6` with type and code.
        token: what it repeats of the probe's cookie, uint64, in the cookie's own places.
        known: the places that it repeats, as a mask; of a `SYN` or a `DATAGRAM` none.
        sender: who sent it, with port 0 for ICMP.
        ttl: TTL or hop limit.
        at: when it came, nanoseconds since the epoch.
    """

    ends: Endpoints
    own: Endpoints
    kind: Int64s
    token: Words
    known: Words
    sender: Endpoints
    ttl: Int64s
    at: Int64s

    def __len__(self) -> int:
        return len(self.kind)

    def select(self, rows: Mask | Int64s) -> Answers:
        """The entries that a mask or indices name."""
        parts: Any = [one.select(rows) if isinstance(one, Endpoints) else one[rows] for one in self._parts()]
        return Answers(*parts)

    def joined(self, other: Answers) -> Answers:
        """These, and others behind them."""
        both = zip(self._parts(), other._parts(), strict=True)
        parts: Any = [a.joined(b) if isinstance(a, Endpoints) else np.concatenate([a, b]) for a, b in both]
        return Answers(*parts)

    def _parts(self) -> Iterator[Any]:
        return (getattr(self, name) for name in Answers.__slots__)


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """The first bytes of IP packets, copied out of a batch; cut short or filled up with zeros to the same width.

    Attributes:
        table: packets by bytes, at most `WIDTH`.
        size: bytes of each packet that are there.
        status: bits of `rawkit.frames`.
        at: timestamps.
        link: the number of the link that each came by.
    """

    table: Bytes
    size: Int64s
    status: Int64s
    at: Int64s
    link: Int64s

    @classmethod
    def of(cls, batch: FrameBatch) -> Heads:
        """Those of a batch of packets without link headers, which may be gone afterwards (`packets`)."""
        width = min(int(batch.captured.max(initial=1)), WIDTH)
        size = np.minimum(batch.captured, width).astype(np.int64)
        table = _rows(batch.data, batch.offset, width)
        if len(batch) and size.min() < width:
            table[np.arange(width) >= size[:, None]] = 0
        return cls(table, size, batch.status, batch.timestamp.copy(), batch.interface.astype(np.int64))

    @classmethod
    def joined(cls, parts: Sequence[Heads]) -> Heads:
        """Those of several batches."""
        if len(parts) == 1:
            return parts[0]
        width = max(part.table.shape[1] for part in parts)
        tables = [_widened(part.table, width) for part in parts]
        rest = [np.concatenate([getattr(part, name) for part in parts]) for name in ("size", "status", "at", "link")]
        return cls(np.concatenate(tables), *rest)

    def select(self, rows: Int64s) -> Heads:
        """Some of the frames."""
        return Heads(self.table[rows], self.size[rows], self.status[rows], self.at[rows], self.link[rows])

    def octet(self, place: Int64s) -> Int64s:
        """The byte of each frame at a place; in most batches it is the same in all."""
        last = self.table.shape[1] - 1
        if len(place) and place.min() == place.max():
            column: Bytes = self.table[:, min(int(place[0]), last)]
        else:
            column = self.table[np.arange(len(place)), np.minimum(place, last)]
        return column.astype(np.int64)

    def half(self, place: Int64s) -> Int64s:
        """The 16-bit number at a place."""
        return self.octet(place) << 8 | self.octet(place + 1)

    def word(self, place: Int64s) -> Words:
        """The 32-bit number at a place."""
        return (self.half(place) << 16 | self.half(place + 2)).astype(np.uint64)

    def long(self, place: Int64s) -> Words:
        """The 64-bit number at a place."""
        return self.word(place) << np.uint64(32) | self.word(place + 4)

    def sum(self, begin: Int64s, end: Int64s) -> Int64s:
        """The sum of the 16-bit words between two places (RFC 1071)."""
        total = np.zeros(len(begin), dtype=np.int64)
        for first, last in set(zip(begin.tolist(), end.tolist(), strict=True)):
            rows = np.flatnonzero((begin == first) & (end == last))
            part = self.table[rows, first:last]
            total[rows] = part[:, ::2].sum(axis=1, dtype=np.int64) * 256 + part[:, 1::2].sum(axis=1, dtype=np.int64)
        return total


def _widened(table: Bytes, width: int) -> Bytes:
    more = width - table.shape[1]
    return np.pad(table, ((0, 0), (0, more))) if more else table


def _rows(data: Bytes, begin: Int64s, width: int) -> Bytes:
    """So many bytes from each place on; behind the end of the data, any."""
    if len(begin) and begin.min() >= 0 and begin.max() + width <= len(data):
        whole = np.ascontiguousarray(data)
        windows: Bytes = np.ndarray((len(data) - width + 1, width), np.uint8, whole, strides=(1, 1))
        return windows[begin]
    place = np.minimum(begin[:, None] + np.arange(width), max(len(data) - 1, 0))
    return data[place] if len(data) else np.zeros((len(begin), width), dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class _Header:
    """An IP header in each frame: where it is and what it says."""

    at: Int64s
    is_ipv6: Mask
    next: Int64s
    ttl: Int64s
    protocol: Int64s
    end: Int64s
    whole: Mask


def read_answers(heads: Heads, source_port: int, scan: ScanKind = SYN_SCAN) -> Answers:
    """The answers to a scan's probes from a port; frames that are none, are cut or are damaged are left out.

    IPv6 packets with extension headers are left out.

    >>> len(read_answers(Heads.of(FrameBatch.from_frames([bytes(60)])), 61001))
    0
    """
    header = _header(heads, np.zeros(len(heads.size), dtype=np.int64))
    least = udp.HEADER_LEN if scan.is_udp else tcp.HEADER_LEN
    is_transport = header.whole & (header.protocol == scan.protocol) & (header.next + least <= heads.size)
    errors = np.flatnonzero(header.whole & _is_icmp(header))
    found = _replies(heads, header, np.flatnonzero(is_transport), source_port, scan)
    return found.joined(_errors(heads, header, errors, source_port, scan)) if len(errors) else found


def _header(fields: Heads, at: Int64s) -> _Header:
    version = fields.octet(at) >> 4
    is_ipv6 = version == 6
    length = np.where(is_ipv6, ipv6.HEADER_LEN, (fields.octet(at) & 15) * 4)
    stated = np.where(is_ipv6, fields.half(at + ipv6.PAYLOAD_LENGTH) + length, fields.half(at + ipv4.TOTAL_LENGTH))
    fragment = np.where(is_ipv6, 0, fields.half(at + ipv4.FLAGS_FRAGMENT))
    offset, goes_on = fragment & ipv4.FRAGMENT_MASK, fragment >> ipv4.FLAGS_SHIFT & ipv4.MORE_FRAGMENTS
    whole = ((version == 4) | is_ipv6) & (length >= ipv4.HEADER_LEN) & (offset == 0) & (at + length <= fields.size)
    return _Header(
        at=at,
        is_ipv6=is_ipv6,
        next=at + length,
        ttl=fields.octet(at + np.where(is_ipv6, ipv6.HOP_LIMIT, ipv4.TTL)),
        protocol=fields.octet(at + np.where(is_ipv6, ipv6.NEXT_HEADER, ipv4.PROTOCOL)),
        end=np.where(goes_on, _ELSEWHERE, at + stated),
        whole=whole,
    )


def _is_icmp(header: _Header) -> Mask:
    wanted: Mask = header.protocol == np.where(header.is_ipv6, ip_protocols.ICMPV6, ip_protocols.ICMP)
    return wanted


def _select(header: _Header, rows: Int64s) -> _Header:
    return _Header(*(getattr(header, name)[rows] for name in _Header.__slots__))


def _address(fields: Heads, header: _Header, in_ipv4: int, in_ipv6: int, port: Int64s) -> Endpoints:
    if not header.is_ipv6.any():
        return Endpoints(np.zeros(len(port), np.uint64), fields.word(header.at + in_ipv4), port, header.is_ipv6)
    high = np.where(header.is_ipv6, fields.long(header.at + in_ipv6), np.uint64(0))
    low = np.where(header.is_ipv6, fields.long(header.at + in_ipv6 + 8), fields.word(header.at + in_ipv4))
    return Endpoints(high, low, port, header.is_ipv6, zones(header.is_ipv6, high, fields.link))


def _replies(fields: Heads, header: _Header, rows: Int64s, source_port: int, scan: ScanKind) -> Answers:
    """Segments or datagrams to the port."""
    fields, header = fields.select(rows), _select(header, rows)
    kind, token, known = _datagrams(len(rows)) if scan.is_udp else _segments(fields, header, scan)
    good = (kind > 0) & (fields.half(header.next + tcp.DST_PORT) == source_port)
    good &= _is_undamaged(fields, header)
    sender = _address(fields, header, ipv4.SRC, ipv6.SRC, fields.half(header.next + tcp.SRC_PORT))
    own = _address(fields, header, ipv4.DST, ipv6.DST, np.zeros(len(rows), dtype=np.int64)).select(good)
    found = sender.select(good)
    return Answers(found, own, kind[good], token[good], known[good], found, header.ttl[good], fields.at[good])


def _datagrams(count: int) -> tuple[Int64s, Words, Words]:
    """Kind, token and what is known of it: a datagram repeats nothing but addresses and ports."""
    none = np.zeros(count, dtype=np.uint64)
    return np.full(count, DATAGRAM), none, none


def _segments(fields: Heads, header: _Header, scan: ScanKind) -> tuple[Int64s, Words, Words]:
    """The same of segments, which acknowledge a probe, or begin where it acknowledged."""
    flags = fields.octet(header.next + tcp.FLAGS)
    kind = _kind(flags)
    token = fields.word(header.next + tcp.ACKNOWLEDGMENT) - np.uint64(1) & SEQUENCE
    if scan.acknowledges:
        token = np.where(flags & tcp.ACK != 0, token, fields.word(header.next + tcp.SEQUENCE))
    return kind, token, np.where(kind == SYN, np.uint64(0), SEQUENCE)


def _kind(flags: Int64s) -> Int64s:
    """By the flags; ECN's (RFC 3168) do not matter."""
    both = tcp.SYN | tcp.ACK
    alone = flags & (both | tcp.FIN)
    kinds = [flags & tcp.RST != 0, flags & both == both, alone == tcp.ACK, alone == tcp.SYN]
    return np.select(kinds, [RESET, SYN_ACK, CHALLENGE, SYN], 0).astype(np.int64)


def _is_undamaged(fields: Heads, header: _Header) -> Mask:
    """Whether checksums are right, where the kernel has not seen to it and the frame is here as a whole."""
    good = np.ones(len(fields.size), dtype=np.bool_)
    told = fields.status & (bits.CSUM_NOT_READY | bits.CSUM_VALID) != 0
    rows = np.flatnonzero(~told & (header.end <= fields.size) & (header.end > header.next))
    if len(rows):
        one, head = fields.select(rows), _select(header, rows)
        pseudo = _pseudo_sum(one, head)
        total = one.sum(head.next, head.end) + pseudo
        kinds = [head.protocol == ip_protocols.TCP, head.protocol == ip_protocols.UDP]
        stored = one.half(head.next + np.select(kinds, [tcp.CHECKSUM, udp.CHECKSUM], icmp.CHECKSUM))
        good[rows] = is_right(total) | is_not_filled_in(pseudo, head.end - head.next, stored)
        good[rows] |= kinds[1] & (stored == 0) & ~head.is_ipv6  # made without a checksum (RFC 768)
    return good


def _pseudo_sum(fields: Heads, header: _Header) -> Int64s:
    """What the pseudo-header adds (RFC 9293 section 3.1, RFC 8200 section 8.1); nothing to ICMP's."""
    begin = header.at + np.where(header.is_ipv6, ipv6.SRC, ipv4.SRC)
    addresses = fields.sum(begin, begin + np.where(header.is_ipv6, 32, 8))
    total: Int64s = addresses + header.protocol + header.end - header.next
    return np.where(header.protocol == ip_protocols.ICMP, 0, total)


def _errors(fields: Heads, header: _Header, rows: Int64s, source_port: int, scan: ScanKind) -> Answers:
    fields, header = fields.select(rows), _select(header, rows)
    kind, code = fields.octet(header.next), fields.octet(header.next + icmp.CODE)
    quoted = _header(fields, header.next + icmp.HEADER_LEN)
    good = _is_error(kind, code, header.is_ipv6) & quoted.whole & (quoted.is_ipv6 == header.is_ipv6)
    good &= (quoted.protocol == scan.protocol) & (quoted.next + _QUOTED <= fields.size)
    good &= fields.half(quoted.next + tcp.SRC_PORT) == source_port
    good &= _is_undamaged(fields, header)
    ends = _address(fields, quoted, ipv4.DST, ipv6.DST, fields.half(quoted.next + tcp.DST_PORT))
    nothing = np.zeros(len(rows), dtype=np.int64)
    own = _address(fields, quoted, ipv4.SRC, ipv6.SRC, nothing).select(good)
    sender = _address(fields, header, ipv4.SRC, ipv6.SRC, nothing).select(good)
    token, known = _quoted(fields, quoted, scan)
    name = np.where(header.is_ipv6, ICMPV6, ICMP) | kind << 8 | code
    ends, name, token, known = ends.select(good), name[good], token[good], known[good]
    return Answers(ends, own, name, token, known, sender, header.ttl[good], fields.at[good])


def _quoted(fields: Heads, quoted: _Header, scan: ScanKind) -> tuple[Words, Words]:
    """What an error quotes of the cookie, and where that is: of a datagram, what the IP header has of it."""
    if not scan.is_udp:
        return fields.word(quoted.next + tcp.SEQUENCE), np.full(len(quoted.at), SEQUENCE)
    ident = fields.half(quoted.at + ipv4.IDENTIFICATION).astype(np.uint64)
    label = fields.word(quoted.at + ipv6.VERSION_CLASS_LABEL) & np.uint64(ipv6.FLOW_LABEL_MASK)
    return np.where(quoted.is_ipv6, label, ident) << np.uint64(32), np.where(quoted.is_ipv6, LABEL, IDENT)


def _is_error(kind: Int64s, code: Int64s, is_ipv6: Mask) -> Mask:
    """What says that a packet did not get there; the rest of ICMP says nothing about a port."""
    in_ipv4 = (kind == icmp.DESTINATION_UNREACHABLE) & np.isin(code, UNREACHABLE) | (kind == icmp.TIME_EXCEEDED)
    in_ipv6 = (kind == icmpv6.DESTINATION_UNREACHABLE) | (kind == icmpv6.TIME_EXCEEDED)
    in_ipv6 |= kind == icmpv6.PARAMETER_PROBLEM
    found: Mask = (is_ipv6 & in_ipv6) | (~is_ipv6 & in_ipv4)
    return found
