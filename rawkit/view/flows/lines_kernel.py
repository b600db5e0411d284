"""The flows view as JSON lines, CSV and Zeek's conn.log: the same fields in the same order, many flows at a time."""

from __future__ import annotations

from rawkit.flow.layout import EVENT_ROW, EVENT_WIDTH
from rawkit.kernels import Ints
from rawkit.view.flows.fields_kernel import JSON
from rawkit.view.flows.record_kernel import LINE_ROOM, put_record
from rawkit.view.numbers_kernel import put


def render_flows(
    events: Ints, first: int, last: int, ids: Ints, text: Ints, index: Ints, form: int, scratch: Ints, out: Ints
) -> tuple[int, int]:
    """Writes a line for each event from `first` on; returns the first that found no room, and the bytes used.

    `ids` has the letters of each event's Community ID; `scratch` has room for an address.
    """
    at = 0
    for i in range(first, last):
        if at + LINE_ROOM > len(out):
            return i, at
        at = put_record(events, i * EVENT_WIDTH + EVENT_ROW, ids, i, text, index, form, scratch, out, at)
        at = put(out, at, b"}\n") if form == JSON else put(out, at, b"\n")
    return last, at
