"""Where the values of a filter come from that is over packets: their headers, their bytes, what the tracker says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import numpy as np

from rawkit import linktypes
from rawkit.decode import Packets, layout
from rawkit.decode.fields import ALL_FIELDS, Field, Header
from rawkit.decode.fields.columns import column, texts
from rawkit.decode.fields.declared import (
    ARP,
    ETHERNET,
    ICMP,
    ICMPV6,
    IGMP,
    IPV4,
    IPV6,
    OSPF,
    SCTP,
    TCP,
    UDP,
    Frame,
    InLayer,
    RowColumn,
    TcpOption,
    transport,
)
from rawkit.decode.fields.declared import DCCP as DCCP_HEADER
from rawkit.decode.fields.own_columns import header_place
from rawkit.decode.rows import Column, Mask, Rows
from rawkit.errors import FilterError
from rawkit.facts import arp, ethernet, ethertypes, ip_protocols, ipv4, ipv6, udp
from rawkit.flow.layout import ANALYSIS
from rawkit.flow.table.tracker import Tracked
from rawkit.flow.tracked_columns import tracked_column
from rawkit.frames import Int64s
from rawkit.query import dns
from rawkit.query.levels import Level, levels
from rawkit.query.names import UNIONS, Known
from rawkit.query.values import Coded, Part, Spans

PROTOCOLS: Final[dict[str, Header]] = {
    "eth": ETHERNET, "arp": ARP, "ip": IPV4, "ipv6": IPV6, "tcp": TCP, "udp": UDP, "icmp": ICMP, "icmpv6": ICMPV6,
    "igmp": IGMP, "ospf": OSPF, "sctp": SCTP, "dccp": DCCP_HEADER, "udplite": transport(ip_protocols.UDPLITE),
}  # fmt: skip
"""Headers that are told by their place."""
CARRIED: Final = {"gre": ip_protocols.GRE, "esp": ip_protocols.ESP, "pim": ip_protocols.PIM}
"""Protocols that are told by their number in the IP header."""
FIXED: Final = {"eth": ethernet.HEADER_LEN, "ipv6": ipv6.HEADER_LEN, "udp": udp.HEADER_LEN, "udplite": udp.HEADER_LEN}
"""Bytes of headers of one size: Wireshark's slices and len() go so far; of the others here to the packet's end."""


QUOTED: Final = tuple(name for name, field in ALL_FIELDS.items() if field.found != TCP or name in UNIONS["tcp.port"])
"""What is read of a packet that an ICMP error quotes a part of: of TCP the ports, unless its header is whole."""


class Clock:
    """When the first frame and the latest one were captured, from one batch to the next."""

    def __init__(self) -> None:
        self.first: int | None = None
        self.latest: int | None = None

    def move(self, times: Int64s) -> tuple[Int64s, Int64s]:
        """Of each of the times how long it is since the first of all, and since the one before."""
        if not len(times):
            return times, times
        self.first = int(times[0]) if self.first is None else self.first
        before = np.empty_like(times)
        before[1:] = times[:-1]
        before[0] = times[0] if self.latest is None else self.latest
        self.latest = int(times[-1])
        return times - self.first, times - before


class PacketValues:
    """The values of the packets of a batch.

    Args:
        packets: the packets.
        tracked: what the tracker says of them, where anybody wants it.
        clock: when the frames before came.
    """

    def __init__(self, packets: Packets, tracked: Tracked | None, clock: Clock) -> None:
        self._packets, self._tracked = packets, tracked
        self._since = clock.move(packets.batch.timestamp.astype(np.int64))
        self._levels: list[Level] | None = None
        self._kept: dict[str, Sequence[Part]] = {}
        self._messages: list[dns.Messages] | None = None
        self._own: dict[str, Callable[[Known], list[Part]]] = {
            "frame": self._frame, "since_first": partial(self._times, 0), "since_before": partial(self._times, 1),
            "protocol": self._protocol, "carried": self._carried, "cooked": self._cooked, "tagged": self._tagged,
            "payload": self._payload, "flagged": self._flagged, "dns": self._dns, "dns_number": self._dns_number,
            "dns_name": self._dns_name, "dns_type": self._dns_type,
        }  # fmt: skip

    def __len__(self) -> int:
        return len(self._packets)

    def parts(self, known: Known) -> Sequence[Part]:
        """The values that go by a name, those of all headers."""
        if known.name not in self._kept:
            reader = self._own.get(known.reader)
            found = reader(known) if reader else [part for field in known.fields for part in self._field(field)]
            self._kept[known.name] = found
        return self._kept[known.name]

    @property
    def levels(self) -> list[Level]:
        """The headers, level by level."""
        if self._levels is None:
            self._levels = levels(self._packets)
        return self._levels

    def _field(self, field: Field) -> list[Part]:
        if field.tracked:
            return _tracked_parts(field, tracked_column(self._packets, self._told(field.name), field))
        if isinstance(field.found, Frame):
            return _parts(self._packets, None, field, column(self._packets, field))
        if isinstance(field.found, RowColumn):
            return self._of_row(field, field.found)
        assert not isinstance(field.found, InLayer)  # those are no columns
        found = []
        for level, is_new in self._each_new(TCP if isinstance(field.found, TcpOption) else field.found):
            read = _read(level.rows, field)
            mask = read.mask if is_new is None else read.mask & is_new
            if level.is_quoted and field.name not in QUOTED:
                mask = mask & (level.rows.rows[:, layout.PAYLOAD] >= 0) & (field.own != "tcp_length")
            found += _parts(level.rows, level.frames, field, Column(read.values, mask))
        return found

    def _of_row(self, field: Field, found: RowColumn) -> list[Part]:
        """A column of the decoder's row; of VLAN ids also the outermost one."""
        mine = _parts(self._packets, None, field, column(self._packets, field))
        if found.column != layout.VLANS:
            return mine
        outer = (self._packets.rows[:, layout.VLANS].astype(np.int64) >> 16) & field.bits
        if not outer.any():
            return mine
        first = self._packets.number_at(header_place(self._packets, ETHERNET), ethernet.TYPE, 2).values
        is_other = (outer > 0) & (outer - found.minus != mine[0].values) & (first != ethertypes.SERVICE_VLAN)
        return [*mine, Part(outer - found.minus, is_other)]

    def _each_new(self, header: Header) -> list[tuple[Level, Mask | None]]:
        """The levels, and in which packets they have a header of their own: not that of the level before."""
        if len(self.levels) == 1:
            return [(self.levels[0], None)]
        last: Int64s = np.full(len(self), -1, dtype=np.int64)
        found: list[tuple[Level, Mask | None]] = []
        for level in self.levels:
            place, frames = header_place(level.rows, header), slice(None) if level.frames is None else level.frames
            found.append((level, (place >= 0) & (place != last[frames])))
            last[frames] = np.where(place >= 0, place, last[frames])
        return found

    def _told(self, name: str) -> Tracked:
        if self._tracked is None:
            raise FilterError(f"{name} needs what the flow tracker says of the packets: give it as tracked")
        return self._tracked

    # Names of their own ----------------------------------------------------------------------------------

    def _frame(self, _known: Known) -> list[Part]:
        batch = self._packets.batch
        size = batch.captured.astype(np.int64)
        return [Part(Spans(batch.data, batch.offset, size, size), np.ones(len(self), dtype=np.bool_))]

    def _times(self, which: int, _known: Known) -> list[Part]:
        return [Part(self._since[which], np.ones(len(self), dtype=np.bool_))]

    def _carried(self, known: Known) -> list[Part]:
        """A protocol over IP of which the decoder's row has no place: where it is a tunnel it has passed it."""
        number, found = CARRIED[known.name], []
        for level in self.levels:
            rows = level.rows.rows
            mask = (rows[:, layout.PROTOCOL] == number) & (rows[:, layout.NET] >= 0) & (rows[:, layout.FRAGMENT] < 2)
            found.append(Part(mask.astype(np.int64), mask, level.frames))
        return found

    def _cooked(self, _known: Known) -> list[Part]:
        kinds = (linktypes.LINUX_SLL, linktypes.LINUX_SLL2)
        mask = np.isin(self._packets.batch.link_type, kinds)
        return [Part(mask.astype(np.int64), mask)]

    def _tagged(self, _known: Known) -> list[Part]:
        mask = self._packets.rows[:, layout.VLANS] != 0
        return [Part(mask.astype(np.int64), mask)]

    def _protocol(self, known: Known) -> list[Part]:
        found = []
        for level, is_new in self._each_new(PROTOCOLS[known.name]):
            place = header_place(level.rows, PROTOCOLS[known.name])
            mask = place >= 0 if is_new is None else is_new
            found.append(Part(_header_bytes(level.rows, known.name, place), mask, level.frames))
        return found

    def _payload(self, known: Known) -> list[Part]:
        found = []
        header = PROTOCOLS[known.name.partition(".")[0]]
        for level, is_new in self._each_new(header):
            rows, place = level.rows, header_place(level.rows, header)
            at, end = rows.rows[:, layout.PAYLOAD].astype(np.int64), rows.rows[:, layout.END]
            size = np.maximum(end - at, 0)
            mask = (place >= 0) & (at >= 0) & (size > 0)
            spans = Spans(rows.batch.data, rows.batch.offset + at, size, size)
            found.append(Part(spans, mask if is_new is None else mask & is_new, level.frames))
        return found

    def _flagged(self, known: Known) -> list[Part]:
        word = known.name.rpartition(".")[2]
        bits = -1 if word == "flags" else 1 << ANALYSIS.index(word)
        flags = tracked_column(self._packets, self._told(known.name), known.fields[0])
        hit = flags.mask & (flags.values & bits != 0)
        return [Part(hit.astype(np.int64), hit)]

    @property
    def _all_messages(self) -> list[dns.Messages]:
        if self._messages is None:
            self._messages = [dns.messages(level) for level in self.levels]
        return self._messages

    def _dns(self, known: Known) -> list[Part]:
        return [dns.whole(found, known.name) for found in self._all_messages]

    def _dns_number(self, known: Known) -> list[Part]:
        return [dns.number(found, known.name) for found in self._all_messages]

    def _dns_name(self, _known: Known) -> list[Part]:
        return [part for found in self._all_messages for part in dns.names(found)]

    def _dns_type(self, known: Known) -> list[Part]:
        return [part for found in self._all_messages for part in dns.types(found, known.name)]


