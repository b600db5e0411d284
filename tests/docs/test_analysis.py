"""docs/analysis.md: all flags and bits are there, and the frames that it names show what it says."""

from __future__ import annotations

import json
import re

import pytest

from rawkit.flow import layout

FLAG = re.compile(r"^\| (\w+) \| .* \| (?:`([\w.-]+)` (\d+))? ?\|$", re.MULTILINE)
BIT = re.compile(r"^\| (\d+) \| ([A-Z-]+) \|", re.MULTILINE)
FRAMES = re.compile(r"\(`([\w.-]+\.pcap)` (\d+(?:, \d+)*)\)")


@pytest.fixture(scope="module")
def page(root) -> str:
    return (root / "docs" / "analysis.md").read_text()


@pytest.fixture
def flags(root, sniff):
    """The analysis flags of one frame, as the packets view gives them."""

    def read(capture: str, frame: int) -> list[str]:
        lines = sniff(root / "captures" / capture, "--format", "json").lines
        return json.loads(lines[frame - 1]).get("tcp.analysis", [])

    return read


def section(page: str, title: str) -> str:
    return page.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_flags_stand_in_the_order_of_json(page):
    assert [found[0] for found in FLAG.findall(section(page, "The flags"))] == list(layout.ANALYSIS)


def test_named_frames_have_the_flag(page, flags):
    shown = [(flag, capture, int(frame)) for flag, capture, frame in FLAG.findall(page) if capture]
    assert len(shown) == len(layout.ANALYSIS) - 3
    assert [found for found in shown if found[0] not in flags(*found[1:])] == []


def test_frames_named_as_curious_are_flagged(page, flags):
    named = [(capture, int(frame)) for capture, frames in FRAMES.findall(page) for frame in frames.split(", ")]
    assert len(named) > 3
    assert [frame for frame in named if not flags(*frame)] == []


def test_bits_are_those_of_the_kernel(page):
    found = {name: int(bit) for bit, name in BIT.findall(section(page, "`tcp.completeness`"))}
    names = ("SYN", "SYN-ACK", "ACK", "DATA", "FIN", "RST")
    assert found == {name: getattr(layout, f"COMPLETE_{name.replace('-', '_')}") for name in names}
