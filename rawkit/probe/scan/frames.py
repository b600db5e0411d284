"""Probes, a batch at a time: one frame made by `rawkit.wire`, its address, port, number and sums put in by NumPy.

`rawkit.craft` patches any packet of scapy's; importing scapy takes as long as a scan of all ports of a host.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from rawkit import linktypes
from rawkit.facts import ethernet, ethertypes, ipv4, ipv6, tcp, udp
from rawkit.frames import Bytes, FrameBatch, Int64s
from rawkit.probe.scan.cookie import SEQUENCE
from rawkit.probe.scan.kinds import SYN_SCAN, ScanKind
from rawkit.probe.scan.space import Endpoints
from rawkit.wire.address import IPAddress
from rawkit.wire.ethernet import Ethernet
from rawkit.wire.ipv4 import Ipv4
from rawkit.wire.ipv6 import Ipv6
from rawkit.wire.options import Nop
from rawkit.wire.tcp import Tcp
from rawkit.wire.tcp_options import Mss, SackPermitted, Timestamps, WindowScale

if TYPE_CHECKING:
    from rawkit.probe.scan.payloads import Payload

Words = NDArray[np.uint64]
OPTIONS: Final = (Mss(1460), SackPermitted(), Timestamps(1, 0), Nop(), WindowScale(7))
"""Those of a Linux SYN, in its order."""
WINDOW: Final = 64240
_MAC_LEN: Final = 6
_UPPER: Final = np.uint64(32)
_HALF: Final = np.uint64(0xFFFF)


class ProbeFrames:
    """Makes the probes of a scan from one source address and port.

    Args:
        source: address, IPv4 or IPv6.
        source_port: TCP or UDP port.
        source_mac: 6 bytes; None where frames have no Ethernet header.
        scan: which kind.
        payloads: of datagrams, those that some ports get; others get none.

    >>> there = Endpoints(np.zeros(1, "u8"), np.array([0xC0000214], "u8"), np.array([80]), np.array([False]))
    >>> batch = ProbeFrames(IPv4Address("192.0.2.10"), 61001, None).make(there, np.array([7], "u8"), None)
    >>> packet, segment = Ipv4.unpack(batch.frame(0))
    >>> header, _ = Tcp.unpack(segment)
    >>> str(packet.dst), header.dst_port, header.seq, header.flags
    ('192.0.2.20', 80, 7, 2)
    """

    def __init__(
        self,
        source: IPAddress,
        source_port: int,
        source_mac: bytes | None,
        scan: ScanKind = SYN_SCAN,
        payloads: Sequence[Payload] = (),
    ) -> None:
        self._scan, self._version = scan, source.version
        contents = [b"", *(one.content for one in payloads)]
        frames = [_frame(source, source_mac, scan, _transport(source, source_port, scan, one)) for one in contents]
        self._link = linktypes.RAW if source_mac is None else linktypes.ETHERNET
        self._ip = 0 if source_mac is None else ethernet.HEADER_LEN
        self._next = self._ip + (ipv4.HEADER_LEN if self._version == 4 else ipv6.HEADER_LEN)
        self._sum_at = self._next + (udp.CHECKSUM if scan.is_udp else tcp.CHECKSUM)
        self._sizes = np.array([len(one) for one in frames], dtype=np.int32)
        self._bases = np.zeros((len(frames), int(self._sizes.max())), dtype=np.uint8)
        for row, one in enumerate(frames):
            self._bases[row, : len(one)] = np.frombuffer(one, dtype=np.uint8)
        self._sums = _stored_sums(self._bases, self._sum_at)
        self._ip_sums = _stored_sums(self._bases, self._ip + ipv4.CHECKSUM)
        self._choice = _Choice(payloads)

    def make(
        self, ends: Endpoints, cookies: Words, macs: Bytes | None, tries: NDArray[np.uint8] | None = None
    ) -> FrameBatch:
        """A probe to each of the endpoints, in their order.

        Args:
            ends: all of the source address's IP version.
            cookies: the low 32 bits become the number of a segment, those above them the IPv4 identification, and the
                flow label of a datagram in IPv6.
            macs: destination MAC addresses, n by 6; None where frames have no Ethernet header.
            tries: how often each was sent before; a port that has more than one payload gets the next one.
        """
        which = self._choice.of(ends.port, tries) if len(self._bases) > 1 else 0
        frames = np.empty((len(ends), self._bases.shape[1]), dtype=np.uint8)
        frames[:] = self._bases[which]
        if macs is not None:
            frames[:, :_MAC_LEN] = macs
        total = self._sums[which] + ends.port.astype(np.uint64)
        _column(frames, self._next + tcp.DST_PORT, ">u2")[:] = ends.port
        total += self._put_ipv4(frames, ends, cookies, which) if self._version == 4 else self._put_ipv6(frames, ends)
        if not self._scan.is_udp:
            total += self._put_number(frames, cookies & SEQUENCE)
        elif self._version != 4:
            self._put_label(frames, cookies >> _UPPER)
        found = _checksum(total)
        if self._scan.is_udp:
            found[found == 0] = _HALF  # 0 says that there is no checksum (RFC 768)
        _column(frames, self._sum_at, ">u2")[:] = found
        return _batch(frames, np.full(len(ends), self._sizes[which], dtype=np.int32), self._link)

    def _put_number(self, frames: Bytes, number: Words) -> Words:
        """Puts a segment's number in; returns what that adds to a sum."""
        _column(frames, self._next + tcp.SEQUENCE, ">u4")[:] = number
        if not self._scan.acknowledges:
            return _halves(number)
        _column(frames, self._next + tcp.ACKNOWLEDGMENT, ">u4")[:] = number
        return _halves(number) + _halves(number)

    def _put_ipv4(self, frames: Bytes, ends: Endpoints, cookies: Words, which: Int64s | int) -> Words:
        """Puts the IPv4 header's fields in; returns what the address adds to a sum."""
        ident = cookies >> _UPPER & _HALF
        address = _halves(ends.low)
        _column(frames, self._ip + ipv4.DST, ">u4")[:] = ends.low
        _column(frames, self._ip + ipv4.IDENTIFICATION, ">u2")[:] = ident
        _column(frames, self._ip + ipv4.CHECKSUM, ">u2")[:] = _checksum(address + ident + self._ip_sums[which])
        return address

    def _put_ipv6(self, frames: Bytes, ends: Endpoints) -> Words:
        _column(frames, self._ip + ipv6.DST, ">u8")[:] = ends.high
        _column(frames, self._ip + ipv6.DST + 8, ">u8")[:] = ends.low
        return _quarters(ends.high) + _quarters(ends.low)

    def _put_label(self, frames: Bytes, upper: Words) -> None:
        """Puts the flow label in, which no sum is over: it is all that an error quotes of a datagram's cookie."""
        _column(frames, self._ip + ipv6.VERSION_CLASS_LABEL, ">u4")[:] |= upper & np.uint64(ipv6.FLOW_LABEL_MASK)