def _read(rows: Rows, field: Field) -> Column:
    """A column, addresses of up to 6 bytes as numbers."""
    if field.kind not in ("ipv4", "mac"):
        return column(rows, field)
    if not field.own:
        assert isinstance(field.found, Header)
        return rows.number_at(header_place(rows, field.found), field.offset, field.size)
    found = column(rows, field)
    number = np.zeros(len(rows), dtype=np.int64)
    for place in range(found.values.shape[1]):
        number = number << 8 | found.values[:, place]
    return Column(number, found.mask)


def _parts(rows: Rows, frames: Any, field: Field, found: Column) -> list[Part]:
    """The parts of a column: one, or one for each of several numbers."""
    if field.kind == "numbers":
        return [
            Part(_at(found.values, place), found.mask & (found.values[:, 0] > place), frames)
            for place in range(int(found.values[found.mask, 0].max(initial=0)))
        ]
    if field.kind != "text":
        return [Part(found.values, found.mask, frames)]
    words = texts(rows, field.name)
    codes: Int64s = found.values.astype(np.int64, copy=False)
    return [Part(Coded(codes, [words.get(code, "") for code in range(max(words, default=-1) + 1)]), found.mask)]


def _at(values: Any, place: int) -> Int64s:
    number = np.zeros(len(values), dtype=np.int64)
    for byte in range(1 + 4 * place, 5 + 4 * place):
        number = number << 8 | values[:, byte]
    return number


