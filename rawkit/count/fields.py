"""Keys of packets by their fields: `--by ip.src,tcp.dstport`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from rawkit.decode import Packets
from rawkit.decode.fields import ALL_FIELDS, known
from rawkit.decode.fields.columns import column, texts
from rawkit.decode.fields.declared import Field
from rawkit.decode.fields.table import READERS
from rawkit.errors import RawkitError
from rawkit.flow.table.tracker import Tracked
from rawkit.flow.tracked_columns import analysis_words, tracked_column
from rawkit.frames import Int64s
from rawkit.tables import TableColumn

LANES: Final = {"mac": 1, "ipv4": 1, "ipv6": 2}
"""Numbers of a key that a value of several bytes takes."""
SIZES: Final = {"mac": 6, "ipv4": 4, "ipv6": 16}
PADDED: Final = 8
"""Bytes of a number."""


class FieldKeys:
    """Makes keys of packets' fields, and columns of a table of keys.

    Args:
        names: the fields, by Wireshark's names, those of `--fields`.

    Raises FieldError for a field that there is not, RawkitError for one that has several values in a packet.

    Attributes:
        names: of the fields.
        width: numbers of a key: one that says which fields there are, then the fields' own.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._fields = [known(name, ALL_FIELDS) for name in names]
        self.names = tuple(field.name for field in self._fields)
        for field in self._fields:
            if field.kind == "numbers":
                raise RawkitError(f"{field.name} has several values in a packet: group by a field with one")
        self.width = 1 + sum(LANES.get(field.kind, 1) for field in self._fields)
        self._words: dict[str, int] = {}

    def keys(self, packets: Packets, tracked: Tracked) -> Int64s:
        """A key for each packet; its first number is 0 where the packet has none of the fields."""
        has = np.zeros(len(packets), dtype=np.int64)
        lanes = [has]
        for bit, field in enumerate(self._fields):
            found = tracked_column(packets, tracked, field) if field.tracked else column(packets, field)
            has |= found.mask.astype(np.int64) << bit
            lanes += [np.where(found.mask, lane, 0) for lane in self._lanes(packets, field, found.values)]
        return np.stack(lanes, axis=1)

    def columns(self, keys: Int64s) -> dict[str, TableColumn]:
        """The fields as columns of a table that has a row for each key."""
        found, at = {}, 1
        for bit, field in enumerate(self._fields):
            width = LANES.get(field.kind, 1)
            found[field.name] = self._column(field, keys[:, at : at + width], keys[:, 0] >> bit & 1 != 0)
            at += width
        return found

    def _lanes(self, packets: Packets, field: Field, values: Any) -> list[Int64s]:
        if field.kind == "text":
            return [self._numbered(texts(packets, field.name), values)]
        if field.kind not in SIZES:
            return [values]
        padded = np.zeros((len(values), PADDED * LANES[field.kind]), dtype=np.uint8)
        padded[:, padded.shape[1] - SIZES[field.kind] :] = values
        return list(padded.view(">i8").astype(np.int64).T)

    def _numbered(self, words: Any, values: Int64s) -> Int64s:
        """Numbers of texts that mean the same in each batch: names of interfaces are numbered anew in every file."""
        numbers, places = np.unique(values, return_inverse=True)
        named = [self._words.setdefault(words.get(number, ""), len(self._words)) for number in numbers.tolist()]
        return np.array(named, dtype=np.int64)[places] if named else values

    def _column(self, field: Field, lanes: Int64s, mask: Any) -> TableColumn:
        lanes = np.ascontiguousarray(lanes)
        if field.kind in SIZES:
            octets = (
                lanes.astype(">i8").view(np.uint8).reshape(len(lanes), PADDED * lanes.shape[1])[:, -SIZES[field.kind] :]
            )
            return TableColumn("text", np.ascontiguousarray(octets), mask, READERS[field.kind])
        if field.kind == "text":
            return TableColumn("text", lanes[:, 0], mask, list(self._words).__getitem__)
        if field.kind == "words":
            return TableColumn("words", lanes[:, 0], mask, analysis_words)
        return TableColumn("time" if field.kind == "time" else "number", lanes[:, 0], mask)
