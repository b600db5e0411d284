"""The views and captures/README.md tell the same of each capture: Zeek's state and history, the socket calls."""

from __future__ import annotations

import json
import re
from functools import cache

import pytest

SCTP, DCCP = 132, 33


@cache
def rows(readme: str) -> dict[str, list[str]]:
    """The rows of the README's tables, by capture."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in readme.splitlines()]
    return {row[0].strip("`"): row for row in cells if row[0].startswith("`") and len(row) > 4}


@pytest.fixture
def told(capture_path, root) -> list[str]:
    """The README's row of the capture."""
    return rows((root / "captures" / "README.md").read_text())[capture_path.name]


def is_a_story(flow: dict) -> bool:
    """Whether the README has an entry for the flow: all that open, UDP, pings; no errors, neighbours, memberships."""
    if flow["proto"] == "icmp":
        return flow["id.orig_p"] in (8, 128)
    return flow["proto"] in ("tcp", "udp") or flow["ip_proto"] in (SCTP, DCCP)


@pytest.fixture
def flows(capture_path, sniff) -> list[dict]:
    lines = sniff(capture_path, "--view", "flows", "--format", "json").lines
    return sorted(filter(is_a_story, map(json.loads, lines)), key=lambda flow: float(flow["ts"]))


def test_flows_are_what_the_readme_tells(capture_path, told, flows):
    found = "; ".join(f"{flow['conn_state']} {flow.get('history', '')}".strip() for flow in flows)
    assert found == told[-2]


def test_calls_are_those_that_the_recording_made(capture_path, told, sniff):
    """The README has the errors that the kernel gave to the sockets when the capture was recorded."""
    views = [sniff(capture_path, "--view", view).out.decode() for view in ("handshakes", "teardowns", "udp")]
    for call in re.findall(r"`(\w+\([^`]*)`", " ".join(told)):
        assert call in "".join(views)
