"""The lines of events: the same facts in text, JSON and CSV, in the order of their names."""

from __future__ import annotations

import csv
import io
import json

import pytest

VIEWS = ("handshakes", "teardowns", "udp", "flows")


@pytest.mark.parametrize("view", VIEWS)
def test_csv_and_json_say_the_same_and_text_has_a_line_for_each_object(capture_path, sniff, view):
    objects = [
        json.loads(line, parse_float=str) for line in sniff(capture_path, "--view", view, "--format", "json").lines
    ]
    assert len(sniff(capture_path, "--view", view).lines) == len(objects)
    text = sniff(capture_path, "--view", view, "--format", "csv").out.decode()
    records = list(csv.DictReader(io.StringIO(text), strict=True))
    assert len(records) == len(objects)
    for record, found in zip(records, objects, strict=True):
        assert {name: value for name, value in record.items() if value} == {
            k: cell(v) for k, v in found.items() if cell(v)
        }


def cell(value: object) -> str:
    return ";".join(map(str, value)) if isinstance(value, list) else str(value)


def test_events_name_frames_of_the_capture(capture_path, sniff):
    """Every verdict can be looked up: its frames are there, and belong to its stream."""
    packets = {p["frame.number"]: p for p in map(json.loads, sniff(capture_path, "--format", "json").lines)}
    for view in ("handshakes", "teardowns"):
        for line in sniff(capture_path, "--view", view, "--format", "json").lines:
            event = json.loads(line)
            transport = event["transport"]
            key = "tcp.stream" if transport == "tcp" else f"{transport}.srcport"
            own = {event["tcp.stream"]} if transport == "tcp" else {event["id.orig_p"], event["id.resp_p"]}
            assert {packets[number][key] for number in event["frames"]} <= own


def test_flows_count_each_packet_once(capture_path, sniff):
    """All IP packets that are no fragments (or are the last ones) are in exactly one flow, but for their tunnels'."""
    options = ("--view", "flows", "--format", "json", "--tunnels", "inner")
    flows = [json.loads(line) for line in sniff(capture_path, *options).lines]
    packets = [json.loads(line) for line in sniff(capture_path, "--format", "json").lines]
    in_streams = [p for p in packets if "tcp.stream" in p or "udp.stream" in p]
    assert sum(f["orig_pkts"] + f["resp_pkts"] for f in flows if f["proto"] in ("tcp", "udp")) == len(in_streams)


def test_exact_times(sniff, root):
    """Nanoseconds of a packet and of the events that it makes are the same digits."""
    path = root / "captures" / "tcp-half-close.pcap"
    times = {p["frame.number"]: p["frame.time_epoch"] for p in map(json.loads, sniff(path, "--format", "json").lines)}
    (line,) = sniff(path, "--view", "teardowns", "--format", "json").lines
    end = json.loads(line, parse_float=str)
    assert [end["orig_fin"], end["resp_fin"]] == [times[number] for number in end["frames"]]
    seconds = [int(times[number].replace(".", "")) for number in end["frames"]]
    assert end["half_closed_ns"] == seconds[1] - seconds[0]
