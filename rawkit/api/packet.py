"""`Packet`: a light view of one packet of a batch; what is read of it is read for the whole batch at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias

import numpy as np

from rawkit import linktypes
from rawkit.facts.status import VLAN_STRIPPED
from rawkit.frames import FrameBatch
from rawkit.tables import FieldError

if TYPE_CHECKING:
    from rawkit.api.tree import Tree
    from rawkit.decode import Packets
    from rawkit.flow.table.tracker import Tracked
    from rawkit.kernels import Engine
    from rawkit.tables.rows import Texts
    from rawkit.view.packets.view import PacketsView

Octets: TypeAlias = bytes
LINES: Final = 256
"""Packets whose lines are made at once."""


class Packet:
    """One packet of a capture: `packet["ip.src"]` is a field by its Wireshark name, of the innermost headers.

    Numbers are int, addresses and names are str, times are int (nanoseconds since 1970-01-01 UTC), `tcp.analysis` is a
    tuple of words. A field that this packet does not have raises FieldError, as does one that there is not at all; a
    name that is no text raises TypeError. `field in packet` says whether it has it, `get` gives a default, and
    `dict(packet)` has the default fields that it has. docs/views.md lists all fields.

    It is two references, to the batch and to a row of it, and stays valid. It keeps the whole batch in memory, about a
    mebibyte: keep `packet.bytes`, or some fields, of one among millions.

    >>> import rawkit
    >>> with rawkit.open("captures/tcp-connect-refused.pcap") as capture:
    ...     syn, rst = capture.packets()
    >>> syn["ip.src"], syn["tcp.dstport"], "udp.dstport" in syn, syn.number, syn.length
    ('192.0.2.10', 9000, False, 1, 74)
    >>> rst
    <Packet 2: IP 198.51.100.20.9000 > 192.0.2.10.40000: Flags [R.], seq 0, ack 914778785, win 0, length 0>
    """

    __slots__ = ("_batch", "_row")

    _batch: PacketBatch
    _row: int

    @classmethod
    def from_bytes(cls, frame: Octets, time_ns: int = 0, link_type: int = linktypes.ETHERNET) -> Packet:
        """A packet of its own, of the bytes of a frame.

        Args:
            frame: its bytes, link header first.
            time_ns: when it was on the wire, nanoseconds since 1970-01-01 UTC.
            link_type: the LINKTYPE number of its link header; 1 is Ethernet, 101 none.

        >>> from scapy.layers.inet import IP, TCP
        >>> syn = Packet.from_bytes(bytes(IP(src="192.0.2.1", dst="192.0.2.2") / TCP(dport=80)), link_type=101)
        >>> syn["tcp.dstport"], "udp.dstport" in syn, syn.number
        (80, False, 1)
        """
        return next(PacketsAlone(FrameBatch.from_frames([frame], [time_ns], link_type)).each())

    def __getitem__(self, field: str) -> Any:
        """The value of a field."""
        value = self._batch[field][self._row]
        if value is None:
            raise FieldError(f"packet {self.number} has no {field}: ask 'in packet', or packet.get({field!r})")
        return value

    def __contains__(self, field: str) -> bool:
        """Whether the packet has the field; FieldError for one that there is not at all."""
        return self._batch[field][self._row] is not None

    def get(self, field: str, default: Any = None) -> Any:
        """The value of a field, or `default` where the packet does not have it."""
        value = self._batch[field][self._row]
        return default if value is None else value

    def keys(self) -> list[str]:
        """The names of the default fields that the packet has, in the order of JSON."""
        batch, row = self._batch, self._row
        return [name for name in batch.default_fields if batch[name][row] is not None]

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    @property
    def time_ns(self) -> int:
        """When it was captured: nanoseconds since 1970-01-01 UTC."""
        time: int = self._batch["frame.time_epoch"][self._row]
        return time

    @property
    def number(self) -> int:
        """Its place in the capture, from 1; packets that a filter left out are counted too."""
        number: int = self._batch["frame.number"][self._row]
        return number

    @property
    def length(self) -> int:
        """Bytes on the wire; `len(packet.bytes)` were captured."""
        length: int = self._batch["frame.len"][self._row]
        return length

    @property
    def bytes(self) -> Octets:
        """The frame as captured, as a capture file has it: a VLAN tag that the system took off is back in its place."""
        return self._batch.frame(self._row)

    @property
    def payload(self) -> Octets:
        """What was captured of the payload of its transport header (TCP, UDP, ICMP, ...); empty where there is none."""
        return self._batch.packets.payload(self._row)

    @property
    def interface(self) -> str | None:
        """What the capturing host called its interface; None where the file does not say."""
        name: str | None = self._batch["frame.interface_name"][self._row]
        return name

    @property
    def link_type(self) -> int:
        """The LINKTYPE number that says how its bytes begin (`rawkit.linktypes`); 1 is Ethernet."""
        return int(self._batch.frames.link_type[self._row])

    def to_scapy(self) -> Any:
        """The same packet as scapy's, with its `time` and `wirelen`; Raw where scapy does not know the link type.

        >>> import rawkit
        >>> with rawkit.open("captures/dns.pcap") as capture:
        ...     next(capture.packets()).to_scapy().summary()[:27]
        'Ether / IP / UDP / DNS Qry '
        """
        from rawkit.craft.dissected import to_scapy

        return to_scapy(self.bytes, self.link_type, self.time_ns, self.length)

    def tree(self) -> Tree:
        """Its layers and their fields with their bytes, headers around tunnels too; printed, what `sniff -vv` shows.

        Where rawkit has no reader for a layer, it is scapy's, which is imported then.

        >>> import rawkit
        >>> with rawkit.open("captures/gre.pcap") as capture:
        ...     [layer.name for layer in next(capture.packets()).tree()]
        ['eth', 'ip', 'gre', 'ip', 'tcp']
        """
        from rawkit.api.tree import tree

        return tree(self.bytes, self.length, self.link_type)

    def __str__(self) -> str:
        """The line of the packets view (`rawkit sniff`), with the local time.

        TCP sequence numbers count from the connection's first ones, as there; where nothing is followed they are the
        header's, which the fields `tcp.seq_raw` and `tcp.ack_raw` always are.
        """
        return self._batch.line(self._row)

    def __repr__(self) -> str:
        words = str(self).partition(" ")[2]
        return f"<Packet {self.number}: {words}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled it goes without the others of its batch."""
        return _unpickled, self._batch.taken_along(self._row)


