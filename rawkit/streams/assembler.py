"""Batches go in, streams that go on come out: what is in order is joined at once, the rest segment by segment."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rawkit.decode import Packets
from rawkit.facts import ip_protocols, tcp
from rawkit.flow.table.server_ports_kernel import goes_to_client
from rawkit.flow.table.tracker import Tracked
from rawkit.streams.half import Segment
from rawkit.streams.open_stream import OpenStream
from rawkit.streams.segments import SEQUENCES, Segments, segments
from rawkit.streams.values import Run

MOST_OPEN: Final = 100_000
"""Streams that are followed at once; the one that was heard of longest ago makes room."""
MOST_WAITING: Final = 64 << 20
"""Bytes of memory that may wait for others that are missing, of all streams."""
MOST_REMEMBERED: Final = 128 << 20
"""Bytes that are kept of all streams to compare what is sent again."""


class _Direction(NamedTuple):
    """What one side sent in a batch.

    Attributes:
        sender: which side.
        first: its first entry.
        last: its last one.
        size: bytes of payload in all.
        in_order: whether each begins where the one before ends, and all is captured.
        has_fin: whether a FIN is among them.
    """

    sender: int
    first: int
    last: int
    size: int
    in_order: bool
    has_fin: bool


class Assembler:
    """Puts payload together.

    Attributes:
        streams: those that are followed, by `key_of`; the one that was heard of last is the last.
        held: bytes of payload that nobody has taken yet.
    """

    def __init__(self) -> None:
        self.streams: dict[int, OpenStream] = {}
        self.held = self._remembered = self._waiting = 0

    def take(self, packets: Packets, tracked: Tracked, only: Collection[int] | None = None) -> list[OpenStream]:
        """Takes the packets of a batch; the streams that they belong to, each once, in the order in which they spoke.

        Args:
            packets: the packets.
            tracked: what the tracker says of them.
            only: keys of the streams to follow, None for all.
        """
        found = segments(packets, tracked, only)
        if not len(found):
            return []
        batch, touched = _Batch(found), dict[int, OpenStream]()
        for key, directions in batch.streams():
            first = min(one.first for one in directions)
            stream = self.streams.pop(key, None) or _new(found, key, first)
            self.streams[key] = stream
            before = stream.remembered, _waiting(stream), stream.held
            if _is_in_order(found, stream, directions):
                batch.join(stream, key, directions)
            else:
                self._one_by_one(found, stream, batch.entries(key))
            _note_acknowledged(found, stream, directions)
            self._remembered += stream.remembered - before[0]
            self._waiting += _waiting(stream) - before[1]
            self.held += stream.held - before[2]
            touched[first] = stream
        self._bound_memory()
        return [touched[first] for first in sorted(touched)]

    def _one_by_one(self, found: Segments, stream: OpenStream, entries: NDArray[np.intp]) -> None:
        rows = found.rows[entries]
        numbers = (
            entries, found.sender[entries] ^ stream.client, found.seq[entries], found.size[entries],
            found.captured[entries], found.begin[entries], found.flags[entries], found.ack[entries],
            found.packets.numbers[rows], found.packets.batch.timestamp[rows],
        )  # fmt: skip
        data = found.packets.batch.data.data
        for _, side, seq, size, captured, begin, flags, ack, frame, time in zip(
            *(column.tolist() for column in numbers), strict=True
        ):
            payload = bytes(data[begin : begin + captured])
            half, peer = stream.halves[side], stream.halves[1 - side]
            if stream.protocol == "udp":
                stream.datagram(side, Segment(0, half.offset, size, payload, frame, time))
                continue
            if half.seq is None:
                half.seq = seq
            if flags & tcp.ACK and peer.seq is not None:
                stream.acknowledge(1 - side, ack, frame)
            position = half.position(seq)
            if flags & tcp.FIN and half.end is None:
                half.end = position + size
            if size:
                stream.segment(side, position, size, payload, frame, time)
                self._bound_waiting(stream, side, frame)
        stream.flush()

    def _bound_waiting(self, stream: OpenStream, side: int, frame: int) -> None:
        half = stream.halves[side]
        while half.waiting_bytes > max(MOST_WAITING - self._waiting, MOST_WAITING // 4):
            assert half.lowest is not None
            stream.give_up(side, half.lowest, frame, "room")

    def _bound_memory(self) -> None:
        if self._remembered <= MOST_REMEMBERED:
            return
        for stream in self.streams.values():
            self._remembered -= stream.forget()
            if self._remembered <= MOST_REMEMBERED * 3 // 4:
                return

    def crowd_out(self) -> Iterator[OpenStream]:
        """The streams that have to make room, which are followed no longer."""
        while len(self.streams) > MOST_OPEN:
            stream = self.streams.pop(next(iter(self.streams)))
            self._remembered -= stream.forget()
            self._waiting -= _waiting(stream)
            yield stream


class _Batch:
    """The segments of a batch, sorted by stream and side; made for all of them at once."""

    def __init__(self, found: Segments) -> None:
        self._found = found
        ways = found.key << 1 | found.sender
        order = np.argsort(ways, kind="stable")
        ways = ways[order]
        self._starts = np.nonzero(np.r_[True, ways[1:] != ways[:-1]])[0]
        self._order, self._keys = order, ways[self._starts]
        end = (found.seq + found.used)[order] % SEQUENCES
        in_order = np.r_[True, found.seq[order][1:] == end[:-1]] | (found.key[order] & 1 == 1)
        in_order[self._starts] = True
        in_order &= (found.captured == found.size)[order]
        self._in_order = np.logical_and.reduceat(in_order, self._starts)
        self._fins = np.bitwise_or.reduceat(found.flags[order] & tcp.FIN, self._starts)
        self._by_key: NDArray[np.intp] | None = None
        self._sizes = np.add.reduceat(found.size[order], self._starts)
        self._sort_payload()

    def _sort_payload(self) -> None:
        """What has payload by streams: slices of the bytes, and numbers of each in arrays."""
        found = self._found
        with_payload = np.nonzero((found.size > 0) | (found.key & 1 == 1))[0]
        chosen = with_payload[np.argsort(found.key[with_payload], kind="stable")]
        keys, begins = np.unique(found.key[chosen], return_index=True)
        ends = np.r_[begins[1:], len(chosen)]
        self._places = dict(zip(keys.tolist(), zip(begins.tolist(), ends.tolist(), strict=True), strict=True))
        first, rows = found.begin[chosen], found.rows[chosen]
        self._slices = list(map(slice, first.tolist(), (first + found.size[chosen]).tolist()))
        self._payload = (
            found.size[chosen], found.sender[chosen],
            found.packets.numbers[rows], found.packets.batch.timestamp[rows],
        )  # fmt: skip

    def streams(self) -> Iterator[tuple[int, list[_Direction]]]:
        """Each stream and what its sides sent."""
        ends = np.r_[self._starts[1:], len(self._order)] - 1
        columns = (self._keys, self._order[self._starts], self._order[ends], self._sizes, self._in_order, self._fins)
        held: list[_Direction] = []
        last = -1
        for way, first, end, size, in_order, fins in zip(*(column.tolist() for column in columns), strict=True):
            if way >> 1 != last and held:
                yield last, held
                held = []
            last = way >> 1
            held.append(_Direction(way & 1, first, end, size, in_order, fins != 0))
        yield last, held

    def entries(self, key: int) -> NDArray[np.intp]:
        """The entries of a stream, in their order."""
        if self._by_key is None:
            self._by_key = np.argsort(self._found.key, kind="stable")
            self._sorted = self._found.key[self._by_key]
        begin, end = np.searchsorted(self._sorted, (key, key + 1))
        return self._by_key[begin:end]

    def join(self, stream: OpenStream, key: int, directions: list[_Direction]) -> None:
        """Joins the payload of a stream of which nothing is missing and nothing comes twice."""
        found = self._found
        starts = (stream.halves[0].offset, stream.halves[1].offset)
        for one in directions:
            half = stream.halves[one.sender ^ stream.client]
            half.offset += one.size
            if stream.protocol == "tcp":
                half.seq = int(found.seq[one.last] + found.used[one.last] - one.has_fin) % SEQUENCES
                if one.has_fin and half.end is None:
                    half.end = half.offset
        if key in self._places:
            begin, end = self._places[key]
            data = found.packets.batch.data.data
            sizes, senders, numbers, times = (column[begin:end] for column in self._payload)
            joined = b"".join([data[place] for place in self._slices[begin:end]])
            stream.add_run(Run(joined, sizes, senders ^ stream.client, numbers, times, starts))


def _is_in_order(found: Segments, stream: OpenStream, directions: list[_Direction]) -> bool:
    """Whether all of it goes on where the sides were, and nothing waits."""
    if not all(one.in_order for one in directions):
        return False
    if stream.protocol == "udp":
        return True
    if any(half.lowest is not None for half in stream.halves):
        return False
    for one in directions:
        half = stream.halves[one.sender ^ stream.client]
        if half.seq is not None and (half.end is not None or half.seq != found.seq[one.first]):
            return False
    return True


def _note_acknowledged(found: Segments, stream: OpenStream, directions: list[_Direction]) -> None:
    """Notes how far each side has acknowledged the other's bytes."""
    for one in directions:
        peer = stream.halves[1 - (one.sender ^ stream.client)]
        if peer.seq is not None and found.flags[one.last] & tcp.ACK:
            peer.acked = max(peer.acked, peer.position(int(found.ack[one.last])))


def _waiting(stream: OpenStream) -> int:
    return stream.halves[0].waiting_bytes + stream.halves[1].waiting_bytes


def _new(found: Segments, key: int, entry: int) -> OpenStream:
    """A stream that begins with this entry."""
    source, target = found.endpoints(entry)
    sender, flags = int(found.sender[entry]), int(found.flags[entry])
    protocol = ip_protocols.UDP if key & 1 else ip_protocols.TCP
    is_answer = bool(flags & tcp.ACK) if flags & tcp.SYN else goes_to_client(protocol, source.port, target.port)
    endpoints = (target, source) if is_answer else (source, target)
    return OpenStream("udp" if key & 1 else "tcp", key >> 1, endpoints, 1 - sender if is_answer else sender)
