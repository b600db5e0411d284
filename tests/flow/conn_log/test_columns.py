"""What follows from the columns of conn.log: values, lines and tables agree, and a line has room for all."""

from __future__ import annotations

import json

import numpy as np
import pytest

from rawkit.api.captures import read_events
from rawkit.flow import layout
from rawkit.flow.conn_log.columns import COLUMNS, NAMES, SLOTS, WIDTH
from rawkit.flow.conn_log.record import FlowRecord
from rawkit.flow.row_kernel import pack_ports, pack_rest, side_of
from rawkit.view.flows.record_kernel import LINE_ROOM
from rawkit.view.flows.records import FlowRecords

MOST = (1 << 63) - 1


def told(flow: FlowRecord) -> dict[str, object]:
    """A value as JSON has it."""
    ends = {"id.orig_h": flow.orig.address, "id.orig_p": flow.orig.port}
    ends |= {"id.resp_h": flow.resp.address, "id.resp_p": flow.resp.port}
    stream = f"{'tcp' if flow.proto == 'tcp' else 'udp'}.stream"
    others = {"tcp.completeness": flow.completeness, stream: flow.stream, "history": flow.history or None}
    others["tunnel_parents"] = list(flow.tunnel_parents) or None
    plain = {name: getattr(flow, name) for name in NAMES if hasattr(flow, name) and name != "history"}
    found = plain | ends | others | {name: seconds(getattr(flow, name)) for name in ("ts", "duration")}
    return {name: found[name] for name in NAMES if found.get(name) is not None}


def seconds(nanoseconds: int) -> str:
    return f"{nanoseconds // 10**9}.{nanoseconds % 10**9:09d}"


@pytest.mark.filterwarnings("ignore::rawkit.api.captures.CaptureWarning")
def test_values_say_what_json_says(capture_path, sniff):
    lines = sniff(capture_path, "--view", "flows", "--format", "json").lines
    flows = read_events(capture_path, kinds=[FlowRecord])
    assert [told(flow) for flow in flows] == [json.loads(line, parse_float=str) for line in lines]


def test_the_longest_line_has_room(interpreted):
    """All fields as long as a flow's row can make them; JSON's is the longest form."""
    event = np.full((1, layout.EVENT_WIDTH), MOST, dtype=np.int64)
    row = event[0, layout.EVENT_ROW :]
    row[[layout.A_HIGH, layout.A_LOW, layout.B_HIGH, layout.B_LOW]] = -(1 << 60) - 1
    row[layout.PORTS], row[layout.REST] = pack_ports(65535, 65535), pack_rest(6, 6, 4096 << 16 | 4095)
    row[layout.ORIGINATOR], row[layout.HISTORY_LENGTH] = 0, layout.MAX_LETTERS
    row[layout.HISTORY : layout.HISTORY + layout.HISTORY_COLUMNS] = 0
    row[[layout.START, layout.LAST]] = -(1 << 62), 1 << 62
    for side in range(2):
        row[side_of(0, side) + layout.STATE] = layout.PARTIAL
        row[side_of(0, side) + layout.MISSED] = 1 << 61
    line = FlowRecords(interpreted, "json").render(event)
    assert json.loads(line).keys() == set(NAMES) - {"udp.stream"}
    assert LINE_ROOM - 250 < len(line) <= LINE_ROOM


def test_slots_stand_one_behind_the_other():
    ends = [SLOTS[column.name] + column.form.slots for column in COLUMNS]
    assert [*SLOTS.values(), WIDTH][1:] == ends
