"""The `packets` view: every packet as a line of text, a JSON object or a line of CSV."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

import numpy as np

from rawkit.decode import Packets
from rawkit.decode.fields import DEFAULT_FIELDS
from rawkit.flow.layout import BASES
from rawkit.flow.table.tracker import Tracked
from rawkit.frames import FrameBatch, Int64s
from rawkit.kernels import Engine
from rawkit.view.packets import layout
from rawkit.view.packets.links import Links
from rawkit.view.packets.names import packet_names
from rawkit.view.packets.words import room_for_notes, with_words

Format = Literal["text", "json", "csv"]

FIELDS: Final = DEFAULT_FIELDS
"""The fields of a record by their Wireshark names, in the order in which JSON and CSV give them."""

BUFFER: Final = 1 << 20
"""Bytes that kernels write at once: more would not stay in the processor's cache."""


MOST_LINKS: Final = 256
"""Sets of interfaces whose names are kept ready."""


class PacketsView:
    """Writes batches of packets in one format, a whole batch at a time.

    Text is close to what tcpdump prints: the time of day in the local zone (as it is at the batch's first packet), the
    interface and direction where frames come from several or have cooked headers, the innermost IP addresses and ports.
    Before them stand VLAN ids and the number of tunnels entered; behind the packet stands what its message says
    (`rawkit.flow.words`), and, in brackets, the fragment's place, a wrong checksum,
    where decoding stopped, and Wireshark's `tcp.analysis` words. JSON and CSV have the fields of `FIELDS`; a field that
    a packet does not have is left out, in CSV empty.

    Args:
        engine: runs the kernels.
        format: `text`, `json` (an object a line) or `csv`.
        numeric: ports as numbers; else by the names in /etc/services, in text. Hosts are never looked up.
        link_headers: text also has the innermost link header (`tcpdump -e`).
        absolute_seq: text has the sequence numbers of TCP headers (`tcpdump -S`), where the tracker says from which it
            would count them otherwise.
        interfaces: text has the interface and direction of every frame.
        links: names of interfaces by the numbers that cooked headers have (SLL2); of others text has the number.
        hex_dump: text also has the captured bytes (`tcpdump -X`), those of the link header only with `link_headers`.
        times: how text gives times: one of `packets_layout.TIME_OF_DAY`, `NO_TIME`, `EPOCH`, `SINCE_BEFORE` (the
            pause since the packet before), `DATE` and `SINCE_FIRST`; as often as each number says, tcpdump has -t.

    Attributes:
        threads: how many may call `render` at once.

    >>> from rawkit.decode import Decoder
    >>> from rawkit.flow.table.tracker import FlowTracker
    >>> frame = bytes.fromhex("ffffffffffff0200000000010800" "4500001c000100004011000ac0000201c0000202"
    ...                       "303930390008 0000")
    >>> engine = Engine("interpreted")
    >>> packets = Decoder(engine).decode(FrameBatch.from_frames([frame]))
    >>> tracked = FlowTracker(engine).track(packets)
    >>> view = PacketsView(engine, "text", numeric=True)
    >>> view.render(packets, tracked)[16:]
    b'IP 192.0.2.1.12345 > 192.0.2.2.12345: UDP, length 0\\n'
    """

    def __init__(
        self,
        engine: Engine,
        format: Format,
        *,
        numeric: bool = False,
        link_headers: bool = False,
        hex_dump: bool = False,
        absolute_seq: bool = False,
        interfaces: bool = False,
        links: Mapping[int, str] | None = None,
        times: int = layout.TIME_OF_DAY,
    ) -> None:
        self._engine = engine
        self._format = format
        self._names = packet_names(numeric=numeric or format != "text")
        self._options = layout.LINK_HEADERS * link_headers | layout.HEX_DUMP * hex_dump | layout.WORDS
        self._options |= layout.INTERFACES * interfaces
        self._times, self._absolute_seq = times, absolute_seq
        self._own = links or {}
        self._links: dict[tuple[str, ...], Links] = {}
        self._before: int | None = None
        self.threads = 1 if times in (layout.SINCE_BEFORE, layout.SINCE_FIRST) else 2

    def header(self) -> bytes:
        """What stands before all packets: the names of CSV's columns; nothing in the other formats."""
        return ",".join(FIELDS).encode() + b"\n" if self._format == "csv" else b""

    def render(self, packets: Packets, tracked: Tracked) -> bytes:
        """The packets of a batch, with what the tracker says of them; every line ends with a line feed."""
        return b"".join(self._pieces(packets, tracked))

    @property
    def wanted(self) -> int:
        """What the tracker has to give for it (`rawkit.flow.layout`): no events."""
        return BASES if self._format == "text" and not self._absolute_seq else 0

    def tell(self, events: Int64s) -> bytes:
        """The lines of events, as in the views of events: none."""
        return b""

    def rest(self) -> bytes:
        """What is left at the end: nothing."""
        return b""

    def _pieces(self, packets: Packets, tracked: Tracked) -> Iterator[bytes]:
        notes = room_for_notes()
        kernel, arguments = self._call(packets, tracked, notes)
        out = np.empty(self._room(packets.batch), dtype=np.uint8)
        done = 0
        while done < len(packets):
            work = 0 if done else len(packets)
            done, used = self._engine.call(*kernel, work, *arguments, out, done, len(packets))
            yield with_words(out[:used], notes, packets)

    def _call(self, packets: Packets, tracked: Tracked, notes: Int64s) -> tuple[tuple[str, str], tuple[Any, ...]]:
        batch, rows, names = packets.batch, packets.rows.reshape(-1), self._names
        frames = (batch.data, batch.offset, batch.captured, batch.length, batch.timestamp)
        if self._format == "text":
            bases = tracked.bases[:0] if self._absolute_seq else tracked.bases
            told = (rows, tracked.analysis, tracked.sums, bases.reshape(-1), names.text, names.index)
            links = self._links_of(batch)
            named = (links.names.text, links.names.index, links.described, self._options | links.options)
            times = (self._times, self._moment_before(batch), utc_offset(batch), notes)
            heads = (*frames, batch.link_type, batch.interface, batch.status)
            return ("rawkit.view.packets.text_kernel", "render_text"), (*heads, *told, *named, *times)
        found = (rows, tracked.stream, tracked.analysis, names.text, names.index)
        form = (packets.numbers, layout.CSV if self._format == "csv" else layout.JSON)
        return ("rawkit.view.packets.record_kernel", "render_records"), (*frames, batch.status, *found, *form)

    def _links_of(self, batch: FrameBatch) -> Links:
        """The names of interfaces; most batches describe the same ones as those before."""
        names = batch.interface_names
        found = self._links.get(names)
        if found is None:
            if len(self._links) >= MOST_LINKS:
                self._links.clear()
            found = self._links[names] = Links.of(batch, self._own)
        return found

    def _moment_before(self, batch: FrameBatch) -> int:
        """What the pause before a batch's first packet counts from: the very first packet, or the last one."""
        if not len(batch):
            return 0
        before = int(batch.timestamp[0]) if self._before is None else self._before
        self._before = int(batch.timestamp[-1]) if self._times == layout.SINCE_BEFORE else before
        return before

    def _room(self, batch: FrameBatch) -> int:
        """Bytes to write into at once: enough for the longest frame's dump."""
        lines = int(batch.captured.max(initial=0)) // 16 + 1 if self._options & layout.HEX_DUMP else 0
        return max(BUFFER, layout.LINE_ROOM + lines * layout.DUMP_ROOM)


def utc_offset(batch: FrameBatch) -> int:
    """Seconds that the local zone was east of UTC at the batch's first packet."""
    return time.localtime(int(batch.timestamp[0]) // 1_000_000_000).tm_gmtoff if len(batch) else 0
