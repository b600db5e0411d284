"""What a batch has for streams: a row for each segment and datagram, with its stream, its sender and its payload."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rawkit.decode import Packets, layout
from rawkit.decode.rows import Mask
from rawkit.facts import ethertypes, ip_protocols, ipv4, ipv6, tcp, transport, udp
from rawkit.flow.endpoints import Endpoint, address_text
from rawkit.flow.table.tracker import Tracked
from rawkit.frames import Bytes, Int64s
from rawkit.values import dataclass
from rawkit.wire.sum_kernel import WRONG

SEQUENCES: Final = 1 << 32
PORTS: Final = (transport.SRC_PORT, transport.DST_PORT)
ADDRESSES: Final = (
    (ethertypes.IPV4, ipv4.SRC, ipv4.DST, 4),
    (ethertypes.IPV6, ipv6.SRC, ipv6.DST, 16),
)
"""Kinds of IP, where their addresses are, and how long they are."""


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Segments and datagrams of a batch, in order; an entry each in all arrays but `packets`.

    Attributes:
        packets: the batch they are from, with packets put together from fragments.
        rows: which packets they are.
        key: their stream, `key_of`.
        sender: 0 or 1: which of the two endpoints in order sent it.
        seq: sequence number of the first byte of payload, of TCP.
        used: how far sequence numbers go on behind `seq`.
        size: bytes of payload on the wire.
        captured: how many of them were captured, from the first on.
        begin: where they begin in the batch's bytes.
        flags: of TCP.
        ack: of TCP.
    """

    packets: Packets
    rows: NDArray[np.intp]
    key: Int64s
    sender: Int64s
    seq: Int64s
    used: Int64s
    size: Int64s
    captured: Int64s
    begin: Int64s
    flags: Int64s
    ack: Int64s

    def __len__(self) -> int:
        return len(self.rows)

    def endpoints(self, entry: int) -> tuple[Endpoint, Endpoint]:
        """Who sent it, and to whom."""
        row = int(self.rows[entry])
        found, start, data = self.packets.rows[row], int(self.packets.batch.offset[row]), self.packets.batch.data
        net, header = start + int(found[layout.NET]), start + int(found[layout.TRANSPORT])
        is_four = found[layout.NET_KIND] == ethertypes.IPV4
        places, size = ((ipv4.SRC, ipv4.DST), 4) if is_four else ((ipv6.SRC, ipv6.DST), 16)
        made = []
        for address, port in zip(places, PORTS, strict=True):
            number = int.from_bytes(data[net + address : net + address + size].tobytes(), "big")
            text = address_text(number >> 64, number & (1 << 64) - 1, 4 if is_four else 6)
            at = header + port
            made.append(Endpoint(text, int.from_bytes(data[at : at + 2].tobytes(), "big")))
        return made[0], made[1]


def key_of(protocol: str, number: int) -> int:
    """One number for a stream: TCP's and UDP's are counted apart.

    >>> key_of("tcp", 1), key_of("udp", 1)
    (2, 3)
    """
    return number << 1 | (protocol == "udp")


def segments(packets: Packets, tracked: Tracked, only: Collection[int] | None = None) -> Segments:
    """The segments and datagrams of a batch that belong to streams.

    Not those whose checksum is wrong where that is no rule: the receiver dropped them. What a RST carries is no part
    of the stream (RFC 9293, section 3.5.3). `only` has the keys of the streams that are wanted, None for all.
    """
    whole = tracked.whole if tracked.whole is not None else packets
    table = whole.rows
    is_tcp = table[:, layout.PROTOCOL] == ip_protocols.TCP
    is_udp = table[:, layout.PROTOCOL] == ip_protocols.UDP
    wanted = (is_tcp | is_udp) & (tracked.stream >= 0) & (table[:, layout.PAYLOAD] >= 0) & (tracked.sums != WRONG)
    keys = tracked.stream.astype(np.int64) << 1 | is_udp
    if only is not None:
        wanted &= np.isin(keys, list(only))
    rows = np.nonzero(wanted)[0]
    found = _only(whole, rows)
    of_tcp, data = is_tcp[rows], found.batch.data
    header = found.batch.offset + found.rows[:, layout.TRANSPORT]
    flags, seq, ack = (
        np.where(of_tcp, _numbers(data, np.where(of_tcp, header, 0) + place, size), 0)
        for place, size in ((tcp.FLAGS, 1), (tcp.SEQUENCE, 4), (tcp.ACKNOWLEDGMENT, 4))
    )
    size, captured = _payload(found, of_tcp)
    is_syn, is_fin = flags & tcp.SYN != 0, flags & tcp.FIN != 0
    size = np.where(flags & tcp.RST, 0, size)
    return Segments(
        whole, rows, keys[rows], _senders(found),
        (seq + is_syn) % SEQUENCES, size + is_fin, size, np.minimum(captured, size),
        found.batch.offset + found.rows[:, layout.PAYLOAD], flags, ack,
    )  # fmt: skip


def _only(packets: Packets, rows: NDArray[np.intp]) -> Packets:
    return Packets(packets.batch.select(rows), packets.rows[rows], packets.numbers[rows], packets.engine)


def _numbers(data: Bytes, places: Int64s, size: int) -> Int64s:
    """The big-endian number of so many bytes at each place, all of which are there.

    >>> _numbers(np.arange(6, dtype=np.uint8), np.array([0, 1]), 2).tolist()
    [1, 258]
    """
    numbers = np.ndarray((max(len(data) - size + 1, 0),), dtype=f">u{size}", buffer=data, strides=(1,))
    return numbers[places].astype(np.int64)


def _payload(packets: Packets, of_tcp: Mask) -> tuple[Int64s, Int64s]:
    """Bytes of payload on the wire, and captured; what stands behind a UDP datagram in its packet is none of it."""
    table = packets.rows
    at = table[:, layout.PAYLOAD].astype(np.int64)
    size = np.maximum(table[:, layout.WIRE_END] - at, 0)
    captured = np.clip(table[:, layout.END] - at, 0, size)
    of_udp = np.nonzero(~of_tcp)[0]
    if len(of_udp):
        header = packets.batch.offset[of_udp] + table[of_udp, layout.TRANSPORT]
        length = _numbers(packets.batch.data, header + udp.LENGTH, 2) - udp.HEADER_LEN
        size[of_udp] = np.where(length >= 0, np.minimum(size[of_udp], length), size[of_udp])
    return size, np.minimum(captured, size)


def _senders(packets: Packets) -> Int64s:
    """Whether the sender's address and port are the greater ones of the two: the same for all of a direction."""
    data, table = packets.batch.data, packets.rows
    header = packets.batch.offset + table[:, layout.TRANSPORT]
    ports = [_numbers(data, header + place, 2) for place in PORTS]
    greater = ports[0] > ports[1]
    for kind, source, destination, size in ADDRESSES:
        rows = np.nonzero(table[:, layout.NET_KIND] == kind)[0]
        if len(rows):
            net = packets.batch.offset[rows] + table[rows, layout.NET]
            for skip in range(size - 4, -1, -4):
                one, other = (_numbers(data, net + place + skip, 4) for place in (source, destination))
                greater[rows] = np.where(one != other, one > other, greater[rows])
    return greater.astype(np.int64)
