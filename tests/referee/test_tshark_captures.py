"""Each file in captures/, field by field: rawkit's reading beside tshark's.

What differs on purpose stands in differences.toml with the reason; a line there that no longer differs fails too.
"""

from __future__ import annotations

import json
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.referee

Frames = dict[str, list[int]]
STREAMS = ("tcp.stream", "udp.stream", "tcp.analysis")
OURS_ALONE = ("tunnel.depth", "stop.layer", "stop.reason")


@cache
def listed() -> list[dict]:
    text = Path(__file__).with_name("differences.toml").read_text()
    return tomllib.loads(text)["difference"]


def intended(path: Path) -> Frames:
    """The frames of a capture (for completeness: the streams) in which a field is known to differ."""
    mine = [entry for entry in listed() if entry["capture"] == path.name]
    return {field: frames for entry in mine for field, frames in entry["fields"].items()}


def only(differences: Frames, fields: Iterable[str]) -> Frames:
    return {field: frames for field, frames in differences.items() if field in fields}


def different(ours: list[dict], theirs: list[dict], fields: Iterable[str]) -> Frames:
    found = defaultdict(list)
    for number, (our, their) in enumerate(zip(ours, theirs, strict=True), 1):
        for field in fields:
            if our.get(field) != their.get(field):
                found[field].append(number)
    return dict(found)


def test_every_difference_has_a_reason_and_a_capture(capture_paths):
    names = {path.name for path in capture_paths}
    assert all(entry["reason"] and entry["fields"] and entry["capture"] in names for entry in listed())


def is_of_a_header(field: str) -> bool:
    """Whether both read the field from the packet's own bytes."""
    return (
        field not in (*STREAMS, *OURS_ALONE, "tcp.completeness", "fragment", "frame.comment")
        and "analysis" not in field
    )


def test_header_fields(capture_path, our_packets, tshark_fields):
    theirs = tshark_fields(capture_path)
    ours = our_packets(capture_path)
    fields = {field for packet in theirs + ours for field in packet if is_of_a_header(field)}
    assert different(ours, theirs, fields) == only(intended(capture_path), fields)


def test_streams_and_analysis(capture_path, our_packets, tshark_streams):
    found = different(our_packets(capture_path), tshark_streams(capture_path), STREAMS)
    assert found == only(intended(capture_path), STREAMS)


def test_completeness(capture_path, sniff, tshark_streams):
    theirs = {
        int(packet["tcp.stream"]): int(packet["tcp.completeness"])
        for packet in tshark_streams(capture_path)
        if "tcp.stream" in packet
    }
    flows = [json.loads(line) for line in sniff(capture_path, "--view", "flows", "--format", "json").lines]
    ours = {flow["tcp.stream"]: flow["tcp.completeness"] for flow in flows if "tcp.stream" in flow}
    streams = {stream for stream in ours.keys() | theirs.keys() if ours.get(stream) != theirs.get(stream)}
    assert sorted(streams) == intended(capture_path).get("tcp.completeness", [])
