"""Where TCP options are, for all packets of a batch at once."""

from __future__ import annotations

import numpy as np

from rawkit.decode import layout
from rawkit.decode.rows import Rows
from rawkit.facts import ip_protocols, tcp, tcp_options
from rawkit.frames import Int64s

MOST: int = tcp.HEADER_LEN_MAX - tcp.HEADER_LEN
"""Options that a header has room for: one byte is the least."""


def option_place(rows: Rows, kind: int, length: int = 0) -> Int64s:
    """Where the first option of a kind begins in `batch.data`, -1 where there is none, or not whole (RFC 9293, 3.2).

    Args:
        rows: the packets.
        kind: the option's number.
        length: of the option, in its second byte; any where it is 0.

    >>> import numpy as np
    >>> from rawkit.frames import FrameBatch
    >>> segment = bytes(12) + bytes([0x70, 2]) + bytes(6) + bytes.fromhex("0101020405b40000")
    >>> row = np.full((1, layout.WIDTH), 0, dtype=np.int32)
    >>> row[0, layout.PROTOCOL], row[0, layout.END] = ip_protocols.TCP, len(segment)
    >>> option_place(Rows(FrameBatch.from_frames([segment]), row, np.array([1])), tcp_options.MSS).tolist()
    [22]
    """
    data, header = rows.batch.data, rows.place(layout.TRANSPORT, ip_protocols.TCP)
    size = rows.number_at(header, tcp.DATA_OFFSET, 1).values >> tcp.DATA_OFFSET_SHIFT
    found: Int64s = np.full(len(rows), -1, dtype=np.int64)
    end = np.minimum(header + size * tcp.DATA_OFFSET_UNIT, rows.batch.offset + rows.rows[:, layout.END])
    left = np.nonzero((header >= 0) & (header + tcp.HEADER_LEN < end))[0]
    at, end = header[left] + tcp.HEADER_LEN, end[left]
    for _ in range(MOST):
        if not len(left):
            break
        number = data[at]
        is_single = number == tcp_options.NO_OPERATION
        is_whole = (at + tcp_options.DATA <= end) & ~is_single & (number != tcp_options.END)
        step = np.where(is_whole, data[np.minimum(at + tcp_options.LENGTH, end - 1)].astype(np.int64), 0)
        is_whole &= (step >= tcp_options.DATA) & (at + step <= end)
        hit = is_whole & (number == kind) & (step == length if length else True)
        found[left[hit]] = at[hit]
        at = at + np.where(is_single, 1, step)
        on = (is_single | is_whole) & ~hit & (at < end)
        left, at, end = left[on], at[on], end[on]
    return found
