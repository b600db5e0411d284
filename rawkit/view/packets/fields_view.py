"""Chosen fields of packets, in the order in which they were asked for, as `tshark -T fields -e` gives them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Final

import numpy as np

from rawkit.decode import Column, Packets
from rawkit.decode.fields import ALL_FIELDS, Field, known
from rawkit.decode.fields.columns import texts
from rawkit.errors import RawkitError
from rawkit.flow.layout import ANALYSIS
from rawkit.flow.table.tracker import Tracked
from rawkit.flow.tracked_columns import tracked_column
from rawkit.frames import Bytes, Int64s
from rawkit.kernels import Engine
from rawkit.values import dataclass
from rawkit.view.packets import field_layout as layout
from rawkit.view.packets.view import BUFFER, Format
from rawkit.view.text import escaped

KINDS: Final = {
    "number": layout.NUMBER,
    "time": layout.TIME,
    "mac": layout.MAC,
    "ipv4": layout.IPV4,
    "ipv6": layout.IPV6,
    "text": layout.TEXT,
    "words": layout.WORDS,
    "numbers": layout.LIST,
}
FORMS: Final[Mapping[Format, int]] = {"text": layout.TEXT_LINES, "json": layout.JSON, "csv": layout.CSV}
VALUE_ROOM: Final = 64
"""Bytes that a value which is no text never exceeds, with what stands around it: the longest is a list of 4 numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """All words that a batch's lines can need, as the kernel reads them.

    Attributes:
        text: one behind the other.
        entries: where each begins and how many bytes it has.
        first: the first entry of each text field's words.
        room: bytes of the longest line.
    """

    text: Bytes
    entries: Int64s
    first: Mapping[str, int]
    room: int


def check_names(names: Sequence[str]) -> None:
    """RawkitError where a field does not exist, or is there twice: JSON has each name once.

    >>> check_names(["ip.src", "ip.src"])
    Traceback (most recent call last):
    rawkit.errors.RawkitError: --fields has ip.src twice: leave one out
    """
    for place, name in enumerate(names):
        known(name)
        if name in names[:place]:
            raise RawkitError(f"--fields has {name} twice: leave one out")