def _tracked_parts(field: Field, found: Column) -> list[Part]:
    """The parts of a column of the tracker's; of words one for each."""
    if field.kind != "words":
        return [Part(found.values, found.mask)]
    codes = np.zeros(len(found.mask), dtype=np.int64)
    return [
        Part(Coded(codes, [word]), found.mask & ((found.values & 1 << bit) != 0)) for bit, word in enumerate(ANALYSIS)
    ]


def _header_bytes(rows: Rows, name: str, place: Int64s) -> Spans:
    """The bytes of a protocol: those of its header, and how far a search in it goes."""
    end = rows.batch.offset + (rows.batch.captured if name == "eth" else rows.rows[:, layout.END])
    reach = np.where(place >= 0, np.maximum(end - place, 0), 0)
    if name == "ip":
        size = (rows.number_at(place, ipv4.VERSION_IHL, 1).values & ipv4.IHL_MASK) * ipv4.IHL_UNIT
    elif name == "arp":
        sizes = rows.number_at(place, arp.HARDWARE_LEN, 2).values
        size = arp.SENDER_MAC + 2 * ((sizes >> 8) + (sizes & 0xFF))
    else:
        size = np.full(len(rows), FIXED[name], dtype=np.int64) if name in FIXED else reach
    return Spans(rows.batch.data, np.maximum(place, 0), np.minimum(size, reach), reach)