class _Choice:
    """Which frame each port gets: 0 is the one without a payload."""

    def __init__(self, payloads: Sequence[Payload]) -> None:
        rows: dict[int, list[int]] = {}
        for row, one in enumerate(payloads, 1):
            for port in one.ports:
                rows.setdefault(port, []).append(row)
        self._count = np.ones(1 << 16, dtype=np.int64)
        self._row = np.zeros((1 << 16, max(map(len, rows.values()), default=1)), dtype=np.int64)
        for port, its in rows.items():
            self._count[port], self._row[port, : len(its)] = len(its), its

    def of(self, ports: Int64s, tries: NDArray[np.uint8] | None) -> Int64s:
        found: Int64s = self._row[ports, 0 if tries is None else tries % self._count[ports]]
        return found


def _transport(source: IPAddress, port: int, scan: ScanKind, payload: bytes) -> bytes:
    """A segment or a datagram to the unspecified address and port 0."""
    nowhere: Any = type(source)(0)
    if scan.is_udp:
        from rawkit.wire.udp import Udp  # the other kinds have no use for it

        return Udp(port, 0).pack(payload, src=source, dst=nowhere)
    options = OPTIONS if scan.flags & tcp.SYN else ()
    return Tcp(port, 0, flags=scan.flags, window=WINDOW, options=options).pack(src=source, dst=nowhere)


def _frame(source: IPAddress, source_mac: bytes | None, scan: ScanKind, message: bytes) -> bytes:
    """The whole frame, to nobody."""
    if isinstance(source, IPv4Address):
        kind, packet = ethertypes.IPV4, Ipv4(source, IPv4Address(0), scan.protocol, flags=2).pack(message)
    else:
        kind, packet = ethertypes.IPV6, Ipv6(IPv6Address(int(source)), IPv6Address(0), scan.protocol).pack(message)
    return packet if source_mac is None else Ethernet(bytes(_MAC_LEN), source_mac, kind).pack(packet)


def _stored_sums(frames: Bytes, place: int) -> Words:
    """The sums that stored checksums are the complement of (RFC 1071)."""
    found: Words = _HALF ^ _column(frames, place, ">u2").astype(np.uint64)
    return found


def _halves(word: Words) -> Words:
    return (word >> np.uint64(16)) + (word & _HALF)


def _quarters(word: Words) -> Words:
    return _halves(word >> np.uint64(32)) + _halves(word & np.uint64(0xFFFFFFFF))


def _checksum(total: Words) -> Words:
    folded = _halves(_halves(total))
    return _halves(folded) ^ _HALF


def _column(frames: Bytes, place: int, dtype: str) -> NDArray[Any]:
    return np.ndarray((len(frames),), dtype, frames, place, (frames.shape[1],))


def _batch(frames: Bytes, sizes: NDArray[np.int32], link_type: int) -> FrameBatch:
    count, width = frames.shape
    return FrameBatch(
        data=frames.reshape(-1),
        offset=np.arange(count, dtype=np.int64) * width,
        captured=sizes,
        length=sizes,
        timestamp=np.zeros(count, dtype=np.int64),
        link_type=np.full(count, link_type, dtype=np.int32),
        interface=np.zeros(count, dtype=np.int32),
        status=np.zeros(count, dtype=np.int64),
    )