class FieldsView:
    """Writes chosen fields of packets, a line a packet, a whole batch at a time.

    Text has the values with a tab between them, nothing where a packet lacks the field, and a comma between the values
    of a list; CSV names the columns first and has semicolons in lists; JSON has an object with these keys, less those
    that the packet lacks.

    Args:
        engine: runs the kernels.
        format: `text`, `json` (an object a line) or `csv`.
        fields: names in `rawkit.decode.fields.ALL_FIELDS`.

    Attributes:
        threads: how many may call `render` at once.

    >>> from rawkit.decode import Decoder
    >>> from rawkit.flow.table.tracker import FlowTracker
    >>> from rawkit.frames import FrameBatch
    >>> frame = bytes.fromhex("ffffffffffff0200000000010800" "4500001c000100004011000ac0000201c0000202"
    ...                       "303930390008 0000")
    >>> engine = Engine("interpreted")
    >>> packets = Decoder(engine).decode(FrameBatch.from_frames([frame]))
    >>> view = FieldsView(engine, "text", ["udp.dstport", "tcp.len", "ip.src"])
    >>> view.render(packets, FlowTracker(engine).track(packets))
    b'12345\\t\\t192.0.2.1\\n'
    """

    threads: ClassVar[int] = 2
    wanted: ClassVar[int] = 0

    def __init__(self, engine: Engine, format: Format, fields: Sequence[str]) -> None:
        self._engine, self._format = engine, format
        self._fields = [ALL_FIELDS[name] for name in fields]

    def header(self) -> bytes:
        """What stands before all packets: the names of CSV's columns; nothing in the other formats."""
        names = ",".join(field.name for field in self._fields)
        return names.encode() + b"\n" if self._format == "csv" else b""

    def render(self, packets: Packets, tracked: Tracked) -> bytes:
        """The packets of a batch; every line ends with a line feed."""
        return b"".join(self._pieces(packets, tracked)) if len(packets) else b""

    def tell(self, events: Int64s) -> bytes:
        """The lines of events, as in the views of events: none."""
        return b""

    def rest(self) -> bytes:
        """What is left at the end: nothing."""
        return b""

    def _pieces(self, packets: Packets, tracked: Tracked) -> Iterator[bytes]:
        words = self._words(packets)
        columns = [self._column(packets, tracked, field) for field in self._fields]
        plan, numbers, octets = self._planned(columns, words)
        masks = np.concatenate([column.mask for column in columns]).view(np.uint8)
        lists = [column.values.shape[1] for column, field in self._with(columns) if field.kind == "numbers"]
        fixed = (plan, masks, numbers, octets, max(lists, default=0), words.text, words.entries)
        out, done = np.empty(max(BUFFER, words.room), dtype=np.uint8), 0
        while done < len(packets):
            done, used = self._engine.call(
                "rawkit.view.packets.field_kernel", "render_fields", 0 if done else len(packets),
                *fixed, FORMS[self._format], words.room, out, len(packets), done,
            )  # fmt: skip
            yield out[:used].tobytes()

    def _with(self, columns: Sequence[Column]) -> Iterator[tuple[Column, Field]]:
        return zip(columns, self._fields, strict=True)

    @staticmethod
    def _column(packets: Packets, tracked: Tracked, field: Field) -> Column:
        return tracked_column(packets, tracked, field) if field.tracked else packets[field.name]

    def _planned(self, columns: Sequence[Column], words: Words) -> tuple[Int64s, Int64s, Bytes]:
        """The plan, and the columns of numbers and of bytes, each kind one behind the other."""
        plan = np.zeros((len(columns), layout.WIDTH), dtype=np.int64)
        numbers: list[Int64s] = [np.empty(0, dtype=np.int64)]
        octets: list[Bytes] = [np.empty(0, dtype=np.uint8)]
        for place, (column, field) in enumerate(self._with(columns)):
            places = (sum(map(len, numbers)), sum(map(len, octets)))
            plan[place] = (KINDS[field.kind], *places, words.first.get(field.name, 0), place)
            if column.values.ndim == 1:
                numbers.append(column.values.astype(np.int64, copy=False))
            else:
                octets.append(column.values.astype(np.uint8, copy=False).reshape(-1))
        return plan.reshape(-1), np.concatenate(numbers), np.concatenate(octets)

    def _words(self, packets: Packets) -> Words:
        """JSON's keys, and the words of the fields that have some: those of interfaces can change between batches."""
        all_words = [f'"{field.name}":' for field in self._fields]
        first, room = {}, 4
        for key, field in zip(tuple(all_words), self._fields, strict=True):
            named = _named(packets, field)
            first[field.name] = len(all_words)
            mine = [self._shown(named.get(number, "")) for number in range(max(named, default=-1) + 1)]
            all_words += mine
            longest = sum if field.kind == "words" else max
            room += len(key) + VALUE_ROOM + (longest(len(word) + 3 for word in mine) if mine else 0)
        sizes = np.array([len(word) for word in all_words], dtype=np.int64)
        entries = np.stack([np.cumsum(sizes) - sizes, sizes], axis=1).reshape(-1)
        return Words(np.frombuffer("".join(all_words).encode("ascii"), dtype=np.uint8), entries, first, room)

    def _shown(self, word: str) -> str:
        """A word as the format wants it, in ASCII: what the file calls an interface may be anything."""
        if self._format == "json":
            return json.dumps(word)[1:-1]
        word = escaped(word)
        is_special = self._format == "csv" and any(letter in word for letter in ',"')
        return '"' + word.replace('"', '""') + '"' if is_special else word


def _named(packets: Packets, field: Field) -> Mapping[int, str]:
    """The words of a field by number, or by bit; none where it has no words."""
    if field.kind == "words":
        return dict(enumerate(ANALYSIS))
    return texts(packets, field.name) if field.kind == "text" else {}
