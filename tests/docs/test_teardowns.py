"""docs/teardowns.md: every reason of a RST, in the order in which they are asked, with the words that the view uses."""

from __future__ import annotations

import json
import re
from typing import get_args

import pytest

from rawkit.flow.events import ResetReason

ROW = re.compile(r"^\| ([a-z -]+) \| .* \| `([^`]+)`[^|]*\| `([\w.-]+\.pcap)` \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def rows(root) -> dict[str, tuple[str, str]]:
    """By reason: the socket words and the capture that shows it."""
    found = ROW.findall((root / "docs" / "teardowns.md").read_text())
    return {reason: (words, capture) for reason, words, capture in found}


def test_every_reason_has_a_row(rows):
    assert set(rows) == set(get_args(ResetReason))


@pytest.mark.parametrize("reason", get_args(ResetReason))
def test_its_capture_shows_the_reason(root, sniff, rows, reason):
    words, capture = rows[reason]
    lines = sniff(root / "captures" / capture, "--view", "teardowns", "--format", "json").lines
    shown = [end for end in map(json.loads, lines) if end.get("reason") == reason]
    assert len(shown) == 1
    assert shown[0]["call"] == (words if shown[0]["by"] in ("RST", "ABORT") else "close()")


def has_ack(root, sniff, capture: str) -> set[bool]:
    packets = map(json.loads, sniff(root / "captures" / capture, "--format", "json").lines)
    return {bool(packet["tcp.flags"] & 0x10) for packet in packets if packet.get("tcp.flags", 0) & 0x04}


@pytest.mark.parametrize(
    ("reason", "acknowledges"),
    [
        ("refused", True),
        ("data after close", False),
        ("keep-alive unanswered", True),
        ("unread data", True),
        ("aborted", True),
    ],
)
def test_recorded_kernels_set_ack_as_the_page_says(root, sniff, rows, reason, acknowledges):
    assert has_ack(root, sniff, rows[reason][1]) == {acknowledges}