def _unpickled(batch: PacketBatch, row: int) -> Packet:
    return next(batch.each(row))


class PacketBatch(dict[str, list[Any]]):
    """The columns of a batch that somebody asked for, by field: a value a packet, None where it has none.

    Args:
        frames: the batch.
        reading: what it has in common with others.
        packets: the same, decoded.
        tracked: what the tracker says of it; None where nothing was followed.

    Attributes:
        frames: the batch.
        tracked: as given.
    """

    __slots__ = ("_laid", "_lines", "_packets", "_reading", "frames", "tracked")
    NOT_FOLLOWED: ClassVar[str] = "leave follow=False out"

    def __init__(
        self,
        frames: FrameBatch,
        reading: Reading,
        packets: Packets | None = None,
        tracked: Tracked | None = None,
    ) -> None:
        super().__init__()
        self.frames, self.tracked, self._reading, self._packets = frames, tracked, reading, packets
        self._laid: tuple[memoryview, list[int], list[int]] | None = None
        self._lines: dict[int, list[str]] = {}

    @property
    def packets(self) -> Packets:
        """The decoded batch."""
        if self._packets is None:
            self._packets = self._reading.decode(self.frames)
        return self._packets

    def each(self, first: int = 0) -> Iterator[Packet]:
        """The packets from a row on, in order."""
        for row in range(first, len(self.frames)):
            packet = Packet()  # an __init__ would take longer than all else here
            packet._batch = self
            packet._row = row
            yield packet

    def __missing__(self, field: str) -> list[Any]:
        if not isinstance(field, str):
            raise TypeError(f"{field!r}: a packet has fields by name, such as packet['ip.src']")
        from rawkit.decode.fields import known
        from rawkit.decode.fields.table import packet_columns
        from rawkit.flow.tracked_columns import tracked_column_of_table
        from rawkit.tables.rows import plain

        declared = known(field)
        if not declared.tracked:
            column = packet_columns(self.packets, (field,))[field]
        elif self.tracked is None:
            raise FieldError(f"{field} needs the packets before: {self.NOT_FOLLOWED}")
        else:
            column = tracked_column_of_table(self.packets, self.tracked, declared)
        values = self[field] = plain(column, self._reading.texts)
        return values

    @property
    def default_fields(self) -> tuple[str, ...]:
        """The names of JSON's fields, those that are known here."""
        from rawkit.decode.fields import ALL_FIELDS, DEFAULT_FIELDS

        if self.tracked is not None:
            return DEFAULT_FIELDS
        return tuple(name for name in DEFAULT_FIELDS if name in self or not ALL_FIELDS[name].tracked)

    def frame(self, row: int) -> bytes:
        """The bytes of a frame, its VLAN tag back in place."""
        if self._laid is None:
            self._laid = laid(self.frames)
        data, begins, ends = self._laid
        return data[begins[row] : ends[row]].tobytes()

    def line(self, row: int) -> str:
        """The line of the packets view."""
        place, at = divmod(row, LINES)
        if place not in self._lines:
            self._lines[place] = self._reading.lines(
                self.packets, self.tracked, slice(place * LINES, (place + 1) * LINES)
            )
        return self._lines[place][at]

    def taken_along(self, row: int) -> tuple[PacketBatch, int]:
        """A packet as it is pickled: in a batch of its own, with what is known of it besides its bytes."""
        alone, tracked = slice(row, row + 1), self.tracked
        known = {"frame.number": [self["frame.number"][row]]}
        found = None if tracked is None else _select(tracked, alone)
        return PacketsAlone(self.frames.select(alone).copy(), known, found), 0


