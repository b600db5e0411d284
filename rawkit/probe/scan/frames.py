"""SYN frames, a batch at a time: one frame made by `rawkit.wire`, its address, port, number and sums put in by NumPy.

`rawkit.craft` patches any packet of scapy's; importing scapy takes as long as a scan of all ports of a host.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rawkit import linktypes
from rawkit.facts import ethertypes, ip_protocols, ipv4, ipv6, tcp
from rawkit.frames import Bytes, FrameBatch
from rawkit.probe.scan.space import Endpoints
from rawkit.wire.address import IPAddress
from rawkit.wire.ethernet import Ethernet
from rawkit.wire.ipv4 import Ipv4
from rawkit.wire.ipv6 import Ipv6
from rawkit.wire.options import Nop
from rawkit.wire.tcp import Tcp
from rawkit.wire.tcp_options import Mss, SackPermitted, Timestamps, WindowScale

Words = NDArray[np.uint64]
OPTIONS: Final = (Mss(1460), SackPermitted(), Timestamps(1, 0), Nop(), WindowScale(7))
"""Those of a Linux SYN, in its order."""
WINDOW: Final = 64240
_MAC_LEN: Final = 6


class SynFrames:
    """Makes SYNs from one source address and port.

    Args:
        source: address, IPv4 or IPv6.
        source_port: TCP port.
        source_mac: 6 bytes; None where frames have no Ethernet header.

    >>> there = Endpoints(np.zeros(1, "u8"), np.array([0xC0000214], "u8"), np.array([80]), np.array([False]))
    >>> batch = SynFrames(IPv4Address("192.0.2.10"), 61001, None).make(there, np.array([7], "u8"), None)
    >>> packet, segment = Ipv4.unpack(batch.frame(0))
    >>> header, _ = Tcp.unpack(segment)
    >>> str(packet.dst), header.dst_port, header.seq, header.flags
    ('192.0.2.20', 80, 7, 2)
    """

    def __init__(self, source: IPAddress, source_port: int, source_mac: bytes | None) -> None:
        frame, self._ip = _base(source, source_port, source_mac)
        self._link = linktypes.RAW if source_mac is None else linktypes.ETHERNET
        self._base: Bytes = np.frombuffer(frame, dtype=np.uint8)
        self._version = source.version
        self._tcp = self._ip + (ipv4.HEADER_LEN if self._version == 4 else ipv6.HEADER_LEN)
        self._tcp_sum = _stored_sum(self._base, self._tcp + tcp.CHECKSUM)
        self._ip_sum = _stored_sum(self._base, self._ip + ipv4.CHECKSUM) if self._version == 4 else 0

    def make(self, ends: Endpoints, cookies: Words, macs: Bytes | None) -> FrameBatch:
        """A SYN to each of the endpoints, in their order.

        Args:
            ends: all of the source address's IP version.
            cookies: the low 32 bits become the sequence number, those above them the IPv4 identification.
            macs: destination MAC addresses, n by 6; None where frames have no Ethernet header.
        """
        frames = np.empty((len(ends), len(self._base)), dtype=np.uint8)
        frames[:] = self._base
        if macs is not None:
            frames[:, :_MAC_LEN] = macs
        seq = cookies & np.uint64(0xFFFFFFFF)
        _column(frames, self._tcp + tcp.DST_PORT, ">u2")[:] = ends.port
        _column(frames, self._tcp + tcp.SEQUENCE, ">u4")[:] = seq
        address = self._put_ipv4(frames, ends, cookies) if self._version == 4 else self._put_ipv6(frames, ends)
        total = address + ends.port.astype(np.uint64) + _halves(seq) + np.uint64(self._tcp_sum)
        _column(frames, self._tcp + tcp.CHECKSUM, ">u2")[:] = _checksum(total)
        return _batch(frames, self._link)

    def _put_ipv4(self, frames: Bytes, ends: Endpoints, cookies: Words) -> Words:
        """Puts the IPv4 header's fields in; returns what the address adds to a sum."""
        ident = cookies >> np.uint64(32) & np.uint64(0xFFFF)
        address = _halves(ends.low)
        _column(frames, self._ip + ipv4.DST, ">u4")[:] = ends.low
        _column(frames, self._ip + ipv4.IDENTIFICATION, ">u2")[:] = ident
        _column(frames, self._ip + ipv4.CHECKSUM, ">u2")[:] = _checksum(address + ident + np.uint64(self._ip_sum))
        return address

    def _put_ipv6(self, frames: Bytes, ends: Endpoints) -> Words:
        _column(frames, self._ip + ipv6.DST, ">u8")[:] = ends.high
        _column(frames, self._ip + ipv6.DST + 8, ">u8")[:] = ends.low
        return _quarters(ends.high) + _quarters(ends.low)


def _base(source: IPAddress, source_port: int, source_mac: bytes | None) -> tuple[bytes, int]:
    """A frame to the unspecified address and port 0, and where its IP header is."""
    nowhere: Any = type(source)(0)
    header = Tcp(source_port, 0, flags=tcp.SYN, window=WINDOW, options=OPTIONS)
    segment = header.pack(src=source, dst=nowhere)
    if isinstance(source, IPv4Address):
        packet = Ipv4(source, nowhere, ip_protocols.TCP, flags=2).pack(segment)
    else:
        packet = Ipv6(IPv6Address(int(source)), nowhere, ip_protocols.TCP).pack(segment)
    if source_mac is None:
        return packet, 0
    kind = ethertypes.IPV4 if source.version == 4 else ethertypes.IPV6
    frame = Ethernet(bytes(_MAC_LEN), source_mac, kind).pack(packet)
    return frame, len(frame) - len(packet)


def _stored_sum(frame: Bytes, place: int) -> int:
    """The sum that a stored checksum is the complement of (RFC 1071)."""
    return 0xFFFF ^ (int(frame[place]) << 8 | int(frame[place + 1]))


def _halves(word: Words) -> Words:
    return (word >> np.uint64(16)) + (word & np.uint64(0xFFFF))


def _quarters(word: Words) -> Words:
    return _halves(word >> np.uint64(32)) + _halves(word & np.uint64(0xFFFFFFFF))


def _checksum(total: Words) -> Words:
    folded = _halves(_halves(total))
    return _halves(folded) ^ np.uint64(0xFFFF)


def _column(frames: Bytes, place: int, dtype: str) -> NDArray[Any]:
    return np.ndarray((len(frames),), dtype, frames, place, (frames.shape[1],))


def _batch(frames: Bytes, link_type: int) -> FrameBatch:
    count, size = frames.shape
    sizes = np.full(count, size, dtype=np.int32)
    return FrameBatch(
        data=frames.reshape(-1),
        offset=np.arange(count, dtype=np.int64) * size,
        captured=sizes,
        length=sizes,
        timestamp=np.zeros(count, dtype=np.int64),
        link_type=np.full(count, link_type, dtype=np.int32),
        interface=np.zeros(count, dtype=np.int32),
        status=np.zeros(count, dtype=np.int64),
    )
