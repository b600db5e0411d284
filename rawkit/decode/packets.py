"""`Packets`: a batch decoded, one row a frame; columns, and the code for them, come to life when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from rawkit.decode import layout
from rawkit.decode.rows import Column, Rows
from rawkit.frames import FrameBatch, Int64s
from rawkit.kernels import Engine
from rawkit.tables import Table, Tabular
from rawkit.tables.rows import field_names
from rawkit.values import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Packets(Rows, Tabular):
    """A batch decoded: the frames, a row each that says where its headers are, and a column for each field.

    >>> from rawkit.frames import FrameBatch
    >>> frame = bytes.fromhex("ffffffffffff0200000000010800" "4500001c000100004011000ac0000201c0000202"
    ...                       "003500350008 0000")
    >>> packets = Decoder(Engine("interpreted")).decode(FrameBatch.from_frames([frame]))
    >>> packets["udp.dstport"].values.tolist(), packets["tcp.srcport"].mask.tolist()
    ([53], [False])
    """

    def __getitem__(self, field: str) -> Column:
        """The column with that Wireshark name; KeyError where there is none (`rawkit.decode.fields.FIELDS`)."""
        from rawkit.decode.fields import FIELDS
        from rawkit.decode.fields.columns import column

        return column(self, FIELDS[field])

    def to_table(self, fields: Sequence[str] | None = None) -> Table:
        """A row a packet; `tcp.stream`, `udp.stream` and `tcp.analysis` need `rawkit.follow`.

        FieldError for a field that is not in `rawkit.decode.fields.FIELDS`, TypeError for what is no list of names.
        """
        from rawkit.decode.fields import DEFAULT_FIELDS, FIELDS
        from rawkit.decode.fields.table import packet_columns

        default = (name for name in DEFAULT_FIELDS if name in FIELDS)
        names = field_names(fields)
        return Table(packet_columns(self, default if names is None else names))

    def payload(self, row: int) -> bytes:
        """The captured payload of the transport header of one packet, empty where there is none."""
        at = int(self.rows[row, layout.PAYLOAD])
        if at < 0:
            return b""
        start = int(self.batch.offset[row])
        return self.batch.data[start + at : start + max(at, int(self.rows[row, layout.END]))].tobytes()


class Decoder:
    """Decodes batches one after another, counting frames."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._call = partial(engine.call, "rawkit.decode.headers.decode_kernel", "decode_frames")
        self._number = 1

    def decode(self, batch: FrameBatch, numbers: Int64s | None = None) -> Packets:
        """The packets of the batch; no bytes make it raise.

        Without `numbers` the frames are numbered on from the batch before.
        """
        count = len(batch)
        if numbers is None:
            numbers = np.arange(self._number, self._number + count, dtype=np.int64)
            self._number += count
        rows = np.empty(count * layout.WIDTH, dtype=np.int32)
        self._call(
            count,
            batch.data,
            batch.offset,
            batch.captured,
            batch.length,
            batch.link_type,
            batch.status,
            rows,
            0,
            count,
        )
        return Packets(batch, rows.reshape(count, layout.WIDTH), numbers, self._engine)