class PacketsAlone(PacketBatch):
    """A batch of frames that somebody has together; pickled, they stay together.

    Args:
        frames: the batch; one that may be overwritten has to be copied before.
        known: what is known of them besides their bytes, by field; None: they are counted from 1.
        tracked: what a tracker has said of them; None where nothing was followed.

    >>> [one] = PacketsAlone(FrameBatch.from_frames([bytes(60)], [1000])).each()
    >>> one.time_ns, one.number, one.length, one["eth.src"]
    (1000, 1, 60, '00:00:00:00:00:00')
    """

    __slots__ = ("_known",)
    NOT_FOLLOWED: ClassVar[str] = "go through a capture that has them"

    def __init__(
        self, frames: FrameBatch, known: Mapping[str, list[Any]] | None = None, tracked: Tracked | None = None
    ) -> None:
        super().__init__(frames, Reading(), tracked=tracked)
        self._known = known or {"frame.number": list(range(1, len(frames) + 1))}
        self.update(self._known)
        self["frame.time_epoch"] = frames.timestamp.tolist()  # those that need no decoding
        self["frame.len"] = frames.length.tolist()

    def taken_along(self, row: int) -> tuple[PacketBatch, int]:
        return self, row

    def __reduce__(self) -> tuple[Any, ...]:
        return PacketsAlone, (self.frames, self._known, self.tracked)


class Reading:
    """What the batches of one pass share.

    Args:
        engine: runs the kernels; None for one that is made when something is to be run.

    Attributes:
        texts: the text of addresses that were read before.
    """

    def __init__(self, engine: Engine | None = None) -> None:
        self._made = engine
        self._view: PacketsView | None = None
        self.texts: dict[Callable[[Any], Any], Texts] = {}

    @property
    def _engine(self) -> Engine:
        if self._made is None:
            from rawkit.api.checks import made_engine

            self._made = made_engine(None)
        return self._made

    def decode(self, frames: FrameBatch) -> Packets:
        """The packets of a batch."""
        from rawkit.decode import Decoder

        return Decoder(self._engine).decode(frames)

    def lines(self, packets: Packets, tracked: Tracked | None, which: slice) -> list[str]:
        """The lines of some packets, without line ends; without `tracked` no marks, and absolute numbers."""
        if self._view is None:
            from rawkit.view.packets.view import PacketsView

            self._view = PacketsView(self._engine, "text")
        from rawkit.decode import Packets

        some = Packets(packets.batch.select(which), packets.rows[which].copy(), packets.numbers[which], self._engine)
        told = _nothing_tracked(len(some)) if tracked is None else _select(tracked, which)
        return self._view.render(some, told).decode().splitlines()


def _select(tracked: Tracked, which: slice) -> Tracked:
    from rawkit.flow.table.tracker import Tracked

    stream, analysis, sums, bases = tracked.stream, tracked.analysis, tracked.sums, tracked.bases
    return Tracked(stream[which], analysis[which], tracked.events[:0], sums[which], bases=bases[which])


def _nothing_tracked(count: int) -> Tracked:
    from rawkit.flow.table.tracker import Tracked

    none = np.zeros(count, dtype=np.int32)
    return Tracked(none - 1, none, np.empty((0, 0), dtype=np.int64), np.zeros(count, dtype=np.uint8))


def laid(batch: FrameBatch) -> tuple[memoryview, list[int], list[int]]:
    """A buffer, and where in it each frame begins and ends."""
    if not (batch.status & VLAN_STRIPPED).any():
        return batch.data.data, batch.offset.tolist(), (batch.offset + batch.captured).tolist()
    from rawkit.files.payload import NO_LIMIT, Payload

    found = Payload(batch, NO_LIMIT)
    ends = np.cumsum(found.captured)
    data = np.empty(int(ends[-1]), dtype=np.uint8)
    found.lay(data, ends - found.captured)
    return data.data, (ends - found.captured).tolist(), ends.tolist()
